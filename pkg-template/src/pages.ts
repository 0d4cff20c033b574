/** The pages that are connected to the vault, and which of them are still there. */
import type { CallId, ToPage, VaultEntry } from './protocol.js';

/** A page's end. */
export interface Page {
  port: Pick<DedicatedWorkerGlobalScope, 'postMessage'>;
  /** What ends its API requests that are under way; `isGone`: because nobody is there any longer. */
  aborts: Map<CallId, (isGone?: boolean) => void>;
  isVisible: boolean;
  /** Whether it has gone to the back/forward cache. */
  isAsleep: boolean;
  /** How many pings in a row it has left unanswered, and since when. */
  unanswered: number;
  silentSince: number;
  /** What of the vault's log its app wants to hear. */
  hears: number[];
  /** Whether the vault was there before it, and how often it came back from the back/forward cache. */
  wasThere: boolean;
  resumes: number;
}

/** How often pages are asked whether they are there, at most. In milliseconds, as the next. */
const PING_INTERVAL = 10_000;
/** A page that has been silent for so long, or for so many pings, is told no more. */
const PATIENCE = 60_000;
const PINGS = 3;

export class Pages {
  /** Those whose `init` was accepted, and who are told what happens. */
  readonly #present = new Set<Page>();
  /** Those, and the ones that were silent for too long. A page may have slept. */
  readonly #admitted = new WeakSet<Page>();
  #pingedAt = -Infinity;

  static page(port: Page['port']): Page {
    return {
      port,
      aborts: new Map(),
      isVisible: false,
      isAsleep: false,
      unanswered: 0,
      silentSince: Infinity,
      hears: [],
      wasThere: false,
      resumes: 0,
    };
  }

  has(page: Page): boolean {
    return this.#admitted.has(page);
  }

  get count(): number {
    return this.#present.size;
  }

  /** Whether any wants to hear of each call. */
  get areListening(): boolean {
    return [...this.#present].some(({ hears }) => hears.includes(0));
  }

  get isAnyVisible(): boolean {
    return [...this.#present].some(({ isVisible }) => isVisible);
  }

  get areAsleep(): boolean {
    return this.#present.size > 0 && [...this.#present].every(({ isAsleep }) => isAsleep);
  }

  /** From now on the page is told what happens. */
  admit(page: Page): void {
    this.#admitted.add(page);
    this.hear(page);
  }

  /** The page has said something, so it is there. */
  hear(page: Page): void {
    page.isAsleep = false;
    page.unanswered = 0;
    page.silentSince = Infinity;
    if (this.#admitted.has(page)) this.#present.add(page);
  }

  /** The page is gone: nobody reads the answers. A refresh goes on, for it is for all pages. */
  drop(page: Page): void {
    this.#admitted.delete(page);
    this.#present.delete(page);
    page.aborts.forEach((abort) => abort(true));
  }

  tellAll(message: ToPage): void {
    this.#present.forEach((page) => page.port.postMessage(message));
  }

  /** Tells those who want to hear of it. */
  log(entry: VaultEntry): void {
    for (const { hears, port } of this.#present) {
      if (hears.includes(entry[1])) port.postMessage({ type: 'log', entry });
    }
  }

  /** Asks all pages whether they are there, and lets go of those that have not answered for long. */
  ping(now = performance.now()): void {
    if (now - this.#pingedAt < PING_INTERVAL) return;
    this.#pingedAt = now;
    for (const page of this.#present) {
      if (page.unanswered >= PINGS || now - page.silentSince > PATIENCE) this.#present.delete(page);
      page.unanswered++;
      page.silentSince = Math.min(page.silentSince, now);
    }
    this.tellAll({ type: 'ping', pages: this.#present.size });
  }
}
