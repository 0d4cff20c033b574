/**
 * The app that each bundler builds. `?variant=` says how holdfast is set up, and the tab remembers it over the sign-in;
 * what the page shows is what tests/ecosystem/support/example.mjs knows, and `failed` with the error's code and message.
 */
import { createAuthClient } from 'holdfast';
import { api, clientId, issuer } from './settings.js';

const assetsUrl = '/holdfast/';
const variants = {
  'assets-shared': { assetsUrl, host: 'shared' },
  'assets-dedicated': { assetsUrl, host: 'dedicated' },
  'bundled-shared': { host: 'shared' },
  'bundled-dedicated': { host: 'dedicated' },
};
const elements = `
  <p><span data-testid="status">loading</span> <span data-testid="user"></span></p>
  <button data-testid="sign-in" disabled>Sign in</button>
  <button data-testid="call" disabled>Call the API</button>
  <button data-testid="sign-out" disabled>Sign out</button>
  <pre data-testid="answer"></pre>
  <p data-testid="error"></p>
  <p data-testid="message"></p>`;

let started;

/** Frameworks may call this twice. */
export const start = (container) => (started ??= run(container));

async function run(container) {
  container.innerHTML = elements;
  const element = (name) => container.querySelector(`[data-testid="${name}"]`);
  // Where a test can read it, in each browser.
  console.warn = (...words) => (element('message').textContent = words.join(' '));
  try {
    const auth = await createAuthClient({
      issuer,
      clientId,
      redirectUri: '/callback',
      scope: 'openid profile offline_access',
      resources: [`${api}/`],
      ...chosenVariant(),
    });
    const show = () => {
      const user = auth.user();
      element('status').textContent = user ? 'signed in' : 'signed out';
      element('user').textContent = user?.name ?? '';
      element('sign-in').disabled = Boolean(user);
      element('call').disabled = element('sign-out').disabled = !user;
    };
    element('sign-in').onclick = () => auth.loginWithRedirect();
    element('sign-out').onclick = () => auth.logout({ localOnly: true });
    element('call').onclick = async () => {
      const response = await auth.fetch(`${api}/me`);
      element('answer').textContent = await response.text();
    };
    for (const event of ['signedin', 'signedout', 'sessionexpired']) auth.on(event, show);
    await auth.handleRedirectCallback();
    show();
  } catch (error) {
    element('error').textContent = error.code ?? error.name;
    element('message').textContent = error.message;
    element('status').textContent = 'failed';
  }
}

function chosenVariant() {
  const chosen = new URLSearchParams(location.search).get('variant');
  if (chosen) sessionStorage.setItem('variant', chosen);
  return variants[sessionStorage.getItem('variant') ?? 'assets-shared'];
}
