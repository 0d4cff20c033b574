//! The server's metadata (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2).

use alloc::{string::String, vec::Vec};

use super::{
    dpop::ProofAlgorithm,
    error::{Code, Error},
    json::{Map, Value},
    url::HttpUrl,
};

/// What holdfast uses of the metadata. Unknown members are ignored (RFC 8414 section 3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Where the person signs in.
    pub authorization_endpoint: String,
    /// Where codes and refresh tokens are redeemed.
    pub token_endpoint: String,
    /// The key set by which ID tokens are verified. There is one where there are ID tokens.
    pub jwks_uri: Option<String>,
    /// Where the person signs out (RP-Initiated Logout 1.0 section 2.1).
    pub end_session_endpoint: Option<String>,
    /// Where tokens are revoked (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// Where claims of the person are (OpenID Connect Core section 5.3).
    pub userinfo_endpoint: Option<String>,
    /// Where authorization requests are pushed to (RFC 9126).
    pub pushed_authorization_request_endpoint: Option<String>,
    /// Whether the server takes no other ones (RFC 9126 section 5).
    pub require_pushed_authorization_requests: bool,
    /// Whether each authorization response names its issuer (RFC 9207 section 3).
    pub iss_parameter_supported: bool,
    /// The algorithms by which the server may sign ID tokens; empty where it does not say.
    pub id_token_algorithms: Vec<String>,
    /// The best algorithm for DPoP proofs that the server lists and we have (RFC 9449 section 5.1).
    pub proof_algorithm: Option<ProofAlgorithm>,
}

/// The two places where the metadata may stand.
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
                [url.origin, "/.well-known/oauth-authorization-server", path].concat()
            }
            _ => [issuer, "/.well-known/openid-configuration"].concat(),
        }
    }

    /// Where to look first.
    #[must_use]
    pub const fn first(is_openid: bool) -> Self {
        if is_openid {
            Self::OpenIdConfiguration
        } else {
            Self::AuthorizationServer
        }
    }

    /// The other place.
    #[must_use]
    pub const fn other(self) -> Self {
        Self::first(matches!(self, Self::AuthorizationServer))
    }
}

impl Metadata {
    /// Reads a metadata document of `issuer`. What the app has `given` by hand goes over it.
    /// `is_openid`: whether there are ID tokens.
    ///
    /// # Errors
    /// [`Code::IssuerMismatch`] where it is another issuer's (RFC 8414 section 3.3), and
    /// [`Code::DiscoveryInvalid`], naming the member, where it can't be used.
    pub fn parse(
        document: Value,
        given: &Map,
        issuer: &str,
        is_openid: bool,
    ) -> Result<Self, Error> {
        let Value::Object(mut document) = document else {
            return Err(invalid("it is no JSON object"));
        };
        match document.get("issuer").and_then(Value::as_str) {
            Some(found) if found == issuer => {}
            Some(found) => {
                let detail = if found.contains('{') {
                    // Whoever took any issuer that fits would take anybody's tokens.
                    "`issuer` of the discovery document is a template; the option `issuer` must name one tenant"
                } else {
                    "`issuer` of the discovery document"
                };
                return Err(Error::with(Code::IssuerMismatch, detail));
            }
            None => return Err(wrong("issuer", MISSING)),
        }
        for (name, value) in given {
            document.insert(name.clone(), value.clone());
        }
        let metadata = read(&document, issuer)?;
        let is_missing = |name: &&&str| member(&document, name).is_none();
        match required(is_openid).iter().find(is_missing) {
            Some(name) => Err(wrong(name, MISSING)),
            None => Ok(metadata),
        }
    }

    /// Reads what the app has given by hand. `None` where it is a part, which the server's own
    /// document has to complete.
    ///
    /// # Errors
    /// [`Code::DiscoveryInvalid`], naming the member that is wrong.
    pub fn parse_given(given: &Map, issuer: &str, is_openid: bool) -> Result<Option<Self>, Error> {
        let own = given.get("issuer");
        if own.is_some_and(|own| own.as_str() != Some(issuer)) {
            return Err(wrong("issuer", "is not what the option `issuer` says"));
        }
        let metadata = read(given, issuer)?;
        // `null`: the server has none, and nothing works without.
        let is_null = |name: &&&str| given.get(name).is_some_and(Value::is_null);
        let required = required(is_openid);
        if let Some(name) = required.iter().find(is_null) {
            return Err(wrong(name, MISSING));
        }
        let is_whole = required.iter().all(|name| given.contains_key(name));
        Ok(is_whole.then_some(metadata))
    }
}

/// What nothing works without.
const fn required(is_openid: bool) -> &'static [&'static str] {
    if is_openid {
        &["authorization_endpoint", "token_endpoint", "jwks_uri"]
    } else {
        &["authorization_endpoint", "token_endpoint"]
    }
}

const MISSING: &str = "is missing";

/// Whether the required members are there is yet to be seen.
fn read(document: &Map, issuer: &str) -> Result<Metadata, Error> {
    let methods = names(document, "code_challenge_methods_supported")?;
    // RFC 9700 section 2.1.1: S256 is the method that does not expose the verifier.
    if !methods.is_empty() && !methods.iter().any(|method| method == "S256") {
        return Err(invalid("the server does not support PKCE with S256"));
    }
    let secure_only = issuer.starts_with("https://");
    let endpoint = |name| endpoint(document, name, secure_only);
    Ok(Metadata {
        authorization_endpoint: endpoint("authorization_endpoint")?.unwrap_or_default(),
        token_endpoint: endpoint("token_endpoint")?.unwrap_or_default(),
        jwks_uri: endpoint("jwks_uri")?,
        end_session_endpoint: endpoint("end_session_endpoint")?,
        revocation_endpoint: endpoint("revocation_endpoint")?,
        userinfo_endpoint: endpoint("userinfo_endpoint")?,
        pushed_authorization_request_endpoint: endpoint("pushed_authorization_request_endpoint")?,
        require_pushed_authorization_requests: flag(
            document,
            "require_pushed_authorization_requests",
        )?,
        iss_parameter_supported: flag(document, "authorization_response_iss_parameter_supported")?,
        id_token_algorithms: names(document, "id_token_signing_alg_values_supported")?,
        proof_algorithm: document
            .get("dpop_signing_alg_values_supported")
            .and_then(ProofAlgorithm::best),
    })
}

/// A member. `null` is as good as absent.
fn member<'d>(document: &'d Map, name: &str) -> Option<&'d Value> {
    document.get(name).filter(|value| !value.is_null())
}

/// An endpoint: https, or loopback http where the issuer itself is that.
fn endpoint(document: &Map, name: &str, secure_only: bool) -> Result<Option<String>, Error> {
    let Some(value) = member(document, name) else {
        return Ok(None);
    };
    let is_fine = |text: &&str| {
        HttpUrl::parse_of_server(text).is_some_and(|url| {
            url.fragment.is_none() && (url.secure || !secure_only && url.is_loopback())
        })
    };
    match value.as_str().filter(is_fine) {
        Some(text) => Ok(Some(text.into())),
        None => Err(wrong(name, "is no https URL")),
    }
}

/// A flag. What is neither true nor false could be read in two ways, one of them without a check.
fn flag(document: &Map, name: &str) -> Result<bool, Error> {
    match member(document, name) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(wrong(name, "is neither true nor false")),
    }
}

/// A list of names; empty where the server does not say. One that is there has an entry (RFC 8414
/// section 2): an empty one would be taken for none.
fn names(document: &Map, name: &str) -> Result<Vec<String>, Error> {
    let Some(value) = member(document, name) else {
        return Ok(Vec::new());
    };
    let texts = value.as_array().into_iter().flatten();
    let names: Option<Vec<_>> = texts.map(|text| text.as_str().map(String::from)).collect();
    names
        .filter(|names| !names.is_empty())
        .ok_or_else(|| wrong(name, "is no list of names"))
}

fn wrong(name: &str, what: &str) -> Error {
    Error::with(Code::DiscoveryInvalid, ["`", name, "` ", what].concat())
}

fn invalid(what: &str) -> Error {
    Error::with(Code::DiscoveryInvalid, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::json::json;

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

    fn parse(document: Value) -> Result<Metadata, Error> {
        Metadata::parse(document, &Map::new(), ISSUER, true)
    }

    fn refusal(name: &str, value: Value) -> Error {
        let mut document = document();
        document[name] = value;
        parse(document).expect_err("this document should be refused")
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
        let metadata = parse(document()).unwrap();
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
            "userinfo_endpoint",
            "pushed_authorization_request_endpoint",
        ] {
            for wrong in [
                json!("http://login.example/"),
                json!("http://127.0.0.1/"),
                json!("javascript:alert(1)"),
                json!("data:text/html,x"),
                json!("https://login.example/#fragment"),
                json!("https://login.example@evil.example/"),
                json!("https:/login.example/"),
                json!(" https://login.example/"),
                json!("//login.example/"),
                json!("/token"),
                json!(""),
                json!(7),
                json!(true),
                json!(["https://login.example/token"]),
                json!({ "url": "https://login.example/token" }),
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

    #[test]
    fn members_by_which_checks_are_made_are_of_their_type_or_absent() {
        for (name, wrong) in [
            ("authorization_response_iss_parameter_supported", json!(1)),
            (
                "authorization_response_iss_parameter_supported",
                json!("true"),
            ),
            ("require_pushed_authorization_requests", json!("true")),
            ("id_token_signing_alg_values_supported", json!("RS256")),
            ("id_token_signing_alg_values_supported", json!([])),
            ("id_token_signing_alg_values_supported", json!([["RS256"]])),
            ("code_challenge_methods_supported", json!("S256")),
            ("code_challenge_methods_supported", json!(["S256", 256])),
            ("code_challenge_methods_supported", json!([])),
        ] {
            let error = refusal(name, wrong);
            assert_eq!(error.code, Code::DiscoveryInvalid);
            assert!(error.detail.unwrap().contains(name));
            let mut document = document();
            document[name] = json!(null);
            assert!(parse(document).is_ok(), "{name}");
        }
    }

    #[test]
    fn required_members_are_named_where_they_are_missing() {
        for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
            let error = refusal(name, json!(null));
            assert_eq!(error.code, Code::DiscoveryInvalid);
            assert_eq!(error.detail.unwrap(), format!("`{name}` is missing"));
        }
    }

    #[test]
    fn what_is_given_by_hand_wins() {
        let given = json!({
            "token_endpoint": "https://login.example/other",
            "userinfo_endpoint": null,
        });
        let mut document = document();
        document["userinfo_endpoint"] = json!("https://login.example/me");
        document["token_endpoint"] = json!("javascript:alert(1)");
        let given = given.as_object().unwrap();
        let metadata = Metadata::parse(document.clone(), given, ISSUER, true).unwrap();
        assert_eq!(metadata.token_endpoint, "https://login.example/other");
        assert_eq!(metadata.userinfo_endpoint, None);
        // It says nothing of whose document it is.
        document["issuer"] = json!("https://evil.example");
        let given = json!({ "issuer": ISSUER });
        let error = Metadata::parse(document, given.as_object().unwrap(), ISSUER, true);
        assert_eq!(error.unwrap_err().code, Code::IssuerMismatch);
    }
}
