/**
 * A worker, dedicated or shared, that gives away a secret: it gets the secret's character codes in disguise (each one
 * higher by 300), so that only the way back from the worker shows it.
 */
const reveal = (codes) => String.fromCharCode(...codes.map((code) => code - 300));

function store(secret, done) {
  const request = indexedDB.open('leak-from-worker');
  request.onupgradeneeded = () => request.result.createObjectStore('things');
  request.onsuccess = () => {
    const transaction = request.result.transaction('things', 'readwrite');
    transaction.objectStore('things').put({ nested: [secret] }, 'thing');
    transaction.oncomplete = () => {
      request.result.close();
      done('stored');
    };
  };
}

function answer(port, { codes, how }) {
  const secret = reveal(codes);
  const bytes = new TextEncoder().encode(secret);
  if (how === 'string') port.postMessage(secret);
  if (how === 'nested') port.postMessage({ a: [new Map([['key', { b: secret }]])] });
  if (how === 'bytes') port.postMessage(bytes.buffer, [bytes.buffer]);
  if (how === 'port') {
    const { port1, port2 } = new MessageChannel();
    port.postMessage('here is a port', [port2]);
    // Kept until the page has had the time to look at the port: messages wait in it.
    port1.postMessage(secret);
  }
  if (how === 'database') store(secret, (word) => port.postMessage(word));
}

self.onmessage = (event) => answer(self, event.data);
self.onconnect = ({ ports: [port] }) => {
  port.onmessage = (event) => answer(port, event.data);
};
