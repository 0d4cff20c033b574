/**
 * What has happened in the vault: told to the pages that listen, and kept for reports. src/core/log.rs says what the module
 * tells, and log-events.ts, on the page's side, has the names of everything.
 */
import type { Pages } from './pages.js';
import type { VaultEntry, VaultReport } from './protocol.js';

// What happens outside of the module.
export const VAULT_STARTED = 48;
export const PAGE_JOINED = 49;
export const PAGE_LEFT = 50;
export const VAULT_CRASHED = 51;
export const VAULT_RESTARTED = 52;
/** A call of `auth.fetch`, which is counted and not told. */
export const CALL = 60;
/** By the first word to the escrow. */
export const ESCROW: Record<string, number> = { park: 8, carry: 9, claim: 53, resume: 54, forget: 55 };

/** Below are single calls and requests, too many to be kept. */
const KEPT_FROM = 16;
/** The module's state, which is told when it is asked for. */
const STATE = 34;
const TOKEN = 35;
/** How many entries are kept: the first ones for good, and the newest. */
const FIRST = 20;
const MOST = 60;

export class Journal {
  readonly #pages: Pages;
  readonly #entries: VaultReport['entries'] = [];
  readonly #counts: Record<number, number> = {};
  #state: VaultEntry[] = [];
  #lastDeposit = '';

  constructor(pages: Pages) {
    this.#pages = pages;
  }

  note(event: number, text = '', ...facts: number[]): void {
    const entry: VaultEntry = [Date.now(), event, text, ...facts];
    this.#pages.log(entry);
    if (event === STATE) this.#state = [];
    if (event === STATE || event === TOKEN) return void this.#state.push(entry);
    this.count(event);
    if (event === ESCROW['park']) this.#lastDeposit = text;
    if (event < KEPT_FROM) return;
    const entries = this.#entries;
    const last = entries.at(-1);
    // What fails for many callers at once is one thing.
    if (last && `${last[0].slice(1)}` === `${entry.slice(1)}`) {
      last[0] = entry;
      last[1]++;
    } else {
      entries.push([entry, 1]);
      if (entries.length > MOST) entries.splice(FIRST, 1);
    }
  }

  count(event: number): void {
    this.#counts[event] = (this.#counts[event] ?? 0) + 1;
  }

  /** For a report, just after the module has told its state. */
  get all(): Pick<VaultReport, 'entries' | 'counts' | 'state' | 'lastDeposit'> {
    return {
      entries: this.#entries,
      counts: this.#counts,
      state: this.#state,
      lastDeposit: this.#lastDeposit,
    };
  }
}
