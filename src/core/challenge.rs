//! What an API says by `WWW-Authenticate` when it refuses a token (RFC 9110 section 11.6.1,
//! RFC 6750 section 3).

use super::url::after_last;

/// Whether a 401 means that the access token is no longer good, so that a new one may help.
///
/// `None` stands for a header that CORS hides or that is not there: then nobody can tell, and one
/// refresh is the right guess. An error other than `invalid_token` is about something that no
/// refresh can mend (RFC 9470's `insufficient_user_authentication`, say).
#[must_use]
pub fn asks_for_new_token(challenge: Option<&str>) -> bool {
    let Some(challenge) = challenge else {
        return true;
    };
    match parameter(challenge, "error") {
        None => true,
        Some(error) => error.eq_ignore_ascii_case("invalid_token"),
    }
}

/// The value of the first parameter `name` in any of the challenges. Values in quotes are not
/// searched for parameters.
fn parameter<'h>(header: &'h str, name: &str) -> Option<&'h str> {
    let mut rest = header;
    loop {
        let (before, after) = rest.split_once('=')?;
        let key = after_last(before.trim_ascii_end(), b" ,\t");
        let after = after.trim_ascii_start();
        let (value, tail) = match after.strip_prefix('"') {
            Some(quoted) => split_quoted(quoted),
            None => after.split_once([',', ' ', '\t']).unwrap_or((after, "")),
        };
        if key.eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = tail;
    }
}

/// The text up to the closing quote, and what follows it. Escapes are stepped over, not decoded:
/// error codes have none.
fn split_quoted(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => {
                let value = text.get(..index).unwrap_or_default();
                return (value, text.get(index + 1..).unwrap_or_default());
            }
            _ => {}
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_new_token_helps_against_invalid_token_and_the_unknown() {
        for challenge in [
            None,
            Some(""),
            Some("Bearer"),
            Some("Bearer realm=\"api\""),
            Some(
                "bearer realm=\"a, error=b\", error=\"invalid_token\", error_description=\"expired\"",
            ),
            Some("Bearer error=invalid_token"),
            Some("Bearer realm=\"say \\\"error=x\\\"\" , ERROR = \"Invalid_Token\""),
            Some("Basic realm=\"x\", Bearer error=\"invalid_token\""),
        ] {
            assert!(asks_for_new_token(challenge), "{challenge:?}");
        }
    }

    #[test]
    fn it_does_not_help_against_anything_else() {
        for challenge in [
            "Bearer error=\"insufficient_user_authentication\", acr_values=\"gold\"",
            "Bearer error=\"invalid_request\"",
            "DPoP error=\"use_dpop_nonce\"",
            "Bearer realm=\"error=invalid_token\", error=\"insufficient_scope\"",
        ] {
            assert!(!asks_for_new_token(Some(challenge)), "{challenge}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(header in "\\PC{0,80}") {
            let _ = asks_for_new_token(Some(&header));
        }
    }
}
