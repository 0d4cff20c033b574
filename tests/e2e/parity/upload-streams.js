/**
 * Streams as bodies of requests. Chromium has them, over HTTP/2 only; where a browser has none, it takes the stream for
 * an object and sends its name.
 */
const streamOf = (...parts) =>
  new ReadableStream({
    start(controller) {
      parts.forEach((part) => controller.enqueue(part));
      controller.close();
    },
  });
const bytes = () => new TextEncoder().encode('x');
const stream = (name, body, more = { duplex: 'half' }) => ({
  name,
  init: () => ({ method: 'POST', body: body(), ...more }),
});
const inWebkit = (given) => ({ ...given, differs: { webkit: 'stream-upload' } });

export const uploadStreams = [
  inWebkit(stream('over HTTP/1.1', () => streamOf(bytes()))),
  inWebkit(stream('without duplex', () => streamOf(bytes()), {})),
  inWebkit(stream('with another duplex', () => streamOf(bytes()), { duplex: 'full' })),
  stream('with keepalive', () => streamOf(bytes()), { duplex: 'half', keepalive: true }),
  inWebkit(stream('of text, which is no bytes', () => streamOf('text'))),
  stream('that is locked', () => {
    const body = streamOf(bytes());
    body.getReader();
    return body;
  }),
  stream('that was read', () => {
    const body = streamOf(bytes());
    const reader = body.getReader();
    reader.read();
    reader.releaseLock();
    return body;
  }),
  inWebkit(
    stream(
      'that fails',
      () => new ReadableStream({ start: (controller) => controller.error(new Error('mine')) }),
    ),
  ),
  { name: 'duplex without a body', init: { duplex: 'half' } },
  { name: 'duplex with a string', init: { method: 'POST', body: 'x', duplex: 'half' } },
  inWebkit({
    name: 'in a Request without duplex',
    steps: ({ fetch, urlOf, outcome }) =>
      outcome((async () => fetch(new Request(urlOf(), { method: 'POST', body: streamOf(bytes()) })))(), {
        use: ({ status }) => status,
      }),
  }),
  {
    name: "GET with a stream's body",
    init: () => ({ method: 'GET', body: streamOf(bytes()), duplex: 'half' }),
  },
];
