'use client';
/**
 * holdfast in a React app (18 and 19): a provider, and hooks for what is below it. Server rendering touches no window.
 */
import {
  type ComponentType,
  createContext,
  createElement,
  type FunctionComponent,
  type ReactNode,
  Suspense,
  useContext,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
} from 'react';
import {
  type AuthSnapshot,
  type AuthState,
  type ClientSource,
  createAuthState,
  LOADING,
  type StartOptions,
} from './adapter-state.js';
import type {
  AuthClient,
  CallbackResult,
  CheckSessionOptions,
  Claims,
  LoginOptions,
  LogoutOptions,
} from './index.js';

export type { AuthFailure, AuthSnapshot, ClientSource } from './adapter-state.js';

/** The properties of {@link AuthProvider}. */
export interface AuthProviderProps {
  /**
   * The client, a promise of one, or a function that makes one. Looked at once: another one later changes nothing. The
   * function is called in a browser only, and once, however often components are started. Make it outside of components,
   * so that it is always the same one; providers with the same one share the client.
   */
  client: ClientSource;
  /**
   * Called when the page's URL was the answer to a sign-in, and has been replaced by `returnTo`. Routers don't notice
   * that: take yours there. What it throws goes to the console.
   */
  onRedirectCallback?: ((result: CallbackResult) => void) | undefined;
  /** Also asks at the start whether somebody is signed in, by {@link AuthClient.checkSession}: `{ redirect: true }`. */
  checkSession?: CheckSessionOptions | undefined;
  /** What to show in place of the children while one of them suspends. Without it that is up to the app's `Suspense`. */
  fallback?: ReactNode;
  children?: ReactNode;
}

/** What {@link useAuth} answers. The same object until something changes, and the functions are always the same. */
export interface Auth extends AuthSnapshot {
  /**
   * {@link AuthClient.loginWithRedirect}.
   *
   * @throws {AuthError} as that does, or what the client's making failed with.
   */
  login(options?: LoginOptions): Promise<void>;
  /** {@link AuthClient.logout}. */
  logout(options?: LogoutOptions): Promise<void>;
  /** {@link AuthClient.fetch}, which waits until `isLoading` is false. */
  readonly fetch: AuthClient['fetch'];
}

/** What {@link useAuthReady} answers: it is known whether somebody is signed in. */
export type ReadyAuth = Omit<Auth, 'isLoading' | 'isAuthenticated' | 'user' | 'client'> & {
  readonly isLoading: false;
  readonly client: AuthClient;
} & (
    | { readonly isAuthenticated: true; readonly user: Claims | null }
    | { readonly isAuthenticated: false; readonly user: null }
  );

/** The options of {@link withAuthenticationRequired}. */
export interface AuthenticationRequiredOptions {
  /** What to show while it is not known yet who is signed in, and while the browser is on its way to the sign-in. */
  fallback?: ReactNode;
  /**
   * What to show when the person signs out while the component is there. Nobody is sent to the sign-in then: the server
   * may still know them, and signing out would seem to do nothing. The fallback by default.
   */
  signedOut?: ReactNode;
  /** The options of the sign-in, `returnTo` for example, or a function that makes them then. */
  loginOptions?: LoginOptions | (() => LoginOptions);
}

/** What each source has become; a tree that suspends before it was mounted is built anew, and finds its own again. */
const states = new WeakMap<object, { state: AuthState; options: StartOptions }>();

const AuthContext = createContext<AuthState | null>(null);

/** What was started since the last provider was mounted, because something below one suspended. */
const unmounted = new Set<AuthState>();

/** Gives everything below it one client, which is made, and finishes a sign-in, as soon as the provider is mounted. */
export const AuthProvider: FunctionComponent<AuthProviderProps> = (props) => {
  const [{ state, options }] = useState(() => stateOf(props.client));
  // Looked at when the page has loaded, perhaps before anything is mounted: children may suspend.
  // Another provider of the same client may have said nothing of them.
  options.onRedirectCallback = props.onRedirectCallback ?? options.onRedirectCallback;
  options.checkSession = props.checkSession ?? options.checkSession;
  useEffect(() => {
    unmounted.clear();
    void state.start();
  }, [state]);
  const { children, fallback } = props;
  const content = fallback === undefined ? children : createElement(Suspense, { fallback }, children);
  return createElement(AuthContext.Provider, { value: state }, content);
};

/**
 * Who is signed in, and what can be done. Renders anew when something of it has changed, and not when a token is renewed.
 *
 * @throws {Error} where there is no {@link AuthProvider} above.
 */
export function useAuth(): Auth {
  return useSnapshot(useAuthState(), loading);
}

/**
 * {@link useAuth}, but suspends until it is known whether somebody is signed in. On a server it throws, so that React
 * sends the fallback of the `Suspense` around it, and renders the rest in the browser.
 *
 * @throws {Error} what the client's making failed with: for the next error boundary.
 */
export function useAuthReady(): ReadyAuth {
  const state = useAuthState();
  // The server's snapshot is of no use: nothing of this was rendered there.
  const auth = useSnapshot(state, state.snapshot);
  if (auth.isLoading) throw suspension(state);
  if (!auth.client) throw auth.error;
  return auth as ReadyAuth;
}

/** {@link AuthClient.fetch}, which waits until `isLoading` is false. Always the same function; renders nothing anew. */
export function useAuthFetch(): AuthClient['fetch'] {
  return useAuthState().fetch;
}

/**
 * The component for those who are signed in. All others are sent to the sign-in, once, and come back to where they were.
 *
 * What fails, the sign-in itself included, is thrown for the next error boundary, and nobody is sent anywhere then. A
 * failed refresh ends no session, so it isn't thrown.
 */
export function withAuthenticationRequired<Properties extends object>(
  component: ComponentType<Properties>,
  { fallback, signedOut = fallback, loginOptions }: AuthenticationRequiredOptions = {},
): FunctionComponent<Properties> {
  const AuthenticationRequired: FunctionComponent<Properties> = (properties) => {
    const state = useAuthState();
    const auth = useSnapshot(state, loading);
    const { isLoading, isAuthenticated, error, ended } = auth;
    const [endedBefore] = useState(ended);
    const hasSignedOut = ended !== endedBefore && /logout|elsewhere/.test(`${ended?.reason}`);
    const mustSignIn = !isLoading && !isAuthenticated && !hasSignedOut;
    useEffect(() => {
      if (!mustSignIn) return;
      const options = typeof loginOptions === 'function' ? loginOptions() : loginOptions;
      // What it fails with is rendered.
      state.requireLogin(options).catch(() => {});
      // At each change: back from the server's page there is one, though nothing else is.
    }, [state, auth, mustSignIn]);
    if (isAuthenticated) return createElement(component, properties);
    if (error) throw error;
    return hasSignedOut ? signedOut : fallback;
  };
  const name = component.displayName || component.name;
  AuthenticationRequired.displayName = `withAuthenticationRequired(${name})`;
  return AuthenticationRequired;
}

function stateOf(source: ClientSource) {
  let found = states.get(source);
  if (!found) {
    const options: StartOptions = {};
    states.set(source, (found = { state: createAuthState(source, options), options }));
  }
  return found;
}

function useAuthState(): AuthState {
  const state = useContext(AuthContext);
  if (!state) throw new Error('There is no <AuthProvider> above.');
  return state;
}

function useSnapshot(state: AuthState, onServer: () => AuthSnapshot): Auth {
  const snapshot = useSyncExternalStore(state.subscribe, state.snapshot, onServer);
  const { login, logout, fetch } = state;
  return useMemo(() => ({ ...snapshot, login, logout, fetch }), [state, snapshot]);
}

/** What to throw where it is not known who is signed in: a promise, which React waits for, or an error. */
function suspension(state: AuthState): unknown {
  if (typeof document === 'undefined') {
    // By the digest Next.js sees that this is no failure.
    const digest = 'BAILOUT_TO_CLIENT_SIDE_RENDERING';
    return Object.assign(new Error('There is no holdfast client on a server.'), { digest });
  }
  // Without an end, each would make a client of its own.
  if (unmounted.add(state).size > 9) {
    return new Error(
      'AuthProvider got another `client` each time: make it outside of components, or give a `fallback`.',
    );
  }
  return state.start();
}

const loading = () => LOADING;
