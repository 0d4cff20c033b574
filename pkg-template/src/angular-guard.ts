/** Routes for people who are signed in. */
import { Location } from '@angular/common';
import { inject, Injector, runInInjectionContext } from '@angular/core';
import {
  Router,
  type ActivatedRouteSnapshot,
  type GuardResult,
  type Route,
  type RouterStateSnapshot,
  type UrlSegment,
} from '@angular/router';
import { AuthService, isOnServer } from './angular-service.js';
import type { AuthClient, LoginOptions } from './index.js';

/** Fits `canActivate`, `canActivateChild` and `canMatch`. */
export type AuthGuard = (
  route: ActivatedRouteSnapshot | Route,
  target: RouterStateSnapshot | UrlSegment[],
) => Promise<GuardResult>;

/** The options of {@link createAuthGuard}. */
export interface AuthGuardOptions {
  /** For the sign-in. `returnTo` is where the person wanted to go, by default. */
  login?: LoginOptions;
  /**
   * What happens in place of the sign-in where nobody is signed in. Called in an injection context with the URL that was
   * wanted, as the browser would show it (path, query and fragment); answers what the guard is to answer.
   */
  signedOut?: (url: string) => GuardResult | Promise<GuardResult>;
}

/**
 * Lets people in who are signed in, and sends the others to the server's sign-in page, from where they come back to the
 * URL that they wanted. It waits until that is known. On a server everybody is let in: nobody can be known there.
 *
 * Where nobody is signed in and `error()` says why, it fails with that error, and so does the navigation: a new sign-in
 * at once could go round in circles. `login()` is the way out. It fails, too, where the server can't be reached.
 */
export const authGuard: AuthGuard = /* @__PURE__ */ createAuthGuard();

/** An {@link authGuard} with options. */
export function createAuthGuard({ login, signedOut }: AuthGuardOptions = {}): AuthGuard {
  return async (_route, target) => {
    if (isOnServer()) return true;
    const injector = inject(Injector);
    const auth = inject(AuthService);
    const url = browserUrl(target);
    await auth.whenReady();
    if (auth.isAuthenticated()) return true;
    const failure = auth.error();
    if (failure) throw failure;
    if (signedOut) return runInInjectionContext(injector, () => signedOut(url));
    await auth.login({ returnTo: url, ...login });
    if (!auth.isAuthenticated()) await untilBack(auth.client());
    return auth.isAuthenticated();
  };
}

/** The target as the browser shows it: with the base path, or behind the `#`. */
function browserUrl(target: RouterStateSnapshot | UrlSegment[]): string {
  const router = inject(Router);
  // While routes are matched there is no state yet. The signal has been there since Angular 20.2.
  const navigation = () => router.currentNavigation?.() ?? router.getCurrentNavigation();
  const path = 'url' in target ? target.url : router.serializeUrl(navigation()!.extractedUrl);
  const { pathname, search, hash } = new URL(inject(Location).prepareExternalUrl(path), document.baseURI);
  return pathname + search + hash;
}

/** The browser is on its way; this goes on where the page is shown once more as it was. */
function untilBack(client: AuthClient | null): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = client?.on('signedin', end);
    // Somebody may have signed in meanwhile, in another tab or on the page that this one had become.
    const show = ({ persisted }: PageTransitionEvent) => {
      if (persisted) void client?.checkSession().then(end, end);
    };
    addEventListener('pageshow', show);
    function end() {
      unsubscribe?.();
      removeEventListener('pageshow', show);
      resolve();
    }
  });
}
