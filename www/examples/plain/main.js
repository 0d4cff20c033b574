import { createAuthClient } from 'holdfast';
import { api, clientId, issuer } from './settings.js';

const element = (name) => document.querySelector(`[data-testid="${name}"]`);

const auth = await createAuthClient({
  issuer,
  clientId,
  redirectUri: '/callback',
  postLogoutRedirectUri: '/',
  scope: 'openid profile offline_access',
  resources: [`${api}/`],
  assetsUrl: '/holdfast/',
});

element('sign-in').onclick = () => auth.loginWithRedirect();
element('sign-out').onclick = () => auth.logout();
element('call').onclick = async () => {
  const response = await auth.fetch(`${api}/me`);
  element('answer').textContent = await response.text();
};

for (const event of ['signedin', 'signedout', 'sessionexpired']) auth.on(event, show);
await auth.handleRedirectCallback();
show();

function show() {
  const user = auth.user();
  element('status').textContent = user ? 'signed in' : 'signed out';
  element('user').textContent = user?.name ?? '';
  element('sign-in').disabled = Boolean(user);
  element('call').disabled = element('sign-out').disabled = !user;
}
