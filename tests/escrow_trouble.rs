//! The session's way from vault to vault where something goes wrong on it: sleep, late answers, an
//! escrow that is slow, forgetful, or of another version.

mod support;

use holdfast::core::{
    error::Code,
    input::{Command, CommandId, EscrowAnswer, Input},
    json::json,
    output::ExpiryReason,
};
use support::{
    answer::Answer,
    driver::{Driver, Step, Todo},
    grants::Rotation,
    seen::What,
    server::Endpoint,
    story::{API, options, subject_of, with},
};

const TOKEN: Step = Step::Http(Endpoint::Token);

/// A vault that sleeps, its page frozen, and one that took its session over meanwhile. The world is
/// around the second.
fn asleep_and_relieved(mut frozen: Driver) -> (Driver, Driver) {
    frozen.input(Input::Sleep);
    let mut other = frozen.twin();
    other.escrow.gone.insert(frozen.client);
    assert_eq!(other.open().as_deref(), Some("alice"));
    (frozen, other)
}

/// A vault whose refresh is under way.
fn refreshing() -> (Driver, CommandId) {
    let mut driver = Driver::signed_in_with_escrow();
    driver.expire_access_token();
    driver.hold(TOKEN);
    let call = driver.fetch(API);
    driver.settle();
    (driver, call)
}

/// A vault whose refresh the escrow has refused to send, for a reason that the test names.
fn refused_to_carry() -> (Driver, CommandId) {
    let mut driver = Driver::signed_in_with_escrow();
    driver.expire_access_token();
    let mut other = driver.twin();
    other.escrow.gone.insert(driver.client);
    other.open();
    other.swap(&mut driver);
    driver.hold(Step::Escrow);
    let call = driver.fetch(API);
    driver.settle();
    assert_eq!(driver.waiting(Step::Escrow), 1);
    (driver, call)
}

/// Puts something else in the place of what the escrow said.
fn rewrite(driver: &mut Driver, mut instead: impl FnMut() -> EscrowAnswer) {
    for todo in &mut driver.todo {
        if let Input::EscrowAnswered { answer, .. } = &mut todo.input {
            *answer = instead();
        }
    }
}

/// Lets the escrow say something else than it did.
fn say_instead(driver: &mut Driver, instead: impl FnMut() -> EscrowAnswer) {
    rewrite(driver, instead);
    driver.release(Step::Escrow);
}

fn count(driver: &Driver, what: &What) -> usize {
    driver.seen.iter().filter(|seen| seen.what == *what).count()
}

#[test]
fn a_vault_that_woke_does_nothing_before_it_has_asked() {
    let mut frozen = Driver::signed_in_with_escrow();
    assert_eq!(frozen.call(API), Ok(()));
    let (mut frozen, mut other) = asleep_and_relieved(frozen);
    other.sign_out(json!({ "localOnly": true })).unwrap();
    other.swap(&mut frozen);
    let (calls, deposits) = (frozen.api.calls.len(), frozen.escrow.deposits);
    // Browsers tell that a page can be seen before they tell that it is back.
    frozen.input(Input::Visibility(true));
    let call = frozen.fetch(API);
    frozen.input(Input::Wake);
    frozen.settle();
    assert_eq!((frozen.outcome(call), frozen.wakes_in()), (None, None));
    assert_eq!(frozen.escrow.deposits, deposits);
    assert_eq!(frozen.resume(), Ok(None));
    assert_eq!(frozen.outcome(call), Some(Err(Code::LoginRequired)));
    assert_eq!(frozen.api.calls.len(), calls);
}

#[test]
fn an_answer_that_came_during_the_sleep_waits_for_the_question() {
    let (frozen, call) = refreshing();
    let (mut frozen, mut other) = asleep_and_relieved(frozen);
    other.sign_out(json!({ "localOnly": true })).unwrap();
    other.swap(&mut frozen);
    let calls = frozen.api.calls.len();
    frozen.release(TOKEN);
    assert_eq!(frozen.resume(), Ok(None));
    assert_eq!(frozen.outcome(call), Some(Err(Code::LoginRequired)));
    assert_eq!(frozen.api.calls.len(), calls);
}

#[test]
fn a_vault_that_slept_where_the_escrow_forgot_asks_the_server() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.input(Input::Sleep);
    driver.escrow.stop();
    driver.input(Input::Visibility(true));
    driver.settle();
    assert_eq!(driver.resume(), Ok(Some("alice".into())));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.token_requests(), 2);
}

#[test]
fn nothing_is_deposited_while_a_question_is_open() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.hold(Step::Escrow);
    driver.command(Command::Resume);
    let before = count(&driver, &What::Park);
    driver.input(Input::Visibility(true));
    assert_eq!(count(&driver, &What::Park), before);
    driver.release(Step::Escrow);
    assert_eq!(count(&driver, &What::Park), before + 1);
    assert_eq!(driver.wakes_in(), Some(15_000));
}

#[test]
fn a_page_that_falls_asleep_over_its_question_gets_its_answer_after_the_next() {
    let mut driver = Driver::signed_in_with_escrow();
    let first = driver.command(Command::Resume);
    driver.input(Input::Sleep);
    let second = driver.command(Command::Resume);
    driver.settle();
    for id in [first, second] {
        let reply = driver.reply(id).expect("an answer to Resume").unwrap();
        assert_eq!(subject_of(reply).as_deref(), Some("alice"));
    }
}

#[test]
fn a_call_that_is_given_up_while_its_answer_waits_for_the_question_hears_nothing() {
    let mut driver = Driver::signed_in_with_escrow();
    let call = driver.fetch(API);
    driver.command(Command::Resume);
    let answer = |todo: &Todo| todo.step == Step::Api;
    let answer = driver.todo.iter().position(answer).unwrap();
    driver.deliver(answer);
    driver.abandon(call);
    driver.settle();
    assert!(driver.reply(call).is_none());
}

#[test]
fn sleep_is_nothing_without_an_escrow() {
    let mut driver = Driver::signed_in();
    driver.input(Input::Sleep);
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn a_late_answer_to_a_session_that_went_and_came_back_is_not_revoked() {
    let (mut frozen, _) = refreshing();
    let mut other = frozen.twin();
    other.escrow.gone.insert(frozen.client);
    other.open();
    assert_eq!(other.call(API), Ok(()));
    other.swap(&mut frozen);
    assert_eq!(frozen.resume(), Err(Code::SessionMoved));
    // The other is gone; a page opens here and takes it back.
    frozen.escrow.gone.insert(other.client);
    assert_eq!(frozen.open().as_deref(), Some("alice"));
    frozen.release(TOKEN);
    assert!(frozen.server.revocations().is_empty());
}

#[test]
fn a_late_answer_to_a_session_that_was_signed_out_elsewhere_is_revoked() {
    let (frozen, _) = refreshing();
    let (mut frozen, mut other) = asleep_and_relieved(frozen);
    other.sign_out(json!({ "localOnly": true })).unwrap();
    other.swap(&mut frozen);
    assert_eq!(frozen.resume(), Ok(None));
    let before = frozen.server.revocations().len();
    frozen.release(TOKEN);
    assert_eq!(frozen.server.revocations().len(), before + 1);
}

#[test]
fn a_session_that_a_later_version_wrote_is_not_gone_on_with_from_an_old_copy() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.hold(Step::Escrow);
    let resumed = driver.command(Command::Resume);
    say_instead(&mut driver, || EscrowAnswer::State("2 ticket".into()));
    let failure = driver.reply(resumed).unwrap().unwrap_err();
    assert_eq!(failure.error.code, Code::SessionMoved);
    assert_eq!(driver.call(API), Err(Code::SessionMoved));
}

#[test]
fn whatever_becomes_of_a_carried_request_its_callers_hear_of_it() {
    let (mut driver, call) = refused_to_carry();
    say_instead(&mut driver, || EscrowAnswer::State("2 ticket".into()));
    assert_eq!(driver.outcome(call), Some(Err(Code::SessionMoved)));
    for answer in [
        || EscrowAnswer::Nothing,
        || EscrowAnswer::Absent,
        || EscrowAnswer::Kept,
        || EscrowAnswer::New,
    ] {
        let (mut driver, call) = refused_to_carry();
        driver.escrow.is_absent = true;
        say_instead(&mut driver, answer);
        driver.run();
        assert_eq!(driver.outcome(call), Some(Ok(())), "sent again, directly");
    }
}

#[test]
fn what_is_said_of_a_session_that_was_replaced_meanwhile_does_not_end_the_new_one() {
    for answer in [
        || EscrowAnswer::Lost,
        || EscrowAnswer::Forgotten,
        || EscrowAnswer::State("2 ticket".into()),
    ] {
        let (mut driver, call) = refused_to_carry();
        rewrite(&mut driver, answer);
        driver.delay(Step::Escrow, Driver::sign_in);
        assert_eq!(driver.outcome(call), Some(Ok(())), "by the new session");
        assert_eq!(driver.subject().as_deref(), Some("alice"));
        assert_eq!(driver.call(API), Ok(()));
    }
}

#[test]
fn the_end_of_one_session_is_not_the_end_of_another_tab_s() {
    let mut one = Driver::signed_in_with_escrow();
    let mut two = one.twin();
    assert_eq!(two.open(), None, "each tab has its own");
    two.sign_in();
    // The first tab is being reloaded.
    two.escrow.gone.insert(one.client);
    two.expire_access_token();
    two.server
        .next(Endpoint::Token, Answer::refused(400, "invalid_grant"));
    assert_eq!(two.call(API), Err(Code::SessionExpired));
    two.swap(&mut one);
    let mut one = one.reload();
    assert_eq!(one.open().as_deref(), Some("alice"));
}

#[test]
fn a_sign_out_ends_what_no_vault_has_even_where_nobody_is_signed_in() {
    let mut one = Driver::signed_in_with_escrow();
    let mut two = one.twin();
    two.open();
    two.escrow.gone.insert(one.client);
    two.sign_out(json!({ "localOnly": true })).unwrap();
    two.swap(&mut one);
    let mut one = one.reload();
    assert_eq!(one.open(), None);
}

#[test]
fn a_deposit_that_was_missed_is_made_again() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.server.rotation = Rotation::Rotates { grace: false };
    driver.expire_access_token();
    // Slow for some seconds, as after a sleep; and no page can be seen.
    driver.escrow.is_absent = true;
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.wakes_in(), Some(2_000));
    driver.escrow.is_absent = false;
    driver.run();
    let mut driver = driver.reload();
    assert_eq!(driver.open().as_deref(), Some("alice"));
    driver.expire_access_token();
    assert_eq!(driver.call(API), Ok(()), "with the token that came last");
}

#[test]
fn an_escrow_that_stays_away_is_asked_less_and_less() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.input(Input::Visibility(true));
    driver.settle();
    driver.escrow.is_absent = true;
    driver.clock.advance(15_000);
    driver.input(Input::Wake);
    let mut waits = Vec::new();
    for _ in 0..8 {
        driver.settle();
        let wait = driver.wakes_in().expect("another try");
        waits.push(wait);
        driver.clock.advance(wait);
        driver.input(Input::Wake);
    }
    assert_eq!(
        waits,
        [2_000, 2_000, 2_000, 2_000, 2_000, 15_000, 15_000, 15_000]
    );
}

#[test]
fn an_answer_that_is_there_is_fetched_though_the_grace_period_is_over() {
    let mut options = options();
    options["replayLostRefresh"] = json!("within-grace");
    let mut driver = Driver::with_escrow(options);
    driver.open();
    driver.sign_in();
    driver.expire_access_token();
    driver.server.next(Endpoint::Token, Answer::Lost);
    driver.fetch(API);
    // The first is lost; the second is under way when the page is reloaded.
    while driver.server.refreshes().len() < 2 {
        driver.deliver(0);
    }
    driver.hold(TOKEN);
    driver.settle();
    driver.clock.advance(12_000);
    let mut driver = driver.reload();
    assert_eq!(driver.open().as_deref(), Some("alice"));
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 2);
}

#[test]
fn a_refresh_that_was_lost_stays_lost_for_the_next_vault() {
    let mut driver = Driver::with_escrow(with("replayLostRefresh", json!("within-grace")));
    driver.open();
    driver.sign_in();
    driver.expire_access_token();
    driver.server.always(Endpoint::Token, Answer::Lost);
    let call = driver.fetch(API);
    driver.run();
    assert_eq!(driver.outcome(call), Some(Err(Code::NetworkError)));
    let requests = driver.server.refreshes().len();
    let mut driver = driver.reload();
    assert_eq!(driver.open().as_deref(), Some("alice"));
    driver.clock.advance(60_000);
    assert_eq!(driver.call(API), Err(Code::SessionExpired));
    assert_eq!(driver.expiries(), [ExpiryReason::LostRefresh]);
    assert_eq!(
        driver.server.refreshes().len(),
        requests,
        "the server would raise an alarm"
    );
}

#[test]
fn a_pause_that_the_server_asked_for_outlives_the_vault() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.expire_access_token();
    driver
        .server
        .next(Endpoint::Token, Answer::busy(429, Some(120)));
    assert_eq!(driver.call(API), Err(Code::ServerUnavailable));
    let mut driver = driver.reload();
    driver.open();
    assert_eq!(driver.call(API), Err(Code::ServerUnavailable));
    assert_eq!(driver.server.refreshes().len(), 1);
    driver.clock.advance(151_000);
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn a_vault_that_slept_and_can_not_ask_uses_nothing() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.input(Input::Sleep);
    driver.escrow.is_absent = true;
    let calls = driver.api.calls.len();
    assert_eq!(driver.resume(), Err(Code::SessionMoved));
    assert_eq!(driver.call(API), Err(Code::SessionMoved));
    assert_eq!(
        (driver.api.calls.len(), driver.token_requests()),
        (calls, 1)
    );
    assert!(driver.server.revocations().is_empty());
    // A page that is loaded anew finds the session.
    driver.escrow.is_absent = false;
    assert_eq!(driver.open().as_deref(), Some("alice"));
    assert_eq!(driver.call(API), Ok(()));
}

#[test]
fn a_vault_that_slept_asks_more_than_once_whatever_was_missed_before() {
    let mut driver = Driver::signed_in_with_escrow();
    driver.escrow.is_absent = true;
    driver.input(Input::Visibility(true));
    for _ in 0..8 {
        driver.settle();
        driver.clock.advance(15_000);
        driver.input(Input::Wake);
    }
    driver.settle();
    driver.input(Input::Sleep);
    driver.hold(Step::Escrow);
    let resumed = driver.command(Command::Resume);
    for question in 0..3 {
        assert!(driver.reply(resumed).is_none(), "question {question}");
        assert_eq!(driver.waiting(Step::Escrow), 1);
        driver.escrow.is_absent = question < 1;
        driver.deliver(0);
    }
    driver.release(Step::Escrow);
    assert!(driver.reply(resumed).unwrap().is_ok());
}
