/** What becomes of an answer's body. */
const MULTIPART = 'multipart/form-data; boundary=b';
const part = (disposition, text, type = '') =>
  `--b\r\ncontent-disposition: form-data; ${disposition}\r\n${type}\r\n${text}\r\n`;
const typed = (type, body) => ({ headers: [['content-type', type]], body });
const as = (read, name, answer) => ({ name: `${read}(): ${name}`, answer, read });
const using = (name, read, answer = typed('text/plain', 'one two')) => ({ name, answer, read });
const BROKEN = { body: 'x', then: 'break', headers: [['content-length', '9']] };
const nameOf = (error) => error.name;

export const reading = [
  as('json', 'an object', typed('application/json', '{"a":"ä"}')),
  as('json', 'with a byte order mark', typed('application/json', '\ufeff{"a":1}')),
  as('json', 'broken', typed('application/json', '{"a":')),
  as('json', 'empty', {}),
  as('json', 'HTML', typed('text/html', '<h1>Not found</h1>')),
  as('json', 'status 204', { status: 204 }),
  as('text', 'bytes that are no UTF-8', { base64: '4pyT/4A=' }),
  as('text', 'another charset', { ...typed('text/plain; charset=iso-8859-1'), base64: '/Pw=' }),
  as('text', 'with a byte order mark', { body: '\ufeffx' }),
  as('blob', 'with a type', typed('text/x-one', 'x')),
  as('blob', 'with parameters', typed('Text/X-One; Charset=UTF-8', 'x')),
  as('blob', 'without a type', { body: 'x' }),
  as('blob', 'with a type twice', {
    headers: [
      ['content-type', 'text/a'],
      ['content-type', 'text/b'],
    ],
    body: 'x',
  }),
  as('blob', 'empty', typed('text/x-one', '')),
  as('blob', 'status 204', { status: 204, headers: [['content-type', 'text/x-one']] }),
  as('arrayBuffer', 'a megabyte', { body: 'x', repeat: 1024 * 1024 }),
  as('arrayBuffer', 'empty', {}),
  as('bytes', 'some', { body: 'grüße' }),
  as('bytes', 'status 204', { status: 204 }),
  as('formData', 'URL-encoded', typed('application/x-www-form-urlencoded', 'a=1&a=%C3%BC+2')),
  as('formData', 'multipart', typed(MULTIPART, `${part('name="a"', 'ü')}${part('name="a"', '2')}--b--\r\n`)),
  as(
    'formData',
    'multipart with a file',
    typed(MULTIPART, `${part('name="a"; filename="a.txt"', 'x', 'content-type: text/x-one\r\n')}--b--\r\n`),
  ),
  as('formData', 'of another type', typed('text/plain', 'a=1')),
  as('formData', 'broken', typed(MULTIPART, 'nothing of the kind')),
  using('a body is read once', async (response) => {
    await response.text();
    return [response.bodyUsed, await response.text().catch(nameOf)];
  }),
  using('read twice at once', (response) => Promise.all([response.text(), response.json().catch(nameOf)])),
  using('a clone', async (response) => {
    const copy = response.clone();
    const facts = ({ url, type, status, redirected, bodyUsed }) => [url, type, status, redirected, bodyUsed];
    const texts = [await copy.text(), response.bodyUsed, await response.text()];
    return [texts, facts(copy), facts(response), facts(copy) === facts(response)];
  }),
  using("a clone's clone", async (response) => {
    const copy = response.clone().clone();
    return [copy.url, copy.type, await copy.text(), await response.text()];
  }),
  using('a clone of what was read', async (response) => {
    await response.text();
    return response.clone();
  }),
  using('a clone of what is locked', (response) => {
    response.body.getReader();
    return response.clone();
  }),
  using('a clone without a body', (response) => [response.clone().status, response.clone().body], {
    status: 204,
  }),
  using('chunks', async (response) => {
    const kinds = new Set();
    let text = '';
    const reader = response.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      kinds.add(part.value.constructor.name);
      text += new TextDecoder().decode(part.value);
    }
    return [[...kinds], text, response.bodyUsed, await reader.closed];
  }),
  using('for await', async (response) => {
    let text = '';
    for await (const chunk of response.body) text += new TextDecoder().decode(chunk);
    return [text, response.bodyUsed, response.body.locked];
  }),
  using('for await, left early', async (response) => {
    for await (const chunk of response.body) if (chunk) break;
    return [response.bodyUsed, response.body.locked];
  }, { body: 'x', repeat: 1024 * 1024 }), // prettier-ignore
  using('through a TextDecoderStream', async (response) => {
    let text = '';
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
    return [text, response.bodyUsed];
  }),
  using('tee', async (response) => {
    const [one, two] = response.body.tee();
    return [await new Response(one).text(), await new Response(two).text(), response.bodyUsed];
  }),
  using('a reader of its own buffer', async (response) => {
    const reader = response.body.getReader({ mode: 'byob' });
    const { value, done } = await reader.read(new Uint8Array(3));
    const rest = await reader.read(new Uint8Array(10));
    const end = await reader.read(new Uint8Array(10));
    const text = (part) => new TextDecoder().decode(part.value);
    return [text({ value }), done, text(rest), end.done, end.value?.byteLength];
  }),
  using('a reader of its own buffer, cancelled', async (response) => {
    const reader = response.body.getReader({ mode: 'byob' });
    return [await reader.cancel('enough'), await reader.read(new Uint8Array(3))];
  }),
  using('a second reader', (response) => {
    response.body.getReader();
    return response.body.getReader();
  }),
  using('a lock that is given back', async (response) => {
    response.body.getReader().releaseLock();
    return [response.bodyUsed, response.body.locked, await response.text()];
  }),
  using('text() while it is locked', async (response) => {
    response.body.getReader();
    return [await response.text().catch(nameOf), response.bodyUsed];
  }),
  using('cancel', async (response) => {
    const result = await response.body.cancel(new Error('enough'));
    return [result, response.bodyUsed, await response.text().catch(nameOf)];
  }),
  using("a reader's cancel", async (response) => {
    const reader = response.body.getReader();
    await reader.cancel();
    return [await reader.read(), response.bodyUsed, await reader.closed];
  }),
  {
    name: 'a body that breaks off, read by a reader',
    answer: BROKEN,
    steps: async ({ fetch, urlOf, outcome }) => {
      const reader = (await fetch(urlOf())).body.getReader();
      const readAll = async () => {
        for (;;) if ((await reader.read()).done) return 'it ended as if it were whole';
      };
      return outcome(readAll());
    },
  },
  {
    name: 'a body that breaks off, read as text',
    answer: BROKEN,
    steps: async ({ fetch, urlOf, outcome }) => outcome((await fetch(urlOf())).text()),
  },
];
