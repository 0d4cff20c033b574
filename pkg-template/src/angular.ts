/**
 * holdfast in Angular apps: `provideAuth`, a service with signals, a guard, and an interceptor for HttpClient.
 *
 * No decorators, so nothing here has to be compiled by Angular: one file serves every version.
 */
import {
  inject,
  makeEnvironmentProviders,
  provideAppInitializer,
  provideEnvironmentInitializer,
  type EnvironmentProviders,
} from '@angular/core';
import type { ClientSource } from './adapter-state.js';
import { INTERCEPTED, type Intercepted } from './angular-interceptor.js';
import { AuthService, isOnServer } from './angular-service.js';
import { StartedAuthService } from './angular-start.js';
import type { CallbackResult, CheckSessionOptions } from './index.js';

export type { AuthFailure, ClientSource } from './adapter-state.js';
export { AuthService } from './angular-service.js';
export { authGuard, createAuthGuard, type AuthGuard, type AuthGuardOptions } from './angular-guard.js';
export { authInterceptor, type Intercepted } from './angular-interceptor.js';

/** The options of {@link provideAuth}. */
export interface AuthOptions {
  /**
   * Called, in an injection context, when a sign-in has come back; the page's URL is `returnTo` already. Without it the
   * router goes there, where the app has routes.
   */
  onRedirectCallback?: ((result: CallbackResult) => void) | undefined;
  /** Also asks, by {@link AuthClient.checkSession}, whether somebody is signed in. Not after a sign-in that failed. */
  checkSession?: CheckSessionOptions | undefined;
  /**
   * What {@link authInterceptor} sends through `auth.fetch`: URLs, which cover what begins with their origin and path
   * segments, as `resources` does, or a function that is asked about each request. To be named where the interceptor is
   * used: the page does not know what the vault's `resources` are.
   */
  intercept?: Intercepted | undefined;
  /**
   * Whether the app is rendered only when it is known whether somebody is signed in. Otherwise it is rendered at once,
   * and `isLoading()` is true until then. An app whose start fails is rendered, too, with `error()`. A server never waits.
   */
  waitForSession?: boolean | undefined;
}

/**
 * Makes {@link AuthService} available, and starts it with the app. For `providers` of the app's configuration.
 *
 * On a server nothing starts: `client` is not called, and the service stays at `isLoading()`.
 *
 * @param client the client, a promise of it, or a function that makes it: called once, in a browser only, and in an
 * injection context. A client that the function made is closed with the app.
 */
export function provideAuth(client: ClientSource, options: AuthOptions = {}): EnvironmentProviders {
  return makeEnvironmentProviders([
    {
      provide: AuthService,
      useFactory: () => new StartedAuthService(client, options),
    },
    { provide: INTERCEPTED, useValue: options.intercept },
    options.waitForSession
      ? // On a server it stays pending, and the server would wait for ever.
        provideAppInitializer(() => (isOnServer() ? undefined : inject(AuthService).whenReady()))
      : provideEnvironmentInitializer(() => void inject(AuthService)),
  ]);
}
