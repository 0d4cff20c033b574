/**
 * The app on oidc-client-ts, as it comes: sessionStorage, and a timer that renews. It leaves to the app what a call does that finds the
 * token over: this one asks for `signinSilent()`, once for all calls in the tab.
 */
import { UserManager, WebStorageStateStore } from 'oidc-client-ts';
import { config, expose, fetchWith, isCallback, redirectUri, settings } from './bench.mjs';

const manager = new UserManager({
  authority: config.issuer,
  client_id: config.clientId,
  redirect_uri: redirectUri,
  post_logout_redirect_uri: `${config.origin}/`,
  scope: 'openid profile email offline_access',
  ...(settings.storage === 'local' && { userStore: new WebStorageStateStore({ store: localStorage }) }),
  ...(settings.earlySeconds && { accessTokenExpiringNotificationTimeInSeconds: settings.earlySeconds }),
});

let renewal;

async function currentUser() {
  const user = await manager.getUser();
  if (!user?.expired) return user;
  renewal ??= manager.signinSilent().finally(() => (renewal = undefined));
  return renewal;
}

expose(
  async () => {
    if (isCallback()) await manager.signinRedirectCallback();
    else await manager.getUser();
  },
  {
    signedIn: async () => {
      const user = await manager.getUser();
      return user !== null && !user.expired;
    },
    signIn: () => manager.signinRedirect(),
    call: async (url, init) => fetchWith((await currentUser())?.access_token, url, init),
    tokens: () => manager.getUser(),
    renew: () => manager.signinSilent(),
    signOut: () => manager.signoutRedirect(),
  },
);
