/**
 * The demo app: starts the client, wires its events and the page's buttons, and keeps both in step.
 *
 * What the library does for the app is in this file, in calls.js, transfers.js, notes.js, trouble.js and playground/deeds.js; the
 * rest is about the page.
 */
import { createAuthClient } from 'holdfast';

import { wireBinding } from './binding.js';
import { wireCalls } from './calls.js';
import { describeError } from './errors.js';
import { log } from './event-log.js';
import { wireInspector } from './inspector.js';
import { hideNotice, showNotice } from './notice.js';
import { draft, restoreDraft, wireNotes } from './notes.js';
import { currentPlace, startPlaces } from './places.js';
import { logger, wirePlayground } from './playground.js';
import { showSession } from './session.js';
import { tide } from './tide.js';
import { wireTransfers } from './transfers.js';
import { wireTrouble } from './trouble.js';

// The page's CSP lets no string become the address of a worker; this one policy says which addresses are good.
const workers = window.trustedTypes?.createPolicy('holdfast', {
  createScriptURL(url) {
    if (url.startsWith(`${location.origin}/holdfast/`)) return url;
    throw new TypeError(`No worker of this app is at ${url}`);
  },
});

const endings = {
  refused: 'the server refused to renew it',
  no_refresh_token: 'there is nothing to renew it with',
  lost_refresh: 'a renewal was lost on its way here',
  key_lost: 'the key to which the tokens are bound is of no use any longer',
};

start().catch((error) => {
  // Without a client nothing on this page works; say so instead of standing there with dead buttons.
  showSession('signed-out', null);
  report(error);
});

async function start() {
  log('page', 'The page opened.');
  startPlaces();
  wireInspector();
  const config = await loadConfig();
  if (location.origin !== config.siteOrigin) {
    // The server knows this app by one address only (the redirect URI); http://127.0.0.1 is another one.
    location.replace(config.siteOrigin + location.pathname);
    return;
  }

  const auth = await createAuthClient({
    issuer: config.issuer,
    clientId: config.clientId,
    redirectUri: `${location.origin}/callback`,
    postLogoutRedirectUri: `${location.origin}/`,
    scope: config.scope,
    provider: config.provider,
    resources: [`${config.apiOrigin}/`],
    assetsUrl: '/holdfast/',
    scriptUrl: (url) => workers?.createScriptURL(url) ?? url,
    dpop: config.dpop,
    host: config.host,
    rotationGraceSeconds: config.rotationGraceSeconds,
    logger,
  });
  const app = { auth, apiOrigin: config.apiOrigin, report: (error) => report(error, auth) };

  listen(auth, config);
  wireSession(app);
  wireCalls(app);
  wireTransfers(app);
  wireNotes(app);
  wireTrouble(app, config);
  wireBinding(app, config);
  await resume(app, wirePlayground(app, config));
}

async function loadConfig() {
  const response = await fetch('/config.json');
  if (!response.ok)
    throw new Error(`The demo's server does not say where it runs (/config.json: ${response.status})`);
  return response.json();
}

/** Back from the sign-in server, or opened afresh. */
async function resume({ auth, report: reportHere }, deeds) {
  let stepUpSince;
  try {
    const { handled, appState } = await auth.handleRedirectCallback();
    if (handled === false) await auth.checkSession();
    if (appState?.draft) restoreDraft(appState.draft);
    stepUpSince = appState?.stepUpSince;
  } catch (error) {
    if (location.pathname === '/callback') history.replaceState(null, '', '/');
    reportHere(error);
  }
  startPlaces();
  refreshView(auth);
  if (stepUpSince) await deeds.resume(stepUpSince).catch(reportHere);
  if (history.state?.signInAgain) {
    history.replaceState(null, '');
    if (!auth.isAuthenticated()) signInAction(auth).run();
  }
}

function listen(auth, { accessTokenSeconds }) {
  let renewals = 0;
  tide.onLowWater = () =>
    log('token', 'The access token has expired. Nothing happens until a call needs one.');
  auth.on('signedin', ({ user, expiresInSeconds = accessTokenSeconds }) => {
    hideNotice();
    tide.rise(expiresInSeconds);
    log('session', `Signed in${user?.name ? ` as ${user.name}` : ''}.`);
    refreshView(auth);
  });
  auth.on('refreshed', ({ expiresInSeconds }) => {
    renewals += 1;
    document.getElementById('renewal-count').textContent = renewals;
    tide.rise(expiresInSeconds);
    const lifetime =
      expiresInSeconds == null
        ? 'the server does not say for how long'
        : `good for ${expiresInSeconds}\u00a0s`;
    log('token', `The access token was renewed: ${lifetime}.`);
    refreshView(auth);
  });
  auth.on('signedout', () => {
    log('session', 'Signed out.');
    refreshView(auth);
  });
  auth.on('sessionexpired', ({ reason }) => {
    log('problem', `The session has ended: ${endings[reason] ?? reason}.`);
    refreshView(auth);
    showNotice({
      title: 'Your session has ended',
      text: 'Sign in again to go on.',
      action: signInAction(auth),
    });
  });
  auth.on('error', ({ error }) => log('problem', describeError(error).line));
}

function wireSession({ auth, report: reportHere }) {
  const onClick = (testId, action) => {
    document.querySelector(`[data-testid="${testId}"]`).addEventListener('click', () => {
      hideNotice();
      action().catch(reportHere);
    });
  };
  for (const button of document.querySelectorAll('[data-action="sign-in"]')) {
    button.addEventListener('click', signInAction(auth).run);
  }
  onClick('sign-out', async () => {
    log('session', 'Signing out, here and at the server …');
    await auth.logout();
  });
  onClick('sign-out-local', async () => {
    log('session', 'Signing out here only. The server still knows you.');
    await auth.logout({ localOnly: true });
    refreshView(auth);
  });
}

function signInAction(auth) {
  return {
    label: 'Sign in',
    run() {
      hideNotice();
      log('session', 'Off to the sign-in server …');
      const appState = { draft: draft() };
      auth.loginWithRedirect({ returnTo: currentPlace(), appState }).catch((error) => report(error, auth));
    },
  };
}

function refreshView(auth) {
  const signedIn = auth.isAuthenticated();
  showSession(signedIn ? 'signed-in' : 'signed-out', signedIn ? auth.user() : null, auth.idTokenClaims());
  if (!signedIn) tide.none();
  else if (tide.state === 'none') tide.unknown();
}

function report(error, auth) {
  const { title, text, line, offersSignIn } = describeError(error);
  log('problem', line);
  showNotice({ title, text, error, action: offersSignIn && auth ? signInAction(auth) : undefined });
}
