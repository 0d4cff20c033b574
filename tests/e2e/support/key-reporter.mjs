/**
 * Tells a test the private DPoP key, which never leaves the vault otherwise: a copy of worker.js reports what WebCrypto
 * exports, by a request that no page sees.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * @param {() => string} origin  of a listener that answers at once, and that the worker may talk to
 * @returns {(assets: string) => Promise<void>}  for `startWorld`'s `prepareAssets`
 */
export function reportKeys(origin) {
  const hook = `{
    const { exportKey } = SubtleCrypto.prototype;
    SubtleCrypto.prototype.exportKey = async function (...how) {
      const key = await exportKey.apply(this, how);
      await fetch('${origin}/?key=' + encodeURIComponent(JSON.stringify(key)));
      return key;
    };
  }\n`;
  return async (assets) => {
    const path = join(assets, 'worker.js');
    await writeFile(path, hook + (await readFile(path, 'utf8')));
  };
}

/** The keys that were reported to the listener, as JWKs. */
export function reportedKeys({ requests }) {
  const keys = requests.map(({ path }) => new URLSearchParams(path.slice(2)).get('key'));
  return keys.filter(Boolean).map((key) => JSON.parse(key));
}
