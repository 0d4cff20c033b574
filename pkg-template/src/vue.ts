/** `holdfast/vue`: a plugin, the composable that reads it, and a guard for Vue Router. */
import {
  computed,
  hasInjectionContext,
  inject,
  shallowRef,
  type App,
  type InjectionKey,
  type Ref,
} from 'vue';
import {
  createAuthState,
  type AuthFailure,
  type AuthSnapshot,
  type AuthState,
  type ClientSource,
  type StartOptions,
} from './adapter-state.js';
import type { LoginOptions } from './index.js';

export type { AuthFailure, ClientSource } from './adapter-state.js';

/** The options of {@link createAuth}. */
export interface AuthOptions extends StartOptions {
  /** A client, a promise of one, or a function that makes one. The function is called once, and in a browser only. */
  client: ClientSource;
}

/** What {@link useAuth} gives: refs that can't be written, and functions that need no `this`. */
export interface Auth {
  /**
   * The claims that describe the person who is signed in; `null` with `openid: false`. The same object as long as they are
   * the same claims.
   */
  readonly user: Readonly<Ref<AuthSnapshot['user']>>;
  /** Whether somebody is signed in. */
  readonly isAuthenticated: Readonly<Ref<boolean>>;
  /** Whether it is not known yet if somebody is signed in. Always true on a server. */
  readonly isLoading: Readonly<Ref<boolean>>;
  /** What went wrong last: at the start, in a sign-in, or in a refresh. `null` after the next success. */
  readonly error: Readonly<Ref<AuthFailure | null>>;
  /** What an API asked for last (the event `stepup`), for `login({ stepUp })`. */
  readonly stepUp: Readonly<Ref<AuthSnapshot['stepUp']>>;
  /** How the session that this page knew has ended. `null` after the next sign-in. */
  readonly ended: Readonly<Ref<AuthSnapshot['ended']>>;
  /** {@link AuthClient.loginWithRedirect}. */
  readonly login: AuthState['login'];
  /** {@link AuthClient.logout}. */
  readonly logout: AuthState['logout'];
  /** {@link AuthClient.fetch}, which waits until `isLoading` is false. Stays pending on a server. */
  readonly fetch: AuthState['fetch'];
  /** Fulfilled when `isLoading` has become false, whatever was found. Stays pending on a server. */
  ready(): Promise<void>;
  /** The client itself, for everything else. Rejected with what its making failed with. */
  client: AuthState['client'];
}

/** What {@link createAuth} makes: what `useAuth` gives, to be handed to `app.use`. */
export interface AuthPlugin extends Auth {
  install(app: App): void;
}

const key: InjectionKey<Auth> = Symbol('holdfast');
/** For guards: the state of a plugin, and the page's URL from before it could be replaced. */
const states = new WeakMap<Auth, { state: AuthState; url: string | undefined }>();

/** The plugin. Nothing happens before it is installed, or before its first use. */
export function createAuth(options: AuthOptions): AuthPlugin {
  const state = createAuthState(options.client, options);
  const snapshot = shallowRef(state.snapshot());
  const part = <Name extends keyof AuthSnapshot>(name: Name) => computed(() => snapshot.value[name]);

  const look = () => void (snapshot.value = state.snapshot());
  let apps = 0;
  // From now on: the app may look before it installs the plugin.
  let end: (() => void) | undefined = state.subscribe(look);
  /** Until the last app that shows it is gone. */
  const follow = () => {
    end ??= state.subscribe(look);
    look();
    apps++;
    return () => {
      if (--apps > 0) return;
      end?.();
      end = undefined;
    };
  };

  const auth: AuthPlugin = {
    user: part('user'),
    isAuthenticated: part('isAuthenticated'),
    isLoading: part('isLoading'),
    error: part('error'),
    stepUp: part('stepUp'),
    ended: part('ended'),
    login: state.login,
    logout: state.logout,
    fetch: state.fetch,
    ready: state.start,
    client: state.client,
    install(app) {
      app.provide(key, auth);
      onUnmount(app, follow());
      void state.start();
    },
  };
  states.set(auth, { state, url: globalThis.location?.href });
  return auth;
}

/**
 * The plugin of this app: in `setup`, in another composable, or in `app.runWithContext`.
 *
 * @throws {Error} where it is called anywhere else, or the app has no such plugin.
 */
export function useAuth(): Auth {
  const auth = hasInjectionContext() && inject(key, null);
  if (auth) return auth;
  throw new Error('useAuth: call it in setup or app.runWithContext() of an app that uses createAuth().');
}

/** A route as Vue Router tells a guard of it: version 4 and 5 alike. */
export interface GuardedRoute {
  readonly fullPath: string;
  readonly meta: Readonly<Record<PropertyKey, unknown>>;
  readonly matched: readonly unknown[];
}

/** For `router.beforeEach`. */
export type AuthGuard = (to: GuardedRoute, from: GuardedRoute) => Promise<boolean | string>;

/** The options of {@link createAuthGuard}. */
export interface AuthGuardOptions {
  /** Which routes need a sign-in: those whose `meta.requiresAuth` is true, by default. */
  requires?: (to: GuardedRoute) => boolean;
  /** More options of the sign-in. `returnTo` is the route, unless it stands here. */
  login?: LoginOptions;
  /** What stands before a route in URLs: the base of the router's history, or `/#` with createWebHashHistory. */
  base?: string;
}

/**
 * A guard that sends people to the server's sign-in where a route needs one, and, when they are back, to that route. It
 * waits until it is known who is signed in. On a server it lets everything pass: the browser asks again.
 *
 * @throws {AuthError} Where the sign-in failed, or can't begin. Vue Router gives it to `router.onError`.
 */
export function createAuthGuard(auth: Auth, options: AuthGuardOptions = {}): AuthGuard {
  const { state, url } = states.get(auth)!;
  const requires = options.requires ?? (({ meta }) => meta['requiresAuth'] === true);
  const base = (options.base ?? '').replace(/\/$/, '');
  let knownUrl = url;

  return async (to, from) => {
    if (typeof document === 'undefined') return true;
    await state.start();
    const isFirst = from.matched.length === 0;
    // The router still has the callback's URL, and would put it back. By now the client has replaced it.
    const { href, pathname, search, hash } = location;
    const place = pathname + search + hash;
    if (isFirst && href !== knownUrl && place.startsWith(base)) {
      const route = place.slice(base.length);
      // Once: the router may write the same route in another way, and would be sent there for ever.
      knownUrl = href;
      if (route !== to.fullPath) return route;
    }
    if (!requires(to)) return true;
    while (!state.snapshot().isAuthenticated) {
      const { error } = state.snapshot();
      // Again at once would be a loop, if it is the server that fails. Whoever tries another route wants to try again.
      if (error && isFirst) throw error;
      await state.requireLogin({ returnTo: base + to.fullPath, ...options.login });
      // The browser leaves. Whoever is back by the Back button finds the page as it was.
      if (!state.snapshot().isAuthenticated) await change(state);
      if (!isFirst) return state.snapshot().isAuthenticated;
    }
    return true;
  };
}

function change(state: AuthState): Promise<void> {
  return new Promise((resolve) => {
    const end = state.subscribe(() => {
      end();
      resolve();
    });
  });
}

/** By hand where Vue is older than 3.5. */
function onUnmount(app: App, end: () => void) {
  if (typeof app.onUnmount === 'function') return app.onUnmount(end);
  const { unmount } = app;
  app.unmount = () => {
    unmount();
    end();
  };
}
