/** The app on @okta/okta-auth-js, as it comes: localStorage, renewal by timer. The endpoints are not Okta's, so they are named. */
import { OktaAuth } from '@okta/okta-auth-js';
import { config, expose, fetchWith, redirectUri, settings } from './bench.mjs';

const okta = new OktaAuth({
  issuer: config.issuer,
  clientId: config.clientId,
  redirectUri,
  postLogoutRedirectUri: `${config.origin}/`,
  scopes: ['openid', 'profile', 'email', 'offline_access'],
  authorizeUrl: `${config.issuer}/auth`,
  tokenUrl: `${config.issuer}/token`,
  userinfoUrl: `${config.issuer}/me`,
  revokeUrl: `${config.issuer}/token/revocation`,
  logoutUrl: `${config.issuer}/session/end`,
  devMode: true,
  ...(settings.earlySeconds && { tokenManager: { expireEarlySeconds: settings.earlySeconds } }),
});

expose(
  async () => {
    if (okta.isLoginRedirect()) {
      const { tokens } = await okta.token.parseFromUrl();
      okta.tokenManager.setTokens(tokens);
    }
    await okta.start();
  },
  {
    signedIn: () => okta.isAuthenticated(),
    signIn: () => okta.signInWithRedirect(),
    call: async (url, init) => fetchWith(await okta.getOrRenewAccessToken(), url, init),
    tokens: () => okta.tokenManager.getTokens(),
    signOut: () => okta.signOut(),
  },
);
