/** Headers of the request: forms, rules, and what is taken out of the caller's hands. */
const one = (name, headers) => ({ name, init: () => ({ headers: headers() }) });
const of = (name, key, value) => one(name, () => [[key, value]]);

export const headers = [
  one('an object', () => ({ 'X-One': '1', 'x-two': '2' })),
  one('a list', () => [
    ['x-one', '1'],
    ['x-two', '2'],
  ]),
  one('Headers', () => new Headers({ 'x-one': '1' })),
  one('a Map', () => new Map([['x-one', '1']])),
  one('an iterable', () => ({
    *[Symbol.iterator]() {
      yield ['x-one', '1'];
    },
  })),
  one('a name twice in a list', () => [
    ['x-one', '1'],
    ['X-ONE', '2'],
  ]),
  one('a name appended twice', () => {
    const headers = new Headers({ 'x-one': '1' });
    headers.append('x-one', '2, 3');
    return headers;
  }),
  one('a number as a value', () => ({ 'x-one': 1 })),
  one('null and undefined as values', () => ({ 'x-null': null, 'x-undefined': undefined })),
  one('an entry of three', () => [['x-one', '1', '2']]),
  one('a string', () => 'x-one: 1'),
  one('null', () => null),
  of('an empty value', 'x-one', ''),
  of('spaces around a value', 'x-one', ' \t1\t '),
  of('latin-1 in a value', 'x-one', 'grüße'),
  of('what is no byte in a value', 'x-one', '✓'),
  of('a line break in a value', 'x-one', 'a\r\nx-two: b'),
  of('a line break at the end of a value', 'x-one', 'a\n'),
  of('a NUL in a value', 'x-one', 'a\0b'),
  of('an empty name', '', '1'),
  of('a space in a name', 'x one', '1'),
  of('a colon in a name', 'x:one', '1'),
  of('a name that is not ASCII', 'grüße', '1'),
  ...[
    'Accept-Charset',
    'Connection',
    'Content-Length',
    'Cookie',
    'Date',
    'DNT',
    'Expect',
    'Host',
    'Keep-Alive',
    'Origin',
    'Proxy-Authorization',
    'Sec-Fetch-Mode',
    'TE',
    'Transfer-Encoding',
    'Upgrade',
    'Via',
    'X-HTTP-Method-Override',
  ].map((name) => of(`${name}, which is forbidden or harmless`, name, name.startsWith('X') ? 'TRACE' : '7')),
  of('Referer, which is forbidden', 'referer', 'http://elsewhere.example/'),
  of('User-Agent', 'user-agent', 'mine'),
  of('Accept', 'accept', 'application/json'),
  of('Accept-Language', 'accept-language', 'eo'),
  of('Content-Type without a body', 'content-type', 'text/x-none'),
  of('Cache-Control', 'cache-control', 'max-age=0'),
  { ...of('If-None-Match', 'if-none-match', '"a"'), differs: { chromium: 'conditional' } },
  of('Range', 'range', 'bytes=0-9'),
  of('64 KiB in one value', 'x-large', 'y'.repeat(64 * 1024)),
  one('64 KiB in a thousand headers', () =>
    Array.from({ length: 1000 }, (_, number) => [`x-${number}`, 'y'.repeat(56)]),
  ),
  {
    name: 'headers that change after the call',
    async steps({ fetch, urlOf }) {
      const headers = new Headers({ 'x-one': 'before' });
      const call = fetch(urlOf(), { headers });
      headers.set('x-one', 'after');
      return (await call).status;
    },
  },
  {
    name: 'an Authorization header',
    init: { headers: { Authorization: 'Basic bWluZTptaW5l' } },
    differs: 'authorization',
  },
];
