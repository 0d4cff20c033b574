/** The app on @azure/msal-browser, for its size: it asks for TLS. */
import { PublicClientApplication } from '@azure/msal-browser';
import { config, expose, fetchWith, redirectUri } from './bench.mjs';

const scopes = ['openid', 'profile', 'email', 'offline_access'];
const client = new PublicClientApplication({
  auth: { clientId: config.clientId, authority: config.issuer, redirectUri },
  cache: { cacheLocation: 'sessionStorage' },
});

expose(
  async () => {
    await client.initialize();
    const result = await client.handleRedirectPromise();
    if (result) client.setActiveAccount(result.account);
  },
  {
    signedIn: async () => client.getActiveAccount() !== null,
    signIn: () => client.loginRedirect({ scopes }),
    call: async (url, init) =>
      fetchWith((await client.acquireTokenSilent({ scopes })).accessToken, url, init),
    signOut: () => client.logoutRedirect(),
  },
);
