/**
 * The wire to the demo's own server: what its servers saw comes in, what this page and its vault say goes out, so that all
 * tabs show the same. No token passes here in either direction; the server gives them names.
 */

const listeners = new Set();
const waiting = [];
let source;
let isSending = false;

/** @param {(message: { type: 'record' | 'entry' | 'state' }) => void} listener */
export function onFeed(listener) {
  listeners.add(listener);
}

/** Listens while this page is on the screen: browsers allow few such connections to one server at once. */
export function startFeed() {
  const follow = () => (document.visibilityState === 'visible' ? open() : close());
  addEventListener('visibilitychange', follow);
  addEventListener('pageshow', follow);
  addEventListener('pagehide', close);
  follow();
}

/** @param {object} line what happened here, in the form of a log entry: `{ time, event, from, ... }` */
export function tell(line) {
  waiting.push(line);
  // A moment later, together with what else happens at once.
  if (!isSending) queueMicrotask(send);
}

/** @param {string} path of an action of the demo's server, for example 'fault/slow/on' */
export async function act(path) {
  const response = await fetch(`/demo/${path}`, { method: 'POST' });
  if (!response.ok) throw new Error(`The demo's server answered ${response.status}.`);
  return response.json();
}

function open() {
  if (source) return;
  source = new EventSource('/demo/stream');
  source.addEventListener('message', ({ data }) => {
    const message = JSON.parse(data);
    for (const listener of listeners) listener(message);
  });
}

function close() {
  source?.close();
  source = undefined;
}

async function send() {
  if (isSending || waiting.length === 0) return;
  isSending = true;
  try {
    const body = JSON.stringify(waiting.splice(0, 100));
    // `keepalive`: the page may be about to leave.
    await fetch('/demo/tell', { method: 'POST', body, keepalive: true });
  } catch {
    // The demo's server is gone, and the timeline stands still; nothing else depends on it.
  } finally {
    isSending = false;
    if (waiting.length) queueMicrotask(send);
  }
}
