import { type AuthClient, createAuthClient } from 'holdfast';
import { api, clientId, issuer } from './settings';

let client: Promise<AuthClient> | undefined;

/** The app's one client: for the provider, and for what runs outside of components. */
export function authClient(): Promise<AuthClient> {
  client ??= createAuthClient({
    issuer,
    clientId,
    redirectUri: '/callback',
    postLogoutRedirectUri: '/',
    scope: 'openid profile offline_access',
    resources: [`${api}/`],
    assetsUrl: '/holdfast/',
  });
  return client;
}
