//! `auth.accessToken()`: what leaves the vault by the app's own wish, and only by that.

mod support;

use holdfast::core::{
    config::Config,
    error::Code,
    input::{Command, CommandId},
    json::{Value, json},
};
use support::{
    answer::Answer,
    driver::{Driver, Step},
    seen::What,
    server::Endpoint,
    story::{API, FILES, MAIL, options, two_targets, with},
};

const TOKEN: Step = Step::Http(Endpoint::Token);

fn exposing(mut options: Value) -> Value {
    options["exposeAccessToken"] = json!(true);
    options
}

fn ask(driver: &mut Driver, resource: Option<&str>) -> CommandId {
    driver.command(Command::AccessToken {
        resource: resource.map(Into::into),
    })
}

fn token(driver: &mut Driver, resource: Option<&str>) -> Result<String, Code> {
    let id = ask(driver, resource);
    driver.settle();
    match driver.given_token(id) {
        Some(token) => Ok(token),
        None => Err(driver.outcome(id).expect("an answer").unwrap_err()),
    }
}

#[test]
fn without_the_option_there_is_none() {
    for options in [options(), with("exposeAccessToken", json!(false))] {
        let mut driver = Driver::signed_in_with(options);
        for resource in [None, Some(API), Some("https://evil.example/")] {
            assert_eq!(
                token(&mut driver, resource),
                Err(Code::AccessTokenNotExposed)
            );
        }
    }
    assert_eq!(
        token(&mut Driver::signed_out(), None),
        Err(Code::AccessTokenNotExposed)
    );
}

#[test]
fn with_it_the_token_is_the_one_that_calls_go_out_with() {
    let mut driver = Driver::signed_in_with(exposing(options()));
    let given = token(&mut driver, None).unwrap();
    assert_eq!(token(&mut driver, Some(API)).as_ref(), Ok(&given));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.api.tokens(), [given.as_str()]);
    assert_eq!(driver.token_requests(), 1, "the sign-in's");
}

#[test]
fn it_is_for_the_resource_that_is_named() {
    let mut driver = Driver::signed_in_with(exposing(two_targets()));
    for (url, audience, resource) in [
        (MAIL, Some("mail"), None),
        (FILES, None, Some("https://files.example")),
    ] {
        let given = token(&mut driver, Some(url)).unwrap();
        let record = driver.server.grants.access_token(&given);
        assert_eq!(
            (record.audience.as_deref(), record.resource.as_deref()),
            (audience, resource)
        );
    }
    assert_eq!(token(&mut driver, None), Err(Code::InvalidArgument));
    for url in ["https://evil.example/", "mail", ""] {
        assert_eq!(
            token(&mut driver, Some(url)),
            Err(Code::ResourceNotAllowed),
            "{url}"
        );
    }
}

#[test]
fn without_resources_there_is_nothing_to_give() {
    let mut driver = Driver::signed_in_with(exposing(with("resources", json!([]))));
    assert_eq!(token(&mut driver, None), Err(Code::InvalidArgument));
    assert_eq!(token(&mut driver, Some(API)), Err(Code::ResourceNotAllowed));
}

#[test]
fn nobody_signed_in_is_told_so() {
    let mut driver = Driver::new(exposing(options()));
    assert_eq!(token(&mut driver, None), Err(Code::LoginRequired));
}

#[test]
fn a_token_that_has_expired_is_renewed_once_for_calls_and_wishes_alike() {
    let mut driver = Driver::signed_in_with(exposing(options()));
    let old = token(&mut driver, None).unwrap();
    driver.expire_access_token();
    driver.hold(TOKEN);
    let wishes = [(); 5].map(|()| ask(&mut driver, None));
    let calls = [(); 5].map(|()| driver.fetch(API));
    driver.settle();
    assert_eq!(driver.waiting(TOKEN), 1);
    driver.release(TOKEN);
    assert!(
        calls
            .into_iter()
            .all(|id| driver.outcome(id) == Some(Ok(())))
    );
    for id in wishes {
        let given = driver.given_token(id).expect("a token");
        assert_ne!(given, old);
        assert_eq!(driver.api.tokens()[0], given);
    }
    assert_eq!(driver.server.refreshes().len(), 1);
}

#[test]
fn a_session_that_is_over_is_told() {
    let mut driver = Driver::signed_in_with(exposing(options()));
    driver.expire_access_token();
    driver
        .server
        .next(Endpoint::Token, Answer::refused(400, "invalid_grant"));
    assert_eq!(token(&mut driver, None), Err(Code::SessionExpired));
    assert_eq!(token(&mut driver, None), Err(Code::LoginRequired));
}

#[test]
fn who_gave_up_gets_nothing() {
    let mut driver = Driver::signed_in_with(exposing(options()));
    driver.expire_access_token();
    driver.hold(TOKEN);
    let id = ask(&mut driver, None);
    driver.settle();
    driver.abandon(id);
    driver.release(TOKEN);
    assert_eq!(driver.given_token(id), None);
    assert!(
        !driver
            .seen
            .iter()
            .any(|seen| seen.what == What::AccessToken(id))
    );
}

#[test]
fn a_vault_that_gives_tokens_is_another_than_one_that_does_not() {
    let config = |options| Config::parse(options).unwrap();
    let (kept, exposed) = (config(options()), config(exposing(options())));
    assert_ne!(kept.fingerprint, exposed.fingerprint);
    assert_ne!(kept.recipients_fingerprint, exposed.recipients_fingerprint);
}
