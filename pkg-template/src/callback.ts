/** The page that the server has sent the browser back to. Loaded where its URL looks like an answer. */
import { isAtCallback } from './at-callback.js';
import { rememberAttempt } from './attempt.js';
import type { CallbackResult } from './auth-client.js';
import type { AuthError } from './errors.js';
import { handOver, popupState } from './hand-over.js';

/** How long a popup may take to close, in milliseconds. */
const FAREWELL = 1000;

/**
 * In a popup, hands the page's URL to the page that opened it, and closes. Nothing happens where nobody takes it.
 *
 * Before there is a client: a popup needs neither that nor a worker.
 */
export async function handOverAndClose(redirectUri: string): Promise<void> {
  const url = location.href;
  const state = popupState(url);
  // Anywhere else it is the app's own, and nobody waits for it.
  if (!state || !isAtCallback(redirectUri) || !(await handOver(url, state))) return;
  history.replaceState(history.state, '', redirectUri);
  close();
  // Not every popup can be closed. Where this one is not, the app goes on in it.
  await new Promise((resolve) => setTimeout(resolve, FAREWELL));
}

/** Has the vault read the page's URL, and takes what it has read out of the address bar and the history. */
export async function handlePageUrl(
  handle: (url: string) => Promise<CallbackResult>,
  redirectUri: string,
): Promise<CallbackResult> {
  const url = location.href;
  const replace = (by: string) => {
    if (location.href === url) history.replaceState(history.state, '', by);
  };
  try {
    const result = await handle(url);
    if (!result.handled) return result;
    replace(result.returnTo ?? redirectUri);
    // Once more: Chromium may show this document a sessionStorage from before the page left.
    if (!result.isSignedIn) rememberAttempt();
    return result;
  } catch (error) {
    // A callback that failed is used up, too, unless the same one may be tried again.
    if (!(error as AuthError).retryable) replace(redirectUri);
    throw error;
  }
}
