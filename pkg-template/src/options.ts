/** The options of `createAuthClient`: their types, and what of them is for the page's side alone. */
import { type AuthError, pageError } from './errors.js';

/** A place that may receive an access token. */
export interface ResourceOptions {
  /** Exact origin, and a path prefix by segments. */
  url: string;
  /** `audience` for its access token, as Auth0 has it. */
  audience?: string;
  /** `resource` for its access token (RFC 8707). */
  resource?: string;
  /** The scope to narrow its access token to. */
  scope?: string;
}

/** What `createAuthClient` is given. */
export interface AuthClientOptions {
  /** The server's issuer identifier, exactly as the server writes it. Https, or http on this machine. */
  issuer: string;
  /** The client id that the server registered for this app, as a public client. */
  clientId: string;
  /** Where the server sends the browser back to. A path (`/callback`) is of the page's origin. */
  redirectUri: string;
  /** Where the server sends the browser after sign-out. */
  postLogoutRedirectUri?: string;
  /** The scope of a sign-in. `openid` is always added; add `offline_access` where the server asks for it. */
  scope?: string;
  /** Who may receive an access token: exact origin, path prefix by segments. Nothing else ever does. */
  resources: (string | ResourceOptions)[];
  /** More parameters for each authorization request. Those that holdfast sets itself are refused. */
  authorizationParams?: Record<string, string | number | boolean>;
  /**
   * Where the vault runs: in a SharedWorker, so that all tabs share one session, or in a worker of this tab's own.
   * `'auto'` (the default) takes the first where there is one.
   */
  host?: 'auto' | 'shared' | 'dedicated';
  /** Only `false` for now: no access token leaves the vault. */
  exposeAccessToken?: false;
  /**
   * The folder of this origin that serves `worker.js`, as `npx holdfast init` fills it. Without it, the URL that the
   * bundler makes is used.
   */
  assetsUrl?: string;
  /** A worker that the app made of the package's `worker.js`, or a function that makes it. */
  worker?: Worker | SharedWorker | (() => Worker | SharedWorker);
  /** Makes a `TrustedScriptURL` of the worker's URL, for pages that require Trusted Types. */
  scriptUrl?: (url: string) => string | { toString(): string };
  /** By how many seconds the server's clock may differ from this device's. 30 by default, at most 300. */
  clockToleranceSeconds?: number;
  /** For how many seconds the server takes a refresh token again after it was rotated. 10 by default. */
  rotationGraceSeconds?: number;
  /**
   * What to do about a refresh of which nobody knows whether the server has seen it: `'always'` (the default) sends the
   * same token again for as long as calls need one; `'within-grace'` ends the session when the grace period is over.
   */
  replayLostRefresh?: 'always' | 'within-grace';
  /** After how many seconds a request to the server counts as lost. 10 by default, at most 120. */
  httpTimeoutSeconds?: number;
  /** The server's metadata (RFC 8414 section 2), used instead of discovery. */
  metadata?: Record<string, unknown>;
}

/** What concerns the page's side, and what the vault is started with. */
export interface SplitOptions {
  host: 'auto' | 'shared' | 'dedicated';
  assetsUrl: string | undefined;
  worker: AuthClientOptions['worker'];
  scriptUrl: AuthClientOptions['scriptUrl'];
  /** Plain data. The vault checks it. */
  vault: Record<string, unknown>;
}

/** Takes out what the page's side needs. Everything else is checked by the vault. */
export function splitOptions(options: AuthClientOptions): SplitOptions {
  if (typeof options !== 'object' || options === null) throw invalid('the options must be an object');
  const { host = 'auto', assetsUrl, worker, scriptUrl, ...rest } = options;
  const vault: Record<string, unknown> = rest;
  if (!['auto', 'shared', 'dedicated'].includes(host)) {
    throw invalid("`host` must be 'auto', 'shared' or 'dedicated', for example 'auto'");
  }
  if (assetsUrl !== undefined && (typeof assetsUrl !== 'string' || !isOfThisOrigin(assetsUrl))) {
    throw invalid("`assetsUrl` must be a folder of this page's own origin, for example '/holdfast/'");
  }
  if (scriptUrl !== undefined && typeof scriptUrl !== 'function') {
    throw invalid('`scriptUrl` must be a function, for example (url) => policy.createScriptURL(url)');
  }
  if (worker !== undefined && typeof worker !== 'function' && !(worker instanceof EventTarget)) {
    throw invalid(
      "`worker` must be a Worker, a SharedWorker or a function that makes one, for example () => new Worker('/holdfast/worker.js')",
    );
  }
  vault.redirectUri = absolute(vault.redirectUri);
  vault.postLogoutRedirectUri = absolute(vault.postLogoutRedirectUri);
  if (Array.isArray(vault.resources)) {
    vault.resources = vault.resources.map((resource: unknown) =>
      typeof resource === 'object' && resource !== null && 'url' in resource
        ? { ...resource, url: absolute(resource.url) }
        : absolute(resource),
    );
  }
  return { host, assetsUrl, worker, scriptUrl, vault };
}

/** A URL in the browser's own serialization. What is none stays as it is, for the vault to refuse. */
export function absolute(url: unknown): unknown {
  if (typeof url !== 'string' || !/^\/(?!\/)|^https?:/i.test(url)) return url;
  try {
    return new URL(url, location.href).href;
  } catch {
    return url;
  }
}

function isOfThisOrigin(url: string): boolean {
  try {
    const { origin, protocol } = new URL(url, location.href);
    return origin === location.origin && /^https?:|^[a-z-]*extension:/.test(protocol);
  } catch {
    return false;
  }
}

function invalid(detail: string): AuthError {
  return pageError(
    'invalid_options',
    'init',
    `An option of createAuthClient is missing or wrong: ${detail}.`,
  );
}
