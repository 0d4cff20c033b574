/** holdfast in the pages of an extension (Manifest V3): popup, options, side panel. The vault is in its background. */
import type { AuthClient, CallbackResult, PopupLoginOptions, PopupResult } from './auth-client.js';
import { openChannel } from './channel.js';
import { Client } from './client.js';
import type { Connection, Listeners } from './connection.js';
import { linkBackground } from './extension-link.js';
import type { SplitOptions } from './options.js';
import { type SessionAnswer, VERSION } from './protocol.js';

export type {
  AuthClient,
  AuthEvents,
  CallbackResult,
  CheckSessionOptions,
  LoginOptions,
  LogoutOptions,
  PopupLoginOptions,
  PopupResult,
  SessionFacts,
} from './auth-client.js';
export { AuthError } from './errors.js';
export type { AuthErrorCode, AuthErrorPhase, OAuthError } from './errors.js';
export type { Claims } from './protocol.js';

/** What `createExtensionAuthClient` is given. Everything else is the background's to say. */
export interface ExtensionAuthClientOptions {
  /**
   * Whether `auth.fetch` sends what `resources` does not cover by the page's own `fetch`, without a token. `false` by
   * default: such a call is refused with `resource_not_allowed`.
   */
  fallthrough?: boolean;
}

/**
 * Finds the vault in the extension's background, and starts the background where the browser has stopped it.
 *
 * The client is the one of a web page, but for this: `loginWithRedirect` opens the server's page in a window of its own,
 * and is fulfilled when somebody is signed in; `handleRedirectCallback` never finds anything to do; `checkSession` with
 * `redirect` asks the server without any window; `logout` is fulfilled when the server's page is gone again.
 *
 * @throws {AuthError} `worker_failed` where the background does not answer, `sender_refused` in a content script,
 * `unsupported_browser` outside of an extension, `version_mismatch`, and `invalid_options` where those of the background are wrong.
 */
export async function createExtensionAuthClient(
  options: ExtensionAuthClientOptions = {},
): Promise<AuthClient> {
  const client = new ExtensionClient(options);
  await client.opened();
  return client;
}

class ExtensionClient extends Client {
  constructor({ fallthrough = false }: ExtensionAuthClientOptions) {
    // No page of the extension is a place that the server sends anybody to.
    const redirectUri = 'about:blank';
    super({ redirectUri, fallthrough, vault: {} } as SplitOptions, connect);
  }

  /** The browser has a window for this, which the background opens. */
  override async loginWithPopup({ signal, ...options }: PopupLoginOptions = {}): Promise<PopupResult> {
    signal?.throwIfAborted();
    const end = new AbortController();
    const aborted = new Promise<never>((_, reject) =>
      signal?.addEventListener('abort', () => reject(signal.reason as Error), end),
    );
    try {
      await Promise.race([this.loginWithRedirect(options), aborted]);
    } finally {
      end.abort();
    }
    return { isSignedIn: this.isAuthenticated(), appState: options.appState };
  }

  /** The background takes the server's answer itself. */
  override async handleRedirectCallback(): Promise<CallbackResult> {
    return {
      handled: false,
      isSignedIn: this.isAuthenticated(),
      appState: undefined,
      returnTo: undefined,
    };
  }
}

function connect(...[onEvent, onArrival]: Listeners): Connection {
  const arrive = (answer: unknown) => onArrival((answer as SessionAnswer).identity);
  const channel = openChannel(linkBackground(arrive), onEvent);
  // The background knows the options. What is visible here says nothing of how long it lives.
  const intent = { type: 'init', version: VERSION, options: null, escrow: true, visible: false } as const;
  const ready = channel.start(intent).then(arrive);
  const closing = new AbortController();
  // A background that was stopped meanwhile has told nobody anything.
  const show = () => {
    if (!document.hidden)
      channel.send({ type: 'checkSession', options: null }, 'init').then(arrive, () => {});
  };
  globalThis.document?.addEventListener('visibilitychange', show, closing);
  return {
    ready: () => ready,
    async send(...call) {
      await ready;
      return channel.send(...call);
    },
    close() {
      closing.abort();
      channel.close();
    },
  };
}
