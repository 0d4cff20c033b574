/** A service worker of an attacker's, or of the app's: tells all pages of each request that it sees, headers included. */
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { url, headers } = event.request;
  new BroadcastChannel('loot').postMessage({ url, headers: [...headers] });
});
