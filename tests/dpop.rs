//! Demonstrating proof of possession (RFC 9449), as whole stories.

mod support;

use holdfast::core::{
    dpop::ProofAlgorithm,
    error::Code,
    input::{Command, ResourceRequest},
    json::{Value, json},
    output::{Event, ExpiryReason},
};
use support::{
    answer::Answer,
    api::{ApiAnswer, USE_NONCE},
    driver::{Driver, Step},
    form::Form,
    proofs::{ProofDesk, private_part},
    server::Endpoint,
    story::{API, with},
};

const LISTS: &str = "dpop_signing_alg_values_supported";

/// A vault with an escrow, of which `dpop` is the option, and whose server lists `algorithms`.
fn vault(dpop: &str, algorithms: &Value) -> Driver {
    let mut driver = Driver::with_escrow(with("dpop", json!(dpop)));
    driver.server.metadata[LISTS] = algorithms.clone();
    driver.api.desk = Some(ProofDesk::default());
    assert_eq!(driver.open(), None);
    driver
}

/// The same, in which Alice has just signed in.
fn signed_in() -> Driver {
    let mut driver = vault("required", &json!(["ES256"]));
    driver.sign_in();
    driver
}

fn api(driver: &mut Driver) -> &mut ProofDesk {
    driver.api.desk.as_mut().unwrap()
}

/// The codes that pages were told of by the event `error`.
fn errors(driver: &Driver) -> Vec<Code> {
    let code = |event: &Event| match event {
        Event::Error(failure) => Some(failure.error.code),
        _ => None,
    };
    driver.events.iter().filter_map(code).collect()
}

#[test]
fn one_key_is_made_for_a_sign_in_and_binds_code_tokens_and_calls() {
    let mut driver = vault("auto", &json!(["EdDSA", "ES256"]));
    let url = driver.begin_sign_in(json!({})).unwrap();
    let thumbprint = Form::of_url(&url).require("dpop_jkt").to_string();
    let callback = driver.server.authorize(&url);
    driver.handle_callback(&callback.url()).unwrap();
    assert_eq!(driver.call(&format!("{API}?q=1#top")), Ok(()));
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.made_keys, 1);
    assert_eq!(driver.server.desk.thumbprints, [&*thumbprint, &thumbprint]);
    assert_eq!(api(&mut driver).thumbprints, [&*thumbprint, &thumbprint]);
    driver.sign_in();
    assert_eq!(driver.made_keys, 2);
    assert_ne!(driver.server.desk.thumbprints[2], thumbprint);
}

#[test]
fn each_algorithm_that_we_have_is_used_where_it_is_listed() {
    for lists in [json!(["ES256"]), json!(["Ed25519"]), json!(["EdDSA"])] {
        let mut driver = vault("auto", &lists);
        driver.sign_in();
        assert_eq!(driver.call(API), Ok(()), "{lists}");
        assert_eq!(driver.made_keys, 1, "{lists}");
    }
}

#[test]
fn without_a_common_algorithm_auto_goes_on_without_and_required_says_so() {
    for lists in [json!(null), json!([]), json!(["RS256"])] {
        let mut driver = vault("auto", &lists);
        driver.api.desk = None;
        driver.sign_in();
        assert_eq!((driver.call(API), driver.made_keys), (Ok(()), 0));
        let mut driver = vault("required", &lists);
        let failure = driver.begin_sign_in(json!({})).unwrap_err();
        assert_eq!(failure.error.code, Code::DpopUnsupported);
        assert!(failure.error.detail.unwrap().contains(LISTS));
    }
}

#[test]
fn off_makes_no_key_whatever_the_server_lists() {
    let mut driver = vault("off", &json!(["ES256"]));
    driver.api.desk = None;
    driver.sign_in();
    assert_eq!((driver.call(API), driver.made_keys), (Ok(()), 0));
}

#[test]
fn a_browser_that_makes_no_such_key_is_as_a_server_that_lists_none() {
    let mut driver = vault("auto", &json!(["EdDSA"]));
    driver.has_no_keys = true;
    driver.api.desk = None;
    driver.sign_in();
    assert_eq!(driver.call(API), Ok(()));
    let mut driver = vault("required", &json!(["EdDSA"]));
    driver.has_no_keys = true;
    let failure = driver.begin_sign_in(json!({})).unwrap_err();
    assert_eq!(failure.error.code, Code::DpopUnsupported);
}

#[test]
fn bearer_tokens_are_refused_where_dpop_is_required_and_used_as_such_elsewhere() {
    let mut driver = vault("required", &json!(["ES256"]));
    driver.server.gives_bearer_tokens = true;
    let error = driver.fail_to_sign_in().error;
    assert_eq!(error.code, Code::TokenResponseInvalid);
    assert!(error.detail.unwrap().contains("`token_type` is not DPoP"));
    assert_eq!(driver.subject(), None);

    let mut driver = vault("auto", &json!(["ES256"]));
    driver.server.gives_bearer_tokens = true;
    driver.api.desk = None;
    driver.sign_in();
    assert_eq!(driver.call(API), Ok(()), "as a bearer token");
    driver.expire_access_token();
    // The refresh token is bound all the same: the server checks its key.
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.desk.claims.len(), 2);
}

#[test]
fn a_bearer_token_from_a_refresh_is_refused_and_the_session_stays() {
    let mut driver = signed_in();
    driver.expire_access_token();
    let token = json!({ "access_token": "a", "token_type": "Bearer" });
    driver
        .server
        .next(Endpoint::Token, Answer::json(200, &token));
    assert_eq!(driver.call(API), Err(Code::TokenResponseInvalid));
    driver.clock.advance(10_000);
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn a_bound_token_that_nobody_asked_for_is_refused() {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    let token = json!({ "access_token": "a", "token_type": "DPoP" });
    driver
        .server
        .next(Endpoint::Token, Answer::json(200, &token));
    assert_eq!(driver.call(API), Err(Code::TokenResponseInvalid));
}

#[test]
fn the_server_s_nonce_is_got_at_the_first_request_and_kept_from_every_answer() {
    let mut driver = vault("required", &json!(["ES256"]));
    driver.server.desk.renew();
    driver.server.desk.renews = true;
    driver.sign_in();
    assert_eq!(driver.server.desk.claims.len(), 2, "one challenge");
    for _ in 0..3 {
        driver.expire_access_token();
        assert_eq!(driver.call(API), Ok(()));
    }
    let nonces: Vec<_> = driver.server.desk.claims[1..]
        .iter()
        .map(|claims| claims["nonce"].as_str().unwrap())
        .collect();
    assert_eq!(nonces, ["nonce-2", "nonce-3", "nonce-4", "nonce-5"]);
    assert!(errors(&driver).is_empty());
}

#[test]
fn a_challenge_in_a_refresh_costs_neither_the_token_nor_time() {
    let mut driver = signed_in();
    driver.expire_access_token();
    driver.server.desk.renew();
    assert_eq!(driver.call(API), Ok(()));
    let refreshes = driver.server.refreshes();
    assert_eq!(refreshes.len(), 2);
    assert_eq!(refreshes[0], refreshes[1], "the same token");
    assert_eq!(driver.server.refresh_times(), [0, 0], "at once");
    assert!(errors(&driver).is_empty() && driver.expiries().is_empty());
}

#[test]
fn a_server_that_is_never_content_gets_three_requests_and_the_session_stays() {
    let mut driver = signed_in();
    driver.expire_access_token();
    driver.server.desk.renew();
    let refusal = Answer::refused(400, "use_dpop_nonce");
    driver.server.always(Endpoint::Token, refusal);
    assert_eq!(driver.call(API), Err(Code::DpopRefused));
    assert_eq!(driver.server.refreshes().len(), 3);
    for _ in 0..5 {
        driver.clock.advance(60_000);
        assert_eq!(driver.call(API), Err(Code::DpopRefused));
    }
    assert!(driver.expiries().is_empty());
    driver.server.always(Endpoint::Token, Answer::Normal);
    driver.clock.advance(60_000);
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn a_nonce_that_cors_hides_is_an_error_that_says_so() {
    let mut driver = vault("required", &json!(["ES256"]));
    driver.server.desk.renew();
    driver.server.desk.hides_nonce = true;
    let error = driver.fail_to_sign_in().error;
    assert_eq!(error.code, Code::DpopNonceHidden);
    assert!(
        error
            .message()
            .contains("Access-Control-Expose-Headers: DPoP-Nonce")
    );

    let mut driver = signed_in();
    driver.expire_access_token();
    driver.server.desk.renew();
    driver.server.desk.hides_nonce = true;
    assert_eq!(driver.call(API), Err(Code::DpopNonceHidden));
    assert_eq!(driver.server.refreshes().len(), 1);
    assert!(driver.expiries().is_empty());

    let mut driver = signed_in();
    api(&mut driver).renew();
    api(&mut driver).hides_nonce = true;
    assert_eq!(driver.call(API), Err(Code::DpopNonceHidden));
}

#[test]
fn a_lost_answer_is_asked_for_again_with_another_proof() {
    let mut driver = signed_in();
    driver.expire_access_token();
    driver.server.next(Endpoint::Token, Answer::Lost);
    // The desk panics where a proof comes twice.
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.desk.claims.len(), 3);
    let refreshes = driver.server.refreshes();
    assert_eq!(refreshes[0], refreshes[1]);
}

#[test]
fn a_challenge_after_a_lost_answer_does_not_count_as_another() {
    let mut driver = signed_in();
    driver.expire_access_token();
    driver.server.next(Endpoint::Token, Answer::Lost);
    driver.server.desk.renew();
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refresh_times(), [0, 0, 0]);
}

#[test]
fn a_challenge_that_the_escrow_carried_is_answered_by_a_request_of_another_name() {
    let mut driver = signed_in();
    driver.expire_access_token();
    driver.server.desk.renew();
    driver.hold(Step::Http(Endpoint::Token));
    driver.fetch(API);
    driver.settle();
    // The challenge comes when the vault is gone already.
    let mut driver = driver.reload();
    assert_eq!(driver.open().as_deref(), Some("alice"));
    assert_eq!(driver.call(API), Ok(()));
    let refreshes = driver.server.refreshes();
    assert_eq!(
        refreshes.len(),
        2,
        "the challenge was collected, not asked for"
    );
    assert_eq!(refreshes[0], refreshes[1]);
    assert_eq!(driver.made_keys, 0);
}

#[test]
fn the_key_goes_with_the_session_from_vault_to_vault() {
    let mut driver = signed_in();
    assert_eq!(driver.call(API), Ok(()));
    for _ in 0..3 {
        driver = driver.reload();
        assert_eq!(driver.open().as_deref(), Some("alice"));
        assert_eq!(driver.call(API), Ok(()));
        driver.expire_access_token();
        assert_eq!(driver.call(API), Ok(()));
    }
    let thumbprints = &api(&mut driver).thumbprints;
    assert_eq!(thumbprints.len(), 7);
    assert!(thumbprints.iter().all(|other| *other == thumbprints[0]));
    assert_eq!(driver.token_requests(), 4);
}

#[test]
fn an_answer_to_a_refresh_is_collected_after_a_reload() {
    let mut driver = signed_in();
    driver.expire_access_token();
    driver.hold(Step::Http(Endpoint::Token));
    driver.fetch(API);
    driver.settle();
    let mut driver = driver.reload();
    assert_eq!(driver.open().as_deref(), Some("alice"));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 1);
}

#[test]
fn an_api_s_nonce_is_got_once_and_kept_from_every_answer_and_costs_no_refresh() {
    let mut driver = signed_in();
    api(&mut driver).renew();
    api(&mut driver).renews = true;
    for _ in 0..3 {
        assert_eq!(driver.call(API), Ok(()));
    }
    assert_eq!(api(&mut driver).claims.len(), 4, "one challenge");
    assert_eq!(driver.token_requests(), 1, "the sign-in's own");
    // Of the authorization server's nonces none came here, and the other way round.
    driver.server.desk.nonce = Some("of-the-server".into());
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    let last = |desk: &ProofDesk| desk.claims.last().unwrap()["nonce"].to_string();
    assert_eq!(last(api(&mut driver)), "\"nonce-5\"");
    assert_eq!(last(&driver.server.desk), "\"of-the-server\"");
}

#[test]
fn an_api_that_is_never_content_gets_three_calls_and_its_answer_is_delivered() {
    let mut driver = signed_in();
    api(&mut driver).renew();
    driver.api.always(ApiAnswer::Status(401, Some(USE_NONCE)));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.api.calls.len(), 3);
    assert_eq!(driver.token_requests(), 1);
}

#[test]
fn a_stream_whose_nonce_was_not_known_can_be_sent_by_the_app_once_more() {
    let mut driver = signed_in();
    api(&mut driver).renew();
    let upload = || {
        Command::Fetch(ResourceRequest {
            url: API.into(),
            method: "PUT".into(),
            is_repeatable: false,
            ..ResourceRequest::default()
        })
    };
    let error = driver.ask(upload()).unwrap_err().error;
    assert_eq!(error.code, Code::DpopNonceRequired);
    assert!(error.code.retryable());
    assert!(driver.ask(upload()).is_ok());
    assert_eq!(driver.api.calls.len(), 2);
}

#[test]
fn a_refused_token_is_renewed_and_the_call_repeated_with_another_proof() {
    let mut driver = signed_in();
    driver.server.grants.end_access_tokens();
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.token_requests(), 2);
    assert_eq!(driver.api.calls.len(), 2);
}

#[test]
fn a_wrong_clock_is_found_out_where_the_server_s_date_can_be_read() {
    for ahead in [-400, 400] {
        let mut driver = vault("required", &json!(["ES256"]));
        driver.server.desk.ahead = ahead;
        driver.server.desk.shows_date = true;
        // ID tokens are dated by the device here.
        driver.sign_in();
        assert_eq!(driver.server.desk.claims.len(), 2);
        api(&mut driver).ahead = ahead;
        api(&mut driver).shows_date = true;
        assert_eq!(driver.call(API), Ok(()));
        assert_eq!(driver.call(API), Ok(()));
        assert_eq!(api(&mut driver).claims.len(), 3, "once for the API's clock");
    }
}

#[test]
fn a_proof_that_is_refused_for_no_clock_s_sake_is_not_sent_for_ever() {
    let mut driver = signed_in();
    driver.server.desk.shows_date = true;
    driver.expire_access_token();
    let refusal = Answer::refused(400, "invalid_dpop_proof");
    driver.server.always(Endpoint::Token, refusal);
    for tries in 1..5 {
        assert_eq!(driver.call(API), Err(Code::DpopRefused));
        assert_eq!(driver.server.refreshes().len(), 2 * tries);
        driver.clock.advance(60_000);
    }
    assert!(driver.expiries().is_empty(), "the clock may be wrong");
    let mut driver = signed_in();
    let refusal = Some("DPoP error=\"invalid_dpop_proof\"");
    driver.api.next(ApiAnswer::Status(401, refusal));
    assert_eq!(driver.call(API), Ok(()), "delivered");
    assert_eq!((driver.api.calls.len(), driver.token_requests()), (1, 1));
}

#[test]
fn a_proof_that_the_browser_has_sent_twice_is_followed_by_another() {
    let mut driver = signed_in();
    driver.expire_access_token();
    let refusal = Answer::refused(400, "invalid_dpop_proof");
    driver.server.next(Endpoint::Token, refusal);
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 2);
    assert!(driver.expiries().is_empty());
}

#[test]
fn a_key_that_signs_no_longer_ends_the_session_by_that_name() {
    let mut driver = signed_in();
    driver.signs_nothing = true;
    assert_eq!(driver.call(API), Err(Code::SessionExpired));
    assert_eq!(driver.expiries(), [ExpiryReason::KeyLost]);
    assert_eq!(driver.subject(), None);

    let mut driver = signed_in();
    driver.expire_access_token();
    driver.signs_nothing = true;
    let calls: Vec<_> = (0..3).map(|_| driver.fetch(API)).collect();
    driver.settle();
    for id in calls {
        assert_eq!(driver.outcome(id), Some(Err(Code::SessionExpired)));
    }
    assert_eq!(driver.expiries(), [ExpiryReason::KeyLost]);
    assert_eq!(ExpiryReason::KeyLost.as_str(), "key_lost");

    let mut driver = vault("required", &json!(["ES256"]));
    driver.signs_nothing = true;
    assert_eq!(driver.fail_to_sign_in().error.code, Code::DpopUnsupported);
}

#[test]
fn calls_that_lose_the_key_together_end_one_session_and_not_the_next() {
    let mut driver = signed_in();
    driver.signs_nothing = true;
    driver.hold(Step::Api);
    let calls: Vec<_> = (0..3).map(|_| driver.fetch(API)).collect();
    driver.release(Step::Api);
    for id in calls {
        assert_eq!(driver.outcome(id), Some(Err(Code::SessionExpired)));
    }
    assert_eq!(driver.expiries().len(), 1);

    let mut driver = signed_in();
    driver.signs_nothing = true;
    driver.hold(Step::Api);
    driver.fetch(API);
    driver.delay(Step::Api, |driver| {
        driver.signs_nothing = false;
        driver.sign_in();
    });
    assert!(driver.expiries().is_empty());
    assert_eq!(driver.subject().as_deref(), Some("alice"));
}

#[test]
fn a_refresh_token_is_revoked_without_a_proof() {
    let mut driver = signed_in();
    driver.sign_out(json!({})).unwrap();
    assert_eq!(driver.server.revocations().len(), 1);
}

#[test]
fn nothing_of_the_private_key_comes_out_but_for_the_escrow() {
    let mut driver = vault("required", &json!(["ES256"]));
    let url = driver.begin_sign_in(json!({})).unwrap();
    let private = private_part(ProofAlgorithm::ES256, 0);
    let stored = format!("{:?}", driver.storage);
    assert!(stored.contains("sealedKey") && !stored.contains(&private));
    let callback = driver.server.authorize(&url);
    driver.handle_callback(&callback.url()).unwrap();
    assert_eq!(driver.call(API), Ok(()));
    driver.sign_out(json!({})).unwrap();
    for seen in &driver.seen {
        assert!(!seen.public.contains(&private), "{:?}", seen.what);
    }
}

#[test]
fn the_page_can_t_choose_the_key() {
    let mut driver = vault("off", &json!(["ES256"]));
    let options = json!({ "authorizationParams": { "dpop_jkt": "mine" } });
    let failure = driver.begin_sign_in(options).unwrap_err();
    assert_eq!(failure.error.code, Code::InvalidArgument);
}
