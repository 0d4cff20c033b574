/** What an Angular app writes, as strict TypeScript. Not run. */
import { provideHttpClient, withInterceptors } from '@angular/common/http';
import { inject, type EnvironmentProviders, type Provider, type Signal } from '@angular/core';
import { Router, type Routes } from '@angular/router';
import { createAuthClient, type AuthClient, type Claims } from 'holdfast';
import {
  AuthService,
  authGuard,
  authInterceptor,
  createAuthGuard,
  provideAuth,
  type AuthFailure,
} from 'holdfast/angular';

const create = () =>
  createAuthClient({
    issuer: 'https://login.example',
    clientId: 'app',
    redirectUri: '/callback',
    resources: ['https://api.example/'],
  });

export const providers: (Provider | EnvironmentProviders)[] = [
  provideHttpClient(withInterceptors([authInterceptor])),
  provideAuth(create, {
    intercept: ['https://api.example/'],
    waitForSession: true,
    checkSession: { redirect: true },
    onRedirectCallback: ({ returnTo }) => void inject(Router).navigateByUrl(returnTo ?? '/'),
  }),
  provideAuth(create(), { intercept: (request) => request.url.startsWith('/api/') }),
];

export const routes: Routes = [
  { path: 'one', canActivate: [authGuard], canActivateChild: [authGuard], canMatch: [authGuard] },
  {
    path: 'two',
    canActivate: [createAuthGuard({ login: { authorizationParams: { prompt: 'login' } } })],
    canMatch: [createAuthGuard({ signedOut: () => inject(Router).parseUrl('/welcome') })],
  },
];

export async function use(auth = inject(AuthService)): Promise<string> {
  const user: Signal<Claims | null> = auth.user;
  const failure: AuthFailure | null = auth.error();
  const client: AuthClient | null = auth.client();
  await auth.whenReady();
  const stepUp = auth.stepUp();
  await auth.login(stepUp ? { stepUp } : { appState: 1 });
  const response: Response = await auth.fetch('https://api.example/me');
  await auth.logout({ localOnly: true });
  return [user()?.name, failure?.code, auth.ended()?.reason, client, response.status].join();
}

// @ts-expect-error An option that does not exist is refused.
provideAuth(create, { interceptors: [] });
