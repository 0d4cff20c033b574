//! Sign-ins in a window of its own: the transaction is in the vault's memory and nowhere else.

mod support;

use holdfast::core::{
    error::{Code, Phase},
    input::Command,
    json::{Value, json},
    output::{Event, Failure, Reply},
    secret::Secret,
};
use support::{
    callback::Callback,
    driver::{Driver, Step},
    server::Endpoint,
    story::{API, options, sign_in_command, with},
};

/// The most windows that are waited for at one time.
const MOST: usize = 8;

/// `loginWithPopup(options)`: where the window has to go, and its `state`.
fn open_popup(driver: &mut Driver, options: Value) -> Result<(String, String), Failure> {
    let Command::SignIn { options, entropy } = sign_in_command(options, driver.seen.len()) else {
        unreachable!("it is a sign-in")
    };
    match driver.ask(Command::SignInByPopup { options, entropy })? {
        Reply::Popup { url, state } => Ok((url, state)),
        other => panic!("{other:?} is no answer to SignInByPopup"),
    }
}

/// A window that has been at the server.
fn popup(driver: &mut Driver) -> Callback {
    let (url, _) = open_popup(driver, json!({})).expect("a URL to sign in at");
    driver.server.authorize(&url)
}

fn refused(driver: &mut Driver, callback: &Callback) -> Code {
    let requests = driver.token_requests();
    let failure = driver
        .handle_callback(&callback.url())
        .expect_err("this callback should be refused");
    assert_eq!(failure.phase, Phase::Callback);
    assert_eq!(driver.token_requests(), requests, "no code goes anywhere");
    failure.error.code
}

#[test]
fn it_signs_in_and_nothing_is_ever_stored() {
    let mut driver = Driver::new(options());
    let (url, state) = open_popup(&mut driver, json!({ "appState": { "draft": 7 } })).unwrap();
    assert!(driver.storage.is_empty(), "nothing is stored");
    let callback = driver.server.authorize(&url);
    assert_eq!(callback.get("state"), state);
    let signed_in = driver.handle_callback(&callback.url()).unwrap().unwrap();
    assert_eq!(signed_in.app_state, Some(json!({ "draft": 7 })));
    assert!(signed_in.return_to.is_none());
    assert_eq!(driver.subject().as_deref(), Some("alice"));
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn its_state_is_marked_and_no_other_one_is() {
    let mut driver = Driver::new(options());
    let (url, state) = open_popup(&mut driver, json!({})).unwrap();
    assert!(url.contains(&state), "it needs no escape: {url}");
    assert!(state.ends_with(".popup") && state.len() == 43 + 6);
    assert!(!driver.authorize().get("state").contains('.'));
}

#[test]
fn a_key_for_proofs_stays_in_memory_too() {
    let mut driver = Driver::new(with("dpop", json!("required")));
    driver.server.metadata["dpop_signing_alg_values_supported"] = json!(["ES256"]);
    let callback = popup(&mut driver);
    assert!(driver.storage.is_empty());
    driver.handle_callback(&callback.url()).unwrap().unwrap();
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn a_callback_counts_once() {
    let mut driver = Driver::new(options());
    let callback = popup(&mut driver);
    driver.handle_callback(&callback.url()).unwrap().unwrap();
    assert_eq!(refused(&mut driver, &callback), Code::StateUnknown);
    assert_eq!(driver.call(API), Ok(()), "the session goes on");
}

#[test]
fn another_vault_does_not_know_it() {
    let mut driver = Driver::signed_in();
    let callback = popup(&mut driver);
    let mut reloaded = driver.reload();
    assert_eq!(refused(&mut reloaded, &callback), Code::StateUnknown);
}

#[test]
fn a_stored_record_is_no_transaction_of_a_popup() {
    let mut driver = Driver::new(options());
    let redirect = driver.authorize();
    let marked = [redirect.get("state"), ".popup"].concat();
    let (_, record) = driver.storage.pop_first().expect("a record");
    // Script of the page may write what it likes, under any name.
    let name = holdfast::core::transaction::Transaction::key(&marked);
    driver.storage.insert(name, record);
    let forged = redirect.replace("state", &marked);
    assert_eq!(refused(&mut driver, &forged), Code::StateUnknown);
}

#[test]
fn it_is_forgotten_after_ten_minutes() {
    let mut driver = Driver::new(options());
    let callback = popup(&mut driver);
    driver.clock.advance(601_000);
    assert_eq!(refused(&mut driver, &callback), Code::StateUnknown);
}

#[test]
fn several_are_told_apart_and_the_oldest_of_too_many_is_forgotten() {
    let mut driver = Driver::new(options());
    let callbacks: Vec<_> = (0..=MOST).map(|_| popup(&mut driver)).collect();
    assert_eq!(refused(&mut driver, &callbacks[0]), Code::StateUnknown);
    for callback in callbacks[1..].iter().rev() {
        driver.handle_callback(&callback.url()).unwrap().unwrap();
    }
}

#[test]
fn what_has_expired_makes_room() {
    let mut driver = Driver::new(options());
    for _ in 0..MOST {
        popup(&mut driver);
    }
    driver.clock.advance(601_000);
    let callbacks: Vec<_> = (0..MOST).map(|_| popup(&mut driver)).collect();
    driver
        .handle_callback(&callbacks[0].url())
        .unwrap()
        .unwrap();
}

#[test]
fn the_checks_are_those_of_a_redirect() {
    let mut driver = Driver::signed_in();
    let callback = popup(&mut driver).replace("iss", "https://attacker.example");
    assert_eq!(refused(&mut driver, &callback), Code::IssuerMismatch);
    let callback = popup(&mut driver).without("iss");
    assert_eq!(refused(&mut driver, &callback), Code::IssuerMissing);
    let failure = open_popup(
        &mut driver,
        json!({ "authorizationParams": { "state": "x" } }),
    );
    let failure = failure.expect_err("the state is not the app's to choose");
    assert_eq!(
        (failure.error.code, failure.phase),
        (Code::InvalidArgument, Phase::Login)
    );
    assert_eq!(driver.call(API), Ok(()), "the session before is untouched");
}

#[test]
fn a_sign_out_in_the_last_step_ends_it() {
    let mut driver = Driver::new(options());
    let callback = popup(&mut driver);
    driver.hold(Step::Http(Endpoint::Token));
    let id = driver.handle_callback_later(&callback.url());
    driver.sign_out(json!({ "localOnly": true })).unwrap();
    driver.release(Step::Http(Endpoint::Token));
    driver.settle();
    let failure = driver.reply(id).expect("an answer").expect_err("a failure");
    assert_eq!(failure.error.code, Code::LoginRequired);
    assert_eq!(driver.subject(), None);
}

#[test]
fn it_replaces_the_session_as_a_redirect_does() {
    let mut driver = Driver::signed_in();
    let callback = popup(&mut driver);
    driver.handle_callback(&callback.url()).unwrap().unwrap();
    let signed_in = |event: &&Event| matches!(event, Event::SignedIn { .. });
    assert_eq!(driver.events.iter().filter(signed_in).count(), 2);
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn nothing_but_the_callback_itself_is_believed() {
    let mut driver = Driver::signed_in();
    let callback = popup(&mut driver);
    for url in [
        "",
        "https://app.example/",
        "https://app.example/callback?state=x.popup",
    ] {
        let answer = driver.ask(Command::HandleCallback {
            url: Secret::from(url),
        });
        assert!(matches!(answer, Ok(Reply::Callback(None))), "{url}");
    }
    let forged = callback.clone().replace("state", "x.popup");
    assert_eq!(refused(&mut driver, &forged), Code::StateUnknown);
    driver.handle_callback(&callback.url()).unwrap().unwrap();
}
