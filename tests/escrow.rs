//! The session's way from vault to vault: reloads, pages that come back, other versions, sign-outs.

mod support;

use holdfast::core::{
    error::Code,
    input::{Command, Input},
    json::{Value, json},
    output::Event,
};
use support::{
    answer::Answer,
    driver::{Driver, Step},
    grants::Rotation,
    seen::What,
    server::Endpoint,
    story::{API, check_session, options, subject_of},
};

fn count(driver: &Driver, what: &What) -> usize {
    driver.seen.iter().filter(|seen| seen.what == *what).count()
}

#[test]
fn a_reload_keeps_the_session_and_asks_the_server_for_nothing() {
    let mut driver = Driver::signed_in_with_escrow();
    assert_eq!(driver.call(API), Ok(()));
    for _ in 0..5 {
        driver = driver.reload();
        assert_eq!(driver.open().as_deref(), Some("alice"));
        assert_eq!(driver.call(API), Ok(()));
    }
    assert_eq!(driver.token_requests(), 1, "the sign-in's own");
    driver.expire_access_token();
    driver = driver.reload();
    assert_eq!(driver.open().as_deref(), Some("alice"));
    assert_eq!(driver.token_requests(), 1);
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.token_requests(), 2, "for the call");
}

#[test]
fn a_reload_in_the_middle_of_a_refresh_loses_nothing_without_any_grace_period() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.server.rotation = Rotation::Rotates { grace: false };
    driver.expire_access_token();
    driver.hold(Step::Http(Endpoint::Token));
    driver.fetch(API);
    driver.settle();
    assert_eq!(driver.server.refreshes().len(), 1, "it is under way");
    let mut driver = driver.reload();
    assert_eq!(driver.open().as_deref(), Some("alice"));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(
        driver.server.refreshes().len(),
        1,
        "its answer was collected"
    );
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()), "with the rotated token");
}

#[test]
fn a_collected_token_is_as_old_as_its_request() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.expire_access_token();
    driver.hold(Step::Http(Endpoint::Token));
    driver.fetch(API);
    driver.settle();
    driver.clock.advance(200_000);
    let mut driver = driver.reload();
    driver.open();
    assert_eq!(driver.server.refreshes().len(), 1);
    driver.clock.advance(75_000);
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(
        driver.server.refreshes().len(),
        2,
        "its 300 seconds were nearly over"
    );
}

#[test]
fn an_answer_that_no_escrow_kept_is_asked_for_again_with_the_same_token() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.server.rotation = Rotation::Rotates { grace: true };
    driver.expire_access_token();
    driver
        .server
        .next(Endpoint::Token, Answer::LostOnTheWayBack);
    driver.hold(Step::Http(Endpoint::Token));
    driver.fetch(API);
    driver.settle();
    let mut driver = driver.reload();
    driver.open();
    let id = driver.fetch(API);
    driver.run();
    assert_eq!(driver.outcome(id), Some(Ok(())));
    let refreshes = driver.server.refreshes();
    assert_eq!(refreshes.len(), 2);
    assert_eq!(refreshes[0], refreshes[1]);
}

#[test]
fn a_server_that_can_not_be_found_does_not_cost_the_carried_answer() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.expire_access_token();
    driver.hold(Step::Http(Endpoint::Token));
    driver.fetch(API);
    driver.settle();
    let mut driver = driver.reload();
    driver
        .server
        .always(Endpoint::OpenIdConfiguration, Answer::Lost);
    driver.open();
    assert_eq!(driver.call(API), Err(Code::NetworkError));
    driver
        .server
        .always(Endpoint::OpenIdConfiguration, Answer::Normal);
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 1);
}

#[test]
fn what_the_page_wants_meanwhile_waits_for_the_claim() {
    let mut driver = Driver::signed_in_with_escrow().reload();
    driver.hold(Step::Escrow);
    let opened = driver.command(Command::Open);
    let call = driver.fetch(API);
    let abandoned = driver.fetch(API);
    driver.abandon(abandoned);
    driver.settle();
    assert!(driver.reply(opened).is_none() && driver.outcome(call).is_none());
    assert_eq!(driver.wakes_in(), None);
    driver.release(Step::Escrow);
    assert_eq!(
        driver.reply(opened).map(|reply| subject_of(reply.unwrap())),
        Some(Some("alice".into()))
    );
    assert_eq!(driver.outcome(call), Some(Ok(())));
}

#[test]
fn without_an_escrow_nothing_is_told_and_nothing_waits() {
    let mut driver = Driver::signed_in();
    driver.input(Input::Visibility(true));
    driver.ask(Command::Open).unwrap();
    driver.ask(Command::Resume).unwrap();
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    driver.sign_out(json!({})).unwrap();
    for what in [What::Claim, What::Park, What::Forget] {
        assert_eq!(count(&driver, &what), 0);
    }
    assert_eq!(driver.wakes_in(), None);
}

#[test]
fn an_escrow_that_is_gone_is_no_reason_to_fail() {
    let mut driver = Driver::with_escrow(options());
    driver.escrow.is_absent = true;
    assert_eq!(driver.open(), None);
    driver.sign_in();
    driver.input(Input::Visibility(true));
    driver.settle();
    assert_eq!(driver.wakes_in(), None, "it is not asked again and again");
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.resume(), Ok(Some("alice".into())));
    assert_eq!(driver.token_requests(), 2);
    driver.sign_out(json!({})).unwrap();
}

#[test]
fn deposits_are_fresh_while_a_page_can_be_seen_and_only_then() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.input(Input::Visibility(true));
    driver.settle();
    for _ in 0..20 {
        let before = driver.escrow.deposits;
        assert_eq!(driver.wakes_in(), Some(15_000));
        driver.clock.advance(15_000);
        driver.escrow.stop();
        driver.input(Input::Wake);
        driver.settle();
        assert_eq!(driver.escrow.deposits, before + 1);
    }
    driver.input(Input::Visibility(false));
    driver.settle();
    assert_eq!(driver.wakes_in(), None);
    assert_eq!(driver.token_requests(), 1, "an idle app asks for no token");
    let mut driver = driver.reload();
    assert_eq!(driver.open().as_deref(), Some("alice"));
}

#[test]
fn a_sign_out_leaves_nothing_behind() {
    for options in [json!({}), json!({ "localOnly": true })] {
        let mut driver = Driver::signed_in_with_escrow();
        driver.hold(Step::Escrow);
        let id = driver.command(Command::SignOut { options });
        driver.settle();
        assert!(
            driver.reply(id).is_none(),
            "the page stays until the escrow knows"
        );
        driver.release(Step::Escrow);
        assert!(driver.reply(id).unwrap().is_ok());
        assert_eq!(driver.server.revocations().len(), 1);
        let mut driver = driver.reload();
        assert_eq!(driver.open(), None);
    }
}

#[test]
fn a_sign_out_after_a_reload_revokes_too() {
    for options in [json!({}), json!({ "localOnly": true })] {
        let mut driver = Driver::signed_in_with_escrow().reload();
        driver.open();
        driver.sign_out(options).unwrap();
        assert_eq!(driver.server.revocations().len(), 1);
    }
}

#[test]
fn an_ended_session_leaves_nothing_behind() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.expire_access_token();
    driver
        .server
        .next(Endpoint::Token, Answer::refused(400, "invalid_grant"));
    assert_eq!(driver.call(API), Err(Code::SessionExpired));
    let mut driver = driver.reload();
    assert_eq!(driver.open(), None);
}

#[test]
fn a_frozen_vault_does_not_use_what_another_took_over() {
    let mut frozen = Driver::signed_in_with_escrow();
    let mut other = frozen.twin();
    other.escrow.gone.insert(frozen.client);
    assert_eq!(other.open().as_deref(), Some("alice"));
    other.expire_access_token();
    assert_eq!(other.call(API), Ok(()));
    let refreshes = other.server.refreshes().len();

    // The other one lives in another tab: the session is its own.
    other.swap(&mut frozen);
    let calls = frozen.api.calls.len();
    assert_eq!(frozen.resume(), Err(Code::SessionMoved));
    assert_eq!(frozen.call(API), Err(Code::SessionMoved));
    assert_eq!(frozen.token_requests(), 1 + refreshes);
    assert_eq!(frozen.api.calls.len(), calls);
    assert!(
        frozen.server.revocations().is_empty(),
        "the session lives on"
    );
    assert!(
        matches!(frozen.events.last(), Some(Event::Error(failure)) if failure.error.code == Code::SessionMoved)
    );

    // A new page has it again once the other is gone.
    frozen.escrow.gone.insert(other.client);
    assert_eq!(frozen.open().as_deref(), Some("alice"));
    assert_eq!(frozen.call(API), Ok(()));
}

#[test]
fn a_frozen_vault_goes_on_with_what_the_other_left() {
    let mut frozen = Driver::signed_in_with_escrow();
    let mut other = frozen.twin();
    other.escrow.gone.insert(frozen.client);
    other.open();
    other.expire_access_token();
    assert_eq!(other.call(API), Ok(()));
    other.escrow.gone.insert(other.client);
    other.escrow.gone.remove(&frozen.client);
    other.swap(&mut frozen);
    assert_eq!(frozen.resume(), Ok(Some("alice".into())));
    frozen.expire_access_token();
    assert_eq!(frozen.call(API), Ok(()), "with the newest refresh token");
}

#[test]
fn a_frozen_vault_is_signed_out_where_the_other_was() {
    let mut frozen = Driver::signed_in_with_escrow();
    let mut other = frozen.twin();
    other.escrow.gone.insert(frozen.client);
    other.open();
    other.sign_out(json!({ "localOnly": true })).unwrap();
    other.swap(&mut frozen);
    let calls = frozen.api.calls.len();
    assert_eq!(frozen.resume(), Ok(None));
    assert!(matches!(frozen.events.last(), Some(Event::SignedOut)));
    assert_eq!(frozen.call(API), Err(Code::LoginRequired));
    assert_eq!(frozen.api.calls.len(), calls);
}

#[test]
fn a_refresh_that_was_under_way_when_the_vault_froze_is_not_revoked() {
    let mut frozen = Driver::signed_in_with_escrow();
    frozen.expire_access_token();
    frozen.hold(Step::Http(Endpoint::Token));
    frozen.fetch(API);
    frozen.settle();
    let mut other = frozen.twin();
    other.escrow.gone.insert(frozen.client);
    other.open();
    assert_eq!(other.call(API), Ok(()));
    assert_eq!(other.server.refreshes().len(), 1);
    other.swap(&mut frozen);
    frozen.hold(Step::Escrow);
    let resumed = frozen.command(Command::Resume);
    frozen.release(Step::Http(Endpoint::Token));
    frozen.release(Step::Escrow);
    assert!(frozen.reply(resumed).unwrap().is_err());
    assert!(frozen.server.revocations().is_empty());
    frozen.swap(&mut other);
    other.expire_access_token();
    assert_eq!(
        other.call(API),
        Ok(()),
        "its refresh token still is the last"
    );
}

#[test]
fn a_vault_that_the_escrow_does_not_remember_asks_the_server_before_it_calls() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.escrow.stop();
    assert_eq!(driver.resume(), Ok(Some("alice".into())));
    assert_eq!(driver.token_requests(), 1, "nothing before it is needed");
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.token_requests(), 2);
}

#[test]
fn a_vault_in_use_keeps_its_access_token_when_the_escrow_forgets() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.escrow.stop();
    driver.input(Input::Visibility(true));
    driver.settle();
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.token_requests(), 1);
}

#[test]
fn a_newer_vault_takes_over_in_the_middle_of_a_call() {
    let mut old = Driver::signed_in_with_escrow();
    old.expire_access_token();
    old.hold(Step::Http(Endpoint::OpenIdConfiguration));
    let mut new = old.twin();
    new.escrow.gone.insert(old.client);
    new.open();
    new.swap(&mut old);
    // Its refresh is refused by the escrow before it is sent.
    let call = old.fetch(API);
    old.settle();
    assert_eq!(old.outcome(call), Some(Err(Code::SessionMoved)));
    assert!(old.server.refreshes().is_empty());
    assert_eq!(
        old.begin_sign_in(json!({})).unwrap_err().error.code,
        Code::SessionMoved
    );
    // Who signs out here is signed out there, too.
    old.sign_out(json!({ "localOnly": true })).unwrap();
    assert!(matches!(old.events.last(), Some(Event::SignedOut)));
    old.swap(&mut new);
    new.input(Input::Visibility(true));
    new.settle();
    assert!(matches!(new.events.last(), Some(Event::SignedOut)));
    assert_eq!(
        new.server.revocations().len(),
        1,
        "by the one that has the token"
    );
    assert_eq!(new.call(API), Err(Code::LoginRequired));
}

#[test]
fn a_new_sign_in_takes_the_place_of_the_parked_session() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.server.person = "bob".into();
    driver.sign_in();
    let mut driver = driver.reload();
    assert_eq!(driver.open().as_deref(), Some("bob"));
    let mut driver = driver.reload();
    assert_eq!(
        driver.open().as_deref(),
        Some("bob"),
        "and alice is nowhere"
    );
}

#[test]
fn nothing_that_anybody_may_see_holds_a_secret() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.expire_access_token();
    driver.call(API).unwrap();
    let mut driver = driver.reload();
    driver.open();
    driver.call(API).unwrap();
    for secret in driver.server.secrets.clone() {
        assert!(
            driver
                .seen
                .iter()
                .all(|seen| !seen.public.contains(&secret))
        );
    }
}

#[test]
fn a_parked_session_that_is_not_understood_is_as_none() {
    let mut driver = Driver::signed_in_with_escrow().reload();
    driver.hold(Step::Escrow);
    let opened = driver.command(Command::Open);
    for todo in &mut driver.todo {
        if let Input::EscrowAnswered { answer, .. } = &mut todo.input {
            *answer = holdfast::core::input::EscrowAnswer::State("99 ticket".into());
        }
    }
    driver.release(Step::Escrow);
    assert_eq!(subject_of(driver.reply(opened).unwrap().unwrap()), None);
    assert_eq!(
        driver.ask(check_session(Value::Null)).map(subject_of),
        Ok(None)
    );
}
