/** The client that the app holds: intent out, identity and answers in. No protocol, no token. */
import { Channel } from './channel.js';
import { AuthError } from './errors.js';
import { type Link, startWorker } from './host.js';
import { absolute, type AuthClientOptions, splitOptions } from './options.js';
import { type CallId, type Claims, type Identity, VERSION, type VaultEvent } from './protocol.js';
import { flatten } from './request.js';
import { rebuild } from './response.js';

/** What an app hears of. */
export interface AuthEvents {
  /** Somebody signed in, in this tab or another. `expiresInSeconds`: the access token's life, where known. */
  signedin: { user: Claims; expiresInSeconds: number | null };
  /** Somebody signed out. */
  signedout: { reason: 'logout' };
  /** An access token was renewed. */
  refreshed: { expiresInSeconds: number | null };
  /** The session is over though nobody signed out. */
  sessionexpired: { reason: 'refused' | 'no_refresh_token' | 'lost_refresh' };
  /** A refresh failed, or the vault crashed; the calls that it concerns fail by themselves, too. */
  error: { error: AuthError };
}

/** The options of {@link AuthClient.loginWithRedirect}. */
export interface LoginOptions {
  /** Anything that JSON can hold. Comes back from {@link AuthClient.handleRedirectCallback}. */
  appState?: unknown;
  /** Where the person shall be afterwards: a place in this app. Where they are now, by default. */
  returnTo?: string;
  /** More parameters for this authorization request, for example `{ prompt: 'login' }`. */
  authorizationParams?: Record<string, string | number | boolean>;
}

/** The answer of {@link AuthClient.handleRedirectCallback}. */
export interface CallbackResult {
  /** Whether the URL was a callback. Where it was none, nothing was done. */
  handled: boolean;
  /** What was given to `loginWithRedirect`. */
  appState: unknown;
  /** Where the person was, or wants to be: path, query and fragment. */
  returnTo: string | undefined;
}

/** The options of {@link AuthClient.logout}. */
export interface LogoutOptions {
  /** Where the server sends the browser afterwards. It must know the URL. */
  returnTo?: string;
  /** End the session here, and leave the server's alone. */
  localOnly?: boolean;
}

/** One app's way to its vault. Made by `createAuthClient`. */
export class AuthClient {
  readonly #channel: Channel;
  readonly #redirectUri: string;
  readonly #listeners = new Map<string, Set<(detail: never) => void>>();
  #identity: Identity | null = null;
  #callback: Promise<CallbackResult> | undefined;

  private constructor(link: Link, redirectUri: string) {
    this.#channel = new Channel(
      link,
      (event) => this.#hear(event),
      (error) => {
        this.#identity = null;
        this.#emit('error', { error });
      },
    );
    this.#redirectUri = redirectUri;
    addEventListener('pagehide', this.#leave);
  }

  /** @internal Use `createAuthClient`. */
  static async create(options: AuthClientOptions): Promise<AuthClient> {
    const split = splitOptions(options);
    const client = new AuthClient(startWorker(split), split.vault.redirectUri as string);
    try {
      const intent = { type: 'init', version: VERSION, options: split.vault } as const;
      client.#identity = (await client.#channel.start(intent)) as Identity | null;
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  /**
   * Sends the browser to the server's sign-in page. The promise is fulfilled when the browser is on its way.
   * Afterwards the server sends it to `redirectUri`, where {@link handleRedirectCallback} finishes the sign-in.
   *
   * @throws {AuthError} `invalid_argument`, `storage_unavailable`, or what discovery fails with.
   */
  async loginWithRedirect(options: LoginOptions = {}): Promise<void> {
    const { origin, href } = location;
    // A callback is no place to come back to, and a path that begins with // would be another host's.
    const path = this.#mayBeCallback(href) ? undefined : href.slice(origin.length).replace(/^\/{2,}/, '/');
    const intent = { type: 'signIn', options: { ...options, returnTo: options.returnTo ?? path } } as const;
    location.assign((await this.#channel.call(intent, 'login')) as string);
  }

  /**
   * Finishes a sign-in where `url` is an authorization response, and does nothing where it is none, so it may be called
   * at every start. Without an argument it reads the page's URL, and replaces it by `returnTo`: no code and no state
   * stay in the address bar or in the history.
   *
   * @throws {AuthError} The session that was there before is still there.
   */
  handleRedirectCallback(url?: string): Promise<CallbackResult> {
    if (url !== undefined) return this.#handleCallback(url);
    // Frameworks start components twice while one develops; both get the one answer.
    this.#callback ??= this.#handlePageUrl().finally(() => (this.#callback = undefined));
    return this.#callback;
  }

  /** Asks the vault whether somebody is signed in. No network. */
  async checkSession(): Promise<boolean> {
    this.#identity = (await this.#channel.call({ type: 'checkSession' }, 'init')) as Identity | null;
    return this.isAuthenticated();
  }

  /** Whether somebody is signed in, as far as this page has heard. */
  isAuthenticated(): boolean {
    return this.#identity !== null;
  }

  /** The claims that describe the person who is signed in. */
  user(): Claims | null {
    return this.#identity && { ...this.#identity.user };
  }

  /** All claims of the ID token. */
  idTokenClaims(): Claims | null {
    return this.#identity && { ...this.#identity.claims };
  }

  /**
   * `window.fetch`, with an access token for URLs that `resources` covers, and an error for all others. Bound: it can be
   * handed to any library that takes a `fetch`.
   *
   * @throws {AuthError} `login_required`, `session_expired`, `resource_not_allowed`, `authorization_header`,
   * `redirect_refused`, or what a refresh fails with.
   * @throws {TypeError} and `AbortError` as `window.fetch` does.
   */
  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    const { request: flat, transfer } = await flatten(request, init);
    signal.throwIfAborted();
    const { id, answer } = this.#channel.send({ type: 'fetch', request: flat }, 'fetch', transfer);
    const reply = await this.#unlessAborted(id, signal, answer);
    const isAbortable = init?.signal != null || input instanceof Request;
    return rebuild(
      (reply as Extract<typeof reply, { type: 'response' }>).response,
      isAbortable ? signal : null,
    );
  };

  /**
   * Ends the session: here at once, in all tabs that share it, and at the server, to which the browser is sent.
   *
   * @throws {AuthError} `invalid_argument`; then nothing was done.
   */
  async logout(options: LogoutOptions = {}): Promise<void> {
    const { returnTo, ...rest } = options;
    const url = await this.#channel.call(
      { type: 'signOut', options: { ...rest, returnTo: absolute(returnTo) } },
      'logout',
    );
    if (url) location.assign(url as string);
  }

  /** Calls `listener` at each event of this kind. Returns a function that ends it. */
  on<Name extends keyof AuthEvents>(event: Name, listener: (detail: AuthEvents[Name]) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Lets go of the vault. Every later call fails with `client_closed`. */
  close(): void {
    removeEventListener('pagehide', this.#leave);
    this.#channel.close();
    this.#listeners.clear();
  }

  /** A page that is gone for good ends its requests, as pages do. One that may come back keeps them. */
  readonly #leave = ({ persisted }: PageTransitionEvent): void => {
    if (!persisted) this.close();
  };

  /** Whether `url` looks like an answer at the redirect URI. */
  #mayBeCallback(url: string): boolean {
    const [path, ...rest] = url.split(/[?#]/);
    return path === this.#redirectUri.split(/[?#]/)[0] && /(^|&)(code|error|state)=/.test(rest.join('&'));
  }

  async #handlePageUrl(): Promise<CallbackResult> {
    const url = location.href;
    const replace = (by: string) => {
      const isStillThere = location.href === url && new URL(by, url).origin === location.origin;
      if (isStillThere) history.replaceState(history.state, '', by);
    };
    try {
      const result = await this.#handleCallback(url);
      if (result.handled) replace(result.returnTo ?? this.#redirectUri);
      return result;
    } catch (error) {
      // A callback that failed is used up, too, unless the same one may be tried again.
      if (this.#mayBeCallback(url) && !(error as AuthError).retryable) replace(this.#redirectUri);
      throw error;
    }
  }

  async #handleCallback(url: string): Promise<CallbackResult> {
    const result = (await this.#channel.call({ type: 'handleCallback', url }, 'callback')) as CallbackResult;
    const { handled, appState, returnTo } = result;
    return { handled, appState: appState ?? undefined, returnTo: returnTo ?? undefined };
  }

  #unlessAborted<T>(id: CallId, signal: AbortSignal, answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      // Stays on after the answer: the body may still be on its way.
      signal.addEventListener(
        'abort',
        () => {
          this.#channel.abort(id, signal.reason);
          reject(signal.reason);
        },
        { once: true },
      );
      answer.then(resolve, reject);
    });
  }

  #hear(event: VaultEvent): void {
    switch (event.type) {
      case 'signedin':
        this.#identity = event.identity;
        return this.#emit('signedin', {
          user: event.identity.user,
          expiresInSeconds: event.expiresInSeconds,
        });
      case 'refreshed':
        this.#identity = event.identity ?? this.#identity;
        return this.#emit('refreshed', { expiresInSeconds: event.expiresInSeconds });
      case 'signedout':
        this.#identity = null;
        return this.#emit('signedout', { reason: event.reason });
      case 'sessionexpired':
        this.#identity = null;
        return this.#emit('sessionexpired', { reason: event.reason });
      case 'error':
        return this.#emit('error', { error: new AuthError(event.error) });
    }
  }

  #emit<Name extends keyof AuthEvents>(name: Name, detail: AuthEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        (listener as (detail: AuthEvents[Name]) => void)(detail);
      } catch (error) {
        // A listener's mistake is the app's to see, and no reason to keep the others waiting.
        reportError(error);
      }
    }
  }
}
