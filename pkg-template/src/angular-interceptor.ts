/** HttpClient's requests through the vault: which of them, and when. */
import { DOCUMENT } from '@angular/common';
import { HttpErrorResponse, type HttpInterceptorFn, type HttpRequest } from '@angular/common/http';
import { inject, InjectionToken, NgZone } from '@angular/core';
import { throwError } from 'rxjs';
import { exchange } from './angular-exchange.js';
import { AuthService, isOnServer } from './angular-service.js';

/** Which requests go through `auth.fetch`: see `intercept` of {@link AuthOptions}. */
export type Intercepted = readonly string[] | ((request: HttpRequest<unknown>) => boolean);

/** @internal */
export const INTERCEPTED = /* @__PURE__ */ new InjectionToken<Intercepted | undefined>(
  'holdfast: what is intercepted',
);

/**
 * Sends the requests that `intercept` of `provideAuth` names through `auth.fetch`, and all others on as they are. It is
 * the last one for those it sends: put it at the end of `withInterceptors([...])`.
 *
 * To HttpClient it looks as if its own FetchBackend had made the request. Where no answer came, `status` is 0 and `error`
 * is what `auth.fetch` failed with: an `AuthError`, for example, whose `code` is `login_required`.
 */
export const authInterceptor: HttpInterceptorFn = (request, next) => {
  const intercepted = inject(INTERCEPTED);
  if (!intercepted) throw new Error('authInterceptor needs the option `intercept` of provideAuth().');
  if (!isIntercepted(request, intercepted, inject(DOCUMENT).baseURI)) return next(request);
  if (isOnServer()) {
    const error = new Error('There is no holdfast client on a server.');
    return throwError(() => new HttpErrorResponse({ error, url: request.urlWithParams }));
  }
  return exchange(request, inject(AuthService).fetch, inject(NgZone));
};

function isIntercepted(request: HttpRequest<unknown>, intercepted: Intercepted, page: string): boolean {
  if (typeof intercepted === 'function') return intercepted(request);
  // On a server the document may have no address of its own.
  const base = page || 'http://localhost/';
  if (!URL.canParse(request.urlWithParams, base)) return false;
  const url = new URL(request.urlWithParams, base);
  return intercepted.some((entry) => {
    const { origin, pathname } = new URL(entry, base);
    return url.origin === origin && `${url.pathname}/`.startsWith(pathname.replace(/\/*$/, '/'));
  });
}
