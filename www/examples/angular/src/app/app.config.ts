import { provideHttpClient, withInterceptors } from '@angular/common/http';
import type { ApplicationConfig } from '@angular/core';
import { provideRouter } from '@angular/router';
import { createAuthClient } from 'holdfast';
import { authInterceptor, provideAuth } from 'holdfast/angular';
import { api, clientId, issuer } from '../settings';
import { routes } from './app.routes';

export const appConfig: ApplicationConfig = {
  providers: [
    provideRouter(routes),
    provideHttpClient(withInterceptors([authInterceptor])),
    provideAuth(
      () =>
        createAuthClient({
          issuer,
          clientId,
          redirectUri: '/callback',
          postLogoutRedirectUri: '/',
          scope: 'openid profile offline_access',
          resources: [`${api}/`],
          assetsUrl: '/holdfast/',
        }),
      { intercept: [`${api}/`] },
    ),
  ],
};
