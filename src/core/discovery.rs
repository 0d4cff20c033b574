//! The server's metadata (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2).

use alloc::{format, string::String, vec::Vec};

use serde_json::{Map, Value};

use super::{
    error::{Code, Error},
    url::HttpUrl,
};

/// What holdfast uses of the metadata. Unknown members are ignored (RFC 8414 section 3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Where the person signs in.
    pub authorization_endpoint: String,
    /// Where codes and refresh tokens are redeemed.
    pub token_endpoint: String,
    /// The key set by which ID tokens are verified.
    pub jwks_uri: String,
    /// Where the person signs out (RP-Initiated Logout 1.0 section 2.1).
    pub end_session_endpoint: Option<String>,
    /// Where tokens are revoked (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// Whether each authorization response names its issuer (RFC 9207 section 3).
    pub iss_parameter_supported: bool,
    /// The algorithms by which the server may sign ID tokens; empty where it does not say.
    pub id_token_algorithms: Vec<String>,
}

/// The two places where the metadata may stand, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WellKnown {
    /// OpenID Connect Discovery 1.0 section 4: appended to the issuer.
    OpenIdConfiguration,
    /// RFC 8414 section 3.1: inserted between the issuer's host and path.
    AuthorizationServer,
}

impl WellKnown {
    /// The URL of `issuer`'s metadata.
    #[must_use]
    pub fn url(self, issuer: &str) -> String {
        let issuer = issuer.strip_suffix('/').unwrap_or(issuer);
        match (self, HttpUrl::parse_of_server(issuer)) {
            (Self::AuthorizationServer, Some(url)) => {
                let path = if url.path == "/" { "" } else { url.path };
                format!(
                    "{}/.well-known/oauth-authorization-server{path}",
                    url.origin
                )
            }
            _ => format!("{issuer}/.well-known/openid-configuration"),
        }
    }

    /// Where to look after this place had nothing.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::OpenIdConfiguration => Some(Self::AuthorizationServer),
            Self::AuthorizationServer => None,
        }
    }
}

impl Metadata {
    /// Reads a metadata document of `issuer`.
    ///
    /// # Errors
    /// [`Code::IssuerMismatch`] where it is another issuer's (RFC 8414 section 3.3), and
    /// [`Code::DiscoveryInvalid`], naming the member, where it can't be used.
    pub fn parse(document: Value, issuer: &str) -> Result<Self, Error> {
        let Value::Object(document) = document else {
            return Err(Error::with(Code::DiscoveryInvalid, "it is no JSON object"));
        };
        match document.get("issuer").and_then(Value::as_str) {
            Some(found) if found == issuer => {}
            Some(_) => {
                return Err(Error::with(
                    Code::IssuerMismatch,
                    "`issuer` of the discovery document",
                ));
            }
            None => return Err(Error::with(Code::DiscoveryInvalid, "`issuer` is missing")),
        }
        if let Some(methods) = document.get("code_challenge_methods_supported") {
            // RFC 9700 section 2.1.1: S256 is the method that does not expose the verifier.
            if !strings(methods).any(|method| method == "S256") {
                return Err(Error::with(
                    Code::DiscoveryInvalid,
                    "the server does not support PKCE with S256",
                ));
            }
        }
        let secure_only = issuer.starts_with("https://");
        let required = |name| {
            endpoint(&document, name, secure_only)?
                .ok_or_else(|| Error::with(Code::DiscoveryInvalid, format!("`{name}` is missing")))
        };
        Ok(Self {
            authorization_endpoint: required("authorization_endpoint")?,
            token_endpoint: required("token_endpoint")?,
            jwks_uri: required("jwks_uri")?,
            end_session_endpoint: endpoint(&document, "end_session_endpoint", secure_only)?,
            revocation_endpoint: endpoint(&document, "revocation_endpoint", secure_only)?,
            iss_parameter_supported: document
                .get("authorization_response_iss_parameter_supported")
                .is_some_and(|supported| supported.as_bool() == Some(true)),
            id_token_algorithms: document
                .get("id_token_signing_alg_values_supported")
                .map(|values| strings(values).map(String::from).collect())
                .unwrap_or_default(),
        })
    }
}

/// An endpoint: https, or loopback http where the issuer itself is that.
fn endpoint(
    document: &Map<String, Value>,
    name: &str,
    secure_only: bool,
) -> Result<Option<String>, Error> {
    let wrong = || Error::with(Code::DiscoveryInvalid, format!("`{name}` is no https URL"));
    match document.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let url = HttpUrl::parse_of_server(text).ok_or_else(wrong)?;
            let is_fine =
                url.fragment.is_none() && (url.secure || !secure_only && url.is_loopback());
            if is_fine {
                Ok(Some(text.clone()))
            } else {
                Err(wrong())
            }
        }
        Some(_) => Err(wrong()),
    }
}

fn strings(values: &Value) -> impl Iterator<Item = &str> {
    values
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://login.example/tenant";

    fn document() -> Value {
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://login.example/authorize?tenant=1",
            "token_endpoint": "https://login.example/token",
            "jwks_uri": "https://login.example/jwks",
            "code_challenge_methods_supported": ["plain", "S256"],
            "something_new": { "deeply": ["nested"] },
        })
    }

    fn refusal(name: &str, value: Value) -> Error {
        let mut document = document();
        document[name] = value;
        Metadata::parse(document, ISSUER).expect_err("this document should be refused")
    }

    #[test]
    fn the_two_places_differ_where_the_issuer_has_a_path() {
        assert_eq!(
            WellKnown::OpenIdConfiguration.url(ISSUER),
            "https://login.example/tenant/.well-known/openid-configuration"
        );
        assert_eq!(
            WellKnown::AuthorizationServer.url(ISSUER),
            "https://login.example/.well-known/oauth-authorization-server/tenant"
        );
        for place in [
            WellKnown::OpenIdConfiguration,
            WellKnown::AuthorizationServer,
        ] {
            assert_eq!(
                place.url("https://l.example/"),
                place.url("https://l.example")
            );
            assert!(
                place
                    .url("https://l.example/")
                    .starts_with("https://l.example/.well-known/")
            );
        }
    }

    #[test]
    fn reads_what_it_needs() {
        let metadata = Metadata::parse(document(), ISSUER).unwrap();
        assert_eq!(metadata.token_endpoint, "https://login.example/token");
        assert_eq!(metadata.end_session_endpoint, None);
        assert!(!metadata.iss_parameter_supported);
    }

    #[test]
    fn the_issuer_is_compared_character_by_character() {
        for other in [
            "https://login.example/tenant/",
            "https://login.example/TENANT",
            "https://evil.example",
        ] {
            assert_eq!(
                refusal("issuer", json!(other)).code,
                Code::IssuerMismatch,
                "{other}"
            );
        }
        assert_eq!(refusal("issuer", json!(null)).code, Code::DiscoveryInvalid);
    }

    #[test]
    fn endpoints_must_be_https_urls() {
        for name in [
            "authorization_endpoint",
            "token_endpoint",
            "jwks_uri",
            "end_session_endpoint",
            "revocation_endpoint",
        ] {
            for wrong in [
                json!("http://login.example/"),
                json!("http://127.0.0.1/"),
                json!("javascript:alert(1)"),
                json!("https://login.example/#fragment"),
                json!("/token"),
                json!(7),
            ] {
                let error = refusal(name, wrong);
                assert_eq!(error.code, Code::DiscoveryInvalid);
                assert!(error.detail.unwrap().contains(name));
            }
        }
    }

    #[test]
    fn a_server_without_s256_is_refused() {
        assert_eq!(
            refusal("code_challenge_methods_supported", json!(["plain"])).code,
            Code::DiscoveryInvalid
        );
    }
}
