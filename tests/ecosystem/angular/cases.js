/**
 * Requests by HttpClient, each made through holdfast and by Angular's own two backends. `fetch` and `xhr` name the
 * difference to that backend, where there is one (differences.js). `isUnseen`: the server sees the one that needs no
 * preflight only.
 */
const SENT = 0;
const HEADERS = 2;
const PROGRESS = 3;

const json = (body, more = {}) => ({
  headers: [['content-type', 'application/json']],
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...more,
});
// With a type: else Firefox waits for more, to guess it.
const begun = { headers: [['content-type', 'text/plain']], body: 'begun', then: 'stall' };
const get =
  (options) =>
  (url, { HttpRequest }) =>
    new HttpRequest('GET', url, options);
const post = (body, options) => (url, http) => new http.HttpRequest('POST', url, body, options?.(http));

export const cases = [
  { name: 'JSON', answer: json({ name: 'Ada', list: [1, null, 'ü'] }), request: get() },
  { name: 'JSON behind the prefix against inclusion', answer: json(')]}\',\n{"a":1}'), request: get() },
  { name: 'JSON behind the prefix without a comma', answer: json(")]}'\n[1]"), request: get() },
  { name: 'an empty body as JSON', answer: json(''), request: get() },
  { name: 'null as JSON', answer: json('null'), request: get() },
  { name: 'broken JSON', answer: json('{"a":'), request: get(), xhr: 'what was not JSON' },
  { name: 'text', answer: { body: 'Grüße' }, request: get({ responseType: 'text' }) },
  {
    name: 'text in another charset',
    answer: { base64: 'R3L832U=', headers: [['content-type', 'text/plain; charset=iso-8859-1']] },
    request: get({ responseType: 'text' }),
  },
  {
    name: 'text in a charset that nobody knows',
    answer: { body: 'Grüße', headers: [['content-type', 'text/plain; charset=nobody-knows']] },
    request: get({ responseType: 'text' }),
  },
  {
    name: 'a blob',
    answer: { base64: 'AAEC/w==', headers: [['content-type', 'image/PNG; x=1']] },
    request: get({ responseType: 'blob' }),
    xhr: "a blob's type",
  },
  { name: 'an empty blob', request: get({ responseType: 'blob' }), xhr: "a blob's type" },
  {
    name: 'an ArrayBuffer',
    answer: { base64: 'AAEC/w==' },
    request: get({ responseType: 'arraybuffer' }),
  },
  { name: '204', answer: { status: 204 }, request: get() },
  { name: '204 as text', answer: { status: 204 }, request: get({ responseType: 'text' }), xhr: 'no body' },
  {
    name: 'HEAD',
    answer: json({}),
    request: (url, { HttpRequest }) => new HttpRequest('HEAD', url),
  },
  {
    name: '201 with a reason of its own',
    answer: json({ id: 1 }, { status: 201, reason: 'Made' }),
    request: post({}),
  },
  {
    name: 'headers of the answer, one twice',
    answer: json(
      {},
      {
        headers: [
          ['content-type', 'application/json'],
          ['x-One', 'a'],
          ['x-one', 'b'],
          ['x-empty', ''],
        ],
      },
    ),
    request: get(),
  },

  { name: '404 with JSON', answer: json({ error: 'gone' }, { status: 404 }), request: get() },
  {
    name: '404 with text where JSON was expected',
    answer: { status: 404, body: 'no such thing' },
    request: get(),
  },
  { name: '404 as text', answer: { status: 404, body: 'no' }, request: get({ responseType: 'text' }) },
  {
    name: '404 as a blob',
    answer: { status: 404, body: 'no' },
    request: get({ responseType: 'blob' }),
    xhr: "a blob's type",
  },
  { name: '500 without a body', answer: { status: 500 }, request: get() },
  { name: '304', answer: { status: 304 }, request: get() },
  {
    name: 'an answer that CORS forbids',
    isUnseen: true,
    answer: { cors: false },
    request: get(),
    xhr: 'a failure',
  },
  { name: 'nobody there', url: 'http://127.0.0.1:9/', request: get(), xhr: 'a failure' },
  {
    name: 'a body that breaks off',
    answer: json('{"a":', { headers: [['content-length', '100']], then: 'break' }),
    request: get(),
    fetch: 'the URL of a broken answer',
    xhr: 'a failure',
  },

  {
    name: 'headers of the request',
    request: (url, { HttpHeaders, HttpRequest }) =>
      new HttpRequest('GET', url, {
        headers: new HttpHeaders({ 'X-One': 'a', 'X-Two': ['b', 'c'] }).append('X-One', 'd'),
      }),
  },
  {
    name: 'an Accept of its own',
    request: (url, { HttpHeaders, HttpRequest }) =>
      new HttpRequest('GET', url, { headers: new HttpHeaders({ Accept: 'text/csv' }) }),
  },
  {
    name: 'parameters',
    request: (url, { HttpParams, HttpRequest }) =>
      new HttpRequest('GET', url, {
        params: new HttpParams({ fromObject: { q: 'a b&c', list: ['1', '2'] } }),
      }),
  },
  { name: 'credentials', request: get({ withCredentials: true }) },
  { name: 'no credentials', answer: { credentials: false }, request: get() },
  {
    name: 'credentials that the API does not take',
    isUnseen: true,
    answer: { credentials: false },
    request: get({ withCredentials: true }),
    xhr: 'a failure',
  },
  {
    name: 'the same, by their own name',
    isUnseen: true,
    answer: { credentials: false },
    request: get({ credentials: 'include' }),
    xhr: 'options of fetch',
  },
  { name: 'cache', request: get({ cache: 'no-store' }), xhr: 'options of fetch' },
  { name: 'keepalive', request: get({ keepalive: true }) },
  { name: 'priority', request: get({ priority: 'high' }) },
  { name: 'referrer', request: get({ referrer: '/elsewhere' }) },
  { name: 'an option that fetch refuses', request: get({ mode: 'navigate' }), xhr: 'options of fetch' },

  { name: 'an object', request: post({ a: [1, 2], b: null }) },
  { name: 'a text', request: post('hello') },
  { name: 'a number', request: post(7) },
  { name: 'a truth value', request: post(false) },
  { name: 'nothing', request: post(null) },
  { name: 'bytes', request: post(new Uint8Array([0, 1, 255]).buffer) },
  { name: 'a blob with a type', request: post(new Blob(['hi'], { type: 'text/markdown' })) },
  { name: 'a blob without a type', request: post(new Blob(['hi'])) },
  { name: 'URLSearchParams', request: post(new URLSearchParams({ a: '1 2' })) },
  {
    name: 'HttpParams as the body',
    request: (url, { HttpParams, HttpRequest }) =>
      new HttpRequest('POST', url, new HttpParams({ fromObject: { a: '1 2' } })),
  },
  {
    name: 'a form with a file',
    request: (url, { HttpRequest }) => {
      const form = new FormData();
      form.append('text', 'Grüße');
      form.append('file', new Blob(['x'], { type: 'text/csv' }), 'a.csv');
      return new HttpRequest('POST', url, form);
    },
  },
  {
    name: 'a content type of its own',
    request: post('<a/>', ({ HttpHeaders }) => ({
      headers: new HttpHeaders({ 'Content-Type': 'application/xml' }),
    })),
  },
  { name: 'PUT', request: (url, { HttpRequest }) => new HttpRequest('PUT', url, { a: 1 }) },
  { name: 'DELETE', request: (url, { HttpRequest }) => new HttpRequest('DELETE', url) },
  {
    name: 'a body that is not JSON',
    request: (url, { HttpRequest }) => {
      const circle = {};
      circle.self = circle;
      return new HttpRequest('POST', url, circle);
    },
    fetch: 'the URL of a broken answer',
    xhr: 'a body that is not JSON',
  },

  {
    name: 'progress, with the length',
    answer: { body: 'chunk ', repeat: 20_000, headers: [['content-length', '120000']] },
    request: get({ reportProgress: true, responseType: 'text' }),
  },
  {
    name: 'progress, without the length, as JSON',
    answer: json([1, 2]),
    request: get({ reportProgress: true }),
  },
  {
    name: 'progress of a download, by its own name',
    answer: json([1]),
    request: get({ reportDownloadProgress: true }),
  },
  {
    name: 'progress of an upload',
    request: post('hello', () => ({ reportProgress: true, responseType: 'text' })),
    xhr: 'uploads',
  },
  {
    name: 'progress of an upload alone',
    request: post('hello', () => ({ reportUploadProgress: true })),
    fetch: 'uploads',
    xhr: 'uploads',
  },
  {
    name: 'progress of an error',
    answer: json({ a: 1 }, { status: 404 }),
    request: get({ reportProgress: true }),
  },
  { name: 'given up before the answer', answer: { then: 'hang' }, request: get(), until: SENT },
  {
    name: 'given up at the headers',
    answer: begun,
    request: get({ reportProgress: true, responseType: 'text' }),
    until: HEADERS,
  },
  {
    name: 'given up in the body',
    answer: begun,
    request: get({ reportProgress: true, responseType: 'text' }),
    until: PROGRESS,
  },
  {
    name: 'a timeout before the answer',
    answer: { then: 'hang' },
    request: get({ timeout: 500 }),
    xhr: 'a failure',
  },
  {
    name: 'a timeout in the body',
    answer: begun,
    request: get({ timeout: 500 }),
    fetch: 'the URL of a broken answer',
    xhr: 'a failure',
  },
];
