//! Every way in which holdfast fails: a stable code, who is at fault, and what to do.
//!
//! An error never holds a token, code or verifier. What a server wrote in `error_description`
//! is kept, since the server chose to show it, with control characters removed.

use alloc::{
    boxed::Box,
    string::{String, ToString as _},
};
use core::fmt;

use super::{secret::Secret, url::HttpUrl};

/// Who is at fault, and so who can mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The app called holdfast wrongly. Mend the app.
    ApiMisuse,
    /// The authorization server said no, in the words of RFC 6749.
    ServerRefused,
    /// The authorization server, or something that speaks in its place, broke a rule.
    ServerMisbehaved,
    /// The network, or a server that is down for now. Try again.
    Network,
    /// The person has to sign in (again).
    Session,
    /// The browser, the page's set-up, or holdfast itself.
    Environment,
}

/// What the person or app was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// `createAuthClient`.
    Init,
    /// `loginWithRedirect`.
    Login,
    /// `handleRedirectCallback`.
    Callback,
    /// A refresh of an access token, on demand.
    Refresh,
    /// `auth.fetch`.
    Fetch,
    /// `logout`.
    Logout,
}

impl Phase {
    /// The name that the page sees in `AuthError.phase`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Login => "login",
            Self::Callback => "callback",
            Self::Refresh => "refresh",
            Self::Fetch => "fetch",
            Self::Logout => "logout",
        }
    }
}

macro_rules! codes {
    ($( $(#[doc = $doc:literal])+ $variant:ident = $code:literal, $fault:ident, $retryable:literal, $message:literal; )+) => {
        /// A stable name for what went wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Code { $( $(#[doc = $doc])+ $variant, )+ }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The name that the page sees in `AuthError.code`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $code, )+ }
            }

            /// Who is at fault.
            #[must_use]
            pub const fn fault(self) -> Fault {
                match self { $( Self::$variant => Fault::$fault, )+ }
            }

            /// Whether the same call may succeed later without anything else being done.
            #[must_use]
            pub const fn retryable(self) -> bool {
                match self { $( Self::$variant => $retryable, )+ }
            }

            /// What happened and what to do.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $( Self::$variant => $message, )+ }
            }
        }
    };
}

codes! {
    /// An option is missing or wrong; the message names it.
    InvalidOptions = "invalid_options", ApiMisuse, false,
        "An option of createAuthClient is missing or wrong";
    /// A vault with another configuration is live under the same name.
    ConfigMismatch = "config_mismatch", ApiMisuse, false,
        "The vault already runs with another configuration; use the same options everywhere";
    /// An argument of `loginWithRedirect`, `logout` or `fetch` is wrong; the message names it.
    InvalidArgument = "invalid_argument", ApiMisuse, false,
        "An argument is wrong";
    /// The URL of `auth.fetch` is in no entry of `resources`.
    ResourceNotAllowed = "resource_not_allowed", ApiMisuse, false,
        "This URL is not covered by the `resources` option, so it may not receive a token; add it there, or use window.fetch";
    /// The caller set an `Authorization` header of its own.
    AuthorizationHeader = "authorization_header", ApiMisuse, false,
        "auth.fetch sets the Authorization header itself; remove it from the request, or use window.fetch";

    /// The vault was not made to give access tokens away.
    AccessTokenNotExposed = "access_token_not_exposed", ApiMisuse, false,
        "auth.accessToken() needs the option `exposeAccessToken: true`; auth.fetch needs no such thing";

    /// Nobody is signed in.
    LoginRequired = "login_required", Session, false,
        "Nobody is signed in; call loginWithRedirect()";
    /// The session has ended: the server refused the refresh token, or there is none to renew with.
    SessionExpired = "session_expired", Session, false,
        "The session has ended; call loginWithRedirect()";
    /// Another tab, or a newer version of the app, has taken the session over.
    SessionMoved = "session_moved", Session, false,
        "The session went on in another tab or in a newer version of this app; reload the page";
    /// The server wants to see the person before it goes on.
    InteractionRequired = "interaction_required", Session, false,
        "The server asks for an interactive sign-in; call loginWithRedirect()";

    /// The server answered the sign-in with an OAuth error (RFC 6749 section 4.1.2.1).
    AuthorizationRefused = "authorization_refused", ServerRefused, false,
        "The server refused the sign-in; see `oauth`";
    /// In an extension: the window of the sign-in was closed.
    LoginCancelled = "login_cancelled", Session, false,
        "The sign-in was not finished: its window was closed; call loginWithRedirect() again";
    /// The window of `loginWithPopup` was closed, or left for ten minutes.
    PopupClosed = "popup_closed", Session, false,
        "The sign-in was not finished: its popup was closed";
    /// The browser opened no popup.
    PopupBlocked = "popup_blocked", Environment, false,
        "The browser opened no popup; call loginWithPopup() first thing in a click";
    /// The token endpoint refused the request (RFC 6749 section 5.2).
    TokenRefused = "token_refused", ServerRefused, false,
        "The token endpoint refused the request; see `oauth`";
    /// The token endpoint refused to exchange the access token (RFC 8693 section 2.2.2).
    TokenExchangeRefused = "token_exchange_refused", ServerRefused, false,
        "The server gives no access token for this API in exchange; see `oauth`";

    /// There is no userinfo endpoint, no ID token to compare its answer with, or it refuses the token.
    UserinfoUnavailable = "userinfo_unavailable", ServerRefused, false,
        "The server gives no userinfo in this session";

    /// The connection failed after the code was sent. A code can be used once.
    SignInInterrupted = "sign_in_interrupted", Network, false,
        "The connection failed in the last step of the sign-in; start again with loginWithRedirect()";

    /// The URL is no well-formed authorization response.
    CallbackInvalid = "callback_invalid", ServerMisbehaved, false,
        "The callback URL is not a valid authorization response; start again with loginWithRedirect()";
    /// The authorization response has no `state`.
    StateMissing = "state_missing", ServerMisbehaved, false,
        "The callback URL has no `state`, so it belongs to no sign-in of this app; start again with loginWithRedirect()";
    /// The `state` belongs to no pending sign-in: forged, used already, or older than ten minutes.
    StateUnknown = "state_unknown", ServerMisbehaved, false,
        "The callback's `state` belongs to no pending sign-in (used already, too old, or forged); start again with loginWithRedirect()";
    /// Another issuer answered (RFC 9207), or discovery named another one (RFC 8414 section 3.3).
    IssuerMismatch = "issuer_mismatch", ServerMisbehaved, false,
        "The answer comes from another issuer than the configured one; compare the `issuer` option with the server's, character by character";
    /// The server promises `iss` in its authorization responses, and this one has none (RFC 9207).
    IssuerMissing = "issuer_missing", ServerMisbehaved, false,
        "The callback URL has no `iss`, though the server announces it; start again with loginWithRedirect()";
    /// The discovery document can't be used.
    DiscoveryInvalid = "discovery_invalid", ServerMisbehaved, false,
        "The server's discovery document can't be used";
    /// The token response can't be used.
    TokenResponseInvalid = "token_response_invalid", ServerMisbehaved, false,
        "The token endpoint's answer can't be used";
    /// The server's answer to a pushed authorization request can't be used (RFC 9126 section 2.2).
    ParResponseInvalid = "par_response_invalid", ServerMisbehaved, false,
        "The server's answer to the pushed authorization request can't be used";
    /// The key set at `jwks_uri` can't be used.
    JwksInvalid = "jwks_invalid", ServerMisbehaved, false,
        "The server's key set can't be used";
    /// The ID token is no well-formed signed JWT, or a claim has the wrong type.
    IdTokenMalformed = "id_token_malformed", ServerMisbehaved, false,
        "The ID token is malformed";
    /// The ID token's `alg` is not one that holdfast and the server agree on.
    IdTokenAlgorithm = "id_token_algorithm", ServerMisbehaved, false,
        "The ID token is signed by an algorithm that is not accepted (RS256, PS256, ES256 and EdDSA are)";
    /// No key of the server fits the ID token.
    IdTokenKey = "id_token_key", ServerMisbehaved, false,
        "No key of the server's fits the ID token";
    /// The ID token's signature is wrong.
    IdTokenSignature = "id_token_signature", ServerMisbehaved, false,
        "The ID token's signature is wrong";
    /// The ID token's `iss` is not the configured issuer.
    IdTokenIssuer = "id_token_issuer", ServerMisbehaved, false,
        "The ID token was issued by somebody else";
    /// The ID token is missing `sub`, or names another person than before.
    IdTokenSubject = "id_token_subject", ServerMisbehaved, false,
        "The ID token's subject is missing, malformed, or not the one who is signed in";
    /// The ID token is not (only) for this client.
    IdTokenAudience = "id_token_audience", ServerMisbehaved, false,
        "The ID token is meant for another client";
    /// The ID token is expired, not yet valid, or has no times; a wrong clock looks like this too.
    IdTokenTime = "id_token_time", ServerMisbehaved, false,
        "The ID token is expired or not yet valid; check this device's clock";
    /// The ID token's `nonce` is not the one that was sent.
    IdTokenNonce = "id_token_nonce", ServerMisbehaved, false,
        "The ID token belongs to another sign-in (nonce)";
    /// The ID token's `at_hash` does not fit the access token.
    IdTokenAccessToken = "id_token_access_token", ServerMisbehaved, false,
        "The ID token belongs to another access token (at_hash)";
    /// The sign-in is older than the `max_age` that was asked for.
    IdTokenAuthTime = "id_token_auth_time", ServerMisbehaved, false,
        "The server did not sign the person in as recently as `max_age` asks";
    /// The ID token's `acr` is none of the values that `claims` demands (OpenID Connect Core section 5.5.1.1).
    IdTokenAcr = "id_token_acr", ServerMisbehaved, false,
        "The server did not sign the person in by one of the ways that `claims` demands (acr)";
    /// The userinfo endpoint's answer can't be used (OpenID Connect Core section 5.3).
    UserinfoInvalid = "userinfo_invalid", ServerMisbehaved, false,
        "The userinfo endpoint's answer can't be used";
    /// The answer comes from a URL that no token may go to; a token never follows a redirect.
    RedirectRefused = "redirect_refused", ServerMisbehaved, false,
        "The API answered from a URL that `resources` does not cover";

    /// The `dpop` option requires DPoP, and the server or this browser doesn't have it.
    DpopUnsupported = "dpop_unsupported", Environment, false,
        "DPoP can't be used here";
    /// The server refused the DPoP proof (RFC 9449 section 5).
    DpopRefused = "dpop_refused", ServerRefused, false,
        "The server refused the DPoP proof; check this device's clock, and see `oauth`";
    /// A server asks for a nonce in DPoP proofs (RFC 9449 sections 8 and 9), and its CORS hides it.
    DpopNonceHidden = "dpop_nonce_hidden", ServerMisbehaved, false,
        "The server wants a nonce in DPoP proofs and hides it; its answers need the header `Access-Control-Expose-Headers: DPoP-Nonce, WWW-Authenticate`";
    /// An API wants a nonce, and the body is a stream, which can't be sent twice. The nonce is known
    /// now.
    DpopNonceRequired = "dpop_nonce_required", Network, true,
        "The API wants a nonce in DPoP proofs, and a body that is a stream can't be sent twice; the nonce is known now, so make the call again";

    /// The network failed, or CORS forbade the answer; browsers don't tell which.
    NetworkError = "network_error", Network, true,
        "The authorization server can't be reached, or does not allow this origin by CORS";
    /// The server took longer than `httpTimeoutSeconds`.
    Timeout = "timeout", Network, true,
        "The authorization server did not answer in time";
    /// The server is down or busy (429, 5xx), or something else answered in its place.
    ServerUnavailable = "server_unavailable", Network, true,
        "The authorization server is not available for now";

    /// The browser would not keep the pending sign-in in IndexedDB.
    StorageUnavailable = "storage_unavailable", Environment, false,
        "The browser refuses IndexedDB, which holds a sign-in while the person is at the server";
    /// This browser lacks something that is needed.
    UnsupportedBrowser = "unsupported_browser", Environment, false,
        "This browser lacks something that is needed";
    /// The worker file could not be started.
    WorkerFailed = "worker_failed", Environment, false,
        "The worker file could not be started; check `assetsUrl`, that worker.js is served there, and the page's CSP";
    /// The page and the worker file are of different versions.
    VersionMismatch = "version_mismatch", Environment, false,
        "The page and worker.js are of different versions; copy the files again with `npx holdfast init`";
    /// The vault crashed. Another has begun, with what the escrow has of the session.
    VaultCrashed = "vault_crashed", Environment, false,
        "The vault crashed and was started anew, perhaps without its session; please report this";
    /// In an extension: something else than one of its own pages spoke to the vault.
    SenderRefused = "sender_refused", ApiMisuse, false,
        "Only the extension's own pages may use its vault; a content script asks one of them";
    /// `auth.close()` was called.
    ClientClosed = "client_closed", ApiMisuse, false,
        "This client was closed";
}

/// An error of holdfast. Shown to the page as `AuthError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What went wrong.
    pub code: Code,
    /// Which option, claim, endpoint or status: a few words, never a secret.
    pub detail: Option<String>,
    /// What the server said, where it said something.
    pub oauth: Option<Box<OAuthError>>,
}

impl Error {
    /// An error which its code says all about.
    #[must_use]
    pub const fn new(code: Code) -> Self {
        Self {
            code,
            detail: None,
            oauth: None,
        }
    }

    /// An error with a few words on what exactly.
    pub fn with(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: Some(detail.into()),
            oauth: None,
        }
    }

    /// What happened and what to do, with the details.
    #[must_use]
    pub fn message(&self) -> String {
        match &self.detail {
            Some(detail) => [self.code.message(), ": ", detail, "."].concat(),
            None => [self.code.message(), "."].concat(),
        }
    }

    /// An error by which the server refused.
    #[must_use]
    pub fn refused(code: Code, oauth: OAuthError) -> Self {
        Self {
            code,
            detail: None,
            oauth: Some(Box::new(oauth)),
        }
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message())
    }
}

impl core::error::Error for Error {}

/// An error as OAuth writes it (RFC 6749 sections 4.1.2.1 and 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthError {
    /// The code, for example `access_denied`.
    pub error: String,
    /// Words for a developer. Never used to decide anything.
    pub description: Option<String>,
    /// A page with more.
    pub uri: Option<String>,
}

impl OAuthError {
    /// Takes over what the server wrote, cut to a sane length and without characters that control
    /// a terminal or turn the direction of the text around them. Of `uri` only a web page: an app may
    /// make a link of it.
    #[must_use]
    pub fn new(error: &str, description: Option<&str>, uri: Option<&str>) -> Self {
        Self {
            error: printable(error),
            description: description.map(printable),
            uri: uri
                .filter(|uri| HttpUrl::parse(uri).is_some())
                .map(printable),
        }
    }

    /// Drops the words that quote `secret` or a half of it: servers have been seen to repeat what
    /// they were sent.
    pub fn silence(&mut self, secret: &Secret<String>) {
        // EXPOSE: it is looked for, so that it goes nowhere.
        let secret = secret.expose().as_bytes();
        // Half of a short one is in any text.
        let part = if secret.len() > 16 {
            secret.len().div_ceil(2)
        } else {
            secret.len().max(1)
        };
        // By bytes: `str::contains` brings in a search that is made for long texts.
        let quotes = |text: &str| {
            let is_in = |part: &[u8]| {
                text.as_bytes()
                    .windows(part.len())
                    .any(|window| window == part)
            };
            secret.chunks(part).any(is_in)
        };
        self.description.take_if(|text| quotes(text));
        self.uri.take_if(|text| quotes(text));
        if quotes(&self.error) {
            self.error.clear();
        }
    }
}

fn printable(text: &str) -> String {
    const LONGEST: usize = 500;
    text.chars()
        .filter(|character| !character.is_control() && !turns_text(*character))
        .take(LONGEST)
        .collect::<String>()
        .trim_ascii()
        .to_string()
}

/// Whether a character changes the direction of what stands around it (Unicode's `Bidi_Control`).
const fn turns_text(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_messages_are_sentences_without_their_full_stop() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert!(
                !Code::ALL[..index]
                    .iter()
                    .any(|other| other.as_str() == code.as_str())
            );
            assert!(!code.message().ends_with('.'), "{}", code.as_str());
        }
    }

    #[test]
    fn an_error_reads_as_one_sentence() {
        let error = Error::with(Code::InvalidOptions, "`clientId` is missing");
        assert_eq!(
            error.to_string(),
            "An option of createAuthClient is missing or wrong: `clientId` is missing."
        );
    }

    #[test]
    fn what_a_server_wrote_is_cut_and_cleaned() {
        let error = OAuthError::new("access_denied", Some(&"x\u{0}\n".repeat(1_000)), None);
        assert_eq!(error.description.map(|text| text.len()), Some(500));
        let turned = "\u{202e}enif\u{202c} \u{2066}\u{200f}\u{61c}ok\u{2069}";
        let error = OAuthError::new("e", Some(turned), None);
        assert_eq!(error.description.as_deref(), Some("enif ok"));
    }

    #[test]
    fn an_error_leads_to_web_pages_alone() {
        for (uri, is_kept) in [
            ("https://login.example/errors/7#why", true),
            ("http://login.example/errors", true),
            ("javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("/errors", false),
            ("https://login.example/\u{9}x", false),
        ] {
            let error = OAuthError::new("e", None, Some(uri));
            assert_eq!(error.uri.is_some(), is_kept, "{uri}");
        }
    }
}
