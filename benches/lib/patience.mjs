/** How long a measure waits for a library, and what becomes of one that fails. */

/** What a page may take for one step, in milliseconds. */
export const STEP = 30_000;
/** Attempts that fail before a library is left alone. */
const ENOUGH = 4;
const LONGEST_TEXT = 100;

/** What the promise settles with, or an error once the time is over: a page that never answers holds nothing up. */
export function within(promise, milliseconds, what) {
  let timer;
  const late = new Promise((_, reject) => {
    const over = () => reject(new Error(`${what} took longer than ${milliseconds / 1000} s`));
    timer = setTimeout(over, milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** An error as a table can show it. */
export function fewWords(error) {
  return String(error?.message ?? error)
    .split('\n')[0]
    .slice(0, LONGEST_TEXT);
}

/**
 * A browser in which libraries take turns, each time in a fresh profile. One that dies is replaced.
 *
 * @param {() => Promise<import('playwright-core').Browser>} open
 * @returns {Promise<{ visit(failures: string[], work: (context: object, browser: object) => Promise<any>): Promise<any>, close(): Promise<void> }>}
 *   `visit` answers what `work` does, at its second attempt if need be, or undefined; what an attempt failed with goes into `failures`,
 *   and with four of them there are no more attempts
 */
export async function openTurns(open, longest = STEP) {
  let browser = await open();
  const attempt = async (work) => {
    if (!browser.isConnected()) browser = await open();
    const context = await within(browser.newContext(), STEP, 'a new profile');
    try {
      return await within(work(context, browser), longest, 'a visit');
    } finally {
      // A page that hangs may keep its profile from being closed.
      await within(context.close(), STEP, 'closing a profile').catch(() => browser.close());
    }
  };
  return {
    async visit(failures, work) {
      for (let left = 2; left > 0 && failures.length < ENOUGH; left--) {
        try {
          return await attempt(work);
        } catch (error) {
          failures.push(fewWords(error));
        }
      }
      return undefined;
    },
    close: () => browser.close(),
  };
}

/** What a table adds about attempts that failed though others did not. */
export function failureNotes(rows) {
  return rows
    .filter(({ failures, samples }) => failures?.length > 0 && samples.length > 0)
    .map(
      ({ title, failures }) =>
        `${title}: ${failures.length} ${failures.length === 1 ? 'visit' : 'visits'} failed and ${failures.length === 1 ? 'is' : 'are'} not counted (${failures[0]}).`,
    );
}
