/** The options of `createAuthClient`: their types, and what of them is for the page's side alone. */
import type { AuthorizationParams } from './authorization-params.js';
import type { Logger } from './diagnosis.js';
import { pageError } from './errors.js';

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
  /**
   * Whether its access token is bought with the sign-in's own by token exchange (RFC 8693), for `audience` or `resource`, of
   * which it needs one, and `scope`. The sign-in asks for nothing of it.
   *
   * @default false
   */
  exchange?: boolean;
}

/** The services that {@link AuthClientOptions.provider} knows. */
export type ProviderName =
  'okta' | 'auth0' | 'keycloak' | 'entra' | 'cognito' | 'google' | 'duende' | 'oidc-provider';

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
  /**
   * The service behind `issuer`, where other defaults suit it than those of the standards: for `scope` and
   * `rotationGraceSeconds`, for whether refresh tokens are revoked, and for a sign-out page of the service's own. What the
   * app says itself counts, and no check depends on it. The page _What every server needs_ has all that it sets.
   *
   * `'google'` fails with `invalid_options`: Google demands a client secret, so no app in a browser can work alone.
   *
   * @default none
   */
  provider?: ProviderName;
  /**
   * Whether the server has OpenID Connect. With `false` it is a plain OAuth 2.0 server: no `openid` in the scope, no
   * `nonce`, no ID token, so that `user()` and `idTokenClaims()` are `null`. One that comes all the same is not looked at.
   *
   * @default true
   */
  openid?: boolean;
  /**
   * The scope of a sign-in, with `openid`, which is always added. Add `offline_access` where the server asks for it; with
   * `provider` it is in the default where that server does. With `openid: false` nothing is added, and none is asked for
   * by default.
   *
   * @default 'openid'
   */
  scope?: string;
  /** Who may receive an access token: exact origin, path prefix by segments. Nothing else ever does. */
  resources: (string | ResourceOptions)[];
  /** More parameters for each authorization request. Those that holdfast sets itself are refused. */
  authorizationParams?: AuthorizationParams;
  /**
   * Where the vault runs: in a SharedWorker, so that all tabs share one session, or in a worker of this tab's own.
   * `'auto'` (the default) takes the first where there is one.
   *
   * @default 'auto'
   */
  host?: 'auto' | 'shared' | 'dedicated';
  /**
   * Whether {@link AuthClient.accessToken} gives access tokens to the page.
   *
   * **Danger:** then every script that runs in the page, injected ones included, can take an access token away and use
   * it elsewhere until it expires, with nothing of yours in between. The refresh token stays in the vault. Leave it out
   * unless something can't be called by `auth.fetch`, a WebSocket for example. With `dpop` such a token is of no use to
   * the page: it is bound to a key that stays in the vault.
   *
   * @default false
   */
  exposeAccessToken?: boolean;
  /**
   * Whether `auth.fetch` sends what `resources` does not cover by the page's own `fetch`, without a token. `false` by
   * default: such a call is refused with `resource_not_allowed`.
   *
   * @default false
   */
  fallthrough?: boolean;
  /**
   * The folder of this origin that serves `worker.js` and `escrow.js`, as `npx holdfast init` fills it. Without it, the
   * URL that the bundler makes is used, and there is no escrow.
   */
  assetsUrl?: string;
  /**
   * Whether `escrow.js` of that folder is registered, a service worker for that folder alone: it keeps the session
   * over a reload, in memory. `true` by default; without `assetsUrl` there is none.
   *
   * @default true
   */
  escrow?: boolean;
  /** A worker that the app made of the package's `worker.js`, or a function that makes it. */
  worker?: Worker | SharedWorker | (() => Worker | SharedWorker);
  /** Makes a `TrustedScriptURL` of a worker's URL, for pages that require Trusted Types. */
  scriptUrl?: (url: string) => string | { toString(): string };
  /**
   * By how many seconds the server's clock may differ from this device's. 30 by default, at most 300.
   *
   * @default 30
   */
  clockToleranceSeconds?: number;
  /**
   * For how many seconds the server takes a refresh token again after it was rotated. 10 by default (30 with
   * `provider: 'okta'`), at most 600.
   *
   * @default 10
   */
  rotationGraceSeconds?: number;
  /**
   * What to do about a refresh of which nobody knows whether the server has seen it: `'always'` (the default) sends the
   * same token again for as long as calls need one; `'within-grace'` ends the session when the grace period is over.
   *
   * @default 'always'
   */
  replayLostRefresh?: 'always' | 'within-grace';
  /**
   * Whether tokens are bound to a key of the vault's (DPoP, RFC 9449), so that one that leaks is of no use to anybody:
   * `'auto'` where the server's metadata lists an algorithm that holdfast has, `'required'` always, or there is no
   * sign-in. `'off'` by default: an API that takes nothing but bearer tokens would refuse such a token.
   *
   * @default 'off'
   */
  dpop?: 'off' | 'auto' | 'required';
  /**
   * Whether the parameters of an authorization request are pushed to the server by a request of the vault's own
   * (RFC 9126), so that the browser carries nothing but a reference: `'auto'` where the server's metadata requires it,
   * `'required'` always, or there is no sign-in, `'off'` never.
   *
   * @default 'auto'
   */
  par?: 'auto' | 'required' | 'off';
  /**
   * Hears what holdfast does, in entries of plain data: `console`, or an object with any of `debug`, `info`, `warn` and
   * `error`. What it lacks is not sent to it at all. No entry holds a token, a claim or a URL. None by default.
   *
   * @default none
   */
  logger?: Logger;
  /**
   * After how many seconds a request to the server counts as lost. 10 by default, at most 120.
   *
   * @default 10
   */
  httpTimeoutSeconds?: number;
  /**
   * Members of the server's metadata (RFC 8414 section 2), or all of it. What is given here wins over the discovery
   * document, which completes it; `null` says that the server has no such thing. Where `authorization_endpoint`,
   * `token_endpoint` and `jwks_uri` are given there is no discovery; with `openid: false` the first two are enough.
   */
  metadata?: Record<string, unknown>;
}

/** What the page's side works with, and what the vault is started with. */
export interface SplitOptions extends AuthClientOptions {
  /** Plain data. The vault checks it. */
  vault: Record<string, unknown>;
}

/** Leaves out what concerns the page's side alone. Everything else is checked by the vault. */
export function splitOptions(options: AuthClientOptions): SplitOptions {
  const given = Object(options) as AuthClientOptions;
  const { assetsUrl, escrow, worker, scriptUrl, fallthrough, logger, ...vault } = given;
  return { ...given, vault };
}

/** What the app's own code makes for an option. Where that throws, the option is what is wrong. */
export function ask<T>(option: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const message = `\`${option}\` is wrong: ${cause as string}.`;
    throw pageError('invalid_options', 'init', message, cause);
  }
}
