//! Discovery documents.

use holdfast::core::{
    discovery::Metadata,
    error::Code,
    json::{Map, Value},
};
use serde_json::Value as Known;
use url::Url;

use super::oracle;

/// A metadata document of `https://login.example`, and of a server on this machine.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for issuer in ["https://login.example", "http://localhost:9000"] {
        for is_openid in [true, false] {
            check_document(text, issuer, is_openid);
        }
    }
}

fn check_document(text: &str, issuer: &str, is_openid: bool) {
    let Some((document, known)) = oracle::read(text) else {
        return;
    };
    check_given(text, &document, issuer, is_openid);
    let metadata = match Metadata::parse(document.clone(), &Map::new(), issuer, is_openid) {
        Ok(metadata) => metadata,
        Err(error) => {
            let codes = [Code::IssuerMismatch, Code::DiscoveryInvalid];
            return assert!(codes.contains(&error.code), "{text:?}: {error:?}");
        }
    };
    assert_eq!(known["issuer"], issuer, "{text:?}");
    assert!(
        !is_openid || metadata.jwks_uri.is_some(),
        "nothing to verify ID tokens by in {text:?}"
    );
    for (name, url) in [
        (
            "authorization_endpoint",
            Some(&metadata.authorization_endpoint),
        ),
        ("token_endpoint", Some(&metadata.token_endpoint)),
        ("jwks_uri", metadata.jwks_uri.as_ref()),
        (
            "end_session_endpoint",
            metadata.end_session_endpoint.as_ref(),
        ),
        ("revocation_endpoint", metadata.revocation_endpoint.as_ref()),
        ("userinfo_endpoint", metadata.userinfo_endpoint.as_ref()),
        (
            "pushed_authorization_request_endpoint",
            metadata.pushed_authorization_request_endpoint.as_ref(),
        ),
    ] {
        let Some(url) = url else {
            assert!(
                known.get(name).is_none_or(Known::is_null),
                "{name} of {text:?}"
            );
            continue;
        };
        // Nothing is made up, and nothing secret can go astray.
        assert_eq!(known[name], url.as_str(), "{text:?}");
        // Punycode that stands for nothing: no browser goes there.
        let Some(url) = Url::parse(url).ok().or_else(|| assert_is_punycode(url)) else {
            continue;
        };
        let is_here = matches!(url.host_str(), Some(host) if host == "localhost"
            || host.ends_with(".localhost") || host == "[::1]" || host.starts_with("127."));
        let is_local = issuer.starts_with("http:") && is_here;
        assert!(url.scheme() == "https" || is_local, "{name} of {text:?}");
        assert!(url.fragment().is_none(), "{name} of {text:?}");
        assert!(
            url.username().is_empty() && url.password().is_none(),
            "{name} of {text:?}"
        );
    }
    let again = Metadata::parse(document, &Map::new(), issuer, is_openid);
    assert_eq!(again.as_ref().ok(), Some(&metadata));
}

fn assert_is_punycode(url: &str) -> Option<Url> {
    assert!(
        url.to_ascii_lowercase().contains("xn--"),
        "{url:?} is no URL"
    );
    None
}

/// The same as metadata by hand: what is whole there is whole here, and nothing is weaker.
fn check_given(text: &str, document: &Value, issuer: &str, is_openid: bool) {
    let Value::Object(given) = document else {
        return;
    };
    match Metadata::parse_given(given, issuer, is_openid) {
        Ok(Some(whole)) if given.contains_key("issuer") => {
            let read = Metadata::parse(document.clone(), &Map::new(), issuer, is_openid);
            assert_eq!(read.ok(), Some(whole), "{text:?}");
        }
        Ok(_) => {}
        Err(error) => assert_eq!(error.code, Code::DiscoveryInvalid, "{text:?}"),
    }
}
