/** Bodies of requests, but for streams. */
const TEXT = 'grüße ✓';
const bytes = () => new TextEncoder().encode(TEXT);
const post = (name, body, more) => ({ name, init: () => ({ method: 'POST', body: body(), ...more }) });
const typed = (name, body, type) => post(name, body, { headers: { 'content-type': type } });

function formOf(...entries) {
  const form = new FormData();
  for (const entry of entries) form.append(...entry);
  return form;
}

const form = (name, ...entries) =>
  post(`FormData: ${name}`, () => formOf(...entries.map((entry) => entry())));
const file = (name, type = 'text/x-file') => new File([TEXT], name, { type });

export const uploads = [
  post('a string', () => TEXT),
  post('an empty string', () => ''),
  post('half a surrogate pair', () => 'a\ud800b'),
  post('a number', () => 5),
  post('an object', () => ({ a: 1 })),
  post('an array', () => [1, 2]),
  post('null', () => null),
  post('undefined', () => undefined),
  post('false', () => false),
  post('an ArrayBuffer', () => bytes().buffer),
  post('an empty ArrayBuffer', () => new ArrayBuffer(0)),
  post('an ArrayBuffer that can grow', () => new ArrayBuffer(4, { maxByteLength: 8 })),
  post('a Uint8Array', bytes),
  post('a part of a buffer', () => bytes().subarray(1, 5)),
  post('a Uint16Array', () => new Uint16Array([1, 2, 3])),
  post('a Float64Array', () => new Float64Array([1.5])),
  post('a DataView', () => new DataView(bytes().buffer, 2, 3)),
  post('a Blob', () => new Blob([TEXT])),
  post('a Blob with a type', () => new Blob([TEXT], { type: 'text/x-blob' })),
  post('a Blob with parameters in its type', () => new Blob([TEXT], { type: 'text/plain;charset=utf-16' })),
  post('an empty Blob', () => new Blob([])),
  post('an empty Blob with a type', () => new Blob([], { type: 'text/x-blob' })),
  post('a part of a Blob', () => new Blob([TEXT, TEXT]).slice(2, 9, 'text/x-part')),
  post('a File', () => file('a.txt')),
  post('a File without a type', () => file('a.txt', '')),
  post(
    'URLSearchParams',
    () =>
      new URLSearchParams([
        ['a', 'ü &'],
        ['a', ' + '],
      ]),
  ),
  post('empty URLSearchParams', () => new URLSearchParams()),
  form('nothing'),
  form('a text', () => ['a', TEXT]),
  form(
    'repeated keys',
    () => ['a', '1'],
    () => ['b', '2'],
    () => ['a', '3'],
  ),
  form('an empty name and an empty value', () => ['', '']),
  form('a name that is not ASCII', () => ['grüße ✓', '1']),
  form('line breaks and quotes', () => ['a"\r\nb', 'one\ntwo\r\nthree']),
  form('a File', () => ['a', file('a.txt')]),
  form('a file name that is not ASCII', () => ['a', file('grüße ✓.txt')]),
  form('quotes and line breaks in a file name', () => ['a', file('a"b\r\nc.txt')]),
  form('a Blob', () => ['a', new Blob([TEXT])]),
  form('a Blob with a file name', () => ['a', new Blob([TEXT], { type: 'image/x' }), 'b.img']),
  form('an empty File', () => ['a', new File([], '')]),
  form(
    'several files under one name',
    () => ['a', file('1.txt')],
    () => ['a', file('2.txt', 'image/x')],
  ),
  {
    name: 'FormData of a form in the page',
    init() {
      const element = document.createElement('form');
      element.innerHTML =
        '<input name="a" value="1"><input type="file" name="b"><textarea name="c">\n2\n3</textarea>';
      return { method: 'POST', body: new FormData(element) };
    },
  },
  {
    name: 'FormData in a Request',
    input: (url) => new Request(url, { method: 'POST', body: formOf(['a', TEXT], ['a', '2']) }),
  },
  {
    name: 'FormData with a file in a Request',
    differs: { webkit: 'form-request' },
    input: (url) => new Request(url, { method: 'POST', body: formOf(['a', file('a.txt')]) }),
  },
  {
    name: 'a Blob with a type in a Request',
    input: (url) => new Request(url, { method: 'POST', body: new Blob([TEXT], { type: 'text/x-blob' }) }),
  },
  {
    name: 'an empty string in a Request',
    input: (url) => new Request(url, { method: 'POST', body: '' }),
  },
  typed('a string with a type', () => TEXT, 'application/json'),
  typed('a Blob with another type', () => new Blob([TEXT], { type: 'text/x-blob' }), 'text/x-other'),
  typed('an ArrayBuffer with a type', () => bytes().buffer, 'application/octet-stream'),
  typed('URLSearchParams with another type', () => new URLSearchParams('a=b'), 'text/plain'),
  typed('FormData with a type that has no boundary', () => formOf(['a', '1']), 'multipart/form-data'),
  typed('a string with an empty type', () => TEXT, ''),
  post('a megabyte', () => new Uint8Array(1024 * 1024).fill(7)),
  post('a large part of a larger buffer', () => new Float32Array(300_000).fill(7).subarray(1000, 250_000)),
  post('a large DataView', () => new DataView(new Uint8Array(200_000).fill(7).buffer, 3, 150_000)),
  post('a large ArrayBuffer', () => new Uint8Array(100_000).fill(7).buffer),
  typed('a large ArrayBuffer with a type', () => new Uint8Array(100_000).buffer, 'application/octet-stream'),
  post('a megabyte of text', () => 'ä'.repeat(512 * 1024)),
  {
    name: 'bytes that change after the call',
    async steps({ fetch, urlOf }) {
      const body = bytes();
      const call = fetch(urlOf(), { method: 'POST', body });
      body.fill(0);
      return [(await call).status, body.byteLength];
    },
  },
  {
    name: 'many bytes that change after the call',
    async steps({ fetch, urlOf }) {
      const body = new Uint8Array(1024 * 1024).fill(7);
      const call = fetch(urlOf(), { method: 'POST', body });
      body.fill(0);
      return [(await call).status, body.byteLength];
    },
  },
  {
    name: 'FormData that changes after the call',
    async steps({ fetch, urlOf }) {
      const body = formOf(['a', 'before']);
      const call = fetch(urlOf(), { method: 'POST', body });
      body.set('a', 'after');
      return (await call).status;
    },
  },
  {
    name: 'a buffer that was transferred away',
    init() {
      const { buffer } = bytes();
      structuredClone(buffer, { transfer: [buffer] });
      return { method: 'POST', body: buffer };
    },
  },
];
