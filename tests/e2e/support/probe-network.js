/**
 * The injected script's hooks on everything that carries data: requests, messages, workers, encoders, the console and
 * the address bar. Needs probe.js before it.
 */
(() => {
  const { note, hook, hookAttribute, listen, later } = window.__probe;
  const clone = Response.prototype.clone;
  const text = Response.prototype.text;

  // Requests and answers. An attacker would read a JSON answer from a copy; streams are left alone.
  hook(window, 'fetch', '', (promise) => {
    later(promise, (response) => {
      note('fetch: response', response);
      const type = response.headers.get('content-type') ?? '';
      if (type.includes('json') && !response.bodyUsed) {
        later(text.call(clone.call(response)), (body) => note('fetch: body', body));
      }
    });
  });
  hook(window, ['Request', 'Response', 'Headers', 'FormData', 'URLSearchParams', 'URL', 'Blob', 'File']);
  for (const name of ['Request', 'Response']) {
    hook(window[name].prototype, ['json', 'text', 'arrayBuffer', 'blob', 'formData', 'bytes'], name);
  }
  hook(window.Headers.prototype, ['append', 'set', 'get'], 'Headers');
  hook(window.FormData.prototype, ['append', 'set', 'get'], 'FormData');
  hook(window.URLSearchParams.prototype, ['append', 'set', 'get', 'toString'], 'URLSearchParams');
  hook(window.Blob.prototype, ['text', 'arrayBuffer', 'slice'], 'Blob');
  hook(navigator, 'sendBeacon', 'navigator');
  hook(window, ['WebSocket', 'EventSource']);
  hook(
    XMLHttpRequest.prototype,
    ['open', 'send', 'setRequestHeader', 'getAllResponseHeaders'],
    'XMLHttpRequest',
  );
  hookAttribute(XMLHttpRequest.prototype, 'response', 'XMLHttpRequest');
  hookAttribute(XMLHttpRequest.prototype, 'responseText', 'XMLHttpRequest');

  // Messages, both ways. A listener of the probe's own hears what arrives, whether or not the library looks at it.
  hook(window, 'MessageChannel', '', ({ port1, port2 }) => {
    listen(port1, 'message received on a port');
    listen(port2, 'message received on a port');
  });
  hook(window, 'Worker', '', (worker) => {
    listen(worker, 'message from a worker');
    listen(worker, 'error of a worker', 'error');
  });
  hook(window, 'SharedWorker', '', (worker) => {
    listen(worker.port, 'message from a shared worker');
    listen(worker, 'error of a shared worker', 'error');
  });
  hook(window, 'BroadcastChannel', '', (channel) => listen(channel, 'message on a broadcast channel'));
  for (const name of ['Worker', 'MessagePort', 'BroadcastChannel', 'ServiceWorker']) {
    hook(window[name]?.prototype, 'postMessage', name);
  }
  hook(window, 'postMessage', 'window');
  hook(window, 'structuredClone');
  hookAttribute(MessageEvent.prototype, 'data', 'MessageEvent');
  hookAttribute(MessageEvent.prototype, 'ports', 'MessageEvent');
  listen(window, 'message to the window');
  const container = navigator.serviceWorker;
  if (container) {
    hook(ServiceWorkerContainer.prototype, 'register', 'serviceWorker');
    container.addEventListener('message', (event) => note('message from a service worker', event));
  }

  // Encoders and ciphers: where strings are taken apart and put together.
  hook(JSON, ['parse', 'stringify'], 'JSON');
  hook(TextEncoder.prototype, ['encode', 'encodeInto'], 'TextEncoder');
  hook(TextDecoder.prototype, 'decode', 'TextDecoder');
  hook(window, ['atob', 'btoa', 'encodeURIComponent', 'decodeURIComponent', 'encodeURI', 'decodeURI']);
  hook(window, ['escape', 'unescape']);
  hook(Crypto.prototype, 'getRandomValues', 'crypto');
  hook(
    SubtleCrypto.prototype,
    ['digest', 'encrypt', 'decrypt', 'sign', 'verify', 'importKey', 'exportKey', 'generateKey', 'deriveBits'],
    'crypto.subtle',
  );

  // What a person, or a log collector, could see.
  hook(
    console,
    ['log', 'info', 'warn', 'error', 'debug', 'trace', 'table', 'dir', 'group', 'assert'],
    'console',
  );
  hook(history, ['pushState', 'replaceState'], 'history');
  hook(HTMLFormElement.prototype, ['submit', 'requestSubmit'], 'form');
  hook(EventTarget.prototype, 'dispatchEvent', 'EventTarget');
  hook(window, 'open');
  for (const type of ['error', 'unhandledrejection', 'storage', 'popstate', 'hashchange']) {
    window.addEventListener(type, (event) => note(`event ${type}`, event), true);
  }
  if (window.navigation) {
    window.navigation.addEventListener('navigate', (event) => note('navigation', event.destination.url));
  }
})();
