/**
 * Small trees of files, each broken in one way, for the tests that see every rule fail.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

const folders = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Writes { 'path/of/file': 'text' } into a new folder and returns the folder; it is removed after the tests. */
export function tree(files) {
  const root = mkdtempSync(path.join(os.tmpdir(), 'holdfast-check-'));
  folders.push(root);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return root;
}
