/**
 * What every app of the bench has: `globalThis.bench`, through which the measures use it, and the bare `fetch` beside
 * the library. `CONFIG` is written in when the app is bundled.
 */
/* global CONFIG */
export const config = CONFIG;
/** What a measure or a mode of the library changes: `earlySeconds`, how long before its end a token is renewed; `storage`; `frame`. */
export const settings = { ...config.settings, ...globalThis.benchSettings };
export const redirectUri = `${config.origin}/callback`;
export const isCallback = () => location.pathname === '/callback' && location.search.includes('code=');

/** A fetch with a fixed header: what no library can be faster than. */
const floor = (url, init = {}) => {
  const headers = new Headers(init.headers);
  headers.set('Authorization', `Bearer ${config.floorToken}`);
  return fetch(url, { ...init, headers });
};

/**
 * @param {() => Promise<void>} start takes the callback, if this is one; then the app is ready
 * @param {object} deeds `signedIn`, `signIn`, `call`, `signOut`; `tokens`: what the library's own API hands out; `renew`, where the app
 *   can ask for that by itself
 */
export function expose(start, deeds) {
  const bench = { floor, ...deeds };
  // What a page does once its library is there: no measure of the start waits for the measure itself.
  bench.ready = start().then(() => {
    bench.readyAt = performance.now();
    performance.mark('ready');
    if (location.pathname === '/callback') history.replaceState(null, '', '/');
  });
  bench.ready.catch(() => {});
  globalThis.bench = bench;
}

/** With a token in the page: what the app of such a library does. */
export async function fetchWith(token, url, init = {}) {
  const headers = new Headers(init.headers);
  headers.set('Authorization', `Bearer ${token}`);
  return fetch(url, { ...init, headers });
}
