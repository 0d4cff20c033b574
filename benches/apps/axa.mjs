/** The app on @axa-fr/oidc-client with its service worker, and never without. */
import { OidcClient } from '@axa-fr/oidc-client';
import { config, expose, isCallback, redirectUri, settings } from './bench.mjs';

const client = OidcClient.getOrCreate(() => fetch)(
  {
    authority: config.issuer,
    client_id: config.clientId,
    redirect_uri: redirectUri,
    silent_redirect_uri: `${config.origin}/silent`,
    scope: 'openid profile email offline_access',
    service_worker_relative_url: '/OidcServiceWorker.js',
    service_worker_only: true,
    ...(settings.earlySeconds && { refresh_time_before_tokens_expiration_in_second: settings.earlySeconds }),
  },
  'default',
);

expose(
  async () => {
    if (isCallback()) await client.loginCallbackAsync();
    else await client.tryKeepExistingSessionAsync();
  },
  {
    signedIn: async () => Boolean(client.tokens),
    signIn: () => client.loginAsync('/'),
    call: (url, init) => client.fetchWithTokens(fetch)(url, init),
    tokens: async () => client.tokens,
    signOut: () => client.logoutAsync('/'),
  },
);
