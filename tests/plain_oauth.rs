//! Servers without OpenID Connect (`openid: false`): the same life, and nobody knows whose.

mod support;

use holdfast::core::{
    error::{Code, Phase},
    input::Command,
    json::{Value, json},
    output::{Event, Reply},
};
use support::{
    answer::Answer,
    driver::{Driver, Step},
    form::Form,
    grants::Rotation,
    proofs::ProofDesk,
    seen::What,
    server::{Endpoint, Server},
    story::{API, check_session, options, plain_options},
};

/// A server without OpenID Connect, as RFC 8414 requires it to describe itself and no more.
fn server() -> Server {
    let mut server = Server::new();
    server.is_openid = false;
    let metadata = server.metadata.as_object_mut().unwrap();
    for name in [
        "jwks_uri",
        "end_session_endpoint",
        "code_challenge_methods_supported",
        "id_token_signing_alg_values_supported",
    ] {
        metadata.remove(name);
    }
    server.always(Endpoint::OpenIdConfiguration, Answer::html(404));
    server
}

fn driver_with(options: Value) -> Driver {
    let mut driver = Driver::with_escrow(options);
    driver.server = server();
    assert!(driver.who().is_none());
    driver
}

fn signed_out() -> Driver {
    driver_with(plain_options())
}

fn signed_in() -> Driver {
    let mut driver = signed_out();
    driver.sign_in();
    driver
}

fn endpoints(driver: &Driver) -> Vec<Endpoint> {
    let requests = driver.server.requests.iter();
    requests.map(|request| request.endpoint).collect()
}

fn is_signed_in_as_nobody_knows_who(driver: &mut Driver) -> bool {
    driver
        .who()
        .is_some_and(|identity| identity.user.is_empty() && identity.claims.is_empty())
}

#[test]
fn the_metadata_of_rfc_8414_is_looked_for_first() {
    let driver = signed_in();
    assert_eq!(
        endpoints(&driver),
        [Endpoint::OauthMetadata, Endpoint::Token]
    );
    let mut driver = signed_out();
    driver
        .server
        .always(Endpoint::OauthMetadata, Answer::html(404));
    driver
        .server
        .always(Endpoint::OpenIdConfiguration, Answer::Normal);
    driver.sign_in();
    assert_eq!(
        endpoints(&driver)[..2],
        [Endpoint::OauthMetadata, Endpoint::OpenIdConfiguration]
    );
}

#[test]
fn a_place_that_can_t_be_read_may_be_absent_without_cors() {
    let mut driver = signed_out();
    driver.server.next(Endpoint::OauthMetadata, Answer::Lost);
    driver
        .server
        .next(Endpoint::OpenIdConfiguration, Answer::Lost);
    let failure = driver.begin_sign_in(json!({})).unwrap_err();
    assert_eq!(failure.error.code, Code::NetworkError);
    assert!(failure.error.code.retryable());
    driver.server.next(Endpoint::OauthMetadata, Answer::Lost);
    driver
        .server
        .always(Endpoint::OpenIdConfiguration, Answer::Normal);
    driver.sign_in();
}

#[test]
fn a_server_without_metadata_is_asked_at_both_places_once() {
    let mut driver = signed_out();
    driver
        .server
        .always(Endpoint::OauthMetadata, Answer::html(404));
    let failure = driver.begin_sign_in(json!({})).unwrap_err();
    assert_eq!(failure.error.code, Code::DiscoveryInvalid);
    assert_eq!(
        endpoints(&driver),
        [Endpoint::OauthMetadata, Endpoint::OpenIdConfiguration]
    );
}

#[test]
fn nothing_asks_for_an_id_token() {
    let query = Form::of_url(&signed_out().begin_sign_in(json!({})).unwrap());
    assert_eq!(query.get("scope"), Some("items offline_access"));
    assert_eq!(query.get("nonce"), None);
    assert_eq!(query.require("state").len(), 43);
    assert_eq!(query.require("code_challenge").len(), 43);
    let mut options = plain_options();
    options["scope"] = json!(null);
    let query = Form::of_url(
        &driver_with(options.clone())
            .begin_sign_in(json!({}))
            .unwrap(),
    );
    assert_eq!(query.get("scope"), None, "the server's default");
    options["resources"] = json!([{ "url": "https://api.example/", "scope": "items" }]);
    let query = Form::of_url(&driver_with(options).begin_sign_in(json!({})).unwrap());
    assert_eq!(query.get("scope"), Some("items"));
}

#[test]
fn somebody_is_signed_in_and_nobody_knows_who() {
    let mut driver = signed_in();
    let Some(Event::SignedIn { identity, .. }) = driver.events.last() else {
        panic!("{:?}", driver.events)
    };
    assert!(identity.user.is_empty() && identity.claims.is_empty());
    assert!(is_signed_in_as_nobody_knows_who(&mut driver));
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn an_id_token_that_comes_all_the_same_is_not_looked_at() {
    for stray in [
        json!("not.a.token"),
        json!("eyJhbGciOiJub25lIn0.eyJzdWIiOiJtYWxsb3J5In0."),
        json!("with space"),
        json!(7),
        json!({ "sub": "mallory" }),
    ] {
        let mut driver = signed_out();
        driver.server.metadata["jwks_uri"] = json!("https://login.example/keys");
        driver.server.stray_id_token = stray;
        driver.sign_in();
        driver.expire_access_token();
        assert_eq!(driver.call(API), Ok(()), "after a refresh");
        assert!(is_signed_in_as_nobody_knows_who(&mut driver));
        assert!(!endpoints(&driver).contains(&Endpoint::Keys));
        assert!(!driver.seen.iter().any(|seen| seen.what == What::Verify));
    }
}

#[test]
fn state_is_checked_though_the_server_does_not_announce_pkce() {
    let mut driver = signed_out();
    let callback = driver.authorize();
    for (changed, code) in [
        (
            callback.clone().replace("state", "forged"),
            Code::StateUnknown,
        ),
        (callback.clone().without("state"), Code::StateMissing),
    ] {
        let failure = driver.handle_callback(&changed.url()).unwrap_err();
        assert_eq!((failure.error.code, failure.phase), (code, Phase::Callback));
    }
    assert_eq!(driver.token_requests(), 0);
    driver
        .handle_callback(&callback.url())
        .expect("the real one is still good");
}

#[test]
fn a_refresh_goes_on_without_an_id_token() {
    let mut driver = signed_in();
    for _ in 0..3 {
        driver.expire_access_token();
        assert_eq!(driver.call(API), Ok(()));
    }
    assert_eq!(driver.server.refreshes().len(), 3);
    assert!(matches!(
        driver.events.last(),
        Some(Event::Refreshed { identity: None, .. })
    ));
    assert!(is_signed_in_as_nobody_knows_who(&mut driver));
}

#[test]
fn a_reload_keeps_the_session() {
    let mut driver = signed_in();
    driver.server.rotation = Rotation::Rotates { grace: false };
    for _ in 0..2 {
        driver = driver.reload();
        driver.ask(Command::Open).unwrap();
        assert!(is_signed_in_as_nobody_knows_who(&mut driver));
        assert_eq!(driver.call(API), Ok(()));
    }
    assert_eq!(driver.token_requests(), 1, "the sign-in's own");
    driver.expire_access_token();
    driver.hold(Step::Http(Endpoint::Token));
    driver.fetch(API);
    driver.settle();
    let mut driver = driver.reload();
    driver.ask(Command::Open).unwrap();
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 1, "it was collected");
}

#[test]
fn a_vault_with_openid_does_not_go_on_with_such_a_session() {
    let mut driver = signed_in();
    let mut other = Driver::with_escrow(options());
    other.client = driver.client + 1;
    driver.escrow.gone.insert(driver.client);
    driver.swap(&mut other);
    other.ask(Command::Open).unwrap();
    assert_eq!(other.who(), None);
}

#[test]
fn the_refresh_token_is_revoked_and_the_page_stays() {
    let mut driver = signed_in();
    let token = driver.server.grants.live_refresh_tokens()[0].to_string();
    let url = driver.sign_out(json!({})).unwrap();
    assert_eq!(url, None);
    assert_eq!(driver.server.revocations(), [token]);
    assert_eq!(driver.who(), None);
    assert_eq!(driver.call(API), Err(Code::LoginRequired));
    let mut driver = driver.reload();
    driver.ask(Command::Open).unwrap();
    assert_eq!(driver.who(), None);
}

#[test]
fn a_server_that_has_a_sign_out_page_gets_no_hint() {
    let mut driver = signed_out();
    driver.server.metadata["end_session_endpoint"] = json!("https://login.example/end");
    driver.server.stray_id_token = json!("a.b.c");
    driver.sign_in();
    let url = driver.sign_out(json!({})).unwrap().unwrap();
    assert_eq!(Form::of_url(&url).get("id_token_hint"), None);
}

#[test]
fn another_sign_in_counts_as_another_persons() {
    let mut driver = signed_in();
    driver.expire_access_token();
    driver.hold(Step::Http(Endpoint::Token));
    let id = driver.fetch(API);
    driver.settle();
    driver.delay(Step::Http(Endpoint::Token), Driver::sign_in);
    assert_eq!(driver.outcome(id), Some(Err(Code::SessionExpired)));
    assert!(driver.api.calls.is_empty());
    assert!(is_signed_in_as_nobody_knows_who(&mut driver));
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn tokens_are_bound_to_a_key_and_stay_so_over_a_reload() {
    let mut options = plain_options();
    options["dpop"] = json!("required");
    let mut driver = driver_with(options);
    driver.server.metadata["dpop_signing_alg_values_supported"] = json!(["ES256"]);
    driver.api.desk = Some(ProofDesk::default());
    driver.sign_in();
    assert_eq!(driver.call(API), Ok(()));
    let mut driver = driver.reload();
    driver.ask(Command::Open).unwrap();
    assert!(is_signed_in_as_nobody_knows_who(&mut driver));
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 1);
}

#[test]
fn what_only_an_id_token_can_show_is_not_asked_for_but_where_an_api_wants_it() {
    let mut driver = signed_out();
    for parameters in [json!({ "max_age": 60 }), json!({ "claims": "{}" })] {
        let options = json!({ "authorizationParams": parameters });
        let failure = driver.begin_sign_in(options).unwrap_err();
        assert_eq!(failure.error.code, Code::InvalidArgument);
    }
    // RFC 9470: the API looks at the token itself.
    let step_up = json!({ "stepUp": { "maxAge": 60, "acrValues": "gold" } });
    let url = driver.begin_sign_in(step_up).unwrap();
    let query = Form::of_url(&url);
    assert_eq!(query.get("max_age"), Some("60"));
    assert_eq!(query.get("acr_values"), Some("gold"));
    let callback = driver.server.authorize(&url);
    driver.handle_callback(&callback.url()).unwrap();
    assert!(is_signed_in_as_nobody_knows_who(&mut driver));
}

#[test]
fn a_silent_sign_in_is_asked_for_as_elsewhere() {
    let mut driver = signed_out();
    let options = json!({ "redirect": true });
    let reply = driver.ask(check_session(options)).unwrap();
    let Reply::SilentSignIn(url) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(Form::of_url(&url).get("prompt"), Some("none"));
}
