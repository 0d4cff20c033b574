/**
 * Folders that are gone after the test, also when it was interrupted.
 */
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// A browser that is just ending may still write into its profile.
const PATIENTLY = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 };
const present = new Set();
process.on('exit', () => {
  for (const path of present) rmSync(path, PATIENTLY);
});

/** @returns {Promise<{ path: string, remove(): Promise<void> }>} */
export async function temporaryFolder(purpose = 'e2e') {
  const path = await mkdtemp(join(tmpdir(), `holdfast-${purpose}-`));
  present.add(path);
  return {
    path,
    async remove() {
      await rm(path, PATIENTLY);
      present.delete(path);
    },
  };
}
