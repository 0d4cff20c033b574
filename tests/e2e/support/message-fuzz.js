/**
 * Messages that no page of the library's sends: of every type that can be cloned, and the protocol's own with members that
 * are missing, added or of another type. The same seed makes the same messages.
 */

/** mulberry32. */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NAMES = [
  ...[
    'type',
    'id',
    'version',
    'options',
    'escrow',
    'visible',
    'url',
    'request',
    'init',
    'headers',
    'form',
    'body',
  ],
  ...[
    'method',
    'redirect',
    'mode',
    'duplex',
    'returnTo',
    'appState',
    'authorizationParams',
    'attemptedAt',
    'events',
    'length',
  ],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'toJSON', 'then', 'signal', '0', ''],
];
const STRANGE_TYPES = [
  '',
  'INIT',
  'reply',
  'crashed',
  'unknown',
  '__proto__',
  'constructor',
  'toString',
  'covers',
  'init ',
];

/** @param {{ seed: number, init: object, urls: string[] }} settings */
export function messageMaker({ seed, init, urls }) {
  const random = generator(seed);
  const below = (limit) => Math.floor(random() * limit);
  const pick = (list) => list[below(list.length)];

  const leaves = [
    () => undefined,
    () => null,
    () => random() < 0.5,
    () => pick([0, -0, 1, -1, 1.5, NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32, 2 ** 53, 1e308]),
    () => pick([0n, -1n, 2n ** 70n]),
    () =>
      pick(['', 'x', '\0', '\ud800', '0', 'true', 'null', '__proto__', 'x'.repeat(5000), ...NAMES, ...urls]),
    () => new Date(pick([0, NaN])),
    () => /x/g,
    () => new Error('an error'),
    () => new Number(1),
    () => new String('init'),
    () => new ArrayBuffer(below(100)),
    () => new Uint8Array(below(100)),
    () => new Float64Array(2),
    () => new DataView(new ArrayBuffer(8)),
    () => new Blob(['some bytes']),
    () => new File(['some bytes'], 'a file'),
    () => new DOMException('an exception'),
    () => [, 1],
    () => ({ length: 2 ** 32 - 1 }),
    () => ({ toString: 1, valueOf: 1 }),
    () => JSON.parse('{"__proto__": {"type": "init", "id": 1}}'),
    () => {
      const circle = {};
      circle.circle = circle;
      return circle;
    },
    () => {
      let deep = [];
      for (let depth = below(300); depth > 0; depth--) deep = [deep];
      return deep;
    },
  ];

  function value(depth = 0) {
    const kind = random();
    if (depth > 3 || kind < 0.7) return pick(leaves)();
    if (kind < 0.78) return Array.from({ length: below(4) }, () => value(depth + 1));
    if (kind < 0.82) return new Map([[value(depth + 1), value(depth + 1)]]);
    if (kind < 0.85) return new Set([value(depth + 1)]);
    const members = {};
    for (let count = below(5); count > 0; count--) {
      Object.defineProperty(members, pick(NAMES), {
        value: value(depth + 1),
        enumerable: true,
        configurable: true,
      });
    }
    return members;
  }

  /** What a page might send. Nothing that ends the session or the page's stay. */
  const valid = [
    () => ({ ...structuredClone(init), visible: true }),
    () => ({ type: 'checkSession', options: null }),
    () => ({ type: 'sleep' }),
    () => ({ type: 'resume' }),
    () => ({ type: 'visible', visible: random() < 0.5 }),
    () => ({ type: 'pong' }),
    () => ({ type: 'signIn', options: { returnTo: '/', authorizationParams: {} } }),
    () => ({ type: 'handleCallback', url: pick(urls) }),
    () => ({
      type: 'fetch',
      request: {
        url: pick(urls),
        init: { method: 'POST', headers: [['x-a', 'b']], body: 'text' },
        form: [['a', 'b']],
      },
    }),
    () => ({ type: 'abort' }),
    () => ({ type: 'listen', events: [0, 3, 16] }),
    () => ({ type: 'diagnose' }),
  ];

  /** Changes one member, somewhere inside. */
  function spoil(message) {
    const names = Object.keys(message);
    const name = random() < 0.8 && names.length > 0 ? pick(names) : pick(NAMES);
    // What it inherits is the page's own: an array's `__proto__` is an array, too.
    const inner = Object.hasOwn(message, name) ? message[name] : undefined;
    const isPlain = Array.isArray(inner) || (inner && Object.getPrototypeOf(inner) === Object.prototype);
    if (isPlain && random() < 0.7) return spoil(inner);
    const by = random() < 0.15 ? undefined : value(1);
    const place = Array.isArray(message) && name === 'length' ? '0' : name;
    Object.defineProperty(message, place, {
      value: by,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }

  return () => {
    const kind = random();
    if (kind < 0.2) return value();
    const message = { id: 2_000_000 + below(1000), ...pick(valid)() };
    if (kind < 0.3) message.type = random() < 0.7 ? pick(STRANGE_TYPES) : value(2);
    for (let count = 1 + below(3); count > 0; count--) spoil(message);
    return message;
  };
}

/**
 * Sends `count` messages, a bundle at a time. Answers how many of each answer came, as `{ 'failure invalid_argument': 7 }`,
 * and the texts of the first of each kind.
 */
export async function fuzz({ seed, count, line, init, urls, settle }) {
  const next = messageMaker({ seed, init, urls });
  const answers = new Map();
  const samples = [];
  const hear = ({ data }) => {
    const kind = [data?.type, data?.error?.code].filter(Boolean).join(' ');
    const before = answers.get(kind) ?? 0;
    answers.set(kind, before + 1);
    if (before < 50) samples.push(JSON.stringify(data));
  };
  line.addEventListener('message', hear);
  for (let sent = 0; sent < count;) {
    const message = next();
    try {
      line.postMessage(message);
      sent++;
    } catch (error) {
      // What can't be cloned can't be sent.
      if (error.name !== 'DataCloneError') throw error;
    }
    if (sent % 1000 === 0) await settle();
  }
  await settle();
  line.removeEventListener('message', hear);
  return { answers: Object.fromEntries(answers), samples };
}
