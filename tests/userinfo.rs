//! `auth.userinfo()`: what is asked, by which token, and what is believed of the answer (OpenID
//! Connect Core section 5.3).

mod support;

use holdfast::core::{
    error::{Code, Phase},
    input::{Command, CommandId},
    json::{Value, json, parse},
    output::Failure,
};
use support::{
    answer::Answer,
    driver::{Driver, Step},
    seen::What,
    server::Endpoint,
    story::{API, claims_of, options, with},
};

const USERINFO: Step = Step::Http(Endpoint::Userinfo);
const TOKEN: Step = Step::Http(Endpoint::Token);

/// How the answer to the `Userinfo` of `id` turned out.
fn outcome(driver: &mut Driver, id: CommandId) -> Result<Value, Code> {
    let reply = driver.reply(id).expect("a reply");
    reply.map(claims_of).map_err(|failure| failure.error.code)
}

fn code(driver: &mut Driver) -> Result<(), Code> {
    let result = driver.userinfo();
    result.map(drop).map_err(|failure| failure.error.code)
}

/// How an answer of the server's is refused.
fn refusal(answer: Answer) -> Failure {
    let mut driver = Driver::signed_in();
    driver.server.next(Endpoint::Userinfo, answer);
    let failure = driver.userinfo().unwrap_err();
    assert_eq!(failure.phase, Phase::Fetch);
    assert_eq!(driver.subject().as_deref(), Some("alice"));
    assert_eq!(driver.call(API), Ok(()), "the session is as it was");
    assert!(driver.userinfo().is_ok(), "and the next answer is taken");
    assert!(driver.server.refreshes().is_empty());
    failure
}

fn body(text: &str) -> Answer {
    Answer::Fixed {
        status: 200,
        body: text.into(),
        retry_after: None,
        is_html: false,
    }
}

#[test]
fn the_claims_are_the_server_s() {
    let mut driver = Driver::signed_in();
    driver.server.claims =
        json!({ "address": { "country": "NZ" }, "updated_at": 1.5, "roles": ["a", null] });
    let claims = driver.userinfo().unwrap();
    let expected = json!({
        "sub": "alice", "name": "Alice", "email": "alice@example.org",
        "address": { "country": "NZ" }, "updated_at": 1.5, "roles": ["a", null],
    });
    assert_eq!(claims, expected);
}

#[test]
fn who_is_signed_in_does_not_change() {
    let mut driver = Driver::signed_in();
    let before = driver.who();
    driver.server.claims = json!({ "name": "Somebody Else" });
    driver.userinfo().unwrap();
    assert_eq!(driver.who(), before);
    assert_eq!(driver.events.len(), 1, "the sign-in's");
}

/// The conformance suite's userinfo-bearer-header.
#[test]
fn the_token_goes_into_the_header_and_not_into_the_url() {
    let mut driver = Driver::signed_in();
    driver.call(API).unwrap();
    driver.userinfo().unwrap();
    let requests = driver.server.requests_to(Endpoint::Userinfo);
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].url, "https://login.example/userinfo");
    let token = driver.api.tokens()[0].to_string();
    assert_eq!(
        requests[0].authorization.as_deref(),
        Some(["Bearer ", &token].concat().as_str())
    );
    assert_eq!(driver.token_requests(), 1, "the sign-in's");
}

#[test]
fn each_question_is_asked_anew() {
    let mut driver = Driver::signed_in();
    driver.userinfo().unwrap();
    driver.server.claims = json!({ "name": "Alice B." });
    assert_eq!(driver.userinfo().unwrap()["name"], "Alice B.");
}

/// The conformance suite's userinfo-invalid-sub.
#[test]
fn another_person_s_answer_is_thrown_away() {
    for subject in ["mallory", "Alice", "alice ", ""] {
        let failure = refusal(Answer::json(
            200,
            &json!({ "sub": subject, "name": "Mallory" }),
        ));
        assert_eq!(failure.error.code, Code::UserinfoInvalid, "{subject}");
        assert!(!failure.error.message().contains("allory"));
    }
}

#[test]
fn an_answer_without_a_subject_is_thrown_away() {
    for document in [
        json!({ "name": "Alice" }),
        json!({ "sub": null }),
        json!({ "sub": 7 }),
        json!({ "sub": ["alice"] }),
        json!({ "sub": { "alice": true } }),
    ] {
        let failure = refusal(Answer::json(200, &document));
        assert_eq!(failure.error.code, Code::UserinfoInvalid, "{document}");
        assert!(failure.error.message().contains("`sub` is missing"));
    }
}

/// The conformance suite's userinfo-signed.
#[test]
fn signed_and_encrypted_answers_are_refused_clearly() {
    let mut driver = Driver::signed_in();
    let id_token = driver.server.secrets.last().unwrap().clone();
    driver.server.next(Endpoint::Userinfo, body(&id_token));
    let failure = driver.userinfo().unwrap_err();
    assert_eq!(failure.error.code, Code::UserinfoInvalid);
    assert!(failure.error.message().contains("application/jwt"));
    let failure = refusal(body("eyJlbmMiOiJBMjU2R0NNIn0.a.b.c.d"));
    assert!(failure.error.message().contains("application/jwt"));
}

#[test]
fn what_is_no_json_object_is_refused() {
    let deep = format!(
        "{{\"sub\":\"alice\",\"a\":{}1{}}}",
        "[".repeat(200),
        "]".repeat(200)
    );
    let long = format!("{{\"sub\":\"alice\",\"a\":\"{}\"}}", "x".repeat(1 << 20));
    for text in [
        "",
        "null",
        "[{\"sub\":\"alice\"}]",
        "\"alice\"",
        "<!doctype html><p>Sign in to the Wi-Fi",
        "{\"sub\":\"alice\"",
        "{\"sub\":\"alice\"} {}",
        "{\"sub\":\"alice\",\"age\":1e400}",
        "{'sub':'alice'}",
        &deep,
        &long,
    ] {
        let failure = refusal(body(text));
        assert_eq!(failure.error.code, Code::UserinfoInvalid);
        assert!(failure.error.message().contains("no JSON object"));
    }
}

#[test]
fn names_that_mean_something_to_javascript_are_claims_like_others() {
    let mut driver = Driver::signed_in();
    let text = r#"{"sub":"alice","__proto__":{"isAdmin":true},"constructor":1}"#;
    driver.server.next(Endpoint::Userinfo, body(text));
    assert_eq!(driver.userinfo().unwrap(), parse(text).unwrap());
}

#[test]
fn claims_of_other_sources_are_passed_on_unread() {
    let mut driver = Driver::signed_in();
    driver.server.claims = json!({
        "_claim_names": { "address": "bank" },
        "_claim_sources": { "bank": { "endpoint": "https://bank.example/claims", "access_token": "theirs" } },
    });
    let claims = driver.userinfo().unwrap();
    assert_eq!(claims["_claim_sources"]["bank"]["access_token"], "theirs");
    assert_eq!(driver.server.requests_to(Endpoint::Userinfo).len(), 1);
}

#[test]
fn nobody_signed_in_is_told_so_without_a_request() {
    let mut driver = Driver::signed_out();
    assert_eq!(code(&mut driver), Err(Code::LoginRequired));
    assert!(driver.server.requests.is_empty());
}

#[test]
fn without_an_id_token_there_is_nothing_to_compare_an_answer_with() {
    let mut options = with("openid", json!(false));
    options["scope"] = json!("api offline_access");
    let mut driver = Driver::new(options);
    driver.server.is_openid = false;
    driver.sign_in();
    let failure = driver.userinfo().unwrap_err();
    assert_eq!(failure.error.code, Code::UserinfoUnavailable);
    assert!(failure.error.message().contains("ID token"));
    assert!(driver.server.requests_to(Endpoint::Userinfo).is_empty());
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn a_server_without_the_endpoint_has_none() {
    let mut driver = Driver::signed_out();
    let metadata = driver.server.metadata.as_object_mut().unwrap();
    metadata.remove("userinfo_endpoint");
    driver.sign_in();
    let failure = driver.userinfo().unwrap_err();
    assert_eq!(failure.error.code, Code::UserinfoUnavailable);
    assert!(failure.error.message().contains("userinfo_endpoint"));
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn a_token_that_the_server_does_not_take_there_is_told() {
    for status in [400, 403, 404, 405, 204, 302] {
        let failure = refusal(Answer::empty(status));
        assert_eq!(failure.error.code, Code::UserinfoUnavailable);
        assert!(failure.error.message().contains(&status.to_string()));
    }
}

#[test]
fn a_server_that_fails_for_now_may_be_asked_again() {
    for (answer, code) in [
        (Answer::Lost, Code::NetworkError),
        (Answer::TimedOut, Code::Timeout),
        (Answer::busy(503, Some(5)), Code::ServerUnavailable),
        (Answer::busy(429, None), Code::ServerUnavailable),
        (Answer::empty(408), Code::ServerUnavailable),
        (Answer::empty(500), Code::ServerUnavailable),
    ] {
        let failure = refusal(answer);
        assert_eq!(failure.error.code, code);
        assert!(failure.error.code.retryable());
    }
}

#[test]
fn an_answer_that_comes_after_its_session_s_end_is_thrown_away() {
    let begin = || {
        let mut driver = Driver::signed_in();
        driver.hold(USERINFO);
        let id = driver.command(Command::Userinfo);
        driver.settle();
        assert_eq!(driver.waiting(USERINFO), 1);
        (driver, id)
    };

    let (mut driver, id) = begin();
    driver.sign_out(json!({})).unwrap();
    driver.release(USERINFO);
    assert_eq!(outcome(&mut driver, id), Err(Code::LoginRequired));

    for person in ["bob", "alice"] {
        let (mut driver, id) = begin();
        driver.server.person = person.into();
        driver.sign_in();
        driver.release(USERINFO);
        assert_eq!(outcome(&mut driver, id), Err(Code::SessionExpired));
        assert_eq!(driver.subject().as_deref(), Some(person));
    }

    let (mut driver, id) = begin();
    driver.expire_access_token();
    driver.server.grants.end_sessions();
    assert_eq!(driver.call(API), Err(Code::SessionExpired));
    driver.release(USERINFO);
    assert_eq!(outcome(&mut driver, id), Err(Code::SessionExpired));
}

#[test]
fn a_question_that_waits_when_somebody_signs_out_gets_no_token() {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    driver.hold(TOKEN);
    let id = driver.command(Command::Userinfo);
    driver.settle();
    driver.sign_out(json!({ "localOnly": true })).unwrap();
    driver.release(TOKEN);
    assert_eq!(outcome(&mut driver, id), Err(Code::LoginRequired));
    assert!(driver.server.requests_to(Endpoint::Userinfo).is_empty());
}

#[test]
fn another_vault_that_took_the_session_over_is_asked_instead() {
    let mut old = Driver::signed_in_with_escrow();
    old.hold(USERINFO);
    let id = old.command(Command::Userinfo);
    old.settle();
    let mut new = old.twin();
    new.escrow.gone.insert(old.client);
    assert_eq!(new.open().as_deref(), Some("alice"));
    assert_eq!(new.userinfo().unwrap()["sub"], "alice");
    new.swap(&mut old);
    assert_eq!(old.resume(), Err(Code::SessionMoved));
    old.release(USERINFO);
    assert_eq!(outcome(&mut old, id), Err(Code::SessionMoved));
    assert_eq!(code(&mut old), Err(Code::SessionMoved));
}

#[test]
fn a_vault_that_has_just_begun_looks_for_the_endpoint_first() {
    let mut driver = Driver::signed_in_with_escrow().reload();
    assert_eq!(driver.open().as_deref(), Some("alice"));
    let before = driver.server.requests.len();
    assert_eq!(driver.userinfo().unwrap()["sub"], "alice");
    let asked: Vec<_> = driver.server.requests[before..]
        .iter()
        .map(|request| request.endpoint)
        .collect();
    assert_eq!(asked, [Endpoint::OpenIdConfiguration, Endpoint::Userinfo]);

    let mut driver = Driver::signed_in_with_escrow().reload();
    driver.open();
    driver
        .server
        .next(Endpoint::OpenIdConfiguration, Answer::Lost);
    assert_eq!(code(&mut driver), Err(Code::NetworkError));
    assert_eq!(driver.userinfo().unwrap()["sub"], "alice");
}

#[test]
fn somebody_who_signs_out_before_the_endpoint_is_known_ends_the_question() {
    let mut driver = Driver::signed_in_with_escrow().reload();
    driver.open();
    driver.hold(Step::Http(Endpoint::OpenIdConfiguration));
    let id = driver.command(Command::Userinfo);
    driver.settle();
    // Others wait for a token meanwhile, which is there; the question has nowhere to go.
    assert_eq!(driver.call(API), Ok(()));
    driver.command(Command::SignOut {
        options: json!({ "localOnly": true }),
    });
    driver.settle();
    assert_eq!(outcome(&mut driver, id), Err(Code::LoginRequired));
    driver.release(Step::Http(Endpoint::OpenIdConfiguration));
    assert!(driver.server.requests_to(Endpoint::Userinfo).is_empty());
}

#[test]
fn nobody_hears_the_answer_to_what_was_given_up() {
    let mut driver = Driver::signed_in();
    driver.hold(USERINFO);
    let id = driver.command(Command::Userinfo);
    driver.settle();
    driver.abandon(id);
    driver.release(USERINFO);
    assert!(driver.reply(id).is_none());
}

#[test]
fn an_endpoint_that_asks_for_a_stronger_sign_in_raises_the_event() {
    let mut driver = Driver::signed_in();
    let challenge = "Bearer error=\"insufficient_user_authentication\", acr_values=\"mfa\"";
    driver
        .server
        .next(Endpoint::Userinfo, Answer::Challenge(challenge));
    assert_eq!(code(&mut driver), Err(Code::UserinfoUnavailable));
    assert_eq!(
        driver
            .seen
            .iter()
            .filter(|seen| seen.what == What::StepUp)
            .count(),
        1
    );
}

#[test]
fn the_endpoint_may_not_stand_where_anybody_can_listen() {
    let mut driver = Driver::new(options());
    driver.server.metadata["userinfo_endpoint"] = json!("http://login.example/userinfo");
    let failure = driver.begin_sign_in(json!({})).unwrap_err();
    assert_eq!(failure.error.code, Code::DiscoveryInvalid);
}
