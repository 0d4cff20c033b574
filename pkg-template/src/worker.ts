/**
 * What the vault says to its pages: passes what they want to the WebAssembly module, which does everything else. The
 * ports are those of a worker (worker-entry.ts), or of an extension's background (extension-background.ts).
 */
import type { EscrowWords } from 'holdfast-vault';
import type { AuthErrorCode, AuthErrorData, AuthErrorPhase } from './errors.js';
import { makeAbsolute, makeOptionsAbsolute } from './absolute.js';
import {
  type CallId,
  type FlatRequest,
  type FlatResponse,
  type SessionAnswer,
  type ToPage,
  type ToVault,
  VERSION,
  type VaultEvent,
  type VaultReport,
} from './protocol.js';
import { take } from './bodies.js';
import {
  CALL,
  ESCROW,
  Journal,
  PAGE_JOINED,
  PAGE_LEFT,
  VAULT_CRASHED,
  VAULT_RESTARTED,
  VAULT_STARTED,
} from './journal.js';
import { isMessage } from './messages.js';
import { isPanic, Module } from './module.js';
import { type Page, Pages } from './pages.js';
import type { EscrowLink, Vault } from './vault.js';
import { plain } from './words.js';

/** The calls that are passed to the module as they are. */
type Ask = Exclude<
  Extract<ToVault, { id: CallId }>,
  { type: 'init' } | { type: 'fetch' } | { type: 'abort' } | { type: 'diagnose' }
>;

/** Where the vault runs, and what is different there. */
export interface Surroundings {
  /** Whether several pages may share the vault. */
  isShared: boolean;
  /** What it is called in reports, where it is no worker. */
  name?: 'extension';
  /**
   * The way to what keeps the session while no vault lives, if there is such a thing; `isWanted`: whether the page asks for
   * it. `hear` is to be called when another vault has something to say.
   */
  link(isWanted: boolean, hear: () => void): EscrowLink | undefined;
  /** Ends the worker. */
  stop(): void;
}

/** What everybody is told whose call a crash has ended. */
const CRASHED = failure(
  'vault_crashed',
  'init',
  'The vault crashed and was started anew, perhaps without its session; please report this.',
);

export const pages = new Pages();
const journal = new Journal(pages);
const module = new Module();
let vault: Vault | undefined;
/** Starts a vault with the options of the first `init`. */
let begin: (() => Vault) | undefined;
/** While there is no vault after a crash. */
let revival: Promise<void> | undefined;
/** Ends the session that lies in the escrow for this vault. */
let forget: (() => Promise<unknown>) | undefined;
let hasEscrow = false;
/** The last deposit in the escrow. */
let deposited: Promise<unknown> | undefined;
let lastCommand = 0;

let surroundings: Surroundings;

/** To be called once, before anything is received. */
export function settle(here: Surroundings): void {
  surroundings = here;
}

// A panic surfaces from a call into the module, or from one of its own tasks.
self.addEventListener('error', ({ error }) => isPanic(error) && crash());
self.addEventListener('unhandledrejection', ({ reason }) => isPanic(reason) && crash());

self.addEventListener('online', () => vault?.core.online());

export function receive(page: Page, message: unknown): void {
  pages.hear(page);
  if (!isMessage(message)) {
    const { id } = Object(message) as { id?: unknown };
    // Without a name there is nobody to tell.
    if (typeof id === 'number') send(page, { type: 'failure', id, error: noSuchMessage() });
    return;
  }
  switch (message.type) {
    case 'close':
      return leave(page);
    case 'visible':
      return show(page, message.visible);
    case 'sleep':
      page.isAsleep = true;
      // A shared vault may have other pages, and tells this one what happens.
      return surroundings.isShared ? undefined : vault?.core.sleep();
    case 'listen':
      page.hears = message.events;
      return listen();
    case 'pong':
      return;
    case 'abort':
      return page.aborts.get(message.id)?.();
    default:
      answer(page, message).catch((error: unknown) => {
        if (isPanic(error)) {
          crash();
          error = CRASHED;
        }
        // Who is new has lost nothing, and comes to the next vault.
        if (error === CRASHED && revival && message.type === 'init') return receive(page, message);
        send(
          page,
          isFailure(error) ? { type: 'failure', id: message.id, error } : exception(message.id, error),
        );
      });
  }
}

async function answer(
  page: Page,
  message: Ask | Extract<ToVault, { type: 'init' | 'fetch' | 'diagnose' }>,
): Promise<void> {
  const { id } = message;
  if (revival) {
    // Who gives up meanwhile is not served afterwards.
    page.aborts.set(id, () => page.aborts.delete(id));
    await revival;
    if (!page.aborts.delete(id)) throw new DOMException('', 'AbortError');
  }
  if (message.type === 'init') {
    page.wasThere = !!vault;
    open(message);
    pages.ping();
    pages.admit(page);
    if (!page.wasThere) journal.note(VAULT_STARTED, `${VERSION} ${runsIn()}`, +hasEscrow);
    journal.note(PAGE_JOINED, '', pages.count, +page.wasThere);
    listen();
    show(page, message.visible);
    // Before the escrow is asked, which would keep it waiting.
    if (message.callback) vault!.core.expectResponse();
    const value = await module.outlived(vault!.command('open', ++lastCommand));
    return send(page, { type: 'reply', id, value });
  }
  if (!vault || !pages.has(page)) return send(page, { type: 'unknown' });
  if (message.type === 'fetch') return fetchFor(page, id, message.request);
  if (message.type === 'diagnose') return send(page, { type: 'reply', id, value: report(page) });
  if (message.type === 'resume') page.resumes++;
  const value = await module.outlived<unknown>(ask(vault, ++lastCommand, message));
  // Whoever hears that somebody is signed in may reload at once, and end this worker.
  if (message.type === 'handleCallback') await Promise.allSettled([deposited]);
  send(page, { type: 'reply', id, value });
}

function ask(vault: Vault, command: number, message: Ask) {
  switch (message.type) {
    case 'checkSession':
      return vault.command('checkSession', command, [plain(message.options)]);
    case 'resume':
      return vault.command('resume', command);
    case 'signIn':
      return vault.command('signIn', command, [plain(message.options)], !!message.popup);
    case 'handleCallback':
      return vault.command('handleCallback', command, [message.url]);
    case 'signOut':
      makeAbsolute(message.options, 'returnTo');
      return vault.command('signOut', command, [plain(message.options)]);
    case 'covers':
      return vault.saying(message.url).covers();
    case 'accessToken':
      return vault.command('accessToken', command, [message.resource]);
    case 'userinfo':
      return vault.command('userinfo', command);
    case 'session':
      return vault.command('session', command, [message.resource]);
  }
}

/**
 * How long a page has been hidden before the vault makes use of it, in milliseconds. A page may be hidden because it
 * goes into the back/forward cache, and its worker with it: in Firefox a request that is then under way to the escrow
 * blocks those of all other workers for as long as the page is there.
 */
const HIDDEN_AFTER = 500;

function show(page: Page, isVisible: boolean): void {
  page.isVisible = isVisible;
  if (isVisible) vault?.core.visible(true);
  else setTimeout(() => pages.isAnyVisible || deposit(), HIDDEN_AFTER);
}

export function leave(page: Page): void {
  if (pages.has(page)) journal.note(PAGE_LEFT, '', pages.count - 1);
  pages.drop(page);
  listen();
  deposit();
}

/** Has the module tell what the pages want to hear. It tells its state at once. */
function listen(): void {
  vault?.core.watched(pages.areListening);
}

function runsIn(): VaultReport['runsIn'] {
  return surroundings.name ?? (surroundings.isShared ? 'shared' : 'dedicated');
}

function report({ wasThere, resumes }: Page): VaultReport {
  listen();
  const { crashes } = module;
  return {
    version: VERSION,
    runsIn: runsIn(),
    hasEscrow,
    pages: pages.count,
    wasThere,
    resumes,
    crashes,
    ...journal.all,
  };
}

/** Not where all pages sleep, and this worker may be put to sleep with them: they ask when they are back. */
function deposit(): void {
  if (!pages.areAsleep) vault?.core.visible(pages.isAnyVisible);
}

/** The first `init` fixes the configuration. A later one that differs is refused. */
function open({ version, options, escrow }: Extract<ToVault, { type: 'init' }>): void {
  if (version !== VERSION) {
    // Its name says the page's version. Else it could outlive the stale file for minutes, and be found under that name.
    if (!vault) setTimeout(surroundings.stop);
    const versions = `The page is of version ${version}, worker.js of version ${VERSION}`;
    throw failure(
      'version_mismatch',
      'init',
      `${versions}; copy the files again with \`npx holdfast init\`.`,
    );
  }
  makeOptionsAbsolute(options);
  if (vault) return vault.checkOptions(options);
  try {
    module.start();
  } catch (error) {
    const cause = error instanceof Error ? error.message : '';
    throw failure(
      'worker_failed',
      'init',
      `The worker could not start its WebAssembly module; its CSP needs script-src 'wasm-unsafe-eval'. ${cause}`,
    );
  }
  const link = surroundings.link(escrow, hear);
  hasEscrow = !!link;
  const ask =
    link &&
    (async (fingerprint: string, words: EscrowWords) => {
      forget = () => link(fingerprint, ['forget', null, true]);
      const answer = link(fingerprint, words);
      if (words[0] === 'park') deposited = answer;
      const outcome = (await answer)?.[0] ?? 'absent';
      journal.note(ESCROW[words[0]]!, outcome as string);
      return answer;
    });
  const start = () => {
    const fresh = module.start();
    fresh.begin(options, hearModule, ask);
    return fresh;
  };
  vault = start();
  begin = start;
}

/** An event for the pages, or an entry of the log. */
function hearModule(event: VaultEvent | [event: number, text: string, ...facts: number[]]): void {
  if (Array.isArray(event)) journal.note(...event);
  else tellPages(event);
}

function tellPages(event: VaultEvent): void {
  pages.tellAll({ type: 'event', event });
}

/**
 * Another vault has taken a session over, or an escrow begins: a deposit shows whose the session here is. A vault without
 * one must not ask for it now, or it would take it from the other. Any script of the origin can say the same, at no gain.
 */
function hear(): void {
  deposit();
}

async function fetchFor(page: Page, id: CallId, { url, init, form }: FlatRequest): Promise<void> {
  const command = ++lastCommand;
  journal.count(CALL);
  const controller = new AbortController();
  const hasAuthorization = init.headers.some(([name]) => name.toLowerCase() === 'authorization');
  const isRepeatable = !(init.body instanceof ReadableStream);
  const forget = () => void page.aborts.delete(id);
  page.aborts.set(id, (isGone) => {
    if (isGone && init.keepalive) return;
    forget();
    controller.abort();
    vault?.abandon(command, controller.signal.reason);
  });
  let isUnderWay = false;
  try {
    const request: RequestInit = { ...init, signal: controller.signal };
    if (form) request.body = formOf(form);
    const answer = vault!.fetch(command, url, request, hasAuthorization, isRepeatable);
    const response: Response = await module.outlived(answer);
    const { body, redirected, type, status, statusText, ok, headers } = response;
    const facts = { url: response.url, redirected, type, status, statusText, ok, headers: [...headers] };
    const deliver = (body: FlatResponse['body']) => {
      const transfer = body && ('buffer' in body ? body.buffer : body);
      send(page, { type: 'response', id, response: { ...facts, body } }, transfer ? [transfer] : []);
    };
    isUnderWay = !!body;
    if (!body) return deliver(body);
    await take(body, headers.get('content-length'), deliver, forget, () => controller.abort());
  } finally {
    if (!isUnderWay) forget();
  }
}

function formOf(entries: [string, FormDataEntryValue][]): FormData {
  const form = new FormData();
  for (const [name, value] of entries) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, value.name);
  }
  return form;
}

export function send(page: Page, message: ToPage, transfer: Transferable[] = []): void {
  page.port.postMessage(message, transfer);
}

/**
 * The module's state can't be trusted any longer. Who waits is told, and so are all pages; then another vault begins, by
 * the second crash in a row without what the escrow has, for that may be the reason. The third one is the last.
 */
function crash(): void {
  if (!module.end(CRASHED)) return;
  vault = undefined;
  journal.note(VAULT_CRASHED, '', module.crashes);
  if (module.crashes > 2 || !begin) return giveUp();
  tellPages({ type: 'error', error: CRASHED });
  // Not at once: what the browser has to say of the same end comes first.
  revival = new Promise((resolve) => setTimeout(resolve)).then(revive).catch(giveUp);
}

async function revive(): Promise<void> {
  if (module.crashes > 1) await forget?.();
  vault = begin!();
  revival = undefined;
  journal.note(VAULT_RESTARTED, '', module.crashes);
  listen();
  vault.core.visible(pages.isAnyVisible);
  module.outlived(vault.command('open', ++lastCommand)).then(
    (answer) => {
      const { identity } = answer as SessionAnswer;
      if (identity) tellPages({ type: 'signedin', identity, user: identity.user, expiresInSeconds: null });
    },
    (error: unknown) => isPanic(error) && crash(),
  );
}

function giveUp(): void {
  revival = undefined;
  pages.tellAll({ type: 'crashed', error: CRASHED });
  surroundings.stop();
}

/** Whether the module threw a failure of holdfast's, not an exception of the platform's. */
function isFailure(error: unknown): error is AuthErrorData {
  return !(error instanceof Error) && typeof (error as AuthErrorData | null)?.code === 'string';
}

function noSuchMessage(): AuthErrorData {
  return failure('invalid_argument', 'init', 'There is no such message.');
}

function failure(code: AuthErrorCode, phase: AuthErrorPhase, message: string): AuthErrorData {
  return { code, phase, message, retryable: false };
}

function exception(id: CallId, error: unknown): ToPage {
  if (!(error instanceof Error)) return { type: 'exception', id, name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  return { type: 'exception', id, name, message, stack };
}
