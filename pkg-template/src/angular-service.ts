/** What Angular apps hold: the state of the session as signals, and the client's calls. The token, and its types. */
import { isPlatformServer } from '@angular/common';
import { inject, PLATFORM_ID, type Signal } from '@angular/core';
import type { AuthFailure } from './adapter-state.js';
import type { AuthClient, AuthEvents, Claims, LoginOptions, LogoutOptions } from './index.js';

/** The session, injectable. A signal changes only when what it says has changed. */
export abstract class AuthService {
  /** The claims that describe the person, or `null` where nobody is signed in, and always with `openid: false`. */
  abstract readonly user: Signal<Claims | null>;
  /** Whether somebody is signed in. */
  abstract readonly isAuthenticated: Signal<boolean>;
  /** Whether it is not known yet if somebody is signed in. On a server it never is. */
  abstract readonly isLoading: Signal<boolean>;
  /**
   * What went wrong last: there is no client, the sign-in could not be finished, or an event `error` came. A sign-in, a
   * renewed token and the session's end put it back to `null`.
   */
  abstract readonly error: Signal<AuthFailure | null>;
  /** What an API asked for last (RFC 9470), for `login({ stepUp })`. `null` after the next sign-in. */
  abstract readonly stepUp: Signal<AuthEvents['stepup'] | null>;
  /** How the session that this page knew has ended. `null` after the next sign-in. */
  abstract readonly ended: Signal<AuthEvents['signedout'] | AuthEvents['sessionexpired'] | null>;
  /** The client, when the start is over and there is one. */
  abstract readonly client: Signal<AuthClient | null>;

  /**
   * Goes to the server's sign-in page: {@link AuthClient.loginWithRedirect}. Bound.
   *
   * @throws {AuthError} what that fails with, or what the client could not be made for.
   */
  abstract readonly login: (options?: LoginOptions) => Promise<void>;

  /**
   * Ends the session: {@link AuthClient.logout}. Bound.
   *
   * @throws {AuthError} what that fails with, or what the client could not be made for.
   */
  abstract readonly logout: (options?: LogoutOptions) => Promise<void>;

  /**
   * {@link AuthClient.fetch}. Calls that are made before the start is over wait for it. Bound.
   *
   * @throws {AuthError} what that fails with, or what the client could not be made for.
   */
  abstract readonly fetch: AuthClient['fetch'];

  /**
   * Fulfilled when `isLoading()` has become false, whatever was found; `error()` says what went wrong. On a server it
   * stays pending.
   */
  abstract whenReady(): Promise<void>;
}

/** Whether the app is rendered on a server. In an injection context. */
export const isOnServer = () => isPlatformServer(inject(PLATFORM_ID));
