//! A refresh of which nobody knows whether the server has seen it: the design's rotation rule 5.

mod support;

use holdfast::core::{
    error::Code,
    input::Input,
    json::{Value, json},
    output::ExpiryReason,
};
use support::{
    answer::Answer,
    driver::{Driver, Step},
    grants::Rotation,
    server::Endpoint,
    story::{API, options, with},
};

const TOKEN: Step = Step::Http(Endpoint::Token);

fn refreshing_with(options: Value, answers: impl IntoIterator<Item = Answer>) -> Driver {
    let mut driver = Driver::signed_in_with(options);
    driver.expire_access_token();
    for answer in answers {
        driver.server.next(Endpoint::Token, answer);
    }
    driver
}

fn refreshing(answers: impl IntoIterator<Item = Answer>) -> Driver {
    refreshing_with(options(), answers)
}

fn call(driver: &mut Driver) -> Result<(), Code> {
    let id = driver.fetch(API);
    driver.run();
    driver.outcome(id).expect("an answer to the call")
}

/// How many tries after the first one the server's grace period of `milliseconds` has seen.
fn tries_within(driver: &Driver, milliseconds: u64) -> usize {
    driver
        .server
        .refresh_times()
        .iter()
        .skip(1)
        .filter(|time| **time < milliseconds)
        .count()
}

#[test]
fn the_same_token_is_sent_again_at_once() {
    for answer in [Answer::Lost, Answer::TimedOut] {
        let mut driver = refreshing([answer]);
        assert_eq!(driver.call(API), Ok(()), "without any pause");
        let refreshes = driver.server.refreshes();
        assert_eq!((refreshes.len(), refreshes[0]), (2, refreshes[1]));
    }
}

#[test]
fn at_least_two_tries_fall_within_the_grace_period() {
    for grace in [10, 30, 3] {
        let mut driver = refreshing_with(with("rotationGraceSeconds", json!(grace)), []);
        driver.server.always(Endpoint::Token, Answer::Lost);
        assert_eq!(call(&mut driver), Err(Code::NetworkError));
        assert!(
            tries_within(&driver, grace * 1_000) >= 2,
            "{:?}",
            driver.server.refresh_times()
        );
        // At once, and after each third: a network that is away for moments is back by then.
        let third = grace * 1_000 / 3;
        assert_eq!(
            driver.server.refresh_times(),
            [0, 0, third, 2 * third],
            "a grace period of {grace} seconds"
        );
    }
}

#[test]
fn at_least_two_tries_fall_within_the_grace_period_when_requests_hang() {
    let mut driver = refreshing_with(with("httpTimeoutSeconds", json!(3)), []);
    driver.server.always(Endpoint::Token, Answer::TimedOut);
    assert_eq!(call(&mut driver), Err(Code::Timeout));
    assert!(
        tries_within(&driver, 10_000) >= 2,
        "{:?}",
        driver.server.refresh_times()
    );
}

#[test]
fn a_request_that_the_server_never_saw_costs_nothing() {
    let mut driver = refreshing([Answer::Lost, Answer::Lost, Answer::Lost]);
    assert_eq!(call(&mut driver), Ok(()));
    assert_eq!(driver.server.refreshes().len(), 4);
    assert!(driver.expiries().is_empty());
}

#[test]
fn within_the_server_s_grace_period_a_lost_answer_costs_nothing() {
    let mut driver = refreshing([Answer::LostOnTheWayBack, Answer::LostOnTheWayBack]);
    driver.server.rotation = Rotation::Rotates { grace: true };
    assert_eq!(call(&mut driver), Ok(()));
    driver.expire_access_token();
    assert_eq!(call(&mut driver), Ok(()));
    assert!(driver.expiries().is_empty());
}

#[test]
fn without_a_grace_period_a_lost_answer_ends_the_session_cleanly() {
    let mut driver = refreshing([Answer::LostOnTheWayBack]);
    assert_eq!(call(&mut driver), Err(Code::SessionExpired));
    assert_eq!(driver.expiries(), [ExpiryReason::Refused]);
    assert_eq!(driver.server.refreshes().len(), 2);
    assert_eq!(call(&mut driver), Err(Code::LoginRequired));
    assert_eq!(driver.server.refreshes().len(), 2);
}

#[test]
fn without_rotation_a_lost_answer_costs_nothing() {
    let mut driver = refreshing([Answer::LostOnTheWayBack]);
    driver.server.rotation = Rotation::Omitted;
    assert_eq!(call(&mut driver), Ok(()));
}

#[test]
fn the_token_before_the_last_is_never_sent() {
    let mut driver = refreshing([]);
    driver.server.rotation = Rotation::Rotates { grace: true };
    for _ in 0..4 {
        driver
            .server
            .next(Endpoint::Token, Answer::LostOnTheWayBack);
        assert_eq!(call(&mut driver), Ok(()));
        driver.expire_access_token();
    }
    let refreshes = driver.server.refreshes();
    for (index, token) in refreshes.iter().enumerate() {
        let first = refreshes.iter().position(|known| known == token).unwrap();
        assert!(
            refreshes[first..=index]
                .iter()
                .all(|between| between == token),
            "{token} came back"
        );
    }
    assert_eq!(refreshes.len(), 8);
}

#[test]
fn all_callers_wait_for_the_outcome() {
    let mut driver = refreshing([Answer::Lost, Answer::Lost]);
    let early = driver.fetch(API);
    driver.settle();
    let late: Vec<_> = (0..20).map(|_| driver.fetch(API)).collect();
    driver.run();
    assert_eq!(driver.outcome(early), Some(Ok(())));
    assert!(
        late.into_iter()
            .all(|id| driver.outcome(id) == Some(Ok(())))
    );
    assert_eq!(driver.server.refreshes().len(), 3);
}

#[test]
fn after_the_grace_period_it_backs_off_for_as_long_as_calls_need_a_token() {
    let mut driver = refreshing([]);
    driver.server.always(Endpoint::Token, Answer::Lost);
    assert_eq!(call(&mut driver), Err(Code::NetworkError));
    for _ in 0..12 {
        assert_eq!(driver.wakes_in(), None, "no call, no try");
        // Nobody waits for longer than ten seconds.
        driver.clock.advance(50_000);
        assert_eq!(call(&mut driver), Err(Code::NetworkError));
    }
    let times = driver.server.refresh_times();
    assert_eq!(
        times.len(),
        4 + 12,
        "one try for each later call: {times:?}"
    );
    let gaps: Vec<_> = times[3..]
        .windows(2)
        .map(|pair| pair[1] - pair[0])
        .collect();
    assert!(
        gaps[0] >= 1_000 && gaps.iter().all(|gap| *gap <= 60_000),
        "{gaps:?}"
    );
    assert!(gaps[gaps.len() - 1] >= 40_000, "{gaps:?}");
    driver.server.always(Endpoint::Token, Answer::Normal);
    driver.clock.advance(50_000);
    assert_eq!(call(&mut driver), Ok(()), "and the session lives");
    let refreshes = driver.server.refreshes();
    assert!(refreshes.iter().all(|token| *token == refreshes[0]));
}

#[test]
fn a_long_pause_is_told_at_once_and_ends_when_the_device_has_a_network_again() {
    let mut driver = refreshing([]);
    driver.server.always(Endpoint::Token, Answer::Lost);
    let tries = loop {
        let tries = driver.server.refreshes().len();
        assert_eq!(call(&mut driver), Err(Code::NetworkError));
        // The last call causes no try: the pause is too long to wait for its end.
        if driver.server.refreshes().len() == tries {
            break tries;
        }
    };
    assert!(tries > 4);
    assert_eq!(driver.call(API), Err(Code::NetworkError), "at once");
    driver.server.always(Endpoint::Token, Answer::Normal);
    driver.input(Input::Online);
    assert_eq!(driver.server.refreshes().len(), tries, "nobody needs one");
    assert_eq!(driver.call(API), Ok(()));
    assert_eq!(driver.server.refreshes().len(), tries + 1);
}

#[test]
fn a_call_that_waits_for_the_end_of_a_pause_goes_out_when_the_network_is_back() {
    let mut driver = refreshing([]);
    driver.server.always(Endpoint::Token, Answer::Lost);
    assert_eq!(call(&mut driver), Err(Code::NetworkError));
    driver.server.always(Endpoint::Token, Answer::Normal);
    let waiting = driver.fetch(API);
    driver.settle();
    assert_eq!(driver.outcome(waiting), None);
    driver.input(Input::Online);
    driver.settle();
    assert_eq!(driver.outcome(waiting), Some(Ok(())));
}

#[test]
fn a_pause_that_the_server_asked_for_is_kept_whatever_the_network_does() {
    let mut driver = refreshing([Answer::busy(503, Some(30))]);
    assert_eq!(call(&mut driver), Err(Code::ServerUnavailable));
    driver.input(Input::Online);
    assert_eq!(driver.call(API), Err(Code::ServerUnavailable));
    assert_eq!(driver.server.refreshes().len(), 1);
}

#[test]
fn a_network_that_is_down_for_hours_ends_no_session() {
    let mut driver = refreshing([]);
    driver.server.always(Endpoint::Token, Answer::Lost);
    for _ in 0..24 {
        assert_eq!(call(&mut driver), Err(Code::NetworkError));
        driver.clock.advance(3_600_000);
    }
    assert!(driver.expiries().is_empty());
    driver.server.always(Endpoint::Token, Answer::Normal);
    assert_eq!(call(&mut driver), Ok(()));
}

#[test]
fn a_server_that_comes_back_busy_is_waited_for() {
    let mut driver = refreshing([Answer::Lost, Answer::busy(503, None), Answer::Lost]);
    assert_eq!(call(&mut driver), Ok(()));
}

#[test]
fn within_grace_repeats_as_long_as_the_grace_period_lasts() {
    let options = with("replayLostRefresh", json!("within-grace"));
    let mut driver = refreshing_with(options, [Answer::Lost, Answer::Lost]);
    assert_eq!(call(&mut driver), Ok(()));
}

#[test]
fn within_grace_ends_the_session_rather_than_raise_an_alarm_later() {
    let mut driver = refreshing_with(with("replayLostRefresh", json!("within-grace")), []);
    driver
        .server
        .always(Endpoint::Token, Answer::LostOnTheWayBack);
    driver.server.rotation = Rotation::Rotates { grace: true };
    assert_eq!(call(&mut driver), Err(Code::NetworkError));
    assert!(tries_within(&driver, 10_000) >= 2);
    driver.clock.advance(60_000);
    let requests = driver.server.refreshes().len();
    assert_eq!(call(&mut driver), Err(Code::SessionExpired));
    assert_eq!(driver.expiries(), [ExpiryReason::LostRefresh]);
    assert_eq!(
        driver.server.refreshes().len(),
        requests,
        "nothing was sent"
    );
    assert!(
        driver
            .server
            .refresh_times()
            .iter()
            .all(|time| *time <= 10_000)
    );
}

#[test]
fn within_grace_counts_a_sleep_though_the_monotonic_clock_stands_still() {
    let mut driver = refreshing_with(with("replayLostRefresh", json!("within-grace")), []);
    driver.server.always(Endpoint::Token, Answer::Lost);
    let id = driver.fetch(API);
    driver.settle();
    let requests = driver.server.refreshes().len();
    driver.clock.sleep(8 * 3_600_000); // the lid is closed right after the answer was lost
    driver.run();
    assert_eq!(driver.outcome(id), Some(Err(Code::SessionExpired)));
    assert_eq!(
        driver.server.refreshes().len(),
        requests,
        "the server would raise an alarm"
    );
}

#[test]
fn an_answer_that_was_only_slow_is_taken() {
    let mut driver = refreshing([]);
    driver.hold(TOKEN);
    let id = driver.fetch(API);
    driver.settle();
    driver.clock.advance(9_000);
    driver.release(TOKEN);
    assert_eq!(driver.outcome(id), Some(Ok(())));
    assert_eq!(driver.server.refreshes().len(), 1);
}
