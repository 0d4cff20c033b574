/** What holdfast uses of an extension's APIs, in Chrome's words and Firefox's. Types, and where to find them. */

/** One end of a line between two parts of an extension. */
export interface RuntimePort {
  name: string;
  sender?: { id?: string; url?: string; origin?: string };
  postMessage(message: unknown): void;
  disconnect(): void;
  onMessage: { addListener(listener: (message: unknown) => void): void };
  onDisconnect: { addListener(listener: () => void): void };
}

/** The extension's APIs. */
export interface ExtensionApi {
  runtime: {
    id: string;
    /** Why the last line could not be opened. Chrome complains where nobody reads it. */
    lastError?: unknown;
    connect(info: { name: string }): RuntimePort;
    getURL(path: string): string;
    getPlatformInfo(): Promise<unknown>;
    onConnect: { addListener(listener: (port: RuntimePort) => void): void };
  };
  identity?: {
    getRedirectURL(path?: string): string;
    launchWebAuthFlow(details: { url: string; interactive: boolean }): Promise<string | undefined>;
  };
  storage?: {
    session?: {
      get(key: string): Promise<Record<string, unknown>>;
      set(items: Record<string, unknown>): Promise<void>;
      remove(key: string): Promise<void>;
      setAccessLevel?(level: { accessLevel: 'TRUSTED_CONTEXTS' }): Promise<void>;
    };
  };
}

/** The name of holdfast's lines. Others are the app's. */
export const LINE_NAME = 'holdfast';

/** Where the background leaves a way to its vault for scripts of its own: a background can't open a line to itself. */
export const LOCAL_WAY = Symbol.for('holdfast.vault');

/** The APIs of the extension that this script belongs to. `undefined` where it belongs to none. */
export function extensionApi(): ExtensionApi | undefined {
  const { browser, chrome } = globalThis as { browser?: ExtensionApi; chrome?: ExtensionApi };
  // An element of a page may have the name `browser`, too.
  return [browser, chrome].find((api) => api?.runtime?.id);
}
