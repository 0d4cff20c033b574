//! A page that begins at an authorization response: what reading it takes of the server is fetched
//! while the page still starts, once, and nothing depends on whether that worked.

mod support;

use holdfast::core::{
    input::{Command, Input},
    json::{Value, json},
};
use support::{
    answer::Answer,
    driver::{Driver, Step},
    server::Endpoint,
    story::{API, options, plain_options, with},
};

/// The vault that begins after the redirect, and the URL that its page is at.
fn returned(options: Value) -> (Driver, String) {
    let mut leaving = Driver::new(options.clone());
    leaving.server.is_openid = options["openid"] != json!(false);
    let callback = leaving.authorize();
    let mut driver = Driver::new(options);
    leaving.server.requests.clear();
    (driver.storage, driver.server) = (leaving.storage, leaving.server);
    (driver, callback.url())
}

fn asked(driver: &Driver) -> Vec<Endpoint> {
    let requests = driver.server.requests.iter();
    requests.map(|request| request.endpoint).collect()
}

#[test]
fn metadata_and_keys_are_there_before_the_page_asks_for_anything() {
    let (mut driver, url) = returned(options());
    driver.input(Input::ResponseExpected);
    driver.settle();
    assert_eq!(
        asked(&driver),
        [Endpoint::OpenIdConfiguration, Endpoint::Keys]
    );
    driver.handle_callback(&url).unwrap();
    assert_eq!(driver.subject().as_deref(), Some("alice"));
    assert_eq!(asked(&driver)[2..], [Endpoint::Token], "nothing twice");
}

#[test]
fn a_callback_that_comes_meanwhile_waits_for_the_same_requests() {
    let (mut driver, url) = returned(options());
    driver.hold(Step::Http(Endpoint::OpenIdConfiguration));
    driver.hold(Step::Http(Endpoint::Keys));
    driver.input(Input::ResponseExpected);
    driver.handle_callback_later(&url);
    driver.release(Step::Http(Endpoint::OpenIdConfiguration));
    // The code does not wait for the keys.
    assert_eq!(
        asked(&driver),
        [
            Endpoint::OpenIdConfiguration,
            Endpoint::Keys,
            Endpoint::Token
        ]
    );
    driver.release(Step::Http(Endpoint::Keys));
    assert_eq!(driver.subject().as_deref(), Some("alice"));
    assert_eq!(driver.server.requests.len(), 3);
}

#[test]
fn the_escrow_is_not_waited_for() {
    let mut driver = Driver::with_escrow(options());
    driver.hold(Step::Escrow);
    driver.input(Input::ResponseExpected);
    driver.command(Command::Open);
    driver.settle();
    assert_eq!(asked(&driver), [Endpoint::OpenIdConfiguration]);
    driver.release(Step::Escrow);
    assert_eq!(
        asked(&driver),
        [Endpoint::OpenIdConfiguration, Endpoint::Keys]
    );
}

#[test]
fn what_could_not_be_fetched_ahead_is_fetched_when_it_is_needed() {
    for endpoint in [Endpoint::OpenIdConfiguration, Endpoint::Keys] {
        let (mut driver, url) = returned(options());
        driver.server.next(endpoint, Answer::Lost);
        driver.input(Input::ResponseExpected);
        driver.settle();
        driver.handle_callback(&url).unwrap();
        assert_eq!(driver.subject().as_deref(), Some("alice"));
        assert_eq!(driver.server.requests_to(endpoint).len(), 2);
    }
}

#[test]
fn what_is_lost_while_a_callback_waits_for_it_is_asked_for_once_more() {
    for endpoint in [Endpoint::OpenIdConfiguration, Endpoint::Keys] {
        for (losses, subject) in [(1, Some("alice")), (2, None)] {
            let (mut driver, url) = returned(options());
            for _ in 0..losses {
                driver.server.next(endpoint, Answer::Lost);
            }
            driver.hold(Step::Http(endpoint));
            driver.input(Input::ResponseExpected);
            driver.settle();
            driver.handle_callback_later(&url);
            driver.release(Step::Http(endpoint));
            driver.settle();
            assert_eq!(driver.subject().as_deref(), subject, "{losses} losses");
            assert_eq!(driver.server.requests_to(endpoint).len(), 2);
        }
    }
}

#[test]
fn a_vault_that_knows_its_server_asks_for_nothing() {
    let mut driver = Driver::signed_in();
    let before = driver.server.requests.len();
    driver.input(Input::ResponseExpected);
    driver.settle();
    assert_eq!(driver.server.requests.len(), before);
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn without_openid_there_are_no_keys_to_fetch() {
    let (mut driver, url) = returned(plain_options());
    driver.input(Input::ResponseExpected);
    driver.settle();
    assert_eq!(asked(&driver), [Endpoint::OauthMetadata]);
    driver.handle_callback(&url).unwrap();
}

#[test]
fn metadata_among_the_options_leaves_the_keys() {
    let metadata = Driver::signed_out().server.metadata;
    let (mut driver, url) = returned(with("metadata", metadata));
    driver.input(Input::ResponseExpected);
    driver.settle();
    assert_eq!(asked(&driver), [Endpoint::Keys]);
    driver.handle_callback(&url).unwrap();
}

#[test]
fn discovery_is_kept_for_as_long_as_the_vault_lives() {
    let mut driver = Driver::signed_in();
    for _ in 0..3 {
        driver.clock.advance(24 * 60 * 60 * 1_000);
        assert_eq!(driver.call(API), Ok(()));
        driver.sign_out(json!({})).unwrap();
        driver.sign_in();
    }
    assert_eq!(
        driver
            .server
            .requests_to(Endpoint::OpenIdConfiguration)
            .len(),
        1
    );
    assert_eq!(driver.server.requests_to(Endpoint::Keys).len(), 1);
}
