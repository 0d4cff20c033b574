/** The one kind of error that holdfast throws, and its codes. */

/** What went wrong. Stable; `switch` on it. */
export type AuthErrorCode =
  // The app called holdfast wrongly.
  /** An option of `createAuthClient` is missing or wrong; the message names it. */
  | 'invalid_options'
  /** The vault already runs with another configuration. */
  | 'config_mismatch'
  /** An argument is wrong; the message names it. */
  | 'invalid_argument'
  /** `auth.fetch` was given a URL that `resources` does not cover. */
  | 'resource_not_allowed'
  /** `auth.fetch` was given an `Authorization` header. */
  | 'authorization_header'
  /** `auth.accessToken` needs the option `exposeAccessToken: true`. */
  | 'access_token_not_exposed'
  /** In an extension: only its own pages may use its vault, no content script. */
  | 'sender_refused'
  /** The client was closed. */
  | 'client_closed'
  // The person has to sign in.
  /** Nobody is signed in. */
  | 'login_required'
  /** The session has ended. */
  | 'session_expired'
  /** Another tab, or a newer version of the app, has taken the session over; reload the page. */
  | 'session_moved'
  /** The server asks for an interactive sign-in. */
  | 'interaction_required'
  /** In an extension: the window of the sign-in was closed. */
  | 'login_cancelled'
  /** The window of `loginWithPopup` was closed, or the person did not finish within ten minutes. */
  | 'popup_closed'
  // The server refused; `oauth` has its words.
  /** The server refused the sign-in (RFC 6749 section 4.1.2.1). */
  | 'authorization_refused'
  /** The token endpoint refused the request (RFC 6749 section 5.2). */
  | 'token_refused'
  /** The server gives no access token for this API in exchange (`exchange` of `resources`, RFC 8693); see `oauth`. */
  | 'token_exchange_refused'
  /** There is no userinfo endpoint, no ID token to compare its answer with, or it refuses the access token. */
  | 'userinfo_unavailable'
  // The server, or something that speaks in its place, broke a rule.
  /** The connection failed in the last step of the sign-in; sign in again. */
  | 'sign_in_interrupted'
  /** The callback URL is not a valid authorization response. */
  | 'callback_invalid'
  /** The callback has no `state`. */
  | 'state_missing'
  /** The callback's `state` belongs to no pending sign-in: forged, used already, or too old. */
  | 'state_unknown'
  /** The answer comes from another issuer (RFC 9207, RFC 8414 section 3.3). */
  | 'issuer_mismatch'
  /** The callback has no `iss`, though the server announces it (RFC 9207). */
  | 'issuer_missing'
  /** The discovery document can't be used. */
  | 'discovery_invalid'
  /** The token endpoint's answer can't be used. */
  | 'token_response_invalid'
  /** The server's answer to a pushed authorization request can't be used (RFC 9126 section 2.2). */
  | 'par_response_invalid'
  /** The server's key set can't be used. */
  | 'jwks_invalid'
  /** The ID token is malformed. */
  | 'id_token_malformed'
  /** The ID token is signed by an algorithm that is not accepted. */
  | 'id_token_algorithm'
  /** No key of the server's fits the ID token. */
  | 'id_token_key'
  /** The ID token's signature is wrong. */
  | 'id_token_signature'
  /** The ID token was issued by somebody else. */
  | 'id_token_issuer'
  /** The ID token's subject is missing, malformed, or not the one who is signed in. */
  | 'id_token_subject'
  /** The ID token is meant for another client. */
  | 'id_token_audience'
  /** The ID token is expired or not yet valid; a wrong clock looks like this, too. */
  | 'id_token_time'
  /** The ID token belongs to another sign-in. */
  | 'id_token_nonce'
  /** The ID token belongs to another access token. */
  | 'id_token_access_token'
  /** The server did not sign the person in as recently as `max_age` asks. */
  | 'id_token_auth_time'
  /** The ID token's `acr` is none of the values that `claims` demands. */
  | 'id_token_acr'
  /** The userinfo endpoint's answer can't be used (OpenID Connect Core section 5.3). */
  | 'userinfo_invalid'
  /** The API answered from a URL that `resources` does not cover. */
  | 'redirect_refused'
  // DPoP (RFC 9449).
  /** The option `dpop` requires DPoP, and the server or this browser doesn't have it. */
  | 'dpop_unsupported'
  /** The server refused the DPoP proof; a wrong clock looks like this, too. */
  | 'dpop_refused'
  /** A server wants a nonce in DPoP proofs, and its CORS hides it. */
  | 'dpop_nonce_hidden'
  /** An API wants a nonce, and the body is a stream, which can't be sent twice. The next call has it: `retryable` is true. */
  | 'dpop_nonce_required'
  // The network, or a server that is down for now: `retryable` is true.
  /** The server can't be reached, or CORS forbids the answer; browsers don't tell which. */
  | 'network_error'
  /** The server did not answer within `httpTimeoutSeconds`. */
  | 'timeout'
  /** The server is down or busy. */
  | 'server_unavailable'
  // The browser, the page's set-up, or holdfast itself.
  /** The browser opened no window for `loginWithPopup`: it does so in a click, and before anything is waited for. */
  | 'popup_blocked'
  /** The browser refuses IndexedDB. */
  | 'storage_unavailable'
  /** This browser lacks something that is needed. */
  | 'unsupported_browser'
  /** The worker file could not be started. */
  | 'worker_failed'
  /** The page and worker.js are of different versions. */
  | 'version_mismatch'
  /** The vault crashed. Another one has begun, perhaps without its session. */
  | 'vault_crashed';

/** What the page was doing. */
export type AuthErrorPhase = 'init' | 'login' | 'callback' | 'refresh' | 'fetch' | 'logout';

/** An error as an OAuth server writes it (RFC 6749 sections 4.1.2.1 and 5.2). */
export interface OAuthError {
  /** The code, `invalid_grant` for example. */
  error: string;
  /** The server's words, for developers. */
  error_description?: string;
  /** A page about the error. */
  error_uri?: string;
}

/** An `AuthError` as it travels from the vault. */
export interface AuthErrorData {
  code: AuthErrorCode;
  message: string;
  phase: AuthErrorPhase;
  retryable: boolean;
  oauth?: OAuthError;
}

/** An error of holdfast. Never holds a token, code or verifier. */
export class AuthError extends Error {
  /** What went wrong. */
  declare readonly code: AuthErrorCode;
  /** What the page was doing. */
  declare readonly phase: AuthErrorPhase;
  /** Whether the same call may succeed later without anything else being done. */
  declare readonly retryable: boolean;
  /** What the server said, where it said something. */
  declare readonly oauth?: OAuthError;

  constructor({ message, ...facts }: AuthErrorData, cause?: unknown) {
    super(message, cause ? { cause } : {});
    Object.assign(this, facts, { name: 'AuthError' });
  }
}

/** What may be wrong where there is no worker. */
export const WORKER_FAILED =
  'No worker answers; check that `assetsUrl` serves worker.js, not HTML, and the CSP (worker-src).';

/** An error that the page's side finds by itself. */
export function pageError(
  code: AuthErrorCode,
  phase: AuthErrorPhase,
  message: string,
  cause?: unknown,
): AuthError {
  return new AuthError({ code, message, phase, retryable: false }, cause);
}
