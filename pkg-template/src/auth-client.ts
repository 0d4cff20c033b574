/** What the app holds: the client, as an interface that a mock can have, too, and what its calls take and answer. */
import type { AuthorizationParams } from './authorization-params.js';
import type { Diagnosis } from './diagnosis.js';
import type { AuthError } from './errors.js';
import type { Claims } from './protocol.js';

/** What an app hears of. */
export interface AuthEvents {
  /**
   * Somebody signed in, in this tab or another. `user` is `null` with `openid: false`. `expiresInSeconds`: the access
   * token's life, where known.
   */
  signedin: { user: Claims | null; expiresInSeconds: number | null };
  /**
   * Nobody is signed in any longer: somebody signed out, in this tab or another (`logout`), or the page came back from
   * the back/forward cache and found it so (`elsewhere`).
   */
  signedout: { reason: 'logout' | 'elsewhere' };
  /** An access token was renewed. */
  refreshed: { expiresInSeconds: number | null };
  /**
   * The session is over though nobody signed out: the server refused to go on (`refused`), there is nothing to renew
   * with (`no_refresh_token`), the answer to a refresh was lost and the grace period is over (`lost_refresh`, see the
   * option `replayLostRefresh`), or the browser no longer signs with the key that the tokens are bound to (`key_lost`,
   * see the option `dpop`).
   */
  sessionexpired: { reason: 'refused' | 'no_refresh_token' | 'lost_refresh' | 'key_lost' };
  /**
   * An API asks for a newer or stronger sign-in (RFC 9470): `auth.fetch` has delivered its 401. Every page of the session
   * is told. To be given to {@link AuthClient.loginWithRedirect} as `stepUp`.
   */
  stepup: { acrValues: string | null; maxAge: number | null };
  /**
   * A refresh failed, the vault crashed, or the session went on elsewhere (`session_moved`); the calls that it concerns
   * fail by themselves, too.
   */
  error: { error: AuthError };
}

/** The options of {@link AuthClient.loginWithRedirect}. */
export interface LoginOptions {
  /** Anything that JSON can hold. Comes back from {@link AuthClient.handleRedirectCallback}. */
  appState?: unknown;
  /** Where the person shall be afterwards: a place in this app. Where they are now, by default. */
  returnTo?: string;
  /** More parameters for this authorization request, for example `{ prompt: 'login' }`. */
  authorizationParams?: AuthorizationParams;
  /** What an API asked for, as the event `stepup` told it. Goes over `acr_values` and `max_age` from elsewhere. */
  stepUp?: { acrValues?: string | null; maxAge?: number | null };
}

/** The options of {@link AuthClient.loginWithPopup}. */
export interface PopupLoginOptions extends Omit<LoginOptions, 'returnTo'> {
  /**
   * Ends the wait; the call is rejected with `signal.reason`. The window is closed where it has not gone to the server yet:
   * from there on this page has no hold of it, nor it of this page.
   */
  signal?: AbortSignal;
}

/** The answer of {@link AuthClient.loginWithPopup}. There is no place to return to: the page was never left. */
export type PopupResult = Pick<CallbackResult, 'isSignedIn' | 'appState'>;

/** The options of {@link AuthClient.checkSession}. */
export interface CheckSessionOptions {
  /**
   * Where nobody is signed in, ask the server whether it still knows the browser: a top-level navigation there and
   * back, without any page of the server's (`prompt=none`). Tried once in ten minutes and tab, so it can't loop.
   */
  redirect?: boolean | LoginOptions;
}

/** The answer of {@link AuthClient.handleRedirectCallback}. */
export interface CallbackResult {
  /** Whether the URL was a callback. Where it was none, nothing was done. */
  handled: boolean;
  /** Whether somebody is signed in now. A quiet attempt of `checkSession` that found nobody is no error. */
  isSignedIn: boolean;
  /** What was given to `loginWithRedirect` or `checkSession`. */
  appState: unknown;
  /** Where the person was, or wants to be: path, query and fragment. */
  returnTo: string | undefined;
}

/** What {@link AuthClient.session} tells. Times are in milliseconds since 1970, by this device's clock as it is set now. */
export interface SessionFacts {
  /** When the sign-in was. A reload and a refresh change nothing of it. */
  startedAt: number;
  /** What was granted: the `scope` that the server has said, or else what was asked for (RFC 6749 section 5.1). */
  scopes: string[];
  /** When the access token is over. `null` where the server did not say, or where there is none for now. */
  accessTokenExpiresAt: number | null;
  /** Whether there is a refresh token, so that the session outlives the access token. */
  hasRefreshToken: boolean;
  /** Whether the access token is bound to a key of the vault's (DPoP, RFC 9449); where there is none for now, the session. */
  isDpopBound: boolean;
}

/** The options of {@link AuthClient.logout}. */
export interface LogoutOptions {
  /** Where the server sends the browser afterwards. It must know the URL. */
  returnTo?: string;
  /**
   * End the session here, and leave the server's alone. The promise is fulfilled when the token was revoked, at the latest
   * after two seconds.
   */
  localOnly?: boolean;
  /** Comes back as `state` in the URL to which the server sends the browser. Nothing is checked by it. */
  state?: string;
  /**
   * More parameters for the logout request, for example `{ logout_hint: 'ada@example.org', ui_locales: 'de' }`. A place to
   * return to that is given here by the name that the `provider`'s page has for it (`returnTo`, `logout_uri`) is the one;
   * it must be absolute.
   */
  logoutParams?: Record<string, string | number | boolean>;
}

/** One app's way to its vault. Made by `createAuthClient`. */
export interface AuthClient {
  /**
   * Sends the browser to the server's sign-in page. The promise is fulfilled when the browser is on its way.
   * Afterwards the server sends it to `redirectUri`, where {@link handleRedirectCallback} finishes the sign-in.
   *
   * @throws {AuthError} `invalid_argument`, `storage_unavailable`, `dpop_unsupported`, or what discovery fails with; where
   * the request is pushed (the option `par`), `authorization_refused` and `par_response_invalid`, too.
   */
  loginWithRedirect(options?: LoginOptions): Promise<void>;

  /**
   * Opens the server's sign-in page in a small window, and is fulfilled when somebody is signed in; the page stays. To be
   * called in a click, before anything is awaited: else the browser blocks the window.
   *
   * The server sends the window to `redirectUri` of this app, where `createAuthClient` has to be called as for any sign-in:
   * it hands the answer to the page that opened the window, and closes the window. A window that was closed is noticed once
   * this page has the focus again. Whoever goes on in it nevertheless is signed in, and `signedin` tells.
   *
   * @throws {AuthError} `popup_blocked`, `popup_closed`, `invalid_argument`, `dpop_unsupported`, or what discovery or the
   * callback fails with; where the request is pushed, as for {@link loginWithRedirect}. The session that was there before
   * is still there.
   * @throws `signal.reason` where the call is aborted.
   */
  loginWithPopup(options?: PopupLoginOptions): Promise<PopupResult>;

  /**
   * Finishes a sign-in where `url` is an authorization response, and does nothing where it is none, so it may be called
   * at every start. Without an argument it reads the page's URL, and replaces it by `returnTo`: no code and no state
   * stay in the address bar or in the history.
   *
   * @throws {AuthError} The session that was there before is still there.
   */
  handleRedirectCallback(url?: string): Promise<CallbackResult>;

  /**
   * Asks the vault whether somebody is signed in. No network, unless `redirect` is given: then, where nobody is, the
   * browser goes to the server and comes back to this place, and {@link handleRedirectCallback} says what was found.
   * The promise stays pending while the browser is on its way. No such attempt is made in a frame, at the redirect URI,
   * where `sessionStorage` is refused, or within ten minutes of the last one.
   */
  checkSession(options?: CheckSessionOptions): Promise<boolean>;

  /** Whether somebody is signed in, as far as this page has heard. */
  isAuthenticated(): boolean;

  /** The claims that describe the person who is signed in. `null` where nobody is, and always with `openid: false`. */
  user(): Claims | null;

  /** All claims of the ID token. `null` where nobody is signed in, and always with `openid: false`. */
  idTokenClaims(): Claims | null;

  /**
   * `window.fetch`, with an access token for URLs that `resources` covers, and an error for all others; with
   * `fallthrough`, `window.fetch` itself for them. Bound: it can be handed to any library that takes a `fetch`. Takes and
   * answers what `fetch` does; a redirect is an error unless `init` says otherwise, and the few other differences are in
   * docs/fetch.md. `signal` ends the call at any time, while it waits for a refresh, too, and afterwards its body.
   *
   * @throws {AuthError} `login_required`, `session_expired`, `resource_not_allowed`, `authorization_header`,
   * `invalid_argument`, `redirect_refused`, `dpop_nonce_hidden`, `dpop_nonce_required`, or what a refresh fails with.
   * @throws {TypeError} as `window.fetch` does, and `signal.reason` where the call is aborted.
   */
  readonly fetch: (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

  /**
   * An access token for `resource`, a URL that `resources` covers; it may be left out where all of them share one token.
   * It is renewed by the same rules as for `auth.fetch`, so it is good for a while.
   *
   * **Danger:** what the page holds, every script in it can take away. Use `auth.fetch` for all that can be fetched. The
   * vault gives none unless it was created with `exposeAccessToken: true`. With `dpop` the token is bound to a key
   * that the page does not have, so it is of no use here.
   *
   * @throws {AuthError} `access_token_not_exposed`, `resource_not_allowed`, `invalid_argument`, `login_required`,
   * `session_expired`, or what a refresh fails with.
   */
  accessToken(options?: { resource?: string }): Promise<string>;

  /**
   * Facts of the session, never a token; `null` where nobody is signed in. Asks the vault and no server, and renews nothing.
   * Access tokens differ where `resources` has entries that differ: `resource`, a URL that `resources` covers, says of which
   * one the facts are. Without it they are of the sign-in's own.
   *
   * @throws {AuthError} `resource_not_allowed`, `session_moved`.
   */
  session(options?: { resource?: string }): Promise<SessionFacts | null>;

  /**
   * What the server's userinfo endpoint says of the person (OpenID Connect Core section 5.3). Each call asks anew. The
   * answer's `sub` is that of the ID token, or else nothing of it is used; nothing else of it is checked. `user()` and the
   * session stay as they are.
   *
   * @throws {AuthError} `userinfo_unavailable`, `userinfo_invalid`, `login_required`, `session_expired`, `network_error`,
   * `timeout`, `server_unavailable`, `dpop_nonce_hidden`, or what discovery or a refresh fails with.
   */
  userinfo(): Promise<Claims>;

  /**
   * Ends the session: here at once, in all tabs that share it, and at the server, to which the browser is sent.
   *
   * @throws {AuthError} `invalid_argument`; then nothing was done.
   */
  logout(options?: LogoutOptions): Promise<void>;

  /** Calls `listener` at each event of this kind. Returns a function that ends it. */
  on<Name extends keyof AuthEvents>(event: Name, listener: (detail: AuthEvents[Name]) => void): () => void;

  /**
   * A report that can be pasted into an issue: versions, where the vault runs, what the browser has, what was tried to find
   * a session, the last errors by their codes. Plain JSON without tokens, claims, and paths or queries of URLs; it does
   * name the issuer, the scopes, and the origins of `resources`. Tells what it can where the vault does not answer. Where
   * `createAuthClient` itself fails, `diagnose` of `holdfast/diagnose` makes the same report.
   */
  diagnose(): Promise<Diagnosis>;

  /** Lets go of the vault. Every later call fails with `client_closed`. */
  close(): void;
}
