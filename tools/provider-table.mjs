/**
 * `node tools/provider-table.mjs`: writes src/core/profiles.rs and the tables of docs/providers.md anew, after
 * src/core/providers.json has changed. A check compares them.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './lib/paths.mjs';
import { page, pageWithTable, rustFile, rustTable } from './lib/provider-data.mjs';

writeFileSync(path.join(root, rustFile), rustTable(root));
writeFileSync(path.join(root, page), await pageWithTable(root));
console.log(`${rustFile} and ${page} are up to date`);
