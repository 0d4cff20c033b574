/** The app on keycloak-js, with a server that is not Keycloak. */
import Keycloak from 'keycloak-js';
import { config, expose, fetchWith, redirectUri, settings } from './bench.mjs';

const keycloak = new Keycloak({ clientId: config.clientId, oidcProvider: config.issuer });

expose(
  async () => {
    await keycloak.init({
      checkLoginIframe: false,
      pkceMethod: 'S256',
      responseMode: 'query',
      scope: 'openid profile email offline_access',
    });
  },
  {
    signedIn: async () => keycloak.authenticated === true,
    signIn: () => keycloak.login({ redirectUri }),
    call: async (url, init) => {
      await keycloak.updateToken(settings.earlySeconds ?? 5);
      return fetchWith(keycloak.token, url, init);
    },
    tokens: async () => ({ access: keycloak.token, refresh: keycloak.refreshToken, id: keycloak.idToken }),
    signOut: () => keycloak.logout({ redirectUri: `${config.origin}/` }),
  },
);
