/** `holdfast/testing`: a client for the tests of components. No worker, no window, no network. */
import type {
  AuthClient,
  AuthErrorCode,
  AuthErrorPhase,
  AuthEvents,
  CallbackResult,
  CheckSessionOptions,
  Claims,
  Diagnosis,
  LoginOptions,
  LogoutOptions,
  OAuthError,
  PopupLoginOptions,
  SessionFacts,
} from './index.js';
import { AuthError } from './index.js';
import { mockDiagnosis } from './testing-diagnosis.js';

/** What `auth.fetch` is answered by: a function like `window.fetch`. */
export type FetchHandler = (input: RequestInfo | URL, init?: RequestInit) => Response | Promise<Response>;

/** The options of {@link createMockAuthClient}. */
export interface MockAuthClientOptions {
  /** Who is signed in at the start. Nobody by default. */
  user?: Claims | null;
  /** Claims of the ID token beside the user's. */
  claims?: Record<string, unknown>;
  /** Answers `auth.fetch` while somebody is signed in. Without it such a call is rejected, and the message says so. */
  fetch?: FetchHandler;
  /**
   * URLs that `auth.fetch` may call: exact origin, path prefix by segments; all others are refused with
   * `resource_not_allowed`. Without it all may be called. The vault's own rules are stricter about strange paths.
   */
  resources?: string[];
  /** What `auth.accessToken()` answers. Without it, `access_token_not_exposed`, as from a client without that option. */
  accessToken?: string | ((options: { resource?: string }) => string | Promise<string>);
  /** What `auth.session()` answers otherwise than a session that has just begun, without scopes. */
  session?: Partial<SessionFacts>;
  /** What `auth.userinfo()` answers beside the user's claims, or, where it is a function, instead of them. */
  userinfo?: Record<string, unknown> | (() => Claims | Promise<Claims>);
  /**
   * Whom `loginWithRedirect` and `loginWithPopup` sign in, at once: `null` is somebody of whom nothing is known, as with
   * `openid: false`. By default nobody: a browser would leave the page for the server's, and the popup is closed.
   */
  loginAs?: Claims | null;
  /**
   * The page's URL is a callback: nobody is signed in until `handleRedirectCallback()` is called, which signs `user`
   * in and answers this.
   */
  callback?: { appState?: unknown; returnTo?: string };
  /** What `diagnose()` answers otherwise than a client that has just begun. */
  diagnosis?: Partial<Diagnosis>;
}

/** The calls that can be made to fail, and whose arguments are kept. */
export type MockedCall =
  | 'loginWithRedirect'
  | 'loginWithPopup'
  | 'handleRedirectCallback'
  | 'checkSession'
  | 'fetch'
  | 'accessToken'
  | 'userinfo'
  | 'session'
  | 'logout';

/** One call of `auth.fetch`. */
export interface MockFetchCall {
  url: string;
  method: string;
  input: RequestInfo | URL;
  init: RequestInit | undefined;
}

/** What the app has called, in order, with what was given. Those that were refused are there, too. */
export interface MockCalls {
  loginWithRedirect: LoginOptions[];
  loginWithPopup: PopupLoginOptions[];
  handleRedirectCallback: (string | undefined)[];
  checkSession: CheckSessionOptions[];
  fetch: MockFetchCall[];
  accessToken: { resource?: string }[];
  /** How often: one `undefined` for each. */
  userinfo: undefined[];
  session: { resource?: string }[];
  logout: LogoutOptions[];
}

/** An error's code, or the code and whatever else the error shall say. */
export type MockError =
  | AuthErrorCode
  | {
      code: AuthErrorCode;
      message?: string;
      phase?: AuthErrorPhase;
      retryable?: boolean;
      oauth?: OAuthError;
    };

/** A client, and what a test does to it. */
export interface MockAuthClient extends AuthClient {
  /** What the app has called. */
  readonly calls: MockCalls;
  /** Somebody signs in, here or in another tab: `signedin`. `null`: nothing is known of them, as with `openid: false`. */
  signIn(user: Claims | null, claims?: Record<string, unknown>): void;
  /** Somebody signs out, here or in another tab: `signedout`. */
  signOut(reason?: AuthEvents['signedout']['reason']): void;
  /** The session ends by itself: `sessionexpired`. `refused` by default. */
  expire(reason?: AuthEvents['sessionexpired']['reason']): void;
  /**
   * With the name of a call: the next such call is rejected with this error. Without: the event `error`, as of a
   * refresh that fails. Returns the error.
   */
  fail(error: MockError | AuthError, call?: MockedCall): AuthError;
  /** Has the app hear an event, `refreshed` or `stepup` for example. Who is signed in stays as it is. */
  emit<Name extends keyof AuthEvents>(event: Name, detail: AuthEvents[Name]): void;
  /** Another answer to `auth.fetch` from now on. */
  answer(handler: FetchHandler): void;
}

/** A client that does what the test says. It begins with `user` signed in, or with nobody. */
export function createMockAuthClient(options: MockAuthClientOptions = {}): MockAuthClient {
  const listeners = new Set<[event: string, listener: (detail: never) => void]>();
  const failures: [MockedCall, AuthError][] = [];
  const calls: MockCalls = {
    loginWithRedirect: [],
    loginWithPopup: [],
    handleRedirectCallback: [],
    checkSession: [],
    fetch: [],
    accessToken: [],
    userinfo: [],
    session: [],
    logout: [],
  };
  let { callback, fetch: handler } = options;
  let identity: Identity | null = null;
  let startedAt = Date.now();
  if (!callback && options.user) identity = identityOf(options.user, options.claims);
  let isClosed = false;

  const emit: MockAuthClient['emit'] = (name, detail) => {
    for (const [event, listener] of [...listeners]) {
      if (event !== name) continue;
      try {
        (listener as (given: typeof detail) => void)(detail);
      } catch (error) {
        // As in a browser: the other listeners are told, and the mistake is an uncaught error.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  };

  const signIn: MockAuthClient['signIn'] = (user, claims) => {
    identity = identityOf(user, claims);
    startedAt = Date.now();
    emit('signedin', { user: identity.user, expiresInSeconds: null });
  };

  const signOut: MockAuthClient['signOut'] = (reason = 'logout') => {
    const wasSignedIn = identity !== null;
    identity = null;
    if (wasSignedIn) emit('signedout', { reason });
  };

  /** What every call begins with. */
  const begin = <Name extends MockedCall>(name: Name, given: MockCalls[Name][number]) => {
    (calls[name] as unknown[]).push(given);
    const phase = phases[name];
    if (isClosed) throw createAuthError({ code: 'client_closed', phase });
    const planned = failures.findIndex(([call]) => call === name);
    if (planned >= 0) throw failures.splice(planned, 1)[0]![1];
  };

  const requireSomebody = () => {
    if (!identity) throw createAuthError({ code: 'login_required', phase: 'fetch' });
  };

  return {
    calls,
    emit,
    signIn,
    signOut,

    expire(reason = 'refused') {
      identity = null;
      emit('sessionexpired', { reason });
    },

    fail(given, call) {
      const facts = typeof given === 'string' ? { code: given } : given;
      const phase = call ? phases[call] : 'refresh';
      const error = facts instanceof AuthError ? facts : createAuthError({ phase, ...facts });
      if (call) failures.push([call, error]);
      else emit('error', { error });
      return error;
    },

    answer(next) {
      handler = next;
    },

    async loginWithRedirect(given = {}) {
      begin('loginWithRedirect', given);
      if (options.loginAs !== undefined) signIn(options.loginAs, options.claims);
    },

    async loginWithPopup(given = {}) {
      begin('loginWithPopup', given);
      given.signal?.throwIfAborted();
      if (options.loginAs === undefined) throw createAuthError({ code: 'popup_closed', phase: 'login' });
      signIn(options.loginAs, options.claims);
      return { isSignedIn: true, appState: given.appState };
    },

    async handleRedirectCallback(url) {
      begin('handleRedirectCallback', url);
      const handled = callback;
      callback = undefined;
      if (handled && options.user) signIn(options.user, options.claims);
      return {
        handled: handled !== undefined,
        isSignedIn: identity !== null,
        appState: handled?.appState,
        returnTo: handled?.returnTo,
      } satisfies CallbackResult;
    },

    async checkSession(given = {}) {
      begin('checkSession', given);
      return identity !== null;
    },

    isAuthenticated: () => identity !== null,
    user: () => (identity?.user ? { ...identity.user } : null),
    idTokenClaims: () => (identity?.claims ? { ...identity.claims } : null),

    async fetch(input, init) {
      const request = typeof input === 'object' && 'url' in input ? input : undefined;
      const url = request?.url ?? String(input);
      const method = (init?.method ?? request?.method ?? 'GET').toUpperCase();
      const signal = init?.signal ?? request?.signal;
      begin('fetch', { url, method, input, init });
      signal?.throwIfAborted();
      if (options.resources && !options.resources.some((resource) => covers(resource, url))) {
        throw createAuthError({ code: 'resource_not_allowed', phase: 'fetch' });
      }
      if (hasAuthorization(init?.headers ?? request?.headers)) {
        throw createAuthError({ code: 'authorization_header', phase: 'fetch' });
      }
      requireSomebody();
      if (!handler) throw new Error(`${method} ${url} has no answer: give createMockAuthClient a \`fetch\`.`);
      return untilAborted(handler(input, init), signal);
    },

    async accessToken(given = {}) {
      begin('accessToken', given);
      const { accessToken } = options;
      if (accessToken === undefined) {
        throw createAuthError({ code: 'access_token_not_exposed', phase: 'fetch' });
      }
      requireSomebody();
      return typeof accessToken === 'function' ? accessToken(given) : accessToken;
    },

    async session(given = {}) {
      begin('session', given);
      return identity && { ...mockSession, startedAt, ...options.session };
    },

    async userinfo() {
      begin('userinfo', undefined);
      requireSomebody();
      const { userinfo } = options;
      if (typeof userinfo === 'function') return userinfo();
      const { user } = identity!;
      if (!user) throw createAuthError({ code: 'userinfo_unavailable', phase: 'fetch' });
      return { ...user, ...userinfo };
    },

    async logout(given = {}) {
      begin('logout', given);
      signOut();
    },

    diagnose: async () => ({ ...mockDiagnosis(identity !== null), ...options.diagnosis }),

    on(event, listener) {
      const entry: [string, typeof listener] = [event, listener];
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },

    close() {
      isClosed = true;
      listeners.clear();
    },
  };
}

/**
 * An `AuthError` for a test. `message` names the code by default; `retryable` is what it is for this code in the real
 * client; `phase` is `fetch`.
 */
export function createAuthError(given: MockError): AuthError {
  const facts = typeof given === 'string' ? { code: given } : given;
  return new AuthError({
    message: `${facts.code} (of a mock client)`,
    phase: 'fetch',
    retryable: retryable.includes(facts.code),
    ...facts,
  });
}

const phases = {
  loginWithRedirect: 'login',
  loginWithPopup: 'login',
  handleRedirectCallback: 'callback',
  checkSession: 'init',
  fetch: 'fetch',
  accessToken: 'fetch',
  userinfo: 'fetch',
  session: 'init',
  logout: 'logout',
} as const;

const retryable: AuthErrorCode[] = ['dpop_nonce_required', 'network_error', 'timeout', 'server_unavailable'];

const mockSession = {
  scopes: [] as string[],
  accessTokenExpiresAt: null,
  hasRefreshToken: true,
  isDpopBound: false,
};

interface Identity {
  user: Claims | null;
  claims: Claims | null;
}

function identityOf(user: Claims | null, claims: Record<string, unknown> = {}): Identity {
  return user ? { user: { ...user }, claims: { ...user, ...claims } } : { user, claims: user };
}

/** Whether `resource` covers `url`: exact origin, path prefix by segments. */
function covers(resource: string, url: string): boolean {
  const base = globalThis.location?.href;
  const allowed = new URL(resource, base);
  const asked = new URL(url, base);
  const prefix = allowed.pathname.replace(/\/$/, '');
  return asked.origin === allowed.origin && (asked.pathname + '/').startsWith(prefix + '/');
}

/** By hand: jsdom as Jest has it knows neither `Request` nor `Headers`. */
function hasAuthorization(headers: HeadersInit | undefined): boolean {
  if (!headers) return false;
  const names = Symbol.iterator in headers ? [...headers].map(([name]) => name) : Object.keys(headers);
  return names.some((name) => name?.toLowerCase() === 'authorization');
}

function untilAborted<T>(answer: T | Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    Promise.resolve(answer).then(resolve, reject);
  });
}
