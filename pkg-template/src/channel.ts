/** The page's end of one line to a vault: calls out, answers and events in. */
import { AuthError, type AuthErrorData, type AuthErrorPhase, pageError, WORKER_FAILED } from './errors.js';
import { exception } from './exception.js';
import type { Link } from './host.js';
import type { CallId, FlatResponse, ToPage, ToVault, VaultEvent } from './protocol.js';

type Call = Extract<ToVault, { id: CallId; type: unknown }>;
/** A call without the name that the channel gives it. */
export type Intent = Call extends infer C ? (C extends Call ? Omit<C, 'id'> : never) : never;

export interface Channel {
  /** Asks for a sign of life. Where none comes in time, all calls fail with `worker_failed`. */
  start(intent: Intent): Promise<unknown>;
  /** Sends a call, and waits for its value or its answer. `transfer` is handed over with it; `signal` ends it. */
  send(
    intent: Intent,
    phase: AuthErrorPhase,
    transfer?: Transferable[],
    signal?: AbortSignal,
  ): Promise<unknown>;
  /** Tells the vault something that needs no answer. */
  tell(message: ToVault): void;
  /** Tells the vault that this page is gone, and ends the worker where it is this page's own. */
  close(): void;
}

/** What the vault's fetch has answered. */
export interface Answer {
  response: FlatResponse;
  /** Aborted where the vault is gone, and with it what was to come of the body. */
  loss: AbortSignal;
}

interface Pending {
  phase: AuthErrorPhase;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

/** How long a worker may take to start, and to wake up, in milliseconds. */
const PATIENCE = 20_000;

export function openChannel(
  { port, worker, close, complaint = WORKER_FAILED }: Link,
  onEvent: (event: VaultEvent) => void,
): Channel {
  const waiting = new Map<CallId, Pending>();
  let lastId = 0;
  let hasStarted = false;
  let loss = new AbortController();
  /** The `init`, for a worker that the browser had to start anew. */
  let first: ToVault | undefined;
  /** Why no call can succeed any longer. */
  let ended: Omit<AuthErrorData, 'phase'> | undefined;

  const failAll = (error: Omit<AuthErrorData, 'phase'>) => {
    for (const { phase, reject } of waiting.values()) reject(new AuthError({ ...error, phase }));
    waiting.clear();
    // Nobody will go on with the bodies that are on their way.
    loss.abort(new AuthError({ ...error, phase: 'fetch' }));
    loss = new AbortController();
  };

  const end = (error: Pick<AuthErrorData, 'code' | 'message'>) =>
    failAll((ended ??= { ...error, retryable: false }));

  const failed = (more = '') => end({ code: 'worker_failed', message: complaint + more });

  const tell = (message: ToVault) => {
    if (!ended) port.postMessage(message);
  };

  const send: Channel['send'] = (intent, phase, transfer = [], signal) => {
    const id = ++lastId;
    const abort = () => {
      waiting.get(id)?.reject(signal!.reason);
      waiting.delete(id);
      // The vault needs no reason, and not every reason can be cloned.
      tell({ type: 'abort', id });
    };
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (ended) throw new AuthError({ ...ended, phase });
      const message = { ...intent, id } as ToVault;
      first ??= message;
      try {
        port.postMessage(message, transfer);
      } catch (cause) {
        const code = phase === 'init' ? 'invalid_options' : 'invalid_argument';
        throw pageError(code, phase, String(cause), cause);
      }
      waiting.set(id, { phase, resolve, reject });
      signal?.addEventListener('abort', abort);
      // The app's signal may live as long as the page, and would keep the call.
    }).finally(() => signal?.removeEventListener('abort', abort));
  };

  port.addEventListener('message', (event) => {
    const message = (event as MessageEvent<ToPage>).data;
    if ('id' in message) {
      const pending = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.type === 'failure') pending?.reject(new AuthError(message.error));
      else if (message.type === 'exception') pending?.reject(exception(message));
      else if (message.type === 'reply') pending?.resolve(message.value);
      else pending?.resolve({ response: message.response, loss: loss.signal } satisfies Answer);
    } else if (message.type === 'ping') {
      tell({ type: 'pong' });
    } else if (message.type === 'unknown') {
      // WebKit ends a shared worker with the tab that it began in, and starts it again for the others.
      if (hasStarted) failAll({ code: 'worker_failed', message: complaint, retryable: true });
      tell({ ...first, visible: !document.hidden, callback: false } as ToVault);
    } else if (message.type === 'event') {
      onEvent(message.event);
    } else if (message.type === 'crashed') {
      end(message.error);
      onEvent({ type: 'error', error: message.error });
    }
  });
  worker.addEventListener('error', (event) => {
    // An error event of a worker that runs already is about one of its tasks; it tells us by itself.
    if (!hasStarted) failed(` ${(event as ErrorEvent).message ?? ''}`);
  });

  return {
    start(intent) {
      const timer = setTimeout(failed, PATIENCE);
      return send(intent, 'init').finally(() => {
        clearTimeout(timer);
        hasStarted = true;
      });
    },
    send,
    tell,
    close() {
      tell({ type: 'close' });
      end({ code: 'client_closed', message: 'The client was closed.' });
      close();
    },
  };
}
