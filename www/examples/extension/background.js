import { startVault } from './holdfast/extension-background.js';
import { api, clientId, issuer } from './settings.js';

startVault({
  issuer,
  clientId,
  scope: 'openid profile offline_access',
  resources: [`${api}/`],
});
