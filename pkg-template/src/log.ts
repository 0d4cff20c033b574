/**
 * The page's part of the option `logger`: looks at what passes between page and vault, and tells it in words. Loaded only
 * where there is a logger.
 */
import type { LogEntry, LogLevel } from './diagnosis.js';
import type { Link } from './host.js';
import { numbersOf, readEntry } from './log-events.js';
import type { SplitOptions } from './options.js';
import { type SessionAnswer, type ToPage, type ToVault, VERSION } from './protocol.js';

const LEVELS: LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** The page's own events. */
const EVENTS = {
  page_started: ['info', 'The page asks for its vault'],
  page_answered: ['info', 'The vault has answered the page'],
  page_call_failed: ['warn', 'A call of this page failed'],
  page_event: ['info', 'The page hears of an event'],
  page_asleep: ['info', 'The page goes into the back/forward cache'],
  page_resumed: ['info', 'The page is back from the back/forward cache'],
  page_visible: ['debug', 'The page is shown or hidden'],
  page_closed: ['info', 'The page lets go of its vault'],
  worker_failed: ['error', 'The browser reports an error of the worker'],
  worker_restarted: ['warn', 'The browser has ended the worker, and started it anew'],
  vault_lost: ['error', 'The vault can be asked no more'],
} as const satisfies Record<string, [LogLevel, string]>;

/** Makes what looks at each way to a vault. */
export function watch({ logger, worker }: SplitOptions): (link: Link) => Link {
  const tell = (entry: LogEntry) => {
    try {
      logger?.[entry.level]?.(entry);
    } catch (error) {
      // The logger's mistake is the app's to see, and no reason to stop here.
      reportError(error);
    }
  };
  const note = (event: keyof typeof EVENTS, facts: Record<string, string | number | boolean> = {}) => {
    const [level, message] = EVENTS[event];
    tell({ time: Date.now(), level, event, message: `${message}.`, from: 'page', ...facts });
  };
  const levels = LEVELS.filter((level) => typeof logger?.[level] === 'function');
  const listen: ToVault = { type: 'listen', events: numbersOf(levels) };

  return (link) => {
    const { port, worker: target } = link;
    const calls = new Map<number, string>();
    let hasStarted = false;

    const seeSent = (message: ToVault) => {
      switch (message.type) {
        case 'init':
          note('page_started', {
            version: VERSION,
            host: 'port' in target ? 'shared' : 'dedicated',
            appMade: !!worker,
            escrow: message.escrow,
          });
          break;
        case 'sleep':
          return note('page_asleep');
        case 'resume':
          note('page_resumed');
          break;
        case 'visible':
          return note('page_visible', { visible: message.visible });
        case 'abort':
          return void calls.delete(message.id);
      }
      if ('id' in message) calls.set(message.id, message.type);
    };

    const seeAnswer = (message: Extract<ToPage, { id: number }>) => {
      const call = calls.get(message.id) ?? '';
      calls.delete(message.id);
      if (message.type === 'failure') {
        const { code, phase } = message.error;
        note('page_call_failed', { call, code, phase });
      } else if (message.type === 'exception') {
        note('page_call_failed', { call, exception: message.name });
      } else if (message.type === 'reply' && call === 'init') {
        hasStarted = true;
        note('page_answered', { signedIn: (message.value as SessionAnswer).identity !== null });
      }
    };

    port.addEventListener('message', (event) => {
      const message = (event as MessageEvent<ToPage>).data;
      if ('id' in message) return seeAnswer(message);
      switch (message.type) {
        case 'log':
          return tell(readEntry(message.entry));
        case 'event': {
          const { event } = message;
          const code = event.type === 'error' ? { code: event.error.code } : {};
          return note('page_event', { name: event.type, ...code });
        }
        case 'unknown':
          return hasStarted && note('worker_restarted');
        case 'crashed':
          return note('vault_lost', { code: message.error.code });
      }
    });
    target.addEventListener('error', () => note('worker_failed'));

    return {
      port: {
        postMessage(message: ToVault, transfer: Transferable[] = []) {
          // First, so that the vault's own start is heard.
          if (message.type === 'init') port.postMessage(listen);
          port.postMessage(message, transfer);
          seeSent(message);
        },
        addEventListener: port.addEventListener.bind(port),
        removeEventListener: port.removeEventListener.bind(port),
        dispatchEvent: port.dispatchEvent.bind(port),
      } as Link['port'],
      worker: target,
      close() {
        note('page_closed');
        link.close();
      },
    };
  };
}
