import { AuthError, createExtensionAuthClient } from './holdfast/extension.js';
import { api } from './settings.js';

const element = (name) => document.querySelector(`[data-testid="${name}"]`);

const auth = await createExtensionAuthClient();

element('sign-in').onclick = async () => {
  try {
    await auth.loginWithRedirect();
  } catch (error) {
    if (!(error instanceof AuthError) || error.code !== 'login_cancelled') throw error;
    element('answer').textContent = 'Not signed in: the window was closed.';
  }
};
element('sign-out').onclick = () => auth.logout();
element('call').onclick = async () => {
  const response = await auth.fetch(`${api}/me`);
  element('answer').textContent = await response.text();
};

for (const event of ['signedin', 'signedout', 'sessionexpired']) auth.on(event, show);
show();

function show() {
  const user = auth.user();
  element('status').textContent = user ? 'signed in' : 'signed out';
  element('user').textContent = user?.name ?? '';
  element('sign-in').disabled = Boolean(user);
  element('call').disabled = element('sign-out').disabled = !user;
}
