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
  /** The client was closed. */
  | 'client_closed'
  // The person has to sign in.
  /** Nobody is signed in. */
  | 'login_required'
  /** The session has ended. */
  | 'session_expired'
  /** The server asks for an interactive sign-in. */
  | 'interaction_required'
  // The server refused; `oauth` has its words.
  /** The server refused the sign-in (RFC 6749 section 4.1.2.1). */
  | 'authorization_refused'
  /** The token endpoint refused the request (RFC 6749 section 5.2). */
  | 'token_refused'
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
  /** The API answered from a URL that `resources` does not cover. */
  | 'redirect_refused'
  // The network, or a server that is down for now: `retryable` is true.
  /** The server can't be reached, or CORS forbids the answer; browsers don't tell which. */
  | 'network_error'
  /** The server did not answer within `httpTimeoutSeconds`. */
  | 'timeout'
  /** The server is down or busy. */
  | 'server_unavailable'
  // The browser, the page's set-up, or holdfast itself.
  /** The browser refuses IndexedDB. */
  | 'storage_unavailable'
  /** This browser lacks something that is needed. */
  | 'unsupported_browser'
  /** The worker file could not be started. */
  | 'worker_failed'
  /** The page and worker.js are of different versions. */
  | 'version_mismatch'
  /** The vault crashed and its session is lost. */
  | 'vault_crashed';

/** What the page was doing. */
export type AuthErrorPhase = 'init' | 'login' | 'callback' | 'refresh' | 'fetch' | 'logout';

/** An error as an OAuth server writes it (RFC 6749 sections 4.1.2.1 and 5.2). */
export interface OAuthError {
  error: string;
  error_description?: string;
  error_uri?: string;
}

/** An `AuthError` as it travels from the vault. */
export interface AuthErrorData {
  code: AuthErrorCode;
  message: string;
  phase: AuthErrorPhase;
  retryable: boolean;
  oauth?: { error: string; error_description: string | null; error_uri: string | null } | null;
}

/** An error of holdfast. Never holds a token, code or verifier. */
export class AuthError extends Error {
  /** What went wrong. */
  readonly code: AuthErrorCode;
  /** What the page was doing. */
  readonly phase: AuthErrorPhase;
  /** Whether the same call may succeed later without anything else being done. */
  readonly retryable: boolean;
  /** What the server said, where it said something. */
  readonly oauth?: OAuthError;

  constructor({ code, message, phase, retryable, oauth }: AuthErrorData, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'AuthError';
    this.code = code;
    this.phase = phase;
    this.retryable = retryable;
    if (oauth) {
      this.oauth = { error: oauth.error };
      if (oauth.error_description) this.oauth.error_description = oauth.error_description;
      if (oauth.error_uri) this.oauth.error_uri = oauth.error_uri;
    }
  }
}

/** An error that the page's side finds by itself. */
export function pageError(
  code: AuthErrorCode,
  phase: AuthErrorPhase,
  message: string,
  cause?: unknown,
): AuthError {
  return new AuthError({ code, message, phase, retryable: false }, cause);
}
