//! Finding out about the server: its metadata (OpenID Connect Discovery, RFC 8414).

mod support;

use holdfast::core::{
    error::{Code, Phase},
    json::json,
};
use support::{
    answer::Answer,
    driver::{Driver, Step},
    server::{Endpoint, ISSUER},
    story::{API, sign_in_command, with},
};

#[test]
fn discovery_is_asked_once_for_all_who_wait() {
    let mut driver = Driver::signed_out();
    driver.hold(Step::Http(Endpoint::OpenIdConfiguration));
    let ids = [1, 2, 3].map(|seed| driver.command(sign_in_command(json!({}), seed)));
    driver.settle();
    driver.release(Step::Http(Endpoint::OpenIdConfiguration));
    assert!(
        ids.iter()
            .all(|id| driver.reply(*id).is_some_and(|reply| reply.is_ok()))
    );
    assert_eq!(driver.server.requests.len(), 1);
    assert_eq!(
        driver.server.requests[0].url,
        format!("{ISSUER}/.well-known/openid-configuration")
    );
}

#[test]
fn metadata_at_the_other_place_is_found() {
    let mut driver = Driver::signed_out();
    driver
        .server
        .always(Endpoint::OpenIdConfiguration, Answer::html(404));
    driver.sign_in();
    let second = &driver.server.requests[1];
    assert_eq!(
        second.url,
        format!("{ISSUER}/.well-known/oauth-authorization-server")
    );
}

#[test]
fn metadata_among_the_options_makes_discovery_needless() {
    let metadata = Driver::signed_out().server.metadata;
    let mut driver = Driver::signed_in_with(with("metadata", metadata));
    assert_eq!(driver.call(API), Ok(()));
    let endpoints: Vec<_> = driver
        .server
        .requests
        .iter()
        .map(|request| request.endpoint)
        .collect();
    assert_eq!(endpoints, [Endpoint::Token, Endpoint::Keys]);
}

#[test]
fn a_part_of_the_metadata_is_completed_by_discovery() {
    let given = json!({
        "token_endpoint": "https://login.example/other-token",
        "end_session_endpoint": null,
    });
    let mut driver = Driver::new(with("metadata", given.clone()));
    let document = Answer::json(200, &driver.server.metadata);
    driver.server.metadata["token_endpoint"] = given["token_endpoint"].clone();
    driver.server.next(Endpoint::OpenIdConfiguration, document);
    driver.sign_in();
    assert_eq!(driver.call(API), Ok(()));
    let requests = &driver.server.requests;
    assert_eq!(requests[0].endpoint, Endpoint::OpenIdConfiguration);
    assert_eq!(requests[1].url, "https://login.example/other-token");
    let url = driver.sign_out(json!({})).unwrap();
    assert_eq!(url, None, "the app says that the server has no such place");
}

#[test]
fn a_part_of_the_metadata_is_no_reason_to_believe_another_issuers_document() {
    let given = json!({
        "issuer": ISSUER,
        "token_endpoint": "https://login.example/token",
    });
    let mut driver = Driver::new(with("metadata", given));
    let mut document = driver.server.metadata.clone();
    document["issuer"] = json!("https://evil.example");
    driver
        .server
        .next(Endpoint::OpenIdConfiguration, Answer::json(200, &document));
    let failure = driver.begin_sign_in(json!({})).unwrap_err();
    assert_eq!(failure.error.code, Code::IssuerMismatch);
}

#[test]
fn a_discovery_document_that_breaks_the_rules_is_refused() {
    let document = Driver::signed_out().server.metadata;
    let changed = |name: &str, value| {
        let mut document = document.clone();
        document[name] = value;
        Answer::json(200, &document)
    };
    for (answer, code) in [
        (
            changed("issuer", json!("https://login.example/")),
            Code::IssuerMismatch,
        ),
        (
            changed("issuer", json!("https://evil.example")),
            Code::IssuerMismatch,
        ),
        (
            changed("token_endpoint", json!("http://login.example/token")),
            Code::DiscoveryInvalid,
        ),
        (
            changed("token_endpoint", json!(["https://login.example/token"])),
            Code::DiscoveryInvalid,
        ),
        (changed("jwks_uri", json!(null)), Code::DiscoveryInvalid),
        (
            changed("authorization_endpoint", json!("javascript:alert(1)")),
            Code::DiscoveryInvalid,
        ),
        (
            changed("issuer", json!("https://login.example?tenant=1")),
            Code::IssuerMismatch,
        ),
        (
            changed("issuer", json!("https://login.example#")),
            Code::IssuerMismatch,
        ),
        (
            changed("issuer", json!(["https://login.example"])),
            Code::DiscoveryInvalid,
        ),
        (Answer::html(200), Code::DiscoveryInvalid),
        (Answer::empty(200), Code::DiscoveryInvalid),
        (Answer::empty(204), Code::DiscoveryInvalid),
        (Answer::empty(302), Code::DiscoveryInvalid),
        (Answer::empty(307), Code::DiscoveryInvalid),
        (Answer::json(200, &json!([])), Code::DiscoveryInvalid),
    ] {
        let mut driver = Driver::signed_out();
        driver
            .server
            .next(Endpoint::OpenIdConfiguration, answer.clone());
        let failure = driver.begin_sign_in(json!({})).unwrap_err();
        assert_eq!(
            (failure.error.code, failure.phase),
            (code, Phase::Login),
            "{answer:?}"
        );
        driver.sign_in(); // and nothing of it is kept
    }
}

#[test]
fn a_failure_to_reach_discovery_is_retryable_and_the_next_sign_in_works() {
    for (answer, code) in [
        (Answer::Lost, Code::NetworkError),
        (Answer::TimedOut, Code::Timeout),
        (Answer::busy(503, None), Code::ServerUnavailable),
        (Answer::busy(429, Some(5)), Code::ServerUnavailable),
    ] {
        let mut driver = Driver::signed_out();
        driver.server.next(Endpoint::OpenIdConfiguration, answer);
        let failure = driver.begin_sign_in(json!({})).unwrap_err();
        assert_eq!((failure.error.code, failure.phase), (code, Phase::Login));
        assert!(failure.error.code.retryable());
        driver.sign_in();
    }
}

#[test]
fn a_failure_to_reach_discovery_is_retryable_and_the_same_callback_works() {
    // A reload or a dedicated worker: the vault that handles the callback knows nothing yet.
    let mut leaving = Driver::signed_out();
    let callback = leaving.authorize();
    let mut driver = Driver::signed_out();
    (driver.storage, driver.server) = (leaving.storage, leaving.server);
    driver
        .server
        .next(Endpoint::OpenIdConfiguration, Answer::Lost);
    let failure = driver.handle_callback(&callback.url()).unwrap_err();
    assert_eq!(
        (failure.error.code, failure.phase),
        (Code::NetworkError, Phase::Callback)
    );
    assert!(failure.error.code.retryable());
    driver
        .handle_callback(&callback.url())
        .expect("the code was not used yet");
    assert_eq!(driver.subject().as_deref(), Some("alice"));
}

#[test]
fn an_issuer_with_a_path_has_its_metadata_at_these_two_places() {
    let issuer = "https://login.example/tenant";
    let mut driver = Driver::new(with("issuer", json!(issuer)));
    driver.server.metadata["issuer"] = json!(issuer);
    driver
        .server
        .always(Endpoint::OpenIdConfiguration, Answer::empty(404));
    driver.sign_in();
    let urls: Vec<_> = driver.server.requests[..2]
        .iter()
        .map(|request| &request.url)
        .collect();
    assert_eq!(
        urls,
        [
            "https://login.example/tenant/.well-known/openid-configuration",
            "https://login.example/.well-known/oauth-authorization-server/tenant",
        ]
    );
}

#[test]
fn a_server_without_metadata_says_so() {
    let mut driver = Driver::signed_out();
    driver
        .server
        .always(Endpoint::OpenIdConfiguration, Answer::html(404));
    driver
        .server
        .always(Endpoint::OauthMetadata, Answer::html(404));
    let failure = driver.begin_sign_in(json!({})).unwrap_err();
    assert_eq!(failure.error.code, Code::DiscoveryInvalid);
    assert!(!failure.error.code.retryable());
}
