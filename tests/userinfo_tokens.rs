//! Which access token `auth.userinfo()` sends, when it is renewed, and what goes with it.

mod support;

use holdfast::core::{
    error::Code,
    input::{Command, CommandId},
    json::{Value, json},
    output::ExpiryReason,
};
use support::{
    answer::Answer,
    driver::{Driver, Step},
    server::Endpoint,
    story::{API, FILES, MAIL, claims_of, two_targets, with},
};

const USERINFO: Step = Step::Http(Endpoint::Userinfo);
const TOKEN: Step = Step::Http(Endpoint::Token);
const INVALID_TOKEN: Answer = Answer::Challenge("Bearer error=\"invalid_token\"");

/// How the answer to the `Userinfo` of `id` turned out.
fn outcome(driver: &mut Driver, id: CommandId) -> Result<Value, Code> {
    let reply = driver.reply(id).expect("a reply");
    reply.map(claims_of).map_err(|failure| failure.error.code)
}

fn code(driver: &mut Driver) -> Result<(), Code> {
    let result = driver.userinfo();
    result.map(drop).map_err(|failure| failure.error.code)
}

#[test]
fn an_expired_token_is_renewed_once_for_calls_and_userinfo_alike() {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    driver.hold(TOKEN);
    let questions = [(); 3].map(|()| driver.command(Command::Userinfo));
    let calls = [(); 3].map(|()| driver.fetch(API));
    driver.settle();
    assert_eq!(driver.waiting(TOKEN), 1);
    driver.release(TOKEN);
    for id in questions {
        assert_eq!(outcome(&mut driver, id).unwrap()["sub"], "alice");
    }
    for id in calls {
        assert_eq!(driver.outcome(id), Some(Ok(())));
    }
    assert_eq!(driver.server.refreshes().len(), 1);
}

#[test]
fn a_token_that_is_refused_is_renewed_once() {
    let mut driver = Driver::signed_in();
    driver.server.grants.end_access_tokens();
    assert_eq!(driver.userinfo().unwrap()["sub"], "alice");
    assert_eq!(driver.server.refreshes().len(), 1);
    assert_eq!(driver.server.requests_to(Endpoint::Userinfo).len(), 2);
}

#[test]
fn an_endpoint_that_refuses_each_token_costs_one_refresh_and_not_more() {
    let mut driver = Driver::signed_in();
    driver.server.always(Endpoint::Userinfo, INVALID_TOKEN);
    for _ in 0..3 {
        assert_eq!(code(&mut driver), Err(Code::UserinfoUnavailable));
    }
    assert_eq!(driver.server.refreshes().len(), 1);
    assert_eq!(driver.call(API), Ok(()));
}

/// A refresh may end the old token at once (rule 7).
#[test]
fn a_question_that_met_a_refresh_goes_out_again_with_the_newer_token() {
    let mut driver = Driver::signed_in();
    driver.server.ends_old_access_tokens = true;
    driver.hold(USERINFO);
    driver.server.next(Endpoint::Userinfo, INVALID_TOKEN);
    let id = driver.command(Command::Userinfo);
    driver.settle();
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    driver.release(USERINFO);
    assert_eq!(outcome(&mut driver, id).unwrap()["sub"], "alice");
    assert_eq!(driver.server.refreshes().len(), 1);
}

#[test]
fn a_session_that_is_over_is_told() {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    driver.server.grants.end_sessions();
    assert_eq!(code(&mut driver), Err(Code::SessionExpired));
    assert_eq!(driver.expiries(), [ExpiryReason::Refused]);
    assert_eq!(code(&mut driver), Err(Code::LoginRequired));
}

#[test]
fn a_refresh_that_fails_for_now_fails_the_question_and_not_the_session() {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    driver
        .server
        .always(Endpoint::Token, Answer::busy(503, Some(60)));
    let id = driver.command(Command::Userinfo);
    driver.run();
    assert_eq!(outcome(&mut driver, id), Err(Code::ServerUnavailable));
    assert_eq!(driver.subject().as_deref(), Some("alice"));
}

/// Which access token the endpoint was asked with, as what the server was asked for.
fn asked_for(driver: &Driver) -> [Option<String>; 3] {
    let requests = driver.server.requests_to(Endpoint::Userinfo);
    let authorization = requests.last().unwrap().authorization.clone().unwrap();
    let (_, token) = authorization.split_once(' ').unwrap();
    let token = driver.server.grants.access_token(token);
    [&token.audience, &token.resource, &token.scope].map(Clone::clone)
}

#[test]
fn the_token_is_never_one_that_lacks_openid() {
    let narrowed = json!([{ "url": "https://api.example/", "scope": "read" }]);
    let of_a_resource =
        json!([{ "url": "https://api.example/", "resource": "https://api.example" }]);
    for resources in [narrowed, of_a_resource, json!([])] {
        let mut driver = Driver::signed_in_with(with("resources", resources));
        driver.userinfo().unwrap();
        driver.userinfo().unwrap();
        assert_eq!(asked_for(&driver), [None, None, None]);
        assert!(driver.server.refreshes().len() <= 1);
        driver.expire_access_token();
        driver.userinfo().unwrap();
        assert_eq!(asked_for(&driver), [None, None, None]);
    }
}

#[test]
fn an_audience_s_token_will_do() {
    let mut driver = Driver::signed_in_with(two_targets());
    driver.userinfo().unwrap();
    assert_eq!(asked_for(&driver), [Some("mail".into()), None, None]);
    assert!(driver.server.refreshes().is_empty(), "it was at hand");
    assert_eq!(driver.call(MAIL), Ok(()));
    assert_eq!(driver.call(FILES), Ok(()));
}

#[test]
fn a_token_that_is_bought_for_an_api_is_not_used() {
    let exchanged = json!([{ "url": "https://api.example/", "audience": "api", "exchange": true }]);
    let mut driver = Driver::signed_in_with(with("resources", exchanged));
    driver.userinfo().unwrap();
    assert_eq!(asked_for(&driver), [None, None, None]);
    assert_eq!(driver.token_requests(), 1, "the sign-in's");
}

#[test]
fn a_token_of_its_own_survives_a_reload() {
    let narrowed = json!([{ "url": "https://api.example/", "scope": "read" }]);
    let mut driver = Driver::with_escrow(with("resources", narrowed));
    driver.open();
    driver.sign_in();
    driver.userinfo().unwrap();
    let refreshes = driver.server.refreshes().len();
    let mut driver = driver.reload();
    assert_eq!(driver.open().as_deref(), Some("alice"));
    assert_eq!(driver.userinfo().unwrap()["sub"], "alice");
    assert_eq!(driver.server.refreshes().len(), refreshes);
}

#[test]
fn without_a_refresh_token_the_sign_in_s_own_token_is_used() {
    let narrowed = json!([{ "url": "https://api.example/", "scope": "read" }]);
    let mut driver = Driver::new(with("resources", narrowed));
    driver.server.gives_refresh_tokens = false;
    driver.sign_in();
    assert_eq!(driver.userinfo().unwrap()["sub"], "alice");
    assert_eq!(driver.token_requests(), 1);
}

#[test]
fn with_dpop_the_request_carries_a_proof_for_this_token() {
    let mut driver = Driver::new(with("dpop", json!("required")));
    driver.server.metadata["dpop_signing_alg_values_supported"] = json!(["ES256"]);
    driver.server.metadata["userinfo_endpoint"] = json!("https://login.example/userinfo?tenant=1");
    driver.sign_in();
    driver.userinfo().unwrap();
    let request = driver.server.requests_to(Endpoint::Userinfo)[0];
    let authorization = request.authorization.as_deref().unwrap();
    assert!(authorization.starts_with("DPoP "));
    let claims = driver.server.desk.claims.last().unwrap();
    assert_eq!(claims["htm"], "GET");
    assert_eq!(claims["htu"], "https://login.example/userinfo");
    assert!(claims["ath"].is_string());
}

#[test]
fn a_nonce_that_the_endpoint_asks_for_goes_into_the_next_proof() {
    let mut driver = Driver::new(with("dpop", json!("required")));
    driver.server.metadata["dpop_signing_alg_values_supported"] = json!(["ES256"]);
    driver.sign_in();
    driver.server.desk.nonce = Some("userinfo-nonce".into());
    driver.userinfo().unwrap();
    assert_eq!(driver.server.requests_to(Endpoint::Userinfo).len(), 2);
    assert_eq!(
        driver.server.desk.claims.last().unwrap()["nonce"],
        "userinfo-nonce"
    );
    assert!(driver.server.refreshes().is_empty());
    driver.userinfo().unwrap();
    assert_eq!(driver.server.requests_to(Endpoint::Userinfo).len(), 3);

    driver.server.desk.nonce = Some("another".into());
    driver.server.desk.hides_nonce = true;
    assert_eq!(code(&mut driver), Err(Code::DpopNonceHidden));
}

#[test]
fn a_key_that_signs_nothing_any_longer_ends_the_session() {
    let mut driver = Driver::new(with("dpop", json!("required")));
    driver.server.metadata["dpop_signing_alg_values_supported"] = json!(["ES256"]);
    driver.sign_in();
    driver.signs_nothing = true;
    assert_eq!(code(&mut driver), Err(Code::SessionExpired));
    assert_eq!(driver.expiries(), [ExpiryReason::KeyLost]);
}
