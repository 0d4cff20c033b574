/**
 * The smallest app that the end-to-end tests need: it creates the client from the options that a test left in
 * sessionStorage, records every event, handles the redirect callback on /callback, and exposes `window.auth`.
 */
import { AuthError, createAuthClient } from 'holdfast';
import { describeError, installBridge } from '/bridge.js';

export const OPTIONS_KEY = 'e2e-options';
const CHECK_KEY = 'e2e-check-session';
const EVENTS = ['signedin', 'signedout', 'refreshed', 'sessionexpired', 'stepup', 'error'];

const e2e = installBridge();
Object.assign(e2e, { AuthError, createAuthClient, recordEvents, withLogger, callback: null, error: null });
// How the page was opened, before the library had a hand in it.
e2e.opened = { url: location.href, historyLength: history.length };

// Which shared workers the library starts, and its ends of the ways to them.
e2e.workers = [];
if (window.SharedWorker) {
  window.SharedWorker = class extends window.SharedWorker {
    constructor(url, options) {
      super(url, options);
      e2e.workers.push({ url: String(url), options, port: this.port });
    }
  };
}

function recordEvents(auth, log = e2e.events) {
  for (const type of EVENTS) {
    auth.on(type, (detail) => {
      // Kept as JSON of that moment: a later change of the object must not rewrite history.
      const data = detail?.error instanceof Error ? { error: describeError(detail.error) } : detail;
      log.push(JSON.parse(JSON.stringify({ type, detail: data ?? null })));
    });
  }
}

/** What JSON can't hold: a logger with these levels, whose entries come to `e2e.log`. */
function withLogger({ logged, ...options }) {
  if (!logged) return options;
  e2e.log = [];
  const logger = Object.fromEntries(logged.map((level) => [level, (entry) => e2e.log.push(entry)]));
  return { ...options, logger };
}

/** The options by which a page with Trusted Types lets a worker start. */
function withTrusted({ trusted, ...options }) {
  if (!trusted) return options;
  const policy = window.trustedTypes?.createPolicy('test-workers', { createScriptURL: (url) => url });
  const scriptUrl = (url) => policy?.createScriptURL(url) ?? url;
  if (trusted === 'scriptUrl') return { ...options, scriptUrl };
  const script = scriptUrl(`${options.assetsUrl}worker.js`);
  const make = () =>
    options.host === 'shared' ? new SharedWorker(script, { name: 'the app' }) : new Worker(script);
  return { ...options, worker: make };
}

async function start() {
  // The second for popups: the copy of the sessionStorage that they begin with is lost on the way over some servers.
  const stored = sessionStorage.getItem(OPTIONS_KEY) ?? localStorage.getItem(OPTIONS_KEY);
  // Without options a test creates its clients by itself.
  if (!stored) return;
  const auth = await createAuthClient(withTrusted(withLogger(JSON.parse(stored))));
  window.auth = auth;
  recordEvents(auth);
  if (location.pathname === '/callback') {
    e2e.callback = await auth.handleRedirectCallback();
  }
  // What an app that wants a quiet sign-in does at every load. Not from sessionStorage: of that, Chromium may show a
  // document an old copy after the way over another site.
  const check = localStorage.getItem(CHECK_KEY);
  if (check) e2e.checked = await auth.checkSession(JSON.parse(check));
}

try {
  await start();
} catch (error) {
  e2e.error = describeError(error);
}
e2e.ready = true;
