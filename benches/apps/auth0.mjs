/** The app on @auth0/auth0-spa-js: refresh tokens, kept in memory, which puts them into its worker. */
import { Auth0Client } from '@auth0/auth0-spa-js';
import { config, expose, isCallback, redirectUri, settings } from './bench.mjs';

const client = new Auth0Client({
  domain: config.issuer.replace(/\/$/, ''),
  clientId: config.clientId,
  useRefreshTokens: true,
  useRefreshTokensFallback: settings.frame === true,
  cacheLocation: settings.storage === 'local' ? 'localstorage' : 'memory',
  authorizationParams: { redirect_uri: redirectUri, scope: 'openid profile email' },
});
const fetcher = client.createFetcher();

expose(
  async () => {
    if (isCallback()) await client.handleRedirectCallback();
    else await client.checkSession();
  },
  {
    signedIn: () => client.isAuthenticated(),
    signIn: () => client.loginWithRedirect(),
    call: (url, init) => fetcher.fetchWithAuth(url, init),
    tokens: () => client.getTokenSilently({ detailedResponse: true }),
    signOut: () => client.logout({ logoutParams: { returnTo: `${config.origin}/` } }),
  },
);
