/**
 * The page's part of the comparison: makes one call in one of the two ways, and writes down everything that a caller
 * can see of it, as JSON.
 *
 * A case says what is given and how the server answers:
 *
 *   { name, answer, input, init, read }   one call, and how its body is read ('text' by default)
 *   { name, answer, steps }               anything else: a function that gets the tools below, and says what it saw
 *
 * `input` and `init` may be functions, for what can be used once only.
 */
import * as groups from './cases.js';

/** @returns {Promise<object>} what was seen */
export async function runCase({ group, index, number, run, origin }) {
  const given = groups[group][index];
  const fetch = run === 'auth' ? window.auth.fetch : window.fetch.bind(window);
  const base = `${origin}/${run}/${number}`;
  const urlOf = (answer = given.answer ?? {}) =>
    `${base}/answer?${encodeURIComponent(JSON.stringify(answer))}`;
  // Of the page's own, in both runs: it is no part of what is compared.
  const until = async (what) => void (await (await window.fetch(`${base}/${what}`)).text());
  const tools = { fetch, urlOf, until, outcome, describeResponse, describeError, origin };
  const seen = given.steps ? await given.steps(tools) : await oneCall(given, tools);
  return JSON.parse(JSON.stringify(seen ?? null).replaceAll(`${origin}/${run}/`, '/'));
}

async function oneCall({ input = (url) => url, init, read = 'text' }, { fetch, urlOf }) {
  const firstArgument = input(urlOf());
  const secondArgument = typeof init === 'function' ? init() : init;
  const body = secondArgument?.body;
  const seen = await outcome(fetch(firstArgument, secondArgument), {
    reason: () => secondArgument?.signal?.reason,
    // In WebKit the network's errors have none, by which libraries know them.
    of: (error) => ({ stack: error?.name === 'TypeError' && typeof error.stack }),
    use: async (response) => ({ ...describeResponse(response), ...(await readBody(response, read)) }),
  });
  if (firstArgument instanceof Request) {
    seen.request = { bodyUsed: firstArgument.bodyUsed, isAborted: firstArgument.signal.aborted };
  }
  if (body instanceof ArrayBuffer) seen.byteLength = body.byteLength;
  return seen;
}

/** What became of a promise: what `use` says of its value, or the error. */
async function outcome(promise, { use = (value) => value, reason = () => undefined, of = () => ({}) } = {}) {
  try {
    return { value: await use(await promise) };
  } catch (error) {
    return { error: { ...describeError(error, reason()), ...of(error) } };
  }
}

function describeError(error, reason) {
  return {
    kind: error === null ? 'null' : typeof error,
    name: error?.name,
    constructor: error?.constructor?.name,
    code: error?.code,
    isDOMException: error instanceof DOMException,
    isReason: reason !== undefined && error === reason,
    text: error instanceof Error ? undefined : String(error),
  };
}

const MEMBERS = ['url', 'redirected', 'type', 'status', 'statusText', 'ok', 'bodyUsed'];

function describeResponse(response) {
  return {
    ...Object.fromEntries(MEMBERS.map((name) => [name, response[name]])),
    isResponse: response instanceof Response,
    // The one that the server's clock makes.
    headers: [...response.headers].filter(([name]) => name !== 'date'),
    body:
      response.body === null ? 'null' : `${response.body.constructor.name}, locked: ${response.body.locked}`,
  };
}

/** What each way of reading gives, as JSON. */
const READ = {
  none: () => undefined,
  text: (response) => response.text(),
  json: (response) => response.json(),
  arrayBuffer: async (response) => digest(await response.arrayBuffer()),
  bytes: async (response) => {
    const bytes = await response.bytes();
    return [bytes.constructor.name, await digest(bytes)];
  },
  blob: async (response) => {
    const blob = await response.blob();
    return [blob.constructor.name, blob.type, await digest(await blob.arrayBuffer())];
  },
  formData: async (response) => {
    const form = await response.formData();
    return Promise.all(
      [...form].map(async ([name, value]) =>
        typeof value === 'string' ? [name, value] : [name, value.name, value.type, await value.text()],
      ),
    );
  },
};

async function readBody(response, how) {
  const read = typeof how === 'function' ? how : READ[how];
  const seen = await outcome((async () => read(response))());
  return { read: seen, bodyUsedAfter: response.bodyUsed, isLockedAfter: response.body?.locked };
}

async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return `${bytes.byteLength} bytes, ${hash.slice(0, 8).toString()}`;
}
