/**
 * What an adapter shows of a client: who is signed in, whether that is known yet, and what went wrong. Knows no
 * framework; each adapter's built file holds a copy. Touches no browser object before it is started.
 */
import type {
  AuthClient,
  AuthError,
  AuthEvents,
  CallbackResult,
  CheckSessionOptions,
  Claims,
  LoginOptions,
  LogoutOptions,
} from './index.js';

/** A client, a promise of one, or a function that makes one. The function is called once, and in a browser only. */
export type ClientSource = AuthClient | Promise<AuthClient> | (() => AuthClient | Promise<AuthClient>);

/** An `AuthError`, or whatever else the app's own function failed with: that has no `code`. */
export type AuthFailure = AuthError | (Error & { readonly code?: undefined });

/** What is known at one moment. Never changed: the next moment is another object. */
export interface AuthSnapshot {
  /** Whether it is not known yet if somebody is signed in. */
  readonly isLoading: boolean;
  /** Whether somebody is signed in. */
  readonly isAuthenticated: boolean;
  /** The claims that describe the person; `null` with `openid: false`. The same object as long as they are the same claims. */
  readonly user: Claims | null;
  /**
   * What went wrong last: there is no client, the sign-in could not be finished, or an event `error` came. A sign-in, a
   * renewed token and the session's end put it back to `null`.
   */
  readonly error: AuthFailure | null;
  /** What an API asked for last, for `login({ stepUp })`. `null` after the next sign-in. */
  readonly stepUp: AuthEvents['stepup'] | null;
  /** How the session that this page knew has ended. `null` after the next sign-in. */
  readonly ended: AuthEvents['signedout'] | AuthEvents['sessionexpired'] | null;
  /** The client, as soon as there is one. */
  readonly client: AuthClient | null;
}

/** What an adapter does at its start. Looked at then, and not before. */
export interface StartOptions {
  /** Called when the page's URL was the answer to a sign-in, before anything is shown as loaded. */
  onRedirectCallback?: ((result: CallbackResult) => void) | undefined;
  /** Also asks, by {@link AuthClient.checkSession}, whether somebody is signed in. Not after a sign-in that failed. */
  checkSession?: CheckSessionOptions | undefined;
}

/** One client as an adapter sees it. The functions are bound, and always the same. */
export interface AuthState {
  /** The same object as long as nothing has changed. */
  snapshot(): AuthSnapshot;
  /** Calls `listener` after each change. Returns a function that ends it. */
  subscribe(listener: () => void): () => void;
  /**
   * Makes the client, finishes a sign-in, and follows the client from then on. All calls get one promise. It is fulfilled
   * when `isLoading` has become false, whatever was found, and never rejected. On a server it stays pending.
   */
  start(): Promise<void>;
  /** The client, made if need be. Rejected with what its making failed with. */
  client(): Promise<AuthClient>;
  /** {@link AuthClient.loginWithRedirect}. */
  login(options?: LoginOptions): Promise<void>;
  /**
   * The same for a guard: however many ask, the browser is sent to the sign-in once. A failure is `error`, too, so that a
   * guard that looks there first does not try for ever.
   */
  requireLogin(options?: LoginOptions): Promise<void>;
  /** {@link AuthClient.logout}. */
  logout(options?: LogoutOptions): Promise<void>;
  /** {@link AuthClient.fetch}, which waits until `isLoading` is false. */
  readonly fetch: AuthClient['fetch'];
}

/** What is known before the start, and on a server. */
export const LOADING: AuthSnapshot = {
  isLoading: true,
  isAuthenticated: false,
  user: null,
  error: null,
  stepUp: null,
  ended: null,
  client: null,
};

/** Nothing happens before {@link AuthState.start}, or before the first call of another function. */
export function createAuthState(source: ClientSource, options: StartOptions = {}): AuthState {
  /** Where there is no page, no client is made. One that was made elsewhere, a mock for example, does anywhere. */
  const isOnServer = typeof source === 'function' && typeof document === 'undefined';
  let snapshot = LOADING;
  let made: Promise<AuthClient> | undefined;
  /** The client, from the moment at which it is followed. */
  let followed: AuthClient | null = null;
  let started: Promise<void> | undefined;
  let leaving: Promise<void> | undefined;
  /** The last change; during the start, all that was heard. */
  let heard: Partial<AuthSnapshot> = {};
  const listeners = new Set<() => void>();

  const become = (next: AuthSnapshot) => {
    snapshot = next;
    for (const listener of listeners) listener();
  };

  /** Takes the change over, with who is signed in now, unless all of it is known already. */
  const follow = (change: Partial<AuthSnapshot>) => {
    heard = snapshot.isLoading ? { ...heard, ...change } : change;
    // The start ends with a look at everything; until then there is nothing to tell.
    if (snapshot.isLoading && heard.isLoading === undefined) return;
    const next: Record<string, unknown> = {
      ...snapshot,
      client: followed,
      isAuthenticated: !!followed?.isAuthenticated(),
      user: followed && followed.user(),
      ...heard,
    };
    let hasChanged = false;
    for (const [name, before] of Object.entries(snapshot)) {
      if (isSame(next[name], before)) next[name] = before;
      else hasChanged = true;
    }
    if (hasChanged) become(next as unknown as AuthSnapshot);
  };

  const client = () =>
    (made ??= (async () => {
      if (isOnServer) throw new Error('There is no holdfast client on a server.');
      return typeof source === 'function' ? source() : source;
    })());

  const listen = (client: AuthClient) => {
    client.on('signedin', () => {
      leaving = undefined;
      follow({ error: null, stepUp: null, ended: null });
    });
    client.on('refreshed', () => follow({ error: null }));
    const end = (ended: AuthSnapshot['ended']) => follow({ error: null, stepUp: null, ended });
    client.on('signedout', end);
    client.on('sessionexpired', end);
    client.on('stepup', (stepUp) => follow({ stepUp }));
    client.on('error', ({ error }) => follow({ error }));
  };

  const tell = (result: CallbackResult) => {
    try {
      options.onRedirectCallback?.(result);
    } catch (error) {
      // A mistake in the app's function is the app's to see, and no reason to show nothing.
      queueMicrotask(() => {
        throw error;
      });
    }
  };

  const load = async () => {
    try {
      followed = await client();
      listen(followed);
      const result = await followed.handleRedirectCallback();
      if (result.handled) tell(result);
      const { checkSession } = options;
      if (checkSession && !followed.isAuthenticated()) await followed.checkSession(checkSession);
      follow({ isLoading: false });
    } catch (error) {
      follow({ isLoading: false, error: failure(error) });
    }
  };

  const start = () => (started ??= isOnServer ? new Promise(() => {}) : load());

  const login = async (options?: LoginOptions) => (await client()).loginWithRedirect(options);

  const requireLogin = (options?: LoginOptions) =>
    (leaving ??= login(options).then(
      () => addEventListener('pageshow', comeBack),
      (error) => {
        leaving = undefined;
        become({ ...snapshot, error: failure(error) });
        throw error;
      },
    ));

  /** Back from the server's page, with everything as it was: whoever required the sign-in looks again. */
  const comeBack = async ({ persisted }: PageTransitionEvent) => {
    if (!persisted) return;
    await (await client()).checkSession().catch(() => {});
    leaving = undefined;
    become({ ...snapshot });
  };

  return {
    snapshot: () => snapshot,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start,
    client,
    login,
    requireLogin,
    logout: async (options) => (await client()).logout(options),
    async fetch(...given) {
      // A call of a page that is just starting may need the sign-in which is being finished. Afterwards no call waits.
      if (snapshot.isLoading) await unlessAborted(start(), ...given);
      return (followed ?? (await client())).fetch(...given);
    },
  };
}

/** A call's signal ends the waiting, too. */
function unlessAborted(waiting: Promise<void>, input: RequestInfo | URL, init?: RequestInit): Promise<void> {
  const signal = init?.signal ?? (input as Request).signal;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
    waiting.then(resolve);
  });
}

/** Whether two say the same. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || (!!one && !!other && textOf(one) === textOf(other));
}

/** Claims and details of events come from JSON; of an error its code and message count. */
function textOf(value: unknown): string {
  return value instanceof Error ? (value as AuthFailure).code + value.message : JSON.stringify(value);
}

function failure(error: unknown): AuthFailure {
  return error instanceof Error ? (error as AuthFailure) : new Error(String(error));
}
