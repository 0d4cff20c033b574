/** The members of the second argument that are neither method, headers, body, redirect nor signal. */
const init = (name, given, more) => ({ name, init: given, ...more });
const post = (more) => ({ method: 'POST', body: 'x', ...more });
const sha256 = (digest) => `sha256-${digest}`;
// Of 'x'.
const RIGHT = sha256('LXEWQrcmsEQBYnyp+6wy9ch7wgqbGRAcRqZAuDX9wnE=');
const body = { answer: { body: 'x' } };

export const settings = [
  ...['cors', 'same-origin', 'navigate', 'nonsense', 'websocket'].map((mode) =>
    init(`mode: ${mode}`, { mode }),
  ),
  init('mode: no-cors', { mode: 'no-cors' }, { differs: 'no-cors' }),
  ...['omit', 'same-origin', 'include', 'nonsense'].map((credentials) =>
    init(`credentials: ${credentials}`, { credentials }),
  ),
  ...['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached', 'nonsense'].map((cache) =>
    init(`cache: ${cache}`, { cache }),
  ),
  init('cache: only-if-cached, same-origin', { cache: 'only-if-cached', mode: 'same-origin' }),
  init('integrity: right', { integrity: RIGHT }, body),
  init('integrity: wrong', { integrity: sha256('AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=') }, body),
  init('integrity: of several', { integrity: `sha384-AAAA ${RIGHT}` }, body),
  init('integrity: nonsense', { integrity: 'nonsense' }, body),
  init('integrity: empty', { integrity: '' }, body),
  init('referrer: none', { referrer: '' }),
  init('referrer: about:client', { referrer: 'about:client' }),
  init('referrer: a page of this origin', { referrer: '/some/page?a=b#c', referrerPolicy: 'unsafe-url' }),
  init('referrer: its origin by default', { referrer: '/some/page' }),
  init('referrer: another origin', { referrer: 'http://elsewhere.example/' }),
  init('referrer: no URL', { referrer: 'http://' }),
  ...['no-referrer', 'same-origin', 'strict-origin', 'origin', 'nonsense'].map((referrerPolicy) =>
    init(`referrerPolicy: ${referrerPolicy}`, { referrerPolicy }),
  ),
  // The others say no more than the origin, which page and worker share.
  init('referrerPolicy: unsafe-url', { referrerPolicy: 'unsafe-url' }, { differs: { chromium: 'referrer' } }),
  init('keepalive', { keepalive: true }),
  init('keepalive with a body', post({ keepalive: true })),
  init('keepalive with more than 64 KiB', () => post({ keepalive: true, body: 'x'.repeat(70_000) })),
  init('keepalive with more than 64 KiB of bytes', () =>
    post({ keepalive: true, body: new Uint8Array(70_000) }),
  ),
  ...['high', 'low', 'auto', 'nonsense'].map((priority) => init(`priority: ${priority}`, { priority })),
  init('window: null', { window: null }),
  init('window: another', () => ({ window: {} })),
  init('signal: null', { signal: null }),
  init('signal: no signal', () => ({ signal: {} })),
  init('redirect: nonsense', { redirect: 'nonsense' }),
  init('everything at once', () =>
    post({
      mode: 'cors',
      credentials: 'omit',
      cache: 'no-store',
      referrer: '',
      referrerPolicy: 'no-referrer',
      redirect: 'error',
      integrity: '',
      keepalive: false,
      priority: 'low',
      headers: { 'x-one': '1' },
      signal: new AbortController().signal,
    }),
  ),
  {
    name: 'a Request with settings of its own',
    input: (url) => new Request(url, { cache: 'reload', credentials: 'omit', referrer: '', keepalive: true }),
  },
  {
    name: 'a Request whose settings the second argument changes',
    input: (url) => new Request(url, { cache: 'reload', integrity: RIGHT }),
    init: { cache: 'no-cache', integrity: '' },
    ...body,
  },
];
