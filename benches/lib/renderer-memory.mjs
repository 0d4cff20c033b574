/** How much memory the browser's renderers have, which run pages and workers: as the system counts it, on Linux alone. */
import { readFile, writeFile } from 'node:fs/promises';

/** Why there are no figures where there are none. */
export const ONLY_LINUX = 'the processes’ memory is read from /proc, which only Linux has';

export const canCount = process.platform === 'linux';

/** @param {import('playwright-core').Browser} browser @returns {Promise<number[]>} */
export async function renderers(browser) {
  const session = await browser.newBrowserCDPSession();
  try {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  } finally {
    await session.detach();
  }
}

/** In bytes: what all of these processes have for themselves, and their shares of what they have together. */
export async function proportional(ids) {
  return sum(ids, 'smaps_rollup', 'Pss');
}

/** Begins to watch for the peak; the function that comes back ends it, and answers by how much memory grew, in bytes. */
export async function watchPeak(ids) {
  // Sets the peak to what there is now.
  for (const id of ids) await writeFile(`/proc/${id}/clear_refs`, '5');
  const start = await sum(ids, 'status', 'VmRSS');
  return async () => (await sum(ids, 'status', 'VmHWM')) - start;
}

async function sum(ids, file, name) {
  let bytes = 0;
  for (const id of ids) {
    // A renderer may be gone meanwhile.
    const text = await readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '');
    bytes += 1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  }
  return bytes;
}
