/**
 * The pages of the test authorization server: sign in, consent, sign out, and what went wrong. Plain HTML that works
 * without JavaScript; the look is in pages.css, which follows the system's light or dark setting.
 */
import { readFileSync } from 'node:fs';

import { DEMO_NAME } from './accounts.mjs';

export const STYLESHEET_PATH = '/pages.css';
export const ICON_PATH = '/icon.svg';
export const stylesheet = readFileSync(new URL('./pages.css', import.meta.url), 'utf8');

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (value) => String(value).replace(/[&<>"']/g, (character) => escapes[character]);

const lighthouse = `<svg class="mark" viewBox="0 0 40 40" aria-hidden="true" focusable="false">
      <path class="beam" d="M16 11 1 6v11zM24 11l15-5v11z"/>
      <path class="tower" d="M16.5 8.5 20 4l3.5 4.5v5h1.6v2.2h-1.3L26 33H14l2.2-17.3h-1.3v-2.2h1.6zM10 34.5h20v2.5H10z"/>
      <path class="stripe" d="m15.6 20.500 8.8 0 .55 4.3H15.050z"/>
    </svg>`;

export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">
  <rect width="40" height="40" rx="9" fill="#2b2320"/>
  <path fill="#e9b44c" d="M16 14 3 10v8zM24 14l13-4v8z"/>
  <path fill="#fffdfa" d="M16.5 11 20 7l3.5 4v4h1.5v2h-1.500L26 32H14l1.500-15H15v-2h1.500z"/>
</svg>`;

function page({ title, body }) {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${escapeHtml(title)} · Lighthouse</title>
  <link rel="icon" href="${ICON_PATH}" type="image/svg+xml">
  <link rel="stylesheet" href="${STYLESHEET_PATH}">
</head>
<body>
  <header>
    ${lighthouse}
    <p class="brand">Lighthouse <span>a test sign-in server</span></p>
  </header>
  <main>
${body}
  </main>
</body>
</html>
`;
}

/** @param {{ clientName: string, action: string, suggestedName?: string, error?: string }} details */
export function signInPage({ clientName, action, suggestedName = DEMO_NAME, error }) {
  const problem = error ? `<p class="problem" id="problem" role="alert">${escapeHtml(error)}</p>` : '';
  const described = error ? 'problem name-help' : 'name-help';
  return page({
    title: 'Sign in',
    body: `    <h1>Sign in</h1>
    <p class="lead">to continue to <strong>${escapeHtml(clientName)}</strong></p>
    ${problem}
    <form method="post" action="${escapeHtml(action)}" data-testid="sign-in-form">
      <label for="login">Your name</label>
      <input id="login" name="login" value="${escapeHtml(suggestedName)}" required maxlength="80" autofocus
        autocomplete="off" spellcheck="false" aria-describedby="${described}"${error ? ' aria-invalid="true"' : ''}>
      <p class="help" id="name-help">Any name will do. It becomes your account.</p>
      <label for="password">Password</label>
      <input id="password" name="password" type="password" value="demo" autocomplete="off"
        aria-describedby="password-help">
      <p class="help" id="password-help">Any password is right, also none. Please don’t type a real one.</p>
      <div class="actions">
        <button class="primary" name="action" value="sign-in" data-testid="submit">Sign in</button>
        <button name="action" value="cancel" formnovalidate data-testid="cancel">Cancel</button>
      </div>
    </form>`,
  });
}

const scopeMeanings = {
  profile: 'Your name and picture',
  email: 'Your e-mail address',
  offline_access: 'Stay signed in while you are away',
  api: 'Use the demo API in your name',
};

/** @param {{ clientName: string, action: string, personName: string, scopes: string[] }} details */
export function consentPage({ clientName, action, personName, scopes }) {
  const wishes = scopes.filter((scope) => scope !== 'openid').map((scope) => scopeMeanings[scope] ?? scope);
  return page({
    title: 'Allow access',
    body: `    <h1>Allow access?</h1>
    <p class="lead"><strong>${escapeHtml(clientName)}</strong> would like to know who you are, ${escapeHtml(personName)}${
      wishes.length ? ', and to have:' : '.'
    }</p>
    ${wishes.length ? `<ul class="wishes">${wishes.map((wish) => `<li>${escapeHtml(wish)}</li>`).join('')}</ul>` : ''}
    <form method="post" action="${escapeHtml(action)}" data-testid="consent-form">
      <div class="actions">
        <button class="primary" name="action" value="allow" data-testid="submit" autofocus>Allow</button>
        <button name="action" value="cancel" data-testid="cancel">Cancel</button>
      </div>
    </form>`,
  });
}

/** @param {{ clientName?: string, form: string }} details `form` is oidc-provider's own hidden form */
export function signOutPage({ clientName, form }) {
  const from = clientName ? `You have signed out of <strong>${escapeHtml(clientName)}</strong>. ` : '';
  return page({
    title: 'Sign out',
    body: `    <h1>Sign out here too?</h1>
    <p class="lead">${from}Lighthouse still knows you, and the next app can sign you in without asking.</p>
    ${form}
    <div class="actions">
      <button class="primary" form="op.logoutForm" name="logout" value="yes" data-testid="confirm-sign-out"
        autofocus>Sign me out</button>
      <button form="op.logoutForm" data-testid="stay-signed-in">Stay signed in</button>
    </div>`,
  });
}

export function signedOutPage() {
  return page({
    title: 'Signed out',
    body: `    <h1>You are signed out</h1>
    <p class="lead">You can close this page, or go back to the app.</p>`,
  });
}

/** @param {{ error: string, error_description?: string }} details */
export function errorPage({ error, error_description: description }) {
  return page({
    title: 'That did not work',
    body: `    <h1>That did not work</h1>
    <p class="lead">${escapeHtml(description || 'The request could not be understood.')}</p>
    <p class="help">Go back to the app and start again. Error code: <code>${escapeHtml(error)}</code></p>`,
  });
}
