/**
 * The probe's positive controls: one way to leak after the other. Each gets a secret that the page knows by no other
 * means, and each must show up in the probe's log. (`aside` does not count: the test checks the name of the channel.)
 */
import { installBridge } from '/bridge.js';

const e2e = installBridge();
const disguised = (secret) => [...secret].map((character) => character.charCodeAt(0) + 300);
const once = (target, type) =>
  new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));
const ignore = () => {};
const ECHO = '/setup.html';

async function fromWorker(secret, how) {
  const worker = new Worker('/leak-worker.js');
  worker.postMessage({ codes: disguised(secret), how });
  const event = await once(worker, 'message');
  event.ports[0]?.start();
  if (how === 'port') await once(event.ports[0], 'message');
}

async function fromSharedWorker(secret) {
  const { port } = new SharedWorker('/leak-worker.js');
  port.start();
  port.postMessage({ codes: disguised(secret), how: 'string' });
  await once(port, 'message');
}

async function inDatabase(secret) {
  const request = indexedDB.open('leak-from-page');
  request.onupgradeneeded = () => request.result.createObjectStore('things');
  await once(request, 'success');
  const transaction = request.result.transaction('things', 'readwrite');
  transaction.objectStore('things').put(new TextEncoder().encode(secret), 'bytes');
  await once(transaction, 'complete');
  request.result.close();
}

function withXhr(use) {
  const request = new XMLHttpRequest();
  request.open('GET', ECHO);
  use(request);
  return once(request, 'loadend');
}

e2e.leaks = {
  'fetch header': (secret) => fetch(ECHO, { headers: { authorization: `Bearer ${secret}` } }),
  'fetch body': (secret) => fetch(ECHO, { method: 'POST', body: new Blob([secret]) }),
  'fetch URL': (secret) => fetch(`${ECHO}?token=${secret}`),
  'Request object': (secret) => void new Request(ECHO, { headers: [['x-token', secret]] }),
  'JSON answer': async (secret) => {
    await new Response(new TextEncoder().encode(`{"access_token":"${secret}"}`)).json();
  },
  'XMLHttpRequest header': (secret) =>
    withXhr((request) => (request.setRequestHeader('x-token', secret), request.send())),
  sendBeacon: (secret) => void navigator.sendBeacon(ECHO, secret),
  'window.postMessage': (secret) => void window.postMessage({ secret }, location.origin),
  'worker message': (secret) => fromWorker(secret, 'string'),
  'nested worker message': (secret) => fromWorker(secret, 'nested'),
  'bytes from a worker': (secret) => fromWorker(secret, 'bytes'),
  'port from a worker': (secret) => fromWorker(secret, 'port'),
  'shared worker message': fromSharedWorker,
  'message to a worker': (secret) =>
    void new Worker('/leak-worker.js').postMessage({ codes: [], how: secret }),
  MessageChannel: async (secret) => {
    const { port1, port2 } = new MessageChannel();
    port1.postMessage(secret);
    port2.start();
    await once(port2, 'message');
  },
  BroadcastChannel: (secret) => void new BroadcastChannel('leak').postMessage([secret]),
  'JSON.parse': (secret) => void JSON.parse(`{"a":"${secret}"}`),
  'JSON.stringify': (secret) => void JSON.stringify({ a: secret }),
  TextDecoder: (secret) => void new TextDecoder().decode(Uint8Array.from(secret, (c) => c.charCodeAt(0))),
  base64: (secret) => void btoa(secret),
  URLSearchParams: (secret) => void new URLSearchParams({ code_verifier: secret }).toString(),
  'crypto.subtle': (secret) =>
    crypto.subtle.digest(
      'SHA-256',
      Uint8Array.from(secret, (c) => c.charCodeAt(0)),
    ),
  'localStorage.setItem': (secret) => void localStorage.setItem('leak', secret),
  'localStorage property': (secret) => void (localStorage.leakByProperty = secret),
  sessionStorage: (secret) => void sessionStorage.setItem('leak', secret),
  IndexedDB: inDatabase,
  'IndexedDB of a worker': (secret) => fromWorker(secret, 'database'),
  Cache: async (secret) => (await caches.open('leak')).put(ECHO, new Response(secret)),
  cookie: (secret) => void (document.cookie = `leak=${secret}`),
  'history.state': (secret) => void history.replaceState({ secret }, ''),
  location: (secret) => void (location.hash = secret),
  console: (secret) => void console.debug('leak', { deep: { secret } }),
  'document text': (secret) => void document.body.append(secret),
  'event detail': (secret) => void dispatchEvent(new CustomEvent('leak', { detail: secret })),
  'error message': (secret) => void Promise.reject(new Error(secret)),
  'split in two': (secret) => void JSON.stringify([secret.slice(0, 22), secret.slice(22)]),
  'UTF-16 bytes': (secret) =>
    void new MessageChannel().port1.postMessage(Uint16Array.from(secret, (c) => c.charCodeAt(0))),
  'window.name': (secret) => void (window.name = secret),
};

e2e.leak = async (channel, codes) => {
  await e2e.leaks[channel](String.fromCharCode(...codes.map((code) => code - 300)));
};
window.addEventListener('unhandledrejection', ignore);
e2e.ready = true;
