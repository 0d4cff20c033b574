/** No library at all: signed in from the start, by a header. */
import { expose } from './bench.mjs';

expose(async () => {}, {
  signedIn: async () => true,
  signIn: async () => {},
  call: (url, init) => globalThis.bench.floor(url, init),
});
