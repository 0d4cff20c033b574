/** What a report says of the browser, the page and the files that it is served. */
import type { Diagnosis, DiagnosedFile } from './diagnosis.js';
import { scriptAt } from './host.js';
import type { SplitOptions } from './options.js';

/** How long anything may take that the browser is asked, in milliseconds. */
const PATIENCE = 3000;

/** What `make` comes to in time, or `fallback`. */
export async function inTime<T, F>(make: () => Promise<T> | T, fallback: F): Promise<T | F> {
  const late = new Promise<F>((resolve) => setTimeout(() => resolve(fallback), PATIENCE));
  const answer = (async () => make())().catch(() => fallback);
  return Promise.race([answer, late]);
}

/** Whether `make` does not fail, in time. */
const works = (make: () => unknown) => inTime(async () => (await make(), true), false);

export async function browserFacts(): Promise<Diagnosis['browser']> {
  const [transferableStreams, es256, ed25519, indexedDb, sessionStorage, storageAccess] = await Promise.all([
    works(() => {
      const { port1 } = new MessageChannel();
      const stream = new ReadableStream();
      port1.postMessage(stream, [stream as unknown as Transferable]);
      port1.close();
    }),
    works(() => crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])),
    works(() => crypto.subtle.generateKey('Ed25519', false, ['sign'])),
    works(openDatabase),
    works(() => self.sessionStorage.length),
    inTime(async () => (await document.hasStorageAccess?.()) ?? null, null),
  ]);
  return {
    userAgent: navigator.userAgent,
    sharedWorker: 'SharedWorker' in self,
    serviceWorker: 'serviceWorker' in navigator,
    transferableStreams,
    es256,
    ed25519,
    indexedDb,
    sessionStorage,
    cookies: !!navigator.cookieEnabled,
    storageAccess,
    trustedTypes: 'trustedTypes' in self,
  };
}

/** The database of pending sign-ins is none of the page's business: one that is gone at once tells as much. */
function openDatabase(): Promise<void> {
  return new Promise((resolve, reject) => {
    const name = 'holdfast diagnosis';
    const request = indexedDB.open(name);
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      request.result.close();
      indexedDB.deleteDatabase(name);
      resolve();
    };
  });
}

/** Whether the page is in a frame. An extension's background is no page. */
export const isInFrame = (): boolean => self !== (globalThis.top ?? self);

export function pageFacts(isAtCallback: boolean): Omit<Diagnosis['page'], 'resumes'> {
  return {
    isVisible: globalThis.document?.hidden === false,
    isOnline: navigator.onLine,
    isInFrame: isInFrame(),
    isSecureContext,
    isAtCallback,
    isControlled: !!navigator.serviceWorker?.controller,
    ageSeconds: Math.round(performance.now() / 1000),
  };
}

/** What the browser says of the escrow's service worker. */
export async function registrationOf(options: SplitOptions): Promise<Diagnosis['escrow']['registration']> {
  if (!navigator.serviceWorker || options.assetsUrl === undefined) return 'unavailable';
  const registration = await inTime(
    () => navigator.serviceWorker.getRegistration(`${scriptAt(options, 'escrow.js')}`),
    undefined,
  );
  if (registration?.active) return 'active';
  if (registration?.waiting) return 'waiting';
  return registration?.installing ? 'installing' : 'none';
}

export async function filesOf(options: SplitOptions): Promise<Diagnosis['files']> {
  if (options.assetsUrl === undefined) return null;
  const [worker, escrow] = await Promise.all([fileOf(options, 'worker.js'), fileOf(options, 'escrow.js')]);
  return { worker, escrow };
}

async function fileOf(options: SplitOptions, name: string): Promise<DiagnosedFile> {
  const absent: DiagnosedFile = { status: null, isScript: false, version: null, csp: 'none' };
  return inTime(async () => {
    const response = await fetch(`${scriptAt(options, name)}`, { signal: AbortSignal.timeout(PATIENCE) });
    const policy = response.headers.get('content-security-policy');
    const isScript = /^(text|application)\/(x-)?javascript\b/.test(
      response.headers.get('content-type') ?? '',
    );
    const text = isScript ? await response.text() : '';
    return {
      status: response.status,
      isScript,
      version: /\b\d+\.\d+\.\d+(?:-[\w.]+)?\+[\da-f]{8}\b/.exec(text)?.[0] ?? null,
      csp: policy === null ? 'none' : /'(wasm-)?unsafe-eval'/.test(policy) ? 'allows_wasm' : 'forbids_wasm',
    };
  }, absent);
}
