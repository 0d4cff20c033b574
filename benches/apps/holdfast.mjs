/** The app on holdfast, in a SharedWorker or in a dedicated worker. */
import { createAuthClient } from 'holdfast';
import { config, expose, redirectUri, settings } from './bench.mjs';

/** @param {object} more options of createAuthClient */
export function holdfastApp(more) {
  let auth;
  expose(
    async () => {
      auth = await createAuthClient({
        issuer: config.issuer,
        clientId: config.clientId,
        redirectUri,
        postLogoutRedirectUri: `${config.origin}/`,
        scope: 'openid profile email offline_access',
        resources: [`${config.api}/`],
        assetsUrl: '/holdfast/',
        ...(settings.dpop && { dpop: settings.dpop }),
        ...('escrow' in settings && { escrow: settings.escrow }),
        ...more,
      });
      await auth.handleRedirectCallback();
    },
    {
      signedIn: async () => auth.isAuthenticated(),
      signIn: () => auth.loginWithRedirect(),
      call: (url, init) => auth.fetch(url, init),
      tokens: () => auth.accessToken(),
      signOut: () => auth.logout(),
    },
  );
}
