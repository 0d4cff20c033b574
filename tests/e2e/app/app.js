/**
 * The smallest app that the end-to-end tests need: it creates the client from the options that a test left in
 * sessionStorage, records every event, handles the redirect callback on /callback, and exposes `window.auth`.
 */
import { AuthError, createAuthClient } from 'holdfast';
import { describeError, installBridge } from '/bridge.js';

export const OPTIONS_KEY = 'e2e-options';
const EVENTS = ['signedin', 'signedout', 'refreshed', 'sessionexpired', 'error'];

const e2e = installBridge();
Object.assign(e2e, { AuthError, createAuthClient, recordEvents, callback: null, error: null });
// How the page was opened, before the library had a hand in it.
e2e.opened = { url: location.href, historyLength: history.length };

function recordEvents(auth, log = e2e.events) {
  for (const type of EVENTS) {
    auth.on(type, (detail) => {
      // Kept as JSON of that moment: a later change of the object must not rewrite history.
      const data = detail?.error instanceof Error ? { error: describeError(detail.error) } : detail;
      log.push(JSON.parse(JSON.stringify({ type, detail: data ?? null })));
    });
  }
}

async function start() {
  const stored = sessionStorage.getItem(OPTIONS_KEY);
  // Without options a test creates its clients by itself.
  if (!stored) return;
  const auth = await createAuthClient(JSON.parse(stored));
  window.auth = auth;
  recordEvents(auth);
  if (location.pathname === '/callback') {
    e2e.callback = await auth.handleRedirectCallback();
  }
}

try {
  await start();
} catch (error) {
  e2e.error = describeError(error);
}
e2e.ready = true;
