/** The example extension, laid out for one browser: with an id that is known beforehand, and what only tests need. */
import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../../tools/lib/paths.mjs';
import { exampleSettings } from '../support/example.mjs';
import { layOutProject } from '../support/project.mjs';

const example = 'www/examples/extension';
const manifestOf = () => JSON.parse(readFileSync(path.join(root, example, 'manifest.json'), 'utf8'));

/** What Chrome and Firefox make of the example: where its pages are, and where its sign-ins come back to. */
export function identities() {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = publicKey.export({ type: 'spki', format: 'der' });
  // The first half of the digest, in the letters a to p.
  const id = createHash('sha256')
    .update(key)
    .digest('hex')
    .slice(0, 32)
    .replace(/./g, (digit) => String.fromCharCode(97 + parseInt(digit, 16)));
  const addOnId = manifestOf().browser_specific_settings.gecko.id;
  const uuid = randomUUID();
  return {
    chromium: {
      key: key.toString('base64'),
      home: `chrome-extension://${id}`,
      redirectOrigin: `https://${id}.chromiumapp.org`,
    },
    firefox: {
      addOnId,
      uuid,
      home: `moz-extension://${uuid}`,
      redirectOrigin: `https://${createHash('sha1').update(addOnId).digest('hex')}.extensions.allizom.org`,
    },
  };
}

/**
 * Lays it out, and answers its folder.
 *
 * @param {object} world
 * @param {string} name of the scratch folder
 * @param {{ key?: string }} identity
 * @param {Record<string, string>} [files] further files, by path
 * @param {(manifest: object) => void} [change] what is different in its manifest
 */
export async function layOutExtension(world, name, { key }, files = {}, change = () => {}) {
  const { folder } = await layOutProject(name, {
    from: example,
    files: { 'settings.js': exampleSettings(world), ...files },
  });
  const manifest = { ...manifestOf(), ...(key && { key }) };
  change(manifest);
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify(manifest, null, 2));
  return folder;
}
