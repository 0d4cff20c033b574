/** What `fetch` is called with: the first argument, and how the second one changes it. */
const JSON_TYPE = { 'content-type': 'application/json' };
const put = (url) => new Request(url, { method: 'PUT', headers: { 'x-from': 'request' }, body: 'one' });

export const inputs = [
  { name: 'a string' },
  { name: 'a URL', input: (url) => new URL(url) },
  { name: 'a Request', input: (url) => new Request(url) },
  { name: 'an object with a toString', input: (url) => ({ toString: () => url }) },
  { name: 'a string with spaces around it', input: (url) => `  ${url}\n` },
  { name: 'a host in upper case', input: (url) => url.replace('http:', 'HTTP:') },
  { name: 'dot segments', input: (url) => url.replace('/answer', '/x/../y/%2e%2e/answer') },
  { name: 'a backslash for a slash', input: (url) => url.replace('/answer', '\\answer') },
  { name: 'a fragment', input: (url) => `${url}#part` },
  { name: 'an empty fragment', input: (url) => `${url}#` },
  { name: 'a query with what must be escaped', input: (url) => `${url}#ü " <>` },
  { name: 'a path that is not ASCII', input: (url) => url.replace('/answer', '/answer/grüße ✓') },
  { name: 'a password in the URL', input: (url) => url.replace('//', '//me:secret@') },
  { name: 'a string that is no URL', input: () => 'http://' },
  { name: 'a port that is none', input: () => 'http://127.0.0.1:99999/' },
  { name: 'a Symbol', input: () => Symbol('no URL') },
  { name: 'a Request with a method, headers and a body', input: put },
  { name: 'a Request, and another method', input: put, init: { method: 'PATCH' } },
  { name: 'a Request, and other headers', input: put, init: { headers: { 'x-from': 'init' } } },
  { name: 'a Request, and no headers', input: put, init: { headers: {} } },
  { name: 'a Request, and another body', input: put, init: { body: 'another' } },
  {
    name: 'a Request, and a body of another type',
    input: put,
    init: () => ({ body: new URLSearchParams('a=b') }),
  },
  { name: 'a Request with a body, and GET', input: put, init: { method: 'GET' } },
  { name: 'a Request, and a body of null', input: put, init: { body: null } },
  { name: 'a Request, and an empty init', input: put, init: {} },
  { name: 'a Request, and null for init', input: put, init: null },
  { name: 'a Request, and undefined members', input: put, init: { method: undefined, headers: undefined } },
  { name: 'an init that is a Request', init: () => new Request('http://localhost/', { headers: JSON_TYPE }) },
  { name: 'an init that is no object', init: () => 'no object' },
  { name: 'an init with members that fetch does not know', init: { timeout: 5, next: { revalidate: 1 } } },
  {
    name: 'an init with getters on its prototype',
    init: () =>
      new (class {
        get method() {
          return 'POST';
        }
        get body() {
          return 'from a getter';
        }
      })(),
  },
  {
    name: 'a Request whose body was read',
    input: (url) => {
      const request = put(url);
      request.text();
      return request;
    },
  },
  {
    name: 'a Request whose body was read, and another body',
    input: (url) => {
      const request = put(url);
      request.text();
      return request;
    },
    init: { body: 'another' },
  },
  {
    name: 'a Request that was cloned before',
    input: (url) => {
      const request = put(url);
      request.clone();
      return request;
    },
  },
  {
    name: 'a Request, used twice',
    async steps({ fetch, urlOf, outcome }) {
      const request = put(urlOf());
      const first = await outcome(fetch(request), { use: (response) => response.status });
      return [first, request.bodyUsed, await outcome(fetch(request))];
    },
  },
  {
    name: 'a Request without a body, used twice',
    async steps({ fetch, urlOf, outcome }) {
      const request = new Request(urlOf());
      const use = (response) => response.status;
      return [
        await outcome(fetch(request), { use }),
        await outcome(fetch(request), { use }),
        request.bodyUsed,
      ];
    },
  },
  {
    name: 'a Request is used at once, before the answer',
    async steps({ fetch, urlOf }) {
      const request = put(urlOf());
      const call = fetch(request);
      const { bodyUsed } = request;
      return [bodyUsed, (await call).status];
    },
  },
  {
    name: 'without arguments',
    steps: ({ fetch, outcome }) => outcome(fetch()),
  },
  {
    name: 'called without an object, and with another',
    async steps({ fetch, urlOf }) {
      const { call } = { call: fetch };
      const statuses = [(await call(urlOf())).status];
      if (fetch === window.auth.fetch) statuses.push((await fetch.call({}, urlOf())).status);
      else statuses.push((await fetch.call(undefined, urlOf())).status);
      return statuses;
    },
  },
  {
    name: 'it never throws, it rejects',
    steps({ fetch }) {
      const promise = fetch('http://', { method: 'GET', body: 'x' });
      promise.catch(() => {});
      return promise instanceof Promise;
    },
  },
];
