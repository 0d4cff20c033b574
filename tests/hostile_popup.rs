//! Answers to sign-ins in a window of its own that are not what the server has sent, or not in time: what
//! a page, or script in it, can hand to the vault. What is expected stands in
//! `tests/vectors/hostile-host.json`.

mod support;

use holdfast::core::{
    error::Code, input::Command, json::json, output::Reply, transaction::Transaction,
};
use support::{
    bob,
    callback::Callback,
    driver::{Driver, Step},
    hostile::{self, Row},
    server::{Endpoint, ISSUER},
    story::sign_in_command,
};

/// A window in which somebody has been at the server: where it was sent back to.
fn popup(driver: &mut Driver) -> Callback {
    let seed = driver.seen.len();
    let Command::SignIn { options, entropy } = sign_in_command(json!({}), seed) else {
        unreachable!("it is a sign-in")
    };
    match driver.ask(Command::SignInByPopup { options, entropy }) {
        Ok(Reply::Popup { url, .. }) => driver.server.authorize(&url),
        other => panic!("{other:?} is no answer to SignInByPopup"),
    }
}

/// Alice is signed in and opens a window; the page hands over what `change` makes of its answer. How
/// many requests it costs, and nothing of the session.
fn handed_over(row: &Row, requests: usize, change: impl FnOnce(&mut Driver, Callback) -> String) {
    let mut driver = Driver::signed_in();
    let callback = popup(&mut driver);
    let url = change(&mut driver, callback);
    let before = driver.token_requests();
    let result = driver.handle_callback(&url);
    assert_eq!(driver.token_requests(), before + requests);
    assert!(driver.storage.is_empty(), "nothing of it was stored");
    match result {
        Ok(Some(_)) => row.compare(Ok(())),
        Ok(None) => {
            bob::has_its_refresh_token(&mut driver, "refresh-3-");
            row.found("ignored");
        }
        Err(failure) => {
            bob::has_its_refresh_token(&mut driver, "refresh-3-");
            row.compare(Err(failure.error.code));
        }
    }
}

/// A callback to a popup that nobody has opened.
fn forged(state: &str) -> Callback {
    Callback::new("https://app.example/callback")
        .with("code", "forged")
        .with("state", state)
        .with("iss", ISSUER)
}

#[test]
fn answers_that_come_late() {
    for (row, seconds, requests) in [
        (hostile::row("H22-popup"), 601, 0),
        (hostile::row("H22-popup-in-time"), 599, 1),
    ] {
        handed_over(&row, requests, |driver, callback| {
            driver.clock.advance(seconds * 1_000);
            callback.url()
        });
    }
    for (row, seconds) in [
        (hostile::row("H22"), 601),
        (hostile::row("H22-in-time"), 599),
    ] {
        let mut driver = Driver::signed_in();
        let callback = driver.authorize();
        let before = driver.token_requests();
        driver.clock.advance(seconds * 1_000);
        let result = driver.handle_callback(&callback.url());
        assert_eq!(driver.token_requests() > before, result.is_ok());
        if result.is_err() {
            bob::has_its_refresh_token(&mut driver, "refresh-3-");
        }
        row.compare(result.map(drop).map_err(|failure| failure.error.code));
    }
}

#[test]
fn answers_of_others() {
    handed_over(&hostile::row("H23"), 0, |_, _| forged("x.popup").url());
    handed_over(&hostile::row("H23-code"), 1, |_, callback| {
        forged(callback.get("state")).url()
    });
    handed_over(&hostile::row("H23-issuer"), 0, |_, callback| {
        callback.replace("iss", "https://evil.example").url()
    });
    handed_over(&hostile::row("H23-error"), 0, |_, callback| {
        let callback = callback.without("code");
        callback.with("error", "access_denied").url()
    });
    handed_over(&hostile::row("H23-origin"), 0, |_, callback| {
        callback.url().replace("app.example", "evil.example")
    });
    handed_over(&hostile::row("H23-script"), 0, |_, callback| {
        let url = callback.url();
        format!("javascript:alert(1)//{url}")
    });
    // The code is the attacker's own: PKCE binds it to another verifier.
    handed_over(&hostile::row("H23-own-code"), 1, |driver, callback| {
        let theirs = popup(driver);
        callback.replace("code", theirs.get("code")).url()
    });
}

/// Script of the page writes a record of the attacker's into the storage: what a popup's answer belongs to
/// is never looked for there.
#[test]
fn records_of_others() {
    let mut driver = Driver::signed_in();
    let redirect = driver.authorize();
    let marked = [redirect.get("state"), ".popup"].concat();
    let (_, record) = driver.storage.pop_first().expect("a record");
    driver.storage.insert(Transaction::key(&marked), record);
    let before = driver.token_requests();
    let callback = redirect.replace("state", &marked);
    let result = driver.handle_callback(&callback.url());
    assert_eq!(driver.token_requests(), before);
    bob::goes_on(&mut driver);
    hostile::row("own-popup-record")
        .compare(result.map(drop).map_err(|failure| failure.error.code));
}

#[test]
fn answers_that_come_twice() {
    handed_over(&hostile::row("H13-popup"), 0, |driver, callback| {
        // A first one that is refused uses the sign-in up as well.
        let wrong = callback.clone().replace("iss", "https://evil.example");
        assert!(driver.handle_callback(&wrong.url()).is_err());
        callback.url()
    });
    let mut driver = Driver::signed_in();
    let callback = popup(&mut driver);
    driver.hold(Step::Http(Endpoint::Token));
    let before = driver.token_requests();
    let first = driver.handle_callback_later(&callback.url());
    let second = driver.handle_callback_later(&callback.url());
    driver.release(Step::Http(Endpoint::Token));
    let [first, second] = [first, second].map(|id| {
        let reply = driver.reply(id).expect("an answer");
        reply.map(drop).map_err(|failure| failure.error.code)
    });
    assert_eq!(first, Ok(()));
    assert_eq!(driver.token_requests(), before + 1, "the code goes once");
    hostile::row("own-popup-twice-at-once").compare(second);
}

#[test]
fn more_windows_than_are_waited_for() {
    handed_over(&hostile::row("own-popup-many"), 0, |driver, callback| {
        for _ in 0..8 {
            popup(driver);
        }
        callback.url()
    });
    let mut driver = Driver::signed_in();
    let callback = popup(&mut driver);
    let mut reloaded = driver.reload();
    let result = reloaded.handle_callback(&callback.url());
    let result: Result<(), Code> = result.map(drop).map_err(|failure| failure.error.code);
    hostile::row("own-popup-other-vault").compare(result);
}
