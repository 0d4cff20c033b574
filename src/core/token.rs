//! The token endpoint: requests (RFC 6749 sections 4.1.3 and 6) and responses (section 5).

use alloc::{
    string::{String, ToString as _},
    vec::Vec,
};

use super::{
    config::{Config, is_scope},
    error::{Code, Error, OAuthError},
    form,
    input::HttpResponse,
    json::{self, Map, Value},
    resource::Target,
    secret::Secret,
};

/// Says that a token is an access token (RFC 8693 section 3).
const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A successful token response (RFC 6749 section 5.1).
pub struct TokenResponse {
    /// The access token.
    pub access_token: Secret<String>,
    /// A new refresh token, where there is one.
    pub refresh_token: Option<Secret<String>>,
    /// The ID token (OpenID Connect Core section 3.1.3.3), where there is one.
    pub id_token: Option<Secret<String>>,
    /// What was granted, where the server says it, as scopes with one space between them.
    pub scope: Option<String>,
    /// The access token's life in seconds. `None`: until an API refuses it.
    pub expires_in: Option<u64>,
    /// Whether the access token is bound to a key (`token_type` is `DPoP`, RFC 9449 section 5).
    pub is_bound: bool,
    /// Whether it says that an exchange gave an access token (`issued_token_type`, RFC 8693 section
    /// 2.2.1).
    pub is_exchanged: bool,
}

/// Why there is no token response, sorted by what it means for a refresh token that was sent.
#[derive(Debug, PartialEq, Eq)]
pub enum TokenFailure {
    /// The server said by its error code that the grant is over, or that it will never do this.
    Ended(OAuthError),
    /// The server wants to see the person.
    Interaction(OAuthError),
    /// The server refused this request for another reason, which leaves the grant as it is.
    Refused(OAuthError),
    /// The server did not take the DPoP proof (RFC 9449 sections 5 and 8), which says nothing of the
    /// grant.
    Proof(Error),
    /// A 400 or 401 with an error code that says nothing, or without any.
    Unclear(Option<OAuthError>),
    /// The server is down or busy, or something else answered: `Retry-After` in seconds.
    Unavailable(Option<u64>),
    /// A success that can't be used.
    Invalid(Error),
}

/// The body that redeems an authorization code (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
#[must_use]
pub fn code_request(
    config: &Config,
    code: &Secret<String>,
    code_verifier: &Secret<String>,
) -> Secret<String> {
    // EXPOSE: the code and its verifier go to the token endpoint, the only place for them.
    let mut parameters = Vec::from([
        ("grant_type", "authorization_code"),
        ("code", code.expose().as_str()),
        ("code_verifier", code_verifier.expose().as_str()), // EXPOSE: as above
        ("redirect_uri", config.redirect_uri.as_str()),
        ("client_id", config.client_id.as_str()),
    ]);
    if let Some(target) = config.target(config.initial_target()) {
        extend_with_target(&mut parameters, target);
    }
    Secret::new(form::write(&parameters))
}

/// The body that renews an access token for `target` (RFC 6749 section 6).
#[must_use]
pub fn refresh_request(
    config: &Config,
    refresh_token: &Secret<String>,
    target: &Target,
) -> Secret<String> {
    let mut parameters = Vec::from([
        ("grant_type", "refresh_token"),
        // EXPOSE: the refresh token goes to the token endpoint, the only place for it.
        ("refresh_token", refresh_token.expose().as_str()),
        ("client_id", config.client_id.as_str()),
    ]);
    extend_with_target(&mut parameters, target);
    if let Some(scope) = &target.scope {
        parameters.push(("scope", scope.as_str()));
    }
    Secret::new(form::write(&parameters))
}

/// The body that buys an access token for `target` with `subject_token`, another access token (RFC
/// 8693 section 2.1).
#[must_use]
pub fn exchange_request(
    config: &Config,
    subject_token: &Secret<String>,
    target: &Target,
) -> Secret<String> {
    let mut parameters = Vec::from([
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ),
        // EXPOSE: the access token goes to the token endpoint of the server that issued it.
        ("subject_token", subject_token.expose().as_str()),
        ("subject_token_type", ACCESS_TOKEN_TYPE),
        ("requested_token_type", ACCESS_TOKEN_TYPE),
        ("client_id", config.client_id.as_str()),
    ]);
    extend_with_target(&mut parameters, target);
    if let Some(scope) = &target.scope {
        parameters.push(("scope", scope.as_str()));
    }
    Secret::new(form::write(&parameters))
}

/// The hint that a token is a refresh token (RFC 7009 section 2.1).
pub const REFRESH_TOKEN: &str = "refresh_token";

/// The body that revokes a token (RFC 7009 section 2.1). `hint` is what kind it is.
#[must_use]
pub fn revocation_request(config: &Config, token: &Secret<String>, hint: &str) -> Secret<String> {
    Secret::new(form::write(&[
        // EXPOSE: the token goes to the endpoint of its own server that ends it.
        ("token", token.expose().as_str()),
        ("token_type_hint", hint),
        ("client_id", config.client_id.as_str()),
    ]))
}

fn extend_with_target<'t>(parameters: &mut Vec<(&'t str, &'t str)>, target: &'t Target) {
    if let Some(resource) = &target.resource {
        parameters.push(("resource", resource));
    }
    if let Some(audience) = &target.audience {
        parameters.push(("audience", audience));
    }
}

/// Reads the token endpoint's answer. Only the OAuth `error` code decides what a refusal means,
/// never its description, and the status alone only where there is no code. `sent` are the secrets
/// of the request, which no error may quote. Where it is not `is_openid`, nobody looks at an ID token.
///
/// # Errors
/// A [`TokenFailure`].
pub fn parse_response(
    response: &HttpResponse,
    sent: &[&Secret<String>],
    is_openid: bool,
) -> Result<TokenResponse, TokenFailure> {
    // EXPOSE: the body is read, and its tokens move into secrets of their own.
    let document = json::parse(response.body.expose());
    let status = response.status;
    match (status, document) {
        (200..=299, Some(Value::Object(document))) => {
            parse_success(document, is_openid).map_err(TokenFailure::Invalid)
        }
        // A page of a captive portal or a firewall: whoever wrote it is not the server.
        (200..=299, _) => Err(TokenFailure::Unavailable(None)),
        (408 | 425 | 429 | 500..=599, _) => {
            Err(TokenFailure::Unavailable(response.retry_after_seconds))
        }
        (_, Some(document)) => Err(classify(response, &document, sent)),
        (400 | 401, None) if response.looks_like_html => Err(TokenFailure::Unavailable(None)),
        (400 | 401, None) => Err(TokenFailure::Unclear(None)),
        _ => Err(TokenFailure::Unavailable(response.retry_after_seconds)),
    }
}

fn parse_success(mut document: Map, is_openid: bool) -> Result<TokenResponse, Error> {
    let invalid = |what: &str| Error::with(Code::TokenResponseInvalid, what);
    let access_token = take_token(&mut document, "access_token")?
        .ok_or_else(|| invalid("`access_token` is missing"))?;
    // RFC 6749 section 7.1: a token of a type that we don't understand must not be used.
    let is_bound = match document.get("token_type").and_then(Value::as_str) {
        Some(token_type) if token_type.eq_ignore_ascii_case("bearer") => false,
        Some(token_type) if token_type.eq_ignore_ascii_case("dpop") => true,
        Some(_) => return Err(invalid("`token_type` is neither Bearer nor DPoP")),
        None => return Err(invalid("`token_type` is missing")),
    };
    Ok(TokenResponse {
        access_token,
        refresh_token: take_token(&mut document, "refresh_token")?,
        id_token: if is_openid {
            take_token(&mut document, "id_token")?
        } else {
            None
        },
        scope: document
            .get("scope")
            .and_then(Value::as_str)
            .filter(|scope| is_scope(scope))
            .map(String::from),
        expires_in: lifetime(document.get("expires_in")),
        is_bound,
        is_exchanged: document
            .get("issued_token_type")
            .is_some_and(|issued| issued.as_str() == Some(ACCESS_TOKEN_TYPE)),
    })
}

/// A token of the response; an empty or null one is none.
fn take_token(document: &mut Map, name: &str) -> Result<Option<Secret<String>>, Error> {
    match document.get_mut(name).map(Value::take) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(token)) if token.is_empty() => Ok(None),
        Some(Value::String(token)) if token.bytes().all(|byte| matches!(byte, 0x21..=0x7e)) => {
            Ok(Some(Secret::new(token)))
        }
        Some(_) => Err(Error::with(
            Code::TokenResponseInvalid,
            ["`", name, "` is no token"].concat(),
        )),
    }
}

/// `expires_in` in whole seconds. Some servers write it as a text. What makes no sense is as good
/// as absent: the token is used until an API refuses it.
fn lifetime(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::String(text) => text.parse().ok(),
        number => json::whole_part(number),
    }
}

/// Whether the server wants to see the person before it goes on (OpenID Connect Core section
/// 3.1.2.6).
#[must_use]
pub fn asks_for_the_person(code: &str) -> bool {
    matches!(
        code,
        "login_required"
            | "interaction_required"
            | "consent_required"
            | "account_selection_required"
            | "mfa_required"
    )
}

fn classify(response: &HttpResponse, document: &Value, sent: &[&Secret<String>]) -> TokenFailure {
    let status = response.status;
    let text = |name| document.get(name).and_then(Value::as_str);
    let Some(code) = text("error") else {
        return match status {
            400 | 401 => TokenFailure::Unclear(None),
            _ => TokenFailure::Unavailable(None),
        };
    };
    let mut error = OAuthError::new(code, text("error_description"), text("error_uri"));
    for secret in sent {
        error.silence(secret);
    }
    match code {
        "invalid_grant" | "invalid_client" | "unauthorized_client" | "unsupported_grant_type" => {
            TokenFailure::Ended(error)
        }
        "use_dpop_nonce" if response.dpop_nonce.is_none() => {
            TokenFailure::Proof(Error::refused(Code::DpopNonceHidden, error))
        }
        "use_dpop_nonce" | "invalid_dpop_proof" => {
            TokenFailure::Proof(Error::refused(Code::DpopRefused, error))
        }
        code if asks_for_the_person(code) => TokenFailure::Interaction(error),
        "temporarily_unavailable" | "server_error" | "slow_down" => TokenFailure::Unavailable(None),
        "invalid_scope" | "invalid_target" => TokenFailure::Refused(error),
        _ if matches!(status, 400 | 401) => TokenFailure::Unclear(Some(error)),
        _ => TokenFailure::Refused(error),
    }
}

impl TokenFailure {
    /// The failure as an error for whoever waits for the token.
    #[must_use]
    pub fn into_error(self) -> Error {
        match self {
            Self::Ended(oauth) | Self::Refused(oauth) | Self::Unclear(Some(oauth)) => {
                Error::refused(Code::TokenRefused, oauth)
            }
            Self::Interaction(oauth) => Error::refused(Code::InteractionRequired, oauth),
            Self::Unclear(None) => {
                Error::with(Code::TokenRefused, "without saying why".to_string())
            }
            Self::Unavailable(_) => Error::new(Code::ServerUnavailable),
            Self::Invalid(error) | Self::Proof(error) => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(status: u16, body: &str) -> Result<TokenResponse, TokenFailure> {
        let response = HttpResponse {
            status,
            body: body.into(),
            retry_after_seconds: Some(7),
            looks_like_html: body.starts_with('<'),
            dpop_nonce: None,
            date: None,
            challenge: None,
        };
        parse_response(&response, &[], true)
    }

    fn failure(status: u16, body: &str) -> TokenFailure {
        parse(status, body)
            .err()
            .unwrap_or_else(|| panic!("{status} {body} should fail"))
    }

    #[test]
    fn reads_a_response_and_ignores_what_it_does_not_know() {
        let response = parse(200, r#"{"access_token":"a","token_type":"bEARER","expires_in":5,"refresh_token":"r","__proto__":{"x":1}}"#).ok().unwrap();
        assert!(response.access_token.expose() == "a"); // EXPOSE: a test
        assert!(response.refresh_token.is_some() && response.id_token.is_none());
        assert_eq!(response.expires_in, Some(5));
    }

    #[test]
    fn lifetimes_that_make_no_sense_are_as_good_as_absent() {
        for (written, read) in [
            ("5", Some(5)),
            ("5.9", Some(5)),
            ("\"300\"", Some(300)),
            ("0", Some(0)),
            ("-1", None),
            ("1e308", None),
            ("\"soon\"", None),
            ("null", None),
            ("[5]", None),
        ] {
            let body =
                format!(r#"{{"access_token":"a","token_type":"Bearer","expires_in":{written}}}"#);
            assert_eq!(
                parse(200, &body).ok().unwrap().expires_in,
                read,
                "{written}"
            );
        }
    }

    #[test]
    fn unusable_successes_are_named() {
        for body in [
            r#"{"token_type":"Bearer"}"#,
            r#"{"access_token":"","token_type":"Bearer"}"#,
            r#"{"access_token":7,"token_type":"Bearer"}"#,
            r#"{"access_token":"a b","token_type":"Bearer"}"#,
            r#"{"access_token":"a"}"#,
            r#"{"access_token":"a","token_type":"MAC"}"#,
            r#"{"access_token":"a","token_type":"N_A"}"#,
            r#"{"access_token":"a","token_type":"Bearer","refresh_token":["r"]}"#,
        ] {
            assert!(
                matches!(failure(200, body), TokenFailure::Invalid(error) if error.code == Code::TokenResponseInvalid),
                "{body}"
            );
        }
    }

    #[test]
    fn only_the_error_code_decides() {
        let body =
            |code: &str| format!(r#"{{"error":"{code}","error_description":"invalid_grant"}}"#);
        for status in [400, 401, 403] {
            for code in [
                "invalid_grant",
                "invalid_client",
                "unauthorized_client",
                "unsupported_grant_type",
            ] {
                assert!(
                    matches!(failure(status, &body(code)), TokenFailure::Ended(_)),
                    "{status} {code}"
                );
            }
            for code in ["login_required", "interaction_required", "consent_required"] {
                assert!(
                    matches!(failure(status, &body(code)), TokenFailure::Interaction(_)),
                    "{status} {code}"
                );
            }
        }
        for (status, body) in [
            (429, body("invalid_grant")),
            (503, String::new()),
            (500, body("invalid_grant")),
            (408, String::new()),
            (200, "<html>Sign in to the Wi-Fi</html>".into()),
            (400, "<html>Blocked</html>".into()),
            (403, "<html>Blocked</html>".into()),
            (404, "{}".into()),
            (302, String::new()),
        ] {
            assert!(
                matches!(failure(status, &body), TokenFailure::Unavailable(_)),
                "{status} {body}"
            );
        }
        for (status, body) in [
            (400, String::new()),
            (401, "{}".into()),
            (400, body("invalid_request")),
        ] {
            assert!(
                matches!(failure(status, &body), TokenFailure::Unclear(_)),
                "{status} {body}"
            );
        }
    }

    proptest! {
        #[test]
        fn never_panics(status in 0_u16..1000, body in "\\PC{0,80}") {
            let _ = parse(status, &body);
        }
    }
}
