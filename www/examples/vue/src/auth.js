import { createAuthClient } from 'holdfast';
import { createAuth } from 'holdfast/vue';
import { api, clientId, issuer } from './settings.js';

export const auth = createAuth({
  client: () =>
    createAuthClient({
      issuer,
      clientId,
      redirectUri: '/callback',
      postLogoutRedirectUri: '/',
      scope: 'openid profile offline_access',
      resources: [`${api}/`],
      assetsUrl: '/holdfast/',
    }),
});
