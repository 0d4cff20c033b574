/** The page's end of the line to the vault: calls out, answers and events in. */
import { AuthError, type AuthErrorPhase, pageError } from './errors.js';
import { exception } from './exception.js';
import type { Link } from './host.js';
import type { CallId, ToPage, ToVault, VaultEvent } from './protocol.js';

type Answer = Extract<ToPage, { id: CallId }>;
type Call = Exclude<ToVault, { type: 'abort' | 'close' }>;
/** A call without the name that the channel gives it. */
export type Intent = Call extends infer C ? (C extends Call ? Omit<C, 'id'> : never) : never;

interface Pending {
  phase: AuthErrorPhase;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** How long a worker may take to answer the first message, in milliseconds. */
const START_TIMEOUT = 20_000;

export class Channel {
  readonly #link: Link;
  readonly #onEvent: (event: VaultEvent) => void;
  readonly #onCrash: (error: AuthError) => void;
  readonly #pending = new Map<CallId, Pending>();
  #lastId = 0;
  #hasStarted = false;
  /** Why no call can succeed any longer. */
  #ended: ((phase: AuthErrorPhase) => AuthError) | undefined;

  constructor(link: Link, onEvent: (event: VaultEvent) => void, onCrash: (error: AuthError) => void) {
    this.#link = link;
    this.#onEvent = onEvent;
    this.#onCrash = onCrash;
    link.port.addEventListener('message', (event) => this.#receive((event as MessageEvent<ToPage>).data));
    link.worker.addEventListener('error', (event) => {
      // An error event of a worker that runs already is about one of its tasks; it tells us by itself.
      if (!this.#hasStarted)
        this.#end('worker_failed', `${WORKER_FAILED} ${(event as ErrorEvent).message ?? ''}`.trim());
    });
  }

  /** Sends the first message, and waits for a sign of life. */
  async start(intent: Intent): Promise<unknown> {
    const timer = setTimeout(() => this.#end('worker_failed', WORKER_FAILED), START_TIMEOUT);
    try {
      const reply = await this.call(intent, 'init');
      this.#hasStarted = true;
      return reply;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends a call whose answer is a value. */
  async call(intent: Intent, phase: AuthErrorPhase): Promise<unknown> {
    const { answer } = this.send(intent, phase);
    const reply = await answer;
    return reply.type === 'reply' ? reply.value : undefined;
  }

  /** Sends a call. `transfer` is handed over with it. */
  send(
    intent: Intent,
    phase: AuthErrorPhase,
    transfer: Transferable[] = [],
  ): { id: CallId; answer: Promise<Answer> } {
    const id = ++this.#lastId;
    const answer = new Promise<Answer>((resolve, reject) => {
      if (this.#ended) throw this.#ended(phase);
      this.#pending.set(id, { phase, resolve, reject });
      try {
        this.#link.port.postMessage({ ...intent, id }, transfer);
      } catch (cause) {
        this.#pending.delete(id);
        const code = phase === 'init' ? 'invalid_options' : 'invalid_argument';
        throw pageError(
          code,
          phase,
          'The options must be plain data: functions and the like can not be sent.',
          cause,
        );
      }
    });
    return { id, answer };
  }

  /** Tells the vault that nobody waits for a call any longer. */
  abort(id: CallId, reason: unknown): void {
    this.#pending.delete(id);
    if (this.#ended) return;
    try {
      this.#link.port.postMessage({ type: 'abort', id, reason });
    } catch {
      // The reason can't be cloned. The vault needs none; the page's caller gets the real one.
      this.#link.port.postMessage({ type: 'abort', id });
    }
  }

  /** Tells the vault that this page is gone, and ends the worker where it is this page's own. */
  close(): void {
    if (!this.#ended) this.#link.port.postMessage({ type: 'close' });
    this.#end('client_closed', 'This client was closed.');
    this.#link.close();
  }

  #receive(message: ToPage): void {
    if (message.type === 'event') {
      this.#onEvent(message.event);
    } else if (message.type === 'crashed') {
      const text = 'The vault crashed and its session is lost; reload the page and please report this.';
      this.#end('vault_crashed', text);
      this.#onCrash(pageError('vault_crashed', 'init', text));
    } else {
      const pending = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (message.type === 'failure') pending?.reject(new AuthError(message.error));
      else if (message.type === 'exception') pending?.reject(exception(message.name, message.message));
      else pending?.resolve(message);
    }
  }

  #end(code: 'worker_failed' | 'vault_crashed' | 'client_closed', message: string): void {
    this.#ended ??= (phase) => pageError(code, phase, message);
    for (const { phase, reject } of this.#pending.values()) reject(this.#ended(phase));
    this.#pending.clear();
  }
}

const WORKER_FAILED =
  "The worker file could not be started; check `assetsUrl`, that worker.js is served there as JavaScript, and the page's CSP.";
