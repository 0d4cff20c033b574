/** Signals: at each stage of a call, with each kind of reason. */
const HANGS = { then: 'hang' };
const STALLS = { body: 'begun', then: 'stall' };
const REASONS = {
  'no reason': () => undefined,
  'a string': () => 'mine',
  null: () => null,
  'an object': () => ({ mine: true }),
  'an Error': () => new RangeError('mine'),
  'a function': () => () => {},
  'a number': () => 0,
};

/** Calls, aborts at a stage, and says what the caller gets. */
function atStage(stage, answer, more = {}) {
  return Object.entries(REASONS).map(([name, reasonOf]) => ({
    name: `${stage}: ${name}`,
    answer,
    async steps({ fetch, urlOf, until, outcome }) {
      const controller = new AbortController();
      const reason = reasonOf();
      const abort = () => (reason === undefined ? controller.abort() : controller.abort(reason));
      if (stage === 'before') abort();
      const call = fetch(urlOf(), { signal: controller.signal, ...more });
      call.catch(() => {});
      if (stage === 'at once') abort();
      if (stage === 'while the server thinks' || stage === 'in the upload')
        await until('arrived').then(abort);
      let last = call;
      if (stage === 'in the body') {
        const reader = (await call).body.getReader();
        await reader.read();
        last = reader.read();
        abort();
      }
      const seen = await outcome(last, { reason: () => controller.signal.reason, use: () => 'no error' });
      if (['while the server thinks', 'in the body'].includes(stage)) await until('closed');
      return seen;
    },
    // Whether it has left by then is the browser's business.
    isUnseen: stage === 'at once',
    ...(stage !== 'before' && { differs: { webkit: 'reason' } }),
  }));
}

/** The same with a signal that is made elsewhere. */
const signal = (name, make, { answer = HANGS, ...more } = {}) => ({
  name,
  answer,
  async steps({ fetch, urlOf, outcome }) {
    const given = make();
    return outcome(fetch(urlOf(), { signal: given }), { reason: () => given.reason, use: () => 'no error' });
  },
  isUnseen: true,
  ...more,
});

const inWebkit = { differs: { webkit: 'reason' } };
// Firefox has the reason for a reader, and none for those who read the whole.
const inFirefoxToo = { differs: { webkit: 'reason', firefox: 'reason' } };

export const aborts = [
  ...atStage('before', HANGS),
  ...atStage('at once', HANGS),
  ...atStage('while the server thinks', HANGS),
  ...atStage(
    'in the upload',
    { ...HANGS, deaf: true },
    { method: 'POST', body: 'x'.repeat(8 * 1024 * 1024) },
  ),
  ...atStage('in the body', STALLS),
  signal('a timeout', () => AbortSignal.timeout(20), inWebkit),
  signal('a timeout that is over', () => AbortSignal.abort(new DOMException('over', 'TimeoutError'))),
  signal(
    'any of two',
    () => AbortSignal.any([new AbortController().signal, AbortSignal.timeout(20)]),
    inWebkit,
  ),
  signal('any, one of them aborted', () => AbortSignal.any([AbortSignal.abort('mine')])),
  signal('never', () => new AbortController().signal, { answer: { body: 'x' } }),
  {
    name: "a Request's signal",
    ...inWebkit,
    answer: HANGS,
    async steps({ fetch, urlOf, until, outcome }) {
      const controller = new AbortController();
      const reason = { mine: true };
      const request = new Request(urlOf(), { signal: controller.signal });
      const call = outcome(fetch(request), { reason: () => reason });
      await until('arrived');
      controller.abort(reason);
      return [await call, request.signal.aborted, request.signal.reason === reason];
    },
  },
  {
    name: "a Request's signal, and another one",
    ...inWebkit,
    answer: HANGS,
    // Whether it has left by then is the browser's business.
    isUnseen: true,
    async steps({ fetch, urlOf, outcome }) {
      const request = new Request(urlOf(), { signal: AbortSignal.abort('not this one') });
      const given = AbortSignal.timeout(20);
      return outcome(fetch(request, { signal: given }), { reason: () => given.reason });
    },
  },
  {
    name: "a Request's signal, taken away",
    answer: { body: 'x' },
    async steps({ fetch, urlOf, outcome }) {
      const request = new Request(urlOf(), { signal: AbortSignal.abort() });
      return outcome(fetch(request, { signal: null }), { use: (response) => response.text() });
    },
  },
  {
    name: 'after the whole body',
    answer: { body: 'whole' },
    async steps({ fetch, urlOf }) {
      const controller = new AbortController();
      const response = await fetch(urlOf(), { signal: controller.signal });
      const text = await response.text();
      controller.abort();
      return [text, response.bodyUsed, response.status];
    },
  },
  {
    name: 'when all of the body is there and nobody has read it',
    ...inWebkit,
    answer: { body: 'whole' },
    async steps({ fetch, urlOf, outcome }) {
      const controller = new AbortController();
      const reason = { mine: true };
      const response = await fetch(urlOf(), { signal: controller.signal });
      await response.clone().text();
      controller.abort(reason);
      return outcome(response.text(), { reason: () => reason });
    },
  },
  ...['text', 'json', 'arrayBuffer', 'blob', 'formData'].map((read) => ({
    name: `in ${read}()`,
    ...inFirefoxToo,
    answer: { ...STALLS, headers: [['content-type', 'application/x-www-form-urlencoded']] },
    async steps({ fetch, urlOf, outcome }) {
      const controller = new AbortController();
      const reason = { mine: true };
      const response = await fetch(urlOf(), { signal: controller.signal });
      const body = outcome(response[read](), { reason: () => reason });
      controller.abort(reason);
      return [await body, response.bodyUsed];
    },
  })),
  {
    name: 'between the headers and the first read',
    ...inWebkit,
    answer: STALLS,
    async steps({ fetch, urlOf, outcome }) {
      const controller = new AbortController();
      const reason = { mine: true };
      const response = await fetch(urlOf(), { signal: controller.signal });
      controller.abort(reason);
      return [await outcome(response.text(), { reason: () => reason }), response.status];
    },
  },
  {
    name: 'in a clone',
    ...inFirefoxToo,
    answer: STALLS,
    async steps({ fetch, urlOf, outcome }) {
      const controller = new AbortController();
      const reason = { mine: true };
      const response = await fetch(urlOf(), { signal: controller.signal });
      const copies = [response, response.clone()].map((copy) =>
        outcome(copy.text(), { reason: () => reason }),
      );
      controller.abort(reason);
      return Promise.all(copies);
    },
  },
  {
    name: 'a body that is cancelled before it was read',
    answer: STALLS,
    async steps({ fetch, urlOf }) {
      const response = await fetch(urlOf());
      await response.body.cancel();
      return response.bodyUsed;
    },
  },
];
