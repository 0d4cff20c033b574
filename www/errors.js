/** What to tell a person about an error. The library's message is for the developer; it goes into the log. */

const signInAgain = 'Please sign in again.';
const byCode = {
  login_required: ['Nobody is signed in', 'Sign in first, then try again.'],
  session_expired: ['Your session has ended', signInAgain],
  session_moved: ['Your session went on elsewhere', 'Reload the page: you are still signed in.'],
  interaction_required: ['The server wants to see you', signInAgain],
  authorization_refused: [
    'The sign-in did not go through',
    'Nothing has changed. You can try again at any time.',
  ],
  token_refused: ['The server refused', signInAgain],
  callback_invalid: ['That was no valid answer', signInAgain],
  state_missing: ['That answer belongs to no sign-in of this app', signInAgain],
  state_unknown: ['That answer was used already, or is too old', signInAgain],
  resource_not_allowed: ['This address may not receive a token', 'The app’s developer has to allow it.'],
  redirect_refused: [
    'The API sent the call elsewhere',
    'A token never follows a redirect, so the call was stopped.',
  ],
  network_error: [
    'The server can’t be reached',
    'You are still signed in. Check the connection and try again.',
  ],
  timeout: ['The server takes too long', 'You are still signed in. Try again in a moment.'],
  server_unavailable: ['The server is busy or down', 'You are still signed in. Try again in a moment.'],
  storage_unavailable: [
    'This browser keeps no data',
    'Allow this site to store data (or leave private browsing), then sign in.',
  ],
  unsupported_browser: [
    'This browser lacks something',
    'Please try a recent version of Chrome, Edge, Firefox or Safari.',
  ],
  worker_failed: [
    'The token vault did not start',
    'Reload the page. If it stays, the worker file is missing.',
  ],
  version_mismatch: ['Two versions met', 'Reload the page.'],
  vault_crashed: [
    'The token vault broke down',
    'Reload the page. If you are signed out then, sign in again.',
  ],
  id_token_time: ['The times do not fit', 'Check this device’s clock, then sign in again.'],
};

const mendedBySignIn = new Set([
  'login_required',
  'session_expired',
  'interaction_required',
  'authorization_refused',
  'token_refused',
  'callback_invalid',
  'state_missing',
  'state_unknown',
]);

/**
 * @returns {{ title: string, text: string, line: string, offersSignIn: boolean }} `line` is for the log
 */
export function describeError(error) {
  const code = error.code ? ` [${error.code}]` : '';
  const offersSignIn = mendedBySignIn.has(error.code);
  if (error.oauth?.error === 'access_denied') {
    const title = 'You chose not to sign in';
    return { title, text: 'Nothing has changed.', line: `${title}.${code}`, offersSignIn };
  }
  if (error instanceof TypeError && !error.code) {
    // What fetch throws when a request finds no way, whoever makes it.
    const title = 'The API can’t be reached';
    return { title, text: 'Check the connection and try again.', line: `${title}.`, offersSignIn };
  }
  const fallback = [
    'Something went wrong',
    error.retryable ? 'Try again in a moment.' : 'Reload the page and try again.',
  ];
  const [title, text] = byCode[error.code] ?? fallback;
  return { title, text, line: error.code ? `${title}.${code}` : error.message, offersSignIn };
}
