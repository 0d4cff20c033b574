/** Starts, or finds, the worker in which the vault lives. */
import { pageError } from './errors.js';
import type { SplitOptions } from './options.js';
import { VERSION } from './protocol.js';

/** The way to a vault. */
export interface Link {
  /** Where messages go and come from. */
  port: Pick<Worker, 'postMessage'> & EventTarget;
  /** What reports that the worker's script could not be started. */
  worker: EventTarget;
  /** Ends the way, and the worker where it is this tab's own. */
  close(): void;
}

// One literal, inside a function: the form that most bundlers recognize.
const bundled = () => new URL('./worker.js', import.meta.url);

/** Starts the worker that the options ask for. */
export function startWorker({ host, assetsUrl, worker, scriptUrl, vault }: SplitOptions): Link {
  if (worker) return ask('worker', () => link(typeof worker === 'function' ? worker() : worker));
  const url = assetsUrl === undefined ? bundled() : new URL('worker.js', folder(assetsUrl));
  if (!/^https?:|extension:$/.test(url.protocol)) {
    throw pageError(
      'worker_failed',
      'init',
      `The worker's URL is ${url.protocol}, which no CSP should allow; use \`assetsUrl\`.`,
    );
  }
  const script = (scriptUrl ? ask('scriptUrl', () => scriptUrl(url.href)) : url) as string | URL;
  const name = `holdfast ${VERSION} ${ask('createAuthClient', () => fingerprint(vault))}`;
  if (host !== 'dedicated' && typeof SharedWorker === 'function') {
    try {
      return link(
        // The name keeps vaults of different configurations and versions apart. `extendedLifetime` lets one live
        // through a reload of the only tab; browsers without it ignore it.
        new SharedWorker(script, {
          type: 'module',
          name,
          extendedLifetime: true,
        } as WorkerOptions),
      );
    } catch (error) {
      if (host === 'shared') throw failed(error);
    }
  } else if (host === 'shared') {
    throw pageError('unsupported_browser', 'init', "This browser has no SharedWorker; use host: 'auto'.");
  }
  try {
    return link(new Worker(script, { type: 'module' }));
  } catch (error) {
    throw failed(error);
  }
}

/** What the app's own code makes for an option. Where that throws, the option is what is wrong. */
function ask<T>(option: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw pageError(
      'invalid_options',
      'init',
      `\`${option}\`, or what it holds, is wrong: ${String(cause)}.`,
      cause,
    );
  }
}

function link(worker: Worker | SharedWorker): Link {
  if ('port' in worker) {
    const { port } = worker;
    port.start();
    return { port, worker, close: () => port.close() };
  }
  return { port: worker, worker, close: () => worker.terminate() };
}

function folder(assetsUrl: string): URL {
  const url = new URL(assetsUrl, location.href);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function failed(cause: unknown) {
  return pageError(
    'worker_failed',
    'init',
    "The worker could not be created; check the page's CSP (worker-src).",
    cause,
  );
}

/** A short name for a configuration (FNV-1a). The vault itself compares all of it. */
function fingerprint(options: Record<string, unknown>): string {
  let hash = 0x811c9dc5;
  for (const character of JSON.stringify(Object.entries(options).sort())) {
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  }
  return (hash >>> 0).toString(36);
}
