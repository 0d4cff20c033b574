//! Digests of the configuration, by which vaults recognize each other.

use sha2::{Digest as _, Sha256};

use super::json::{self, Value};

/// The digest of all options.
#[must_use]
pub(super) fn of(options: &Value) -> [u8; 32] {
    let mut hasher = Sha256::new();
    json::hash(options, &mut hasher);
    hasher.finalize().into()
}

/// The digest of the options that decide who may get a token. The others are blanked, so that a new
/// release of an app may change them and go on with the session. An option that is not named here
/// has a part.
#[must_use]
pub(super) fn of_recipients(mut options: Value) -> [u8; 32] {
    for name in [
        "authorizationParams",
        "clockToleranceSeconds",
        "host",
        "httpTimeoutSeconds",
        "par",
        "postLogoutRedirectUri",
        "provider",
        "replayLostRefresh",
        "rotationGraceSeconds",
        "scope",
    ] {
        if let Value::Object(members) = &mut options {
            members.insert(name.into(), Value::Null);
        }
    }
    of(&options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::json::json;

    fn valid() -> Value {
        json!({
            "issuer": "https://login.example",
            "clientId": "app",
            "redirectUri": "https://app.example/callback",
            "resources": ["https://api.example/"],
        })
    }

    fn with(name: &str, value: Value) -> Value {
        let mut options = valid();
        options[name] = value;
        options
    }

    fn metadata(token_endpoint: &str) -> Value {
        json!({
            "issuer": valid()["issuer"],
            "authorization_endpoint": "https://login.example/auth",
            "token_endpoint": token_endpoint,
            "jwks_uri": "https://login.example/keys",
        })
    }

    #[test]
    fn a_session_passes_on_only_where_the_same_may_get_its_tokens() {
        let own = of_recipients(valid());
        for (name, value) in [
            ("authorizationParams", json!({ "ui_locales": "de" })),
            ("clockToleranceSeconds", json!(60)),
            ("host", json!("dedicated")),
            ("httpTimeoutSeconds", json!(5)),
            ("par", json!("required")),
            (
                "postLogoutRedirectUri",
                json!("https://app.example/goodbye"),
            ),
            ("provider", json!("auth0")),
            ("replayLostRefresh", json!("within-grace")),
            ("rotationGraceSeconds", json!(60)),
            ("scope", json!("openid email")),
        ] {
            assert_eq!(of_recipients(with(name, value)), own, "{name}");
        }
        for (name, value) in [
            ("issuer", json!("https://evil.example")),
            ("clientId", json!("evil")),
            ("redirectUri", json!("https://app.example/evil")),
            ("resources", json!(["https://evil.example/"])),
            ("metadata", metadata("https://evil.example/token")),
            ("exposeAccessToken", json!(false)),
            ("dpop", json!("auto")),
            ("openid", json!(false)),
        ] {
            assert_ne!(of_recipients(with(name, value)), own, "{name}");
        }
    }
}
