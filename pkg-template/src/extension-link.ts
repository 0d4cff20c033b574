/** The way from an extension's page to the vault in its background, over the background's end and its next beginning. */
import { type AuthErrorData, type AuthErrorPhase, pageError } from './errors.js';
import { type ExtensionApi, extensionApi, LINE_NAME, LOCAL_WAY } from './extension-api.js';
import { type Line, openLine } from './extension-line.js';
import type { Link } from './host.js';
import type { CallId, ToPage, ToVault } from './protocol.js';

type Call = Extract<ToVault, { id: CallId; type: unknown }>;

const COMPLAINT =
  "The extension's background does not answer; its script has to import holdfast and to call `startVault` at its start.";

/** How often one call is sent again because the background ended. */
const REPEATS = 2;

/** Finds the vault. `onReturn` is given the vault's answer to `init` each time that the background has begun anew. */
export function linkBackground(onReturn: (answer: unknown) => void): Link {
  const local = (globalThis as { [LOCAL_WAY]?: () => MessagePort })[LOCAL_WAY];
  if (local) {
    const port = local();
    port.start();
    return { port, worker: new EventTarget(), complaint: COMPLAINT, close: () => port.close() };
  }
  const api = extensionApi();
  if (!api) {
    const message = 'This page is none of an extension; createExtensionAuthClient() is for those.';
    throw pageError('unsupported_browser', 'init', message);
  }
  const port = new BackgroundPort(api, onReturn);
  return { port, worker: port.failures, complaint: COMPLAINT, close: () => port.close() };
}

class BackgroundPort extends EventTarget {
  /** What could not be started. */
  readonly failures = new EventTarget();
  readonly #api: ExtensionApi;
  readonly #onReturn: (answer: unknown) => void;
  /** `undefined` while the background is not there. The next message starts it. */
  #line: Line | undefined;
  /** Introduces this page, to each background anew. */
  #first: Call | undefined;
  #isIntroduced = false;
  /** Calls that were not answered yet, and how often they were sent again. */
  readonly #open = new Map<CallId, { call: Call; repeats: number }>();

  constructor(api: ExtensionApi, onReturn: (answer: unknown) => void) {
    super();
    this.#api = api;
    this.#onReturn = onReturn;
  }

  postMessage(message: ToVault): void {
    const isCall = 'id' in message && message.type !== 'abort';
    if (!isCall) {
      if (message.type === 'abort') this.#open.delete(message.id);
      // Nobody is woken up to hear that something is over.
      return this.#line?.send(message);
    }
    this.#first ??= message;
    this.#open.set(message.id, { call: message, repeats: 0 });
    if (this.#line) this.#line.send(message);
    else this.#connect([message]);
  }

  close(): void {
    const line = this.#line;
    this.#line = undefined;
    this.#open.clear();
    line?.close();
  }

  #connect(calls: Call[]): void {
    const line: Line = openLine(
      this.#api.runtime.connect({ name: LINE_NAME }),
      true,
      (message) => this.#hear(message as ToPage),
      () => this.#line === line && this.#lose(),
    );
    this.#line = line;
    const first = this.#first!;
    line.send(first);
    for (const call of calls) if (call !== first) line.send(call);
  }

  #hear(message: ToPage): void {
    if ('id' in message) {
      this.#open.delete(message.id);
      if (message.id === this.#first?.id) {
        if (this.#isIntroduced && message.type === 'reply') this.#onReturn(message.value);
        this.#isIntroduced = true;
      }
    }
    // Refused: the line ends, and another one would not do better.
    if (message.type === 'crashed') this.#open.clear();
    this.dispatchEvent(new MessageEvent('message', { data: message }));
  }

  /** The background has ended. What may be asked twice is asked again; the rest fails, for it may have been done. */
  #lose(): void {
    // Read, or Chrome complains.
    void this.#api.runtime.lastError;
    this.#line = undefined;
    const again: Call[] = [];
    for (const [id, entry] of this.#open) {
      if (isRepeatable(entry.call) && entry.repeats++ < REPEATS) again.push(entry.call);
      else if (id === this.#first?.id && !this.#isIntroduced) this.failures.dispatchEvent(new Event('error'));
      else this.#hear({ type: 'failure', id, error: stopped(entry.call) });
    }
    if (again.length > 0) this.#connect(again);
  }
}

/** Whether it does no harm if it is done twice. */
function isRepeatable(call: Call): boolean {
  switch (call.type) {
    case 'fetch':
      return /^(GET|HEAD)$/.test(call.request.init.method ?? 'GET');
    case 'signIn':
    case 'handleCallback':
    case 'signOut':
      return false;
    default:
      return true;
  }
}

const PHASES: { [type in Call['type']]?: AuthErrorPhase } = {
  signIn: 'login',
  handleCallback: 'callback',
  signOut: 'logout',
  fetch: 'fetch',
  covers: 'fetch',
  accessToken: 'fetch',
  userinfo: 'fetch',
};

function stopped({ type }: Call): AuthErrorData {
  const message =
    "The extension's background ended before it answered; nobody knows what it has done of the call.";
  return { code: 'worker_failed', phase: PHASES[type] ?? 'init', message, retryable: true };
}
