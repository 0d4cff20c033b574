/**
 * The vault in an extension's background: a service worker in Chrome, an event page in Firefox. A script of its own without
 * import or export, so that it runs wherever a background script does. Everything that must be heard is listened to while
 * it starts: the browser starts it for a page that connects, and that page's line comes with the first turn.
 */
import { extensionApi, LINE_NAME, LOCAL_WAY, type RuntimePort } from './extension-api.js';
import { Flows, type Intent, isRefusal, refusal } from './extension-flows.js';
import { type Line, openLine } from './extension-line.js';
import { linkStore } from './extension-store.js';
import { isMessage } from './messages.js';
import { type Page, Pages } from './pages.js';
import { type CallId, type SilentOptions, type ToPage, type ToVault, VERSION } from './protocol.js';
import { leave, receive, settle } from './worker.js';

/** How often the browser is shown that there is work, in milliseconds. It stops a background that was idle for 30 seconds. */
const SIGN_OF_LIFE = 20_000;

const api = extensionApi()!;
const { runtime } = api;
/** Where the extension's own pages are. */
const home = runtime.getURL('');

let configure!: (options: object) => void;
/** Fulfilled by `startVault`. What comes before waits. */
const configured = new Promise<object>((resolve) => (configure = resolve));
let isStarted = false;

/** Those who wait for something, and whether they still do. */
const busy = new Set<() => boolean>();
let signsOfLife: ReturnType<typeof setInterval> | undefined;

settle({
  // What one page says of its sleep is nothing to the others.
  isShared: true,
  name: 'extension',
  link: linkStore,
  // A background can't end itself; the next page begins with another vault.
  stop: () => {},
});

runtime.onConnect.addListener((port) => {
  if (port.name !== LINE_NAME) return;
  if (isOwnPage(port)) serve(port);
  else refuse(port);
});

Object.assign(globalThis, { holdfast: { startVault }, [LOCAL_WAY]: connectLocally });

/** See extension-background.ts. */
function startVault(options: object): void {
  if (isStarted) throw new TypeError('startVault: the vault was started already; call it once.');
  isStarted = true;
  if (!api.identity || !api.storage?.session) {
    throw new TypeError("startVault: the manifest needs the permissions 'identity' and 'storage'.");
  }
  const redirectUri = api.identity.getRedirectURL();
  // A copy: nobody changes it later.
  const text = JSON.stringify({ redirectUri, postLogoutRedirectUri: redirectUri, ...options });
  configure(JSON.parse(text) as object);
}

/** Whether it is a page of this extension that speaks. A content script has the URL and origin of the page that it is in. */
function isOwnPage({ sender }: RuntimePort): boolean {
  const { id, url = '', origin } = sender ?? {};
  return id === runtime.id && url.startsWith(home) && (origin === undefined || `${origin}/` === home);
}

function refuse(port: RuntimePort): void {
  const { error } = refusal('sender_refused', 'init', "Only the extension's own pages may use its vault.");
  port.postMessage({ message: { type: 'crashed', error } satisfies ToPage });
  port.disconnect();
}

/** Speaks with a page for as long as it is there. */
function serve(port: RuntimePort): void {
  const line: Line = openLine(
    port,
    false,
    (message) => hear(message),
    () => {
      busy.delete(isBusy);
      leave(page);
    },
  );
  const [page, hear] = connect((message) => line.send(message));
  const isBusy = () => line.isBusy;
  busy.add(isBusy);
}

/** A way to the vault for scripts of this very background. */
function connectLocally(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  const [, hear] = connect((message, transfer) => port1.postMessage(message, transfer));
  port1.onmessage = ({ data }) => hear(data);
  return port2;
}

/** A new page of the vault's, and what hears it. */
function connect(
  send: (message: ToPage, transfer: Transferable[]) => void,
): [page: Page, hear: (message: unknown) => void] {
  const open = new Set<CallId>();
  const tell = (message: ToPage, transfer: Transferable[] = []) => {
    if ('id' in message) open.delete(message.id);
    if (open.size === 0) busy.delete(isWaiting);
    send(message, transfer);
  };
  const isWaiting = () => open.size > 0;
  const page = Pages.page({ postMessage: tell as Page['port']['postMessage'] });
  const hear = async (message: unknown) => {
    const options = await configured;
    if (!isMessage(message)) return receive(page, message);
    if ('id' in message && message.type !== 'abort') {
      open.add(message.id);
      busy.add(isWaiting);
      stayAlive();
    }
    const act = actionFor(message);
    if (!act) return receive(page, message.type === 'init' ? withOptions(message, options) : message);
    const { id } = message as Extract<ToVault, { id: CallId }>;
    try {
      tell({ type: 'reply', id, value: await act() });
    } catch (error) {
      const { name, message } = Object(error) as Error;
      tell({ ...(isRefusal(error) ? error : { type: 'exception', name, message }), id } as ToPage);
    }
  };
  return [page, (message) => void hear(message)];
}

/** What is done here and not by the vault alone. Asked by a page of this build or none: the vault compares the versions. */
function actionFor(message: ToVault): (() => Promise<unknown>) | undefined {
  switch (message.type) {
    case 'signIn':
      return () => flows.signIn(message.options);
    case 'signOut':
      return () => flows.signOut(message.options);
    case 'checkSession': {
      const { options } = message;
      return options?.redirect ? () => flows.checkSession(options as SilentOptions) : undefined;
    }
    default:
      return undefined;
  }
}

/** The options are the background's, whatever a page says. */
function withOptions(message: Extract<ToVault, { type: 'init' }>, options: object): ToVault {
  return { ...message, options: structuredClone(options), escrow: true, visible: false };
}

/** While somebody waits for something, the browser sees that the background is in use. */
function stayAlive(): void {
  signsOfLife ??= setInterval(() => {
    if ([...busy].some((isBusy) => isBusy())) return void runtime.getPlatformInfo();
    clearInterval(signsOfLife);
    signsOfLife = undefined;
  }, SIGN_OF_LIFE);
}

/** The flows' own way to the vault: the page that asked may be closed by the window that opens. */
const waiting = new Map<CallId, PromiseWithResolvers<unknown>>();
let lastId = 0;
let isIntroduced = false;

const own = Pages.page({ postMessage: hearVault as Page['port']['postMessage'] });
const flows = new Flows(api, askVault);

async function askVault(intent: Intent): Promise<unknown> {
  if (!isIntroduced) {
    isIntroduced = true;
    const init = { type: 'init', id: ++lastId, version: VERSION } as Extract<ToVault, { type: 'init' }>;
    await exchange(withOptions(init, await configured)).catch((error: unknown) => {
      isIntroduced = false;
      throw error;
    });
  }
  return exchange({ ...intent, id: ++lastId } as ToVault);
}

function exchange(message: ToVault): Promise<unknown> {
  const answer = Promise.withResolvers<unknown>();
  waiting.set((message as { id: CallId }).id, answer);
  receive(own, message);
  return answer.promise;
}

function hearVault(message: ToPage): void {
  if (message.type === 'ping') return receive(own, { type: 'pong' });
  if (message.type === 'unknown' || message.type === 'crashed') {
    isIntroduced = false;
    for (const { reject } of waiting.values()) {
      reject(refusal('vault_crashed', 'init', 'The vault crashed; please report this.'));
    }
    return waiting.clear();
  }
  if (!('id' in message)) return;
  const answer = waiting.get(message.id);
  waiting.delete(message.id);
  if (message.type === 'reply') answer?.resolve(message.value);
  else answer?.reject(message);
}
