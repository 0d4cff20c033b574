/** What of an answer can be seen before its body is read. */
const status = (code, more) => ({
  name: `status ${code}`,
  answer: { status: code, body: 'a body', ...more },
});
const header = (name, ...headers) => ({ name, answer: { headers, body: 'x' } });

// Whether the body was used depends on what came first, the break or the reader.
const broken = {
  async steps({ fetch, urlOf, outcome }) {
    const response = await fetch(urlOf());
    return [response.status, await outcome(response.text())];
  },
};

export const answers = [
  ...[200, 201, 202, 203, 204, 205, 206, 226, 300, 304, 305, 400, 402, 403, 404, 409, 410, 418, 422].map(
    (code) => status(code),
  ),
  { ...status(401), differs: 'retry' },
  ...[425, 429, 431, 451, 499, 500, 501, 502, 503, 504, 599].map((code) => status(code)),
  { name: 'status 600, which the Response constructor refuses', answer: { status: 600, body: 'a body' } },
  { name: 'status 999', answer: { status: 999, body: 'a body' } },
  { name: 'a status text of its own', answer: { reason: 'As you like it', body: 'x' } },
  { name: 'a status text that is not ASCII', answer: { reason: 'Grüße', body: 'x' } },
  { name: 'an empty body', answer: {} },
  { name: 'an empty body, and its length', answer: { headers: [['content-length', '0']] } },
  { name: 'an error without a body', answer: { status: 500, headers: [['content-length', '0']] } },
  { name: 'HEAD', answer: { body: 'x' }, init: { method: 'HEAD' } },
  { name: 'HEAD with a length', answer: { headers: [['content-length', '5']] }, init: { method: 'HEAD' } },
  { name: 'HEAD of an error', answer: { status: 404 }, init: { method: 'HEAD' } },
  header('a header', ['x-one', '1']),
  header('a header twice', ['x-one', '1'], ['x-one', '2']),
  header('a header with commas', ['x-one', 'a, "b, c", d']),
  header('an empty header', ['x-one', '']),
  header('latin-1 in a header', ['x-one', 'grüße']),
  header('names in any case', ['X-ONE', '1'], ['x-TWO', '2']),
  header(
    'several challenges',
    ['WWW-Authenticate', 'Basic realm="a, b"'],
    ['WWW-Authenticate', 'Digest x="\\""'],
  ),
  header('Set-Cookie, which no page sees', ['Set-Cookie', 'a=b'], ['Set-Cookie2', 'c=d']),
  header('Location without a redirect', ['Location', '/elsewhere']),
  header('Link', ['Link', '<a>; rel=next'], ['Link', '<b>; rel=last']),
  header('64 KiB in one header', ['x-large', `*${64 * 1024}`]),
  header('64 KiB in many headers', ...Array.from({ length: 64 }, (_, number) => [`x-${number}`, '*1000'])),
  header('Content-Disposition', ['content-disposition', 'attachment; filename="a.txt"']),
  {
    name: 'a header that is not exposed',
    answer: { body: 'x' },
    init: { headers: { 'x-asks': 'for nothing' } },
  },
  { name: 'gzip', answer: { body: 'wide and flat ', repeat: 1000, encoding: 'gzip' } },
  { name: 'gzip that is none', answer: { body: 'flat', headers: [['content-encoding', 'gzip']] } },
  { name: 'an encoding that nobody knows', answer: { body: 'x', encoding: 'x-unknown' } },
  {
    name: 'a range',
    answer: {
      status: 206,
      headers: [
        ['content-range', 'bytes 0-3/9'],
        ['content-length', '4'],
      ],
      body: 'four',
    },
    init: { headers: { range: 'bytes=0-3' } },
  },
  {
    name: 'a range that cannot be had',
    answer: { status: 416, headers: [['content-range', 'bytes */9']] },
    init: { headers: { range: 'bytes=20-' } },
  },
  {
    name: 'no CORS',
    answer: { body: 'x', cors: false },
    differs: { chromium: 'preflight', firefox: 'preflight' },
  },
  { name: 'a connection that breaks in the body', answer: { body: 'x', then: 'break' }, ...broken },
  {
    name: 'a server that is not there',
    // Nobody listens on the discard port.
    input: () => 'http://127.0.0.1:9/',
  },
  { name: 'a port that browsers block', input: () => 'http://127.0.0.1:6000/' },
  {
    name: 'a type that is none',
    answer: { headers: [['content-type', 'none at all']], body: 'x' },
    read: 'blob',
  },
  {
    name: 'headers can not be changed',
    answer: { body: 'x' },
    differs: 'mutable-headers',
    read: (response) => response.headers.set('x-mine', '1'),
  },
  {
    name: 'a Response made from it',
    answer: { status: 201, reason: 'Made', headers: [['x-one', '1']], body: 'x' },
    async steps({ fetch, urlOf }) {
      const response = await fetch(urlOf());
      const made = new Response(response.body, response);
      return [made.status, made.statusText, made.headers.get('x-one'), made.url, await made.text()];
    },
  },
  {
    name: 'a copy in a cache',
    answer: { status: 404, reason: 'Not here', headers: [['x-one', '1']], body: 'x' },
    async steps({ fetch, urlOf }) {
      const cache = await caches.open('parity');
      await cache.put(urlOf(), await fetch(urlOf()));
      const found = await cache.match(urlOf());
      await caches.delete('parity');
      return [found.status, found.statusText, found.headers.get('x-one'), await found.text()];
    },
  },
];
