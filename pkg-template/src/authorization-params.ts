/** The parameters of an authorization request that an app may choose: types only. */

/**
 * More parameters of the authorization request. Those that are named here are what the standards have; any other goes to
 * the server as it is (`organization`, `kc_idp_hint`, `screen_hint` ...). What holdfast sets itself (`state`, `nonce`,
 * `scope`, `redirect_uri`, `response_type`, `code_challenge`, `request` and their like) is refused.
 */
export interface AuthorizationParams {
  /**
   * What the server shows without a question (`none`) or asks anew (`login`, `consent`, `select_account`), with spaces
   * between; `create` goes to the registration (Initiating User Registration 1.0). With `none` the answer that the person
   * has to be asked is the error `interaction_required`. OpenID Connect Core section 3.1.2.1.
   */
  prompt?: string;
  /**
   * How old the sign-in may be, in whole seconds; 0 asks for one now. An older one is refused with `id_token_auth_time`.
   * OpenID Connect Core section 3.1.2.1.
   */
  max_age?: number | string;
  /**
   * The ways to sign in that the app would like, best first, with spaces between: a wish. What it came to is
   * `idTokenClaims().acr`. OpenID Connect Core section 3.1.2.1.
   */
  acr_values?: string;
  /** Who wants to sign in, as far as the app knows: a name or a mail address. OpenID Connect Core section 3.1.2.1. */
  login_hint?: string;
  /** Languages for the server's pages, best first, with spaces between. OpenID Connect Core section 3.1.2.1. */
  ui_locales?: string;
  /** How the server's pages are shown: `page`, `popup`, `touch` or `wap`. OpenID Connect Core section 3.1.2.1. */
  display?: string;
  /**
   * Single claims to ask for, as an object or its JSON. An `acr` that is essential, with `values`, is a demand: an ID
   * token with another one, or none, is refused with `id_token_acr`. OpenID Connect Core section 5.5.
   */
  claims?: ClaimsRequest | string;
  /** Anything else. */
  [name: string]: string | number | boolean | ClaimsRequest | undefined;
}

/** The parameter `claims` (OpenID Connect Core section 5.5): claims by name, where they are wanted. */
export interface ClaimsRequest {
  /** For the ID token: what `auth.user()` and `auth.idTokenClaims()` give. */
  id_token?: Record<string, ClaimRequest | null>;
  /** For the userinfo endpoint. */
  userinfo?: Record<string, ClaimRequest | null>;
}

/** How one claim is wanted (OpenID Connect Core section 5.5.1). `null` in its place: if it is no trouble. */
export interface ClaimRequest {
  /** Whether the app needs it. */
  essential?: boolean;
  /** The value that it should have. */
  value?: unknown;
  /** Values of which it should have one. */
  values?: unknown[];
}
