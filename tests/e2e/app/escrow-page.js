/** Starts workers that talk to the escrow, and passes on what they are to ask. */
import { installBridge } from '/bridge.js';

const workers = new Map();
let lastId = 0;

/** `kind`: 'dedicated' or 'shared'. */
window.startWorker = (label, kind, { url = '/holdfast/worker.js', name = 'asker' } = {}) => {
  const worker =
    kind === 'shared' ? new SharedWorker(url, { name, type: 'module' }) : new Worker(url, { type: 'module' });
  const port = worker.port ?? worker;
  const waiting = new Map();
  port.onmessage = ({ data: { id, answer } }) => waiting.get(id)?.(answer);
  worker.onerror = () => waiting.forEach((resolve) => resolve({ error: 'worker' }));
  workers.set(label, { worker, port, waiting });
};

window.ask = (label, message) =>
  new Promise((resolve) => {
    const { port, waiting } = workers.get(label);
    waiting.set(++lastId, resolve);
    port.postMessage({ id: lastId, message });
  });

window.endWorker = (label) => workers.get(label).worker.terminate();

window.registerEscrow = async (url = '/holdfast/escrow.js', options = {}) => {
  const registration = await navigator.serviceWorker.register(url, { updateViaCache: 'none', ...options });
  const newest = registration.installing ?? registration.waiting ?? registration.active;
  while (newest.state !== 'activated') {
    if (newest.state === 'redundant') throw new Error('the service worker could not be installed');
    await new Promise((resolve) => newest.addEventListener('statechange', resolve, { once: true }));
  }
};

installBridge().ready = true;
