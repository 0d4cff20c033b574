//! Authorization responses and places to go to afterwards.

use holdfast::core::{
    callback::{AuthorizationResponse, check_return_to},
    config::Config,
    error::Code,
    form,
    json::json,
};
use url::Url;

use super::oracle::parameters;

const ISSUER: &str = "https://login.example";
const APP: &str = "https://app.example";
const REDIRECT_URI: &str = "https://app.example/callback";

/// A URL that the app was opened at, or its end: then it is behind the redirect URI.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let config = config();
    check_response(text, &config);
    check_response(&[REDIRECT_URI, text].concat(), &config);
    check_place(text, &config);
}

fn check_response(url: &str, config: &Config) {
    let response = match AuthorizationResponse::parse(url, config) {
        Ok(Some(response)) => response,
        Ok(None) => return assert_is_none(url),
        Err(error) => {
            let code = error.code;
            return assert!(
                matches!(code, Code::CallbackInvalid | Code::StateMissing),
                "{url:?}: {code:?}"
            );
        }
    };
    let read = Url::parse(url).expect("a callback is a URL");
    assert_eq!(read.origin().ascii_serialization(), APP, "{url:?}");
    assert_eq!(read.path(), "/callback", "{url:?}");
    // As everybody else reads it, each parameter is there once.
    let query = parameters(url.split('#').next().unwrap().split_once('?').unwrap().1);
    let one = |name: &str| match query.get(name).map(Vec::as_slice) {
        None => None,
        Some([value]) => Some(value.as_str()),
        Some(_) => panic!("{name} is there twice in {url:?}"),
    };
    let is_state = |state: &str| state == response.state || state.contains('\u{fffd}');
    assert!(one("state").is_some_and(is_state), "{url:?}");
    assert!(!response.state.is_empty());
    assert!(one("code").is_some() != one("error").is_some(), "{url:?}");
    for token in ["access_token", "id_token"] {
        let values = query.get(token).into_iter().flatten();
        assert!(values.clone().all(String::is_empty), "{url:?}");
    }
    let is_ours = response
        .issuer
        .as_deref()
        .is_none_or(|issuer| issuer == ISSUER);
    assert_eq!(response.check_issuer(config).is_ok(), is_ours, "{url:?}");
    assert!(!is_ours || one("iss").is_none_or(|issuer| issuer == ISSUER));
    // Written down plainly, it is the same.
    let mut plain = vec![("state", response.state.as_str())];
    plain.extend(response.issuer.as_deref().map(|issuer| ("iss", issuer)));
    match &response.outcome {
        Ok(code) => plain.push(("code", code.expose())), // EXPOSE: a test
        Err(refused) => plain.push(("error", &refused.error)),
    }
    let again = [REDIRECT_URI, "?", &form::write(&plain)].concat();
    let again = AuthorizationResponse::parse(&again, config)
        .ok()
        .flatten()
        .expect("a response");
    assert_eq!(
        (again.state, again.issuer),
        (response.state, response.issuer)
    );
    match (again.outcome, response.outcome) {
        (Ok(one), Ok(other)) => assert_eq!(one.expose(), other.expose()), // EXPOSE: a test
        (Err(one), Err(other)) => assert_eq!(one.error, other.error),
        _ => panic!("another outcome for {url:?}"),
    }
}

/// What is no authorization response has none of its parameters, or is at another place.
fn assert_is_none(url: &str) {
    let is_ours = |rest: &&str| rest.is_empty() || rest.starts_with(['?', '#']);
    let Some(rest) = url.strip_prefix(REDIRECT_URI).filter(is_ours) else {
        return;
    };
    let (query, _) = rest.split_once('#').unwrap_or((rest, ""));
    let query = parameters(query.strip_prefix('?').unwrap_or(""));
    assert!(
        !query.contains_key("code") && !query.contains_key("error"),
        "{url:?}"
    );
}

fn check_place(text: &str, config: &Config) {
    let Ok(place) = check_return_to(text.into(), config) else {
        return;
    };
    assert!(place.starts_with('/'), "{text:?}");
    for page in ["https://app.example/", "https://app.example/a/b?c#d"] {
        let there = Url::parse(page)
            .unwrap()
            .join(&place)
            .expect("a place in the app");
        assert_eq!(
            there.origin().ascii_serialization(),
            APP,
            "{text:?} is {place:?}"
        );
    }
    assert_eq!(
        check_return_to(place.clone(), config).as_ref(),
        Ok(&place),
        "{text:?}"
    );
}

fn config() -> Config {
    let options = json!({
        "issuer": ISSUER,
        "clientId": "app",
        "redirectUri": REDIRECT_URI,
        "resources": [],
    });
    Config::parse(options).expect("good options")
}
