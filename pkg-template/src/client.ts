/** The client that the app holds: intent out, identity and answers in. No protocol, no token. */
import type {
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
import { isAtCallback } from './at-callback.js';
import { ATTEMPT } from './attempt.js';
import type { Answer } from './channel.js';
import type { Connection, Listeners } from './connection.js';
import type { Diagnosis } from './diagnosis.js';
import { AuthError, pageError } from './errors.js';
import type { SplitOptions } from './options.js';
import type { Claims, Identity, SessionAnswer, SilentOptions, VaultEvent } from './protocol.js';
import { flatten } from './request.js';
import { rebuild } from './response.js';

/** {@link AuthClient}, by messages to the vault. */
export class Client implements AuthClient {
  readonly #connection: Connection;
  readonly #options: SplitOptions;
  readonly #listeners = new Set<[event: string, listener: (detail: never) => void]>();
  readonly #closing = new AbortController();
  #identity: Identity | null = null;
  #callback: Promise<CallbackResult> | undefined;

  /** `connect` makes the way to the vault. */
  constructor(options: SplitOptions, connect: (...listeners: Listeners) => Connection) {
    this.#options = options;
    this.#connection = connect(
      (event) => this.#hear(event),
      (identity) => this.#find(identity),
    );
  }

  /** Fulfilled when the vault has answered. Otherwise the client is of no use. */
  async opened(): Promise<void> {
    try {
      await this.#connection.ready();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  async loginWithRedirect(options: LoginOptions = {}): Promise<void> {
    const intent = { type: 'signIn', options: this.#withPlace(options) } as const;
    this.#go(await this.#connection.send(intent, 'login'));
  }

  async loginWithPopup(options: PopupLoginOptions = {}): Promise<PopupResult> {
    // Before anything is awaited, or the browser blocks it.
    let popup: Window | null | undefined;
    try {
      popup = open('', '', 'popup,width=480,height=720');
    } catch {
      // Firefox, in a frame that may open none.
    }
    try {
      const { signInByPopup } = await import('./popup.js');
      return await signInByPopup(popup, options, this.#connection.send, pageError, this.#closing.signal);
    } finally {
      popup?.close();
    }
  }

  handleRedirectCallback(url?: string): Promise<CallbackResult> {
    if (url !== undefined || !this.#isAtCallback()) return this.#handleCallback(url ?? location.href);
    // Frameworks start components twice while one develops; both get the one answer.
    return (this.#callback ??= this.#handlePageUrl().finally(() => (this.#callback = undefined)));
  }

  async checkSession({ redirect }: CheckSessionOptions = {}): Promise<boolean> {
    const check = async (options: SilentOptions | null) => {
      const answer = await this.#connection.send({ type: 'checkSession', options }, 'init');
      const { identity, navigate } = answer as SessionAnswer;
      this.#find(identity);
      return navigate;
    };
    await check(null);
    if (redirect && !this.#identity && !this.#isAtCallback()) {
      await (await import('./silent.js')).signInSilently(check, this.#withPlace(redirect as LoginOptions));
    }
    return this.isAuthenticated();
  }

  isAuthenticated(): boolean {
    return !!this.#identity;
  }

  user(): Claims | null {
    return copy(this.#identity?.user);
  }

  idTokenClaims(): Claims | null {
    return copy(this.#identity?.claims);
  }

  readonly fetch: (input: RequestInfo | URL, init?: RequestInit) => Promise<Response> = async (...given) => {
    const request = new Request(...given);
    const { signal } = request;
    signal.throwIfAborted();
    if (this.#options.fallthrough) {
      const question = { type: 'covers', url: request.url } as const;
      if (!(await this.#connection.send(question, 'fetch', [], signal))) return fetch(request);
    }
    const { request: flat, transfer } = await flatten(request, given[1], this.#options.fallthrough);
    const answer = await this.#connection.send({ type: 'fetch', request: flat }, 'fetch', transfer, signal);
    return rebuild(answer as Answer, signal);
  };

  accessToken({ resource }: { resource?: string } = {}): Promise<string> {
    return this.#connection.send({ type: 'accessToken', resource }, 'fetch') as Promise<string>;
  }

  session({ resource }: { resource?: string } = {}): Promise<SessionFacts | null> {
    return this.#connection.send({ type: 'session', resource }, 'init') as Promise<SessionFacts | null>;
  }

  userinfo(): Promise<Claims> {
    return this.#connection.send({ type: 'userinfo' }, 'fetch') as Promise<Claims>;
  }

  async logout(options: LogoutOptions = {}): Promise<void> {
    this.#go(await this.#connection.send({ type: 'signOut', options }, 'logout'));
  }

  on<Name extends keyof AuthEvents>(event: Name, listener: (detail: AuthEvents[Name]) => void): () => void {
    const entry: [string, typeof listener] = [event, listener];
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  async diagnose(): Promise<Diagnosis> {
    return (await import('./diagnose.js')).diagnose(this.#options, this.#connection.send);
  }

  close(): void {
    this.#connection.close();
    this.#closing.abort();
    this.#listeners.clear();
  }

  /** An extension's background goes there by itself. */
  #go(url: unknown): void {
    if (url) location.assign(url as string);
  }

  /** Where the person shall be afterwards: here, unless the app says where. */
  #withPlace(options: LoginOptions): LoginOptions {
    const { pathname, search, hash } = location;
    // A callback is no place to come back to, and a path that begins with // would be another host's.
    const path = this.#isAtCallback() ? undefined : pathname.replace(/^\/+/, '/') + search + hash;
    return { ...options, returnTo: options.returnTo ?? path! };
  }

  #isAtCallback(): boolean {
    return isAtCallback(this.#options.redirectUri);
  }

  async #handlePageUrl(): Promise<CallbackResult> {
    const { handlePageUrl } = await import('./callback.js');
    return handlePageUrl((url) => this.#handleCallback(url), this.#options.redirectUri);
  }

  async #handleCallback(url: string): Promise<CallbackResult> {
    const answer = await this.#connection.send({ type: 'handleCallback', url }, 'callback');
    return { ...(answer as CallbackResult), isSignedIn: this.isAuthenticated() };
  }

  #become(identity: Identity | null): void {
    this.#identity = identity;
    if (!identity) return;
    try {
      // The next time that nobody is signed in, one more attempt is fine.
      sessionStorage.removeItem(ATTEMPT);
    } catch {
      // The browser blocks cookies; then no attempt was made.
    }
  }

  /** Who is signed in, as a vault says that was asked. What this page has not heard of is told now. */
  #find(identity: Identity | null): void {
    const before = this.#identity;
    this.#become(identity);
    if (!identity === !before && identity?.user?.sub === before?.user?.sub) return;
    if (identity) this.#emit('signedin', { user: identity.user, expiresInSeconds: null });
    else this.#emit('signedout', { reason: 'elsewhere' });
  }

  #hear(event: VaultEvent): void {
    const { type, identity, ...detail } = event as VaultEvent & { identity?: Identity | null };
    if (event.type === 'error') {
      const error = new AuthError(event.error);
      if (error.code === 'vault_crashed') this.#identity = null;
      return this.#emit(event.type, { error });
    }
    if (identity !== undefined) this.#become(identity);
    this.#emit(type, detail as never);
  }

  #emit<Name extends keyof AuthEvents>(name: Name, detail: AuthEvents[Name]): void {
    for (const [event, listener] of this.#listeners) {
      if (event !== name) continue;
      try {
        (listener as (detail: AuthEvents[Name]) => void)(detail);
      } catch (error) {
        // A listener's mistake is the app's to see, and no reason to keep the others waiting.
        reportError(error);
      }
    }
  }
}

function copy(claims: Claims | null | undefined): Claims | null {
  return claims ? { ...claims } : null;
}
