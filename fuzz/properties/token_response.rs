//! The token endpoint's answers.

use holdfast::core::{
    secret::Secret,
    token::{TokenFailure, TokenResponse, parse_response},
};
use serde_json::Value as Known;

use super::oracle;

const STATUSES: [u16; 12] = [200, 201, 204, 302, 400, 401, 403, 404, 408, 429, 500, 503];
/// What the request had in it.
const SENT: &str = "sent-refresh-token-0123456789";

/// The status by its number in the list, then the body.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut characters = text.chars();
    let status = characters.next().map_or(0, |first| first as usize);
    let status = STATUSES[status % STATUSES.len()];
    let body = characters.as_str();
    let mut response = oracle::response(status, body);
    response.retry_after_seconds = Some(5);
    response.looks_like_html = body.starts_with('<');
    response.dpop_nonce = body.contains("nonce=").then(|| "nonce".into());
    let known = oracle::read(body).map(|(_, known)| known);
    if let Ok(tokens) = parse_response(&response, &[&Secret::from(SENT)], false) {
        assert!(tokens.id_token.is_none(), "nobody looks at it");
    }
    match parse_response(&response, &[&Secret::from(SENT)], true) {
        Ok(tokens) => check_tokens(status, &tokens, &known.expect("a document")),
        Err(failure) => check_failure(status, failure, known.as_ref()),
    }
}

fn check_tokens(status: u16, tokens: &TokenResponse, known: &Known) {
    assert!((200..300).contains(&status));
    for (name, token) in [
        ("access_token", Some(&tokens.access_token)),
        ("refresh_token", tokens.refresh_token.as_ref()),
        ("id_token", tokens.id_token.as_ref()),
    ] {
        match token {
            Some(token) => {
                let token = token.expose(); // EXPOSE: a test
                assert_eq!(known[name], token.as_str());
                // It goes into a header as it stands.
                assert!(!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
            }
            None => assert!(
                known
                    .get(name)
                    .is_none_or(|none| none.is_null() || none == "")
            ),
        }
    }
    let token_type = known["token_type"].as_str().map(str::to_ascii_lowercase);
    let expected = if tokens.is_bound { "dpop" } else { "bearer" };
    assert_eq!(token_type.as_deref(), Some(expected));
    if let Some(seconds) = tokens.expires_in {
        let known = &known["expires_in"];
        let told = known.as_f64().or_else(|| known.as_str()?.parse().ok());
        let told = told.expect("a number");
        #[expect(clippy::cast_precision_loss, reason = "it is compared roughly")]
        let seconds = seconds as f64;
        assert!(
            told >= seconds * 0.999_999 && told < (seconds + 1.0) * 1.000_001,
            "{told} {seconds}"
        );
    }
}

fn check_failure(status: u16, failure: TokenFailure, known: Option<&Known>) {
    let error = known.and_then(|known| known["error"].as_str());
    match &failure {
        // Only the server's own words end a session.
        TokenFailure::Ended(_) => assert!(matches!(
            error,
            Some(
                "invalid_grant"
                    | "invalid_client"
                    | "unauthorized_client"
                    | "unsupported_grant_type"
            )
        )),
        TokenFailure::Interaction(_) | TokenFailure::Refused(_) | TokenFailure::Proof(_) => {
            assert!(error.is_some());
        }
        TokenFailure::Unclear(_) => assert!(matches!(status, 400 | 401)),
        TokenFailure::Invalid(_) => assert!((200..300).contains(&status)),
        TokenFailure::Unavailable(_) => {}
    }
    // What is told to the app does not have what was sent.
    let told = format!("{failure:?}");
    let told = [told, failure.into_error().message()].concat();
    assert!(!told.contains(SENT), "{told}");
}
