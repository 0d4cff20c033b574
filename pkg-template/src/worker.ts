/**
 * The vault's entry: owns the ports to the pages, and passes what they want to the WebAssembly module, which does
 * everything else. Runs as a SharedWorker or as a dedicated one, as a classic script or a module.
 */
import { initSync, Vault } from 'holdfast-vault';
import { vaultBytes } from 'holdfast-vault-bytes';
import type { AuthErrorCode, AuthErrorData, AuthErrorPhase } from './errors.js';
import {
  type CallId,
  type FlatRequest,
  type ToPage,
  type ToVault,
  VERSION,
  type VaultEvent,
} from './protocol.js';
import { type Body, carry } from './bodies.js';

/** A page's end. */
interface Page {
  port: Pick<DedicatedWorkerGlobalScope, 'postMessage'>;
  /** Its API requests that are under way. */
  aborts: Map<CallId, (reason?: unknown) => void>;
}

/** The pages whose `init` was accepted. They are told what happens. */
const pages = new Set<Page>();
let vault: Vault | undefined;
let lastCommand = 0;

if ('onconnect' in self) {
  (self as unknown as SharedWorkerGlobalScope).onconnect = ({ ports: [port] }) => {
    const page = connect(port!);
    port!.onmessage = ({ data }) => receive(page, data);
  };
} else {
  const page = connect(self as unknown as DedicatedWorkerGlobalScope);
  (self as unknown as DedicatedWorkerGlobalScope).onmessage = ({ data }) => receive(page, data);
}

// A panic in the module surfaces as a RuntimeError: from a call into it, or from one of its own tasks.
self.addEventListener('error', ({ error }) => isPanic(error) && crash());
self.addEventListener('unhandledrejection', ({ reason }) => isPanic(reason) && crash());

function connect(port: Page['port']): Page {
  return { port, aborts: new Map() };
}

function receive(page: Page, message: ToVault): void {
  if (message.type === 'close') {
    // Nobody reads the answers any longer. A refresh goes on: it is for all pages.
    page.aborts.forEach((abort) => abort());
    pages.delete(page);
  } else if (message.type === 'abort') {
    page.aborts.get(message.id)?.(message.reason);
  } else {
    answer(page, message).catch((error: unknown) => {
      if (isPanic(error)) crash(page);
      else
        send(
          page,
          isFailure(error) ? { type: 'failure', id: message.id, error } : exception(message.id, error),
        );
    });
  }
}

async function answer(page: Page, message: Exclude<ToVault, { type: 'abort' | 'close' }>): Promise<void> {
  const { id } = message;
  if (message.type === 'init') {
    open(message.version, message.options);
    pages.add(page);
    return send(page, { type: 'reply', id, value: await vault!.checkSession(++lastCommand) });
  }
  if (!vault || !pages.has(page))
    throw failure('worker_failed', 'init', 'No `init` of this page was accepted.');
  if (message.type === 'fetch') return fetchFor(page, id, message.request);
  send(page, { type: 'reply', id, value: await ask(vault, ++lastCommand, message) });
}

function ask(
  vault: Vault,
  command: number,
  message: Exclude<ToVault, { type: 'init' | 'fetch' | 'abort' | 'close' }>,
) {
  switch (message.type) {
    case 'checkSession':
      return vault.checkSession(command);
    case 'signIn':
      return vault.signIn(command, message.options);
    case 'handleCallback':
      return vault.handleCallback(command, message.url);
    case 'signOut':
      return vault.signOut(command, message.options);
    default:
      throw failure('invalid_argument', 'init', 'There is no such message.');
  }
}

/** The first `init` fixes the configuration. A later one that differs is refused. */
function open(version: string, options: unknown): void {
  if (version !== VERSION) {
    const versions = `The page is of version ${version}, worker.js of version ${VERSION}`;
    throw failure(
      'version_mismatch',
      'init',
      `${versions}; copy the files again with \`npx holdfast init\`.`,
    );
  }
  if (vault) return vault.checkOptions(options);
  try {
    initSync({ module: vaultBytes() });
  } catch (error) {
    const cause = error instanceof Error ? error.message : '';
    throw failure(
      'worker_failed',
      'init',
      `The worker could not start its WebAssembly module; its CSP needs script-src 'wasm-unsafe-eval'. ${cause}`,
    );
  }
  vault = new Vault(options, (event: VaultEvent) =>
    pages.forEach((page) => send(page, { type: 'event', event })),
  );
}

async function fetchFor(page: Page, id: CallId, { url, init, form }: FlatRequest): Promise<void> {
  const command = ++lastCommand;
  if (init.mode === 'no-cors') {
    throw failure('invalid_argument', 'fetch', "A token can't be sent with mode: 'no-cors'.");
  }
  const controller = new AbortController();
  const hasAuthorization = init.headers.some(([name]) => name.toLowerCase() === 'authorization');
  const isRepeatable = !(init.body instanceof ReadableStream);
  page.aborts.set(id, (reason) => {
    controller.abort(reason);
    vault!.abandon(command, controller.signal.reason);
  });
  const forget = () => void page.aborts.delete(id);
  let body: Body = null;
  try {
    const request: RequestInit = { ...init, signal: controller.signal };
    // Decided here and not on the page: a token never follows a redirect.
    if (init.redirect !== 'manual') request.redirect = 'error';
    if (form) request.body = formOf(form);
    const response: Response = await vault!.fetch(command, url, request, hasAuthorization, isRepeatable);
    const { redirected, type, status, statusText } = response;
    body = carry(response.body, forget);
    const flat = {
      url: response.url,
      redirected,
      type,
      status,
      statusText,
      headers: [...response.headers],
      body,
    };
    send(page, { type: 'response', id, response: flat }, body ? [body as Transferable] : []);
  } finally {
    if (!body) forget();
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

function send(page: Page, message: ToPage, transfer: Transferable[] = []): void {
  page.port.postMessage(message, transfer);
}

/** The module's state can't be trusted any longer: everybody is told, and the next page gets a new vault. */
function crash(asking?: Page): void {
  if (asking) pages.add(asking);
  pages.forEach((page) => send(page, { type: 'crashed' }));
  self.close();
}

function isPanic(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError;
}

/** Whether the module threw a failure of holdfast's, not an exception of the platform's. */
function isFailure(error: unknown): error is AuthErrorData {
  return !(error instanceof Error) && typeof (error as AuthErrorData | null)?.code === 'string';
}

function failure(code: AuthErrorCode, phase: AuthErrorPhase, message: string): AuthErrorData {
  return { code, phase, message, retryable: false };
}

function exception(id: CallId, error: unknown): ToPage {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  return { type: 'exception', id, name, message };
}
