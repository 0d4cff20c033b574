//! Token exchange (RFC 8693): the token for an API is bought with the sign-in's own.

mod support;

use holdfast::core::{
    error::{Code, Fault},
    json::{Value, json},
    log::Happening,
};
use support::{
    answer::Answer,
    api::ApiAnswer,
    driver::{Driver, Step},
    form::Form,
    proofs::ProofDesk,
    server::{ACCESS_TOKEN_TYPE, Endpoint},
    story::{API, with},
};

const TOKEN: Step = Step::Http(Endpoint::Token);
const LEDGER: &str = "https://ledger.example/entries";

fn resources() -> Value {
    json!([
        "https://api.example/",
        { "url": "https://ledger.example/", "audience": "ledger", "scope": "entries", "exchange": true },
    ])
}

fn options() -> Value {
    with("resources", resources())
}

fn signed_in() -> Driver {
    Driver::signed_in_with(options())
}

fn exchanged(response: Value) -> Value {
    let mut usual = json!({
        "access_token": "exchanged", "token_type": "Bearer", "issued_token_type": ACCESS_TOKEN_TYPE,
    });
    for (name, value) in response.as_object().unwrap() {
        usual[name.as_str()] = value.clone();
    }
    usual
}

#[test]
fn the_token_is_bought_with_the_sign_in_s_own_and_kept() {
    let mut driver = signed_in();
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.call(LEDGER), Ok(()));
    assert_eq!(driver.call(LEDGER), Ok(()));
    let exchanges = driver.server.exchanges();
    assert_eq!(exchanges.len(), 1, "one for both calls");
    let form = &exchanges[0].form;
    for (name, value) in [
        ("subject_token", driver.api.tokens()[0]),
        ("subject_token_type", ACCESS_TOKEN_TYPE),
        ("requested_token_type", ACCESS_TOKEN_TYPE),
        ("client_id", "app"),
        ("audience", "ledger"),
        ("scope", "entries"),
    ] {
        assert_eq!(form.get(name), Some(value), "{name}");
    }
    assert_eq!(form.get("refresh_token"), None);
    assert!(driver.server.refreshes().is_empty());
    let tokens = driver.api.tokens();
    assert_ne!(tokens[0], tokens[1]);
    assert_eq!(tokens[1], tokens[2]);
}

#[test]
fn the_log_calls_it_by_its_name() {
    let mut driver = signed_in();
    driver.log.clear();
    assert_eq!(driver.call(LEDGER), Ok(()));
    for happening in [Happening::ServerRequest, Happening::ServerAnswer] {
        let mut told = driver.log.iter();
        let entry = told.find(|entry| entry.happening == happening).unwrap();
        assert_eq!(entry.text, "exchange");
    }
}

#[test]
fn the_sign_in_asks_for_nothing_of_it() {
    let mut driver = Driver::new(options());
    let url = driver.begin_sign_in(json!({})).ok().unwrap();
    let query = Form::of_url(&url);
    assert_eq!(query.get("audience"), None);
    assert_eq!(query.get("scope"), Some("openid profile offline_access"));
    let callback = driver.server.authorize(&url);
    assert!(driver.handle_callback(&callback.url()).is_ok());
    let form = &driver.server.requests_to(Endpoint::Token)[0].form;
    assert_eq!(form.get("audience"), None);
}

#[test]
fn an_expired_subject_token_is_renewed_first() {
    let mut driver = signed_in();
    assert_eq!(driver.call(LEDGER), Ok(()));
    driver.expire_access_token();
    assert_eq!(driver.call(LEDGER), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 1);
    let [first, second] = driver.server.exchanges()[..] else {
        panic!("two exchanges");
    };
    assert_ne!(
        first.form.get("subject_token"),
        second.form.get("subject_token")
    );
}

#[test]
fn a_subject_token_that_is_over_as_it_comes_is_used_once_and_not_renewed_for_ever() {
    let mut entries = resources().as_array().unwrap().clone();
    let books = json!({ "url": "https://books.example/", "audience": "books", "exchange": true });
    entries.push(books);
    let mut driver = Driver::new(with("resources", json!(entries)));
    driver.server.expires_in = json!(0);
    driver.sign_in();
    let calls = [LEDGER, "https://books.example/"].map(|url| driver.fetch(url));
    driver.settle();
    for call in calls {
        assert_eq!(driver.outcome(call), Some(Ok(())));
    }
    assert_eq!(driver.server.exchanges().len(), 2);
    assert_eq!(driver.server.refreshes().len(), 2, "one for each exchange");
    // Not for the proof's sake either, nor for that of a lost answer.
    let refusal = json!({ "error": "use_dpop_nonce" }).to_string();
    for answer in [
        Answer::Normal,
        Answer::WithNonce(400, refusal, "nonce".into()),
        Answer::Lost,
    ] {
        driver.server.next(Endpoint::Token, answer);
    }
    assert_eq!(driver.call(LEDGER), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 3);
}

#[test]
fn one_that_was_renewed_for_other_calls_is_renewed_again_when_it_is_over() {
    let mut driver = signed_in();
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    driver.expire_access_token();
    assert_eq!(driver.call(LEDGER), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 2);
}

#[test]
fn a_hundred_calls_share_one_exchange() {
    let mut driver = signed_in();
    driver.expire_access_token();
    driver.hold(TOKEN);
    let calls: Vec<_> = (0..100).map(|_| driver.fetch(LEDGER)).collect();
    driver.settle();
    assert_eq!(driver.waiting(TOKEN), 1, "one request at a time");
    driver.release(TOKEN);
    for call in calls {
        assert_eq!(driver.outcome(call), Some(Ok(())));
    }
    assert_eq!(driver.server.refreshes().len(), 1);
    assert_eq!(driver.server.exchanges().len(), 1);
}

#[test]
fn a_refused_exchange_fails_its_own_calls_and_the_session_lives() {
    for error in [
        "invalid_target",
        "invalid_scope",
        "unauthorized_client",
        "unsupported_grant_type",
        "access_denied",
    ] {
        let mut driver = signed_in();
        driver
            .server
            .next(Endpoint::Token, Answer::refused(400, error));
        assert_eq!(
            driver.call(LEDGER),
            Err(Code::TokenExchangeRefused),
            "{error}"
        );
        assert_eq!(driver.call(LEDGER), Err(Code::TokenExchangeRefused));
        assert_eq!(driver.server.exchanges().len(), 1, "not again at once");
        assert_eq!(driver.call(API), Ok(()));
        assert!(driver.server.refreshes().is_empty());
        assert!(driver.expiries().is_empty());
        driver.clock.advance(2_001);
        assert_eq!(driver.call(LEDGER), Ok(()));
    }
    assert_eq!(Code::TokenExchangeRefused.fault(), Fault::ServerRefused);
}

#[test]
fn a_subject_token_that_the_server_does_not_know_is_renewed_once() {
    for error in ["invalid_request", "invalid_grant", "invalid_token"] {
        let mut driver = signed_in();
        driver
            .server
            .next(Endpoint::Token, Answer::refused(400, error));
        assert_eq!(driver.call(LEDGER), Ok(()), "{error}");
        assert_eq!(driver.server.refreshes().len(), 1);
        assert_eq!(driver.server.exchanges().len(), 2);
    }
    let mut driver = signed_in();
    driver.server.grants.end_access_tokens();
    assert_eq!(driver.call(LEDGER), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 1);
}

#[test]
fn a_server_that_goes_on_refusing_costs_one_refresh() {
    let mut driver = signed_in();
    let refused = || Answer::refused(400, "invalid_request");
    driver.server.next(Endpoint::Token, refused());
    driver.server.next(Endpoint::Token, Answer::Normal);
    driver.server.next(Endpoint::Token, refused());
    assert_eq!(driver.call(LEDGER), Err(Code::TokenExchangeRefused));
    assert_eq!(driver.server.refreshes().len(), 1);
    assert!(driver.expiries().is_empty());
}

#[test]
fn a_lost_answer_is_asked_for_once_more() {
    for failure in [Answer::Lost, Answer::LostOnTheWayBack, Answer::TimedOut] {
        let mut driver = signed_in();
        driver.server.next(Endpoint::Token, failure);
        assert_eq!(driver.call(LEDGER), Ok(()));
        assert_eq!(driver.server.exchanges().len(), 2);
    }
    let mut driver = signed_in();
    for _ in 0..2 {
        driver.server.next(Endpoint::Token, Answer::Lost);
    }
    assert_eq!(driver.call(LEDGER), Err(Code::NetworkError));
    assert_eq!(driver.call(API), Ok(()), "its own token is there");
}

#[test]
fn a_busy_server_is_left_alone_for_as_long_as_it_says() {
    let mut driver = signed_in();
    driver
        .server
        .next(Endpoint::Token, Answer::busy(503, Some(30)));
    assert_eq!(driver.call(LEDGER), Err(Code::ServerUnavailable));
    driver.clock.advance(29_000);
    assert_eq!(driver.call(LEDGER), Err(Code::ServerUnavailable));
    assert_eq!(driver.server.exchanges().len(), 1);
    driver.clock.advance(2_000);
    assert_eq!(driver.call(LEDGER), Ok(()));
}

#[test]
fn what_is_no_access_token_is_not_used() {
    for wrong in [
        json!({ "issued_token_type": "urn:ietf:params:oauth:token-type:refresh_token" }),
        json!({ "issued_token_type": null }),
        json!({ "issued_token_type": [ACCESS_TOKEN_TYPE] }),
        json!({ "token_type": "N_A" }),
        json!({ "token_type": "DPoP" }),
        json!({ "access_token": "" }),
    ] {
        let mut driver = signed_in();
        let answer = Answer::json(200, &exchanged(wrong.clone()));
        driver.server.next(Endpoint::Token, answer);
        assert_eq!(
            driver.call(LEDGER),
            Err(Code::TokenResponseInvalid),
            "{wrong}"
        );
        assert!(driver.api.calls.is_empty());
        assert_eq!(driver.call(API), Ok(()));
    }
}

#[test]
fn a_refresh_token_and_an_id_token_of_an_exchange_are_not_taken_for_the_session_s() {
    let mut driver = signed_in();
    let before: Vec<_> = own(&driver.server.grants.live_refresh_tokens());
    let more = json!({ "refresh_token": "another", "id_token": "a.b.c" });
    let answer = Answer::json(200, &exchanged(more));
    driver.server.next(Endpoint::Token, answer);
    driver.api.always(ApiAnswer::Status(200, None));
    assert_eq!(driver.call(LEDGER), Ok(()));
    assert_eq!(driver.api.tokens(), ["exchanged"]);
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refreshes(), before);
}

fn own(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[test]
fn an_api_that_refuses_its_token_gets_one_more() {
    let mut driver = signed_in();
    assert_eq!(driver.call(LEDGER), Ok(()));
    let refusal = Some("Bearer error=\"invalid_token\"");
    driver.api.next(ApiAnswer::Status(401, refusal));
    assert_eq!(driver.call(LEDGER), Ok(()));
    assert_eq!(driver.server.exchanges().len(), 2);
    assert!(driver.server.refreshes().is_empty());
}

#[test]
fn without_a_refresh_token_it_works_for_as_long_as_the_sign_in_s_own_token() {
    let mut driver = Driver::new(options());
    driver.server.gives_refresh_tokens = false;
    driver.sign_in();
    assert_eq!(driver.call(LEDGER), Ok(()));
    let refusal = Some("Bearer error=\"invalid_token\"");
    driver.api.next(ApiAnswer::Status(401, refusal));
    assert_eq!(driver.call(LEDGER), Ok(()));
    assert_eq!(driver.server.exchanges().len(), 2);
    driver.expire_access_token();
    assert_eq!(driver.call(LEDGER), Err(Code::SessionExpired));
    assert_eq!(driver.expiries().len(), 1);
}

#[test]
fn a_refusal_to_renew_the_subject_token_reaches_those_who_wait_for_the_exchange() {
    let mut driver = signed_in();
    driver.expire_access_token();
    driver
        .server
        .next(Endpoint::Token, Answer::refused(400, "login_required"));
    assert_eq!(driver.call(LEDGER), Err(Code::InteractionRequired));
    assert!(driver.server.exchanges().is_empty());
    let mut driver = signed_in();
    driver.expire_access_token();
    driver.server.grants.end_sessions();
    assert_eq!(driver.call(LEDGER), Err(Code::SessionExpired));
    assert_eq!(driver.expiries().len(), 1);
}

#[test]
fn an_answer_after_sign_out_is_thrown_away() {
    let mut driver = signed_in();
    driver.hold(TOKEN);
    let call = driver.fetch(LEDGER);
    driver.settle();
    assert!(driver.sign_out(json!({})).is_ok());
    assert_eq!(driver.outcome(call), Some(Err(Code::LoginRequired)));
    driver.release(TOKEN);
    assert!(driver.api.calls.is_empty());
    assert_eq!(driver.call(LEDGER), Err(Code::LoginRequired));
}

#[test]
fn with_dpop_the_exchange_carries_a_proof_and_its_token_is_bound() {
    let mut options = options();
    options["dpop"] = json!("required");
    let mut driver = Driver::new(options);
    driver.server.metadata["dpop_signing_alg_values_supported"] = json!(["ES256"]);
    driver.api.desk = Some(ProofDesk::default());
    driver.sign_in();
    driver.server.desk.renew();
    assert_eq!(driver.call(LEDGER), Ok(()));
    let record = driver
        .server
        .grants
        .access_token(driver.api.tokens().last().unwrap());
    assert!(record.thumbprint.is_some());
    assert_eq!(driver.server.exchanges().len(), 2, "one for the nonce");
}

#[test]
fn an_entry_without_a_sign_in_of_its_own_is_bought_with_the_plain_token() {
    let only =
        json!([{ "url": "https://ledger.example/", "resource": "urn:ledger", "exchange": true }]);
    let mut driver = Driver::signed_in_with(with("resources", only));
    assert_eq!(driver.call(LEDGER), Ok(()));
    let form = &driver.server.exchanges()[0].form;
    assert_eq!(form.get("resource"), Some("urn:ledger"));
}

#[test]
fn it_comes_along_over_a_reload() {
    let mut driver = Driver::with_escrow(options());
    driver.open();
    driver.sign_in();
    assert_eq!(driver.call(LEDGER), Ok(()));
    let mut driver = driver.reload();
    assert_eq!(driver.open().as_deref(), Some("alice"));
    assert_eq!(driver.call(LEDGER), Ok(()));
    assert_eq!(driver.server.exchanges().len(), 1);
}

#[test]
fn an_answer_that_comes_into_another_session_is_not_used_there() {
    let mut driver = signed_in();
    driver.hold(TOKEN);
    driver.fetch(LEDGER);
    driver.settle();
    driver.delay(TOKEN, |driver| {
        driver.server.person = "bob".into();
        driver.sign_in();
    });
    assert_eq!(driver.call(LEDGER), Ok(()));
    assert_eq!(driver.server.exchanges().len(), 2, "bob's own");
    let bought = driver.server.exchanges()[1]
        .form
        .get("subject_token")
        .map(String::from);
    assert_ne!(
        bought.as_deref(),
        driver.server.exchanges()[0].form.get("subject_token")
    );
}
