//! Secrets stay in the vault: whole sessions are driven, and no output that anybody may see holds
//! a code, a verifier or a token, nor half of one.

mod support;

use holdfast::core::{
    error::Code,
    input::Command,
    json::{Value, json},
    secret::Secret,
};
use support::{
    answer::Answer,
    api::ApiAnswer,
    driver::{Driver, Step},
    grants::Rotation,
    keys::OTHER_ED25519,
    seen::What,
    server::Endpoint,
    story::{API, FILES, MAIL, options, two_targets, with},
};

/// The shortest piece of a secret that is looked for.
const PIECE: usize = 12;

/// Fails where an output that may be seen holds a secret of the server's, or a half of it.
fn assert_nothing_leaked(driver: &Driver) {
    let secrets = &driver.server.secrets;
    assert!(secrets.len() >= 2, "there were secrets");
    for secret in secrets {
        for piece in pieces(secret) {
            for seen in &driver.seen {
                assert!(
                    !seen.public.contains(piece),
                    "{:?} holds {piece} of {secret}: {}",
                    seen.what,
                    seen.public
                );
            }
            for entry in &driver.log {
                assert!(
                    !entry.text.contains(piece),
                    "{entry:?} holds {piece} of {secret}"
                );
            }
        }
    }
}

/// A secret and its halves; of an ID token, its signature and its signed part, too. Its claims are
/// the app's to see.
fn pieces(secret: &str) -> Vec<&str> {
    let (first, second) = secret.split_at(secret.len() / 2);
    let parts = secret.split('.').filter(|part| *part != secret);
    [secret, first, second]
        .into_iter()
        .chain(parts)
        .filter(|piece| piece.len() >= PIECE)
        .collect()
}

/// The life of a session with everything that may happen in it.
fn live(driver: &mut Driver, urls: &[&str]) {
    driver.sign_in();
    for _ in 0..3 {
        for url in urls {
            assert_eq!(driver.call(url), Ok(()));
        }
        driver.api.next(ApiAnswer::Status(
            401,
            Some("Bearer error=\"invalid_token\""),
        ));
        driver.call(urls[0]).unwrap();
        driver.who();
        driver.userinfo().unwrap();
        driver.expire_access_token();
    }
    driver
        .server
        .next(Endpoint::Token, Answer::LostOnTheWayBack);
    let id = driver.fetch(urls[0]);
    driver.run();
    assert_eq!(driver.outcome(id), Some(Ok(())));
}

#[test]
fn a_whole_session_leaks_nothing() {
    for (options, urls) in [(options(), vec![API]), (two_targets(), vec![MAIL, FILES])] {
        for id_token_on_refresh in [false, true] {
            let mut driver = Driver::new(options.clone());
            driver.server.id_token_on_refresh = id_token_on_refresh;
            driver.server.rotation = Rotation::Rotates { grace: true };
            live(&mut driver, &urls);
            driver.sign_out(json!({})).unwrap();
            assert_nothing_leaked(&driver);
        }
    }
}

#[test]
fn the_watch_itself_works() {
    let mut driver = Driver::signed_in();
    driver.sign_out(json!({})).unwrap();
    let id_token = driver.server.secrets.last().unwrap().clone();
    for text in [
        id_token.as_str(),
        &id_token[id_token.len() / 2..],
        driver.server.secrets[0].clone().as_str(),
    ] {
        let mut seen = driver.seen.last().unwrap().clone();
        seen.public = format!("an error that quotes {text}");
        driver.seen.push(seen);
        let leaked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            assert_nothing_leaked(&driver)
        }));
        assert!(leaked.is_err(), "{text}");
        driver.seen.pop();
    }
}

#[test]
fn userinfo_that_is_refused_leaks_nothing() {
    for answer in [
        Answer::Challenge("Bearer error=\"invalid_token\""),
        Answer::html(200),
        Answer::json(200, &json!({ "sub": "mallory" })),
        Answer::empty(500),
        Answer::Lost,
    ] {
        let mut driver = Driver::signed_in();
        driver.server.always(Endpoint::Userinfo, answer);
        driver.userinfo().unwrap_err();
        assert_nothing_leaked(&driver);
    }
}

#[test]
fn a_transaction_gives_no_verifier_away() {
    let mut driver = Driver::signed_in();
    let stored = driver
        .seen
        .iter()
        .filter(|seen| seen.what == What::Store)
        .count();
    assert_eq!(stored, 1);
    let verifier = driver.server.requests_to(Endpoint::Token)[0]
        .form
        .require("code_verifier")
        .to_string();
    assert!(driver.server.secrets.contains(&verifier));
    driver.sign_in();
    assert_nothing_leaked(&driver);
}

#[test]
fn a_session_that_the_server_ends_leaks_nothing() {
    let mut driver = Driver::signed_in();
    driver.server.grants.end_sessions();
    driver.expire_access_token();
    assert_eq!(driver.call(API), Err(Code::SessionExpired));
    assert_nothing_leaked(&driver);
}

#[test]
fn a_sign_out_during_a_refresh_leaks_nothing() {
    let mut driver = Driver::signed_in();
    driver.expire_access_token();
    driver.hold(Step::Http(Endpoint::Token));
    driver.fetch(API);
    driver.sign_out(json!({ "localOnly": true })).unwrap();
    driver.release(Step::Http(Endpoint::Token));
    driver.sign_in();
    driver.sign_in();
    assert_nothing_leaked(&driver);
}

#[test]
fn refused_id_tokens_leak_nothing() {
    for code in [
        Code::IdTokenNonce,
        Code::IdTokenSubject,
        Code::IdTokenAudience,
        Code::IdTokenAccessToken,
        Code::IdTokenSignature,
    ] {
        let mut driver = Driver::signed_in();
        driver.server.tamper(move |draft| match code {
            Code::IdTokenNonce => draft.claim("nonce", json!("x")),
            Code::IdTokenSubject => draft.claim("sub", json!(null)),
            Code::IdTokenAudience => draft.claim("aud", json!("x")),
            Code::IdTokenAccessToken => draft.claim("at_hash", json!("x")),
            _ => draft.signer = OTHER_ED25519,
        });
        assert_eq!(driver.fail_to_sign_in().error.code, code);
        assert_nothing_leaked(&driver);
    }
    let mut driver = Driver::signed_in();
    driver
        .server
        .tamper(|draft| draft.finish = |token| token + ".x");
    assert_eq!(driver.fail_to_sign_in().error.code, Code::IdTokenMalformed);
    assert_nothing_leaked(&driver);
}

#[test]
fn refused_callbacks_leak_no_code() {
    let mut driver = Driver::signed_in();
    for (name, value) in [
        ("state", "x"),
        ("iss", "x"),
        ("error", "x"),
        ("access_token", "x"),
        ("code", "x"),
    ] {
        let callback = driver.authorize();
        let callback = if name == "state" {
            callback.replace(name, value)
        } else {
            callback.with(name, value)
        };
        let url = callback.url();
        driver
            .ask(Command::HandleCallback {
                url: Secret::new(url),
            })
            .unwrap_err();
    }
    let elsewhere = driver.authorize().url().replace("/callback", "/elsewhere");
    driver.handle_callback(&elsewhere).unwrap();
    assert_nothing_leaked(&driver);
}

#[test]
fn token_responses_that_cannot_be_used_leak_nothing() {
    let secret = "a-very-secret-token-of-the-server";
    for body in [
        json!({ "access_token": secret, "token_type": "MAC", "refresh_token": secret }),
        json!({ "access_token": [secret], "token_type": "Bearer" }),
        json!({ "access_token": "a", "token_type": secret }),
        json!({ "access_token": "a", "token_type": "Bearer", "id_token": secret }),
        json!({ "access_token": "a", "token_type": "Bearer", "id_token": format!("{secret}.{secret}.{secret}") }),
        json!({ "error": { "secret": secret } }),
        json!([secret]),
        json!(secret),
    ] {
        for status in [200, 400, 403] {
            let mut driver = Driver::signed_out();
            driver.server.secrets.push(secret.into());
            driver
                .server
                .next(Endpoint::Token, Answer::json(status, &body));
            driver.fail_to_sign_in();
            assert_nothing_leaked(&driver);
        }
    }
}

/// Servers and proxies have been seen to quote in `error_description` what they were sent.
#[test]
fn a_server_that_quotes_the_token_in_its_refusal_makes_us_leak_nothing() {
    let quote = |error: &str, secret: &str| {
        let words = format!("The token {secret} is not what I like");
        let uri = format!("https://login.example/errors?token={secret}");
        Answer::json(
            400,
            &json!({ "error": error, "error_description": words, "error_uri": uri }),
        )
    };
    for error in [
        "invalid_grant",
        "interaction_required",
        "invalid_target",
        "invalid_request",
    ] {
        let mut driver = Driver::signed_in();
        driver.expire_access_token();
        let token = driver.server.grants.live_refresh_tokens()[0].to_string();
        driver.server.always(Endpoint::Token, quote(error, &token));
        let id = driver.fetch(API);
        driver.run();
        assert!(driver.outcome(id).unwrap().is_err());
        assert_nothing_leaked(&driver);
    }
    let mut driver = Driver::signed_out();
    let callback = driver.authorize();
    driver.server.next(
        Endpoint::Token,
        quote("invalid_grant", callback.get("code")),
    );
    let failure = driver.handle_callback(&callback.url()).unwrap_err();
    assert_eq!(failure.error.code, Code::TokenRefused);
    assert_nothing_leaked(&driver);
}

#[test]
fn metadata_among_the_options_makes_no_difference() {
    let metadata: Value = Driver::signed_out().server.metadata;
    let mut driver = Driver::new(with("metadata", metadata));
    driver.server.rotation = Rotation::Rotates { grace: true };
    live(&mut driver, &[API]);
    assert_nothing_leaked(&driver);
}
