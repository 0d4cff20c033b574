/** Starts, or finds, the worker in which the vault lives. */
import { pageError, WORKER_FAILED } from './errors.js';
import { ask, type SplitOptions } from './options.js';
import { VERSION } from './protocol.js';

/** The way to a vault. */
export interface Link {
  /** Where messages go and come from. */
  port: Pick<Worker, 'postMessage'> & EventTarget;
  /** What reports that the worker's script could not be started. */
  worker: EventTarget;
  /** What may be wrong where nothing answers. */
  complaint?: string;
  /** Ends the way, and the worker where it is this tab's own. */
  close(): void;
}

// One literal, inside a function: the form that most bundlers recognize.
const bundled = () => new URL('./worker.js', import.meta.url);

/** Starts the worker that the options ask for. */
export function startWorker(split: SplitOptions): Link {
  const { host, worker, vault } = split;
  if (worker) return ask('worker', () => link(typeof worker === 'function' ? worker() : worker));
  const script = scriptAt(split, 'worker.js', bundled);
  const options = {
    type: 'module',
    // Keeps vaults of different configurations and versions apart: it holds both.
    name: `holdfast ${VERSION} ${ask('createAuthClient', () => JSON.stringify(Object.entries(vault).sort()))}`,
    // Lets one live through a reload of the only tab; browsers without it ignore it.
    extendedLifetime: true,
  } as WorkerOptions;
  try {
    if (host !== 'dedicated') {
      try {
        return link(new SharedWorker(script, options));
      } catch (cause) {
        if (host === 'shared') throw cause;
      }
    }
    return link(new Worker(script, options));
  } catch (cause) {
    throw host === 'shared' && !self.SharedWorker
      ? pageError('unsupported_browser', 'init', "No SharedWorker; use host: 'auto'.")
      : pageError('worker_failed', 'init', WORKER_FAILED, cause);
  }
}

/** The URL of a script in the assets' folder, or of one from elsewhere, as the page's Trusted Types want it. */
export function scriptAt(
  { assetsUrl, scriptUrl }: SplitOptions,
  file: string,
  elsewhere?: () => URL,
): string | URL {
  const url = ask('assetsUrl', () => {
    // Turbopack's URL of a bundled file is an object of its own, with a path and no host.
    const url = new URL(
      elsewhere && assetsUrl === undefined ? elsewhere() : assetsUrl!.replace(/\/?$/, '/') + file,
      location.href,
    );
    // Of another server's, or of none: `data:` and `blob:`, which no CSP should allow.
    if (url.host !== location.host) throw new TypeError('it is not of this origin');
    return url;
  });
  return scriptUrl ? ask('scriptUrl', () => scriptUrl(url.href) as string) : url;
}

/** What there is of both kinds: a SharedWorker's port starts and closes, a Worker terminates. */
interface Ends {
  start?(): void;
  close(): void;
  terminate?(): void;
}

function link(worker: Worker | SharedWorker): Link {
  const port = ('port' in worker ? worker.port : worker) as (MessagePort | Worker) & Ends;
  port.start?.();
  return { port, worker, close: (port.terminate ?? port.close).bind(port) };
}
