/** The page's part of a sign-in in a window of its own. Loaded when there is one. */
import type { CallbackResult, PopupLoginOptions, PopupResult } from './auth-client.js';
import type { Channel } from './channel.js';
import type { pageError } from './errors.js';
import { openLine, popupState } from './hand-over.js';
import type { PopupAnswer, PopupCallback } from './protocol.js';

/** How often the popup is looked at, in milliseconds. */
const GLANCE = 500;

/** How long the vault waits for an answer of the server's, in milliseconds. */
const LIFETIME = 600_000;

const CLOSED = 'The sign-in was not finished: its popup was closed.';

/**
 * `fail` makes an error of the client's own class: this file may be a module of its own. `closing` is aborted when the
 * client is closed.
 */
export async function signInByPopup(
  popup: Window | null | undefined,
  { signal, ...options }: PopupLoginOptions,
  send: Channel['send'],
  fail: typeof pageError,
  closing: AbortSignal,
): Promise<PopupResult> {
  signal?.throwIfAborted();
  if (!popup) {
    const message = 'The browser opened no popup; call loginWithPopup() first thing in a click.';
    throw fail('popup_blocked', 'login', message);
  }
  const intent = { type: 'signIn', options, popup: true } as const;
  const { navigate, state } = (await send(intent, 'login', [], signal)) as PopupAnswer;
  // It has not been anywhere yet, so this is the truth.
  if (popup.closed) throw fail('popup_closed', 'login', CLOSED);
  return new Promise<PopupResult>((resolve, reject) => {
    const end = new AbortController();
    let isBusy = false;
    let wasGone = false;
    const fulfil = async (url: string) => {
      const { handled, appState } = (await send(
        { type: 'handleCallback', url },
        'callback',
      )) as CallbackResult;
      isBusy = false;
      if (!handled) return;
      end.abort();
      resolve({ isSignedIn: true, appState });
    };
    const refuse = (error: unknown) => {
      end.abort();
      reject(error as Error);
    };
    const channel = openLine<PopupCallback | null>(state, (message) => {
      // Anybody of this origin can speak here. Only the vault knows whether it is the server's answer.
      const url = `${message?.url}`;
      if (isBusy || popupState(url) !== state) return;
      isBusy = true;
      channel.postMessage('taken');
      fulfil(url).catch(refuse);
    });
    const look = () => {
      // A server with a Cross-Origin-Opener-Policy makes each popup look closed. Who has closed one is back at this page.
      const isGone = popup.closed && document.hasFocus();
      if (isGone && wasGone && !isBusy) {
        clearInterval(glances);
        // Who goes on in it nevertheless signs in all the same: the channel stays open.
        reject(fail('popup_closed', 'login', CLOSED));
      }
      wasGone = isGone;
    };
    const glances = setInterval(look, GLANCE);
    const deadline = setTimeout(() => refuse(fail('popup_closed', 'login', CLOSED)), LIFETIME);
    end.signal.addEventListener('abort', () => {
      clearInterval(glances);
      clearTimeout(deadline);
      channel.postMessage('done');
      channel.close();
    });
    signal?.addEventListener('abort', () => refuse(signal.reason), end);
    const close = () => refuse(fail('client_closed', 'login', 'The client was closed.'));
    closing.addEventListener('abort', close, end);
    // The server's pages have no business with this one.
    popup.opener = null;
    popup.location.replace(navigate);
  });
}
