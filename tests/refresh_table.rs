//! The table of `docs/rotation-faults.md`, row by row: what the calls of the app come to, and what
//! the server sees. `tests/e2e/long/refresh-faults.test.mjs` shows the same rows in browsers.

mod support;

use std::{cell::Cell, ops::RangeInclusive, rc::Rc};

use holdfast::core::{
    error::Code,
    input::{CommandId, Input},
    json::{self, Value, json},
    output::Event,
};
use support::{
    answer::Answer,
    driver::{Driver, Step},
    grants::Rotation,
    server::Endpoint,
    story::{API, options},
};

const TOKEN: Step = Step::Http(Endpoint::Token);
const HOUR: u64 = 3_600_000;

/// The defaults of the options that waits depend on.
const GRACE: u64 = 10_000;

/// A row of the table, and the session that it is about.
struct Row {
    row: Value,
    driver: Driver,
    /// By how much the device's clock is ahead of the server's, in seconds.
    clock_is_ahead: Rc<Cell<i64>>,
    /// How many refreshes came before the trouble was over.
    healed_after: usize,
}

/// The rows that are shown here.
fn rows() -> Vec<Value> {
    let table: Value = json::parse(include_str!("vectors/rotation-faults.json")).unwrap();
    let rows = table["rows"].as_array().unwrap();
    rows.iter()
        .filter(|row| texts(&row["shown"]).contains(&"host"))
        .cloned()
        .collect()
}

fn texts(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list").iter();
    list.map(|text| text.as_str().expect("a text")).collect()
}

#[test]
fn every_row_is_as_the_table_has_it() {
    let problems: Vec<_> = rows()
        .into_iter()
        .flat_map(|row| Row::new(row).problems())
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

impl Row {
    fn new(row: Value) -> Self {
        let mut options = options();
        for (name, value) in row["options"].as_object().into_iter().flatten() {
            options[name.as_str()] = value.clone();
        }
        let mut driver = Driver::signed_in_with(options);
        let clock_is_ahead = Rc::new(Cell::new(0));
        let ahead = Rc::clone(&clock_is_ahead);
        driver.server.id_token_on_refresh = true;
        driver.server.tamper(move |draft| {
            for name in ["iat", "exp"] {
                let time = draft.claims[name].as_u64().unwrap().cast_signed();
                draft.claim(name, json!(time - ahead.get()));
            }
        });
        Self {
            row,
            driver,
            clock_is_ahead,
            healed_after: usize::MAX,
        }
    }

    /// Everything in which the session differs from the row.
    fn problems(mut self) -> Vec<String> {
        let mut problems = Vec::new();
        let id = self.text("id").to_string();
        let mut compare = |what: &str, measured: Value, expected: &Value| {
            if measured != *expected {
                problems.push(format!("{id}: {what}: {measured} is not {expected}"));
            }
        };
        self.prepare();
        let row = self.row.clone();

        let (outcome, waited) = self.play();
        compare("calls", json!(name(outcome)), &row["calls"]);
        let retryable = outcome.err().map(Code::retryable);
        compare("retryable", json!(retryable), &row["retryable"]);
        compare("requests", json!(self.requests_since(0)), &row["requests"]);
        compare("events", json!(self.events_since(1)), &row["events"]);
        let is_signed_in = self.driver.subject().is_some();
        compare("signedIn", json!(is_signed_in), &row["signedIn"]);
        let wait = self.expected_wait();
        if !wait.contains(&waited) {
            compare("waits", json!(waited), &json!(format!("{wait:?}")));
        }

        let requests = self.requests_since(0).len();
        let outcome = self.play_next();
        compare("next.calls", json!(name(outcome)), &row["next"]["calls"]);
        let measured = json!(self.requests_since(requests));
        compare("next.requests", measured, &row["next"]["requests"]);
        if !is_signed_in {
            let requests = self.requests_since(0).len();
            self.driver.sign_in();
            compare(
                "after a sign-in",
                json!(name(self.call_thrice().0)),
                &json!("succeed"),
            );
            compare(
                "after a sign-in",
                json!(self.requests_since(requests)),
                &json!([]),
            );
        }
        problems
    }

    fn text(&self, name: &str) -> &str {
        self.row[name].as_str().unwrap_or_default()
    }

    /// Sets the server up.
    fn prepare(&mut self) {
        let server = &mut self.driver.server;
        match self.row["server"].as_str().unwrap() {
            "rotates" => {}
            "rotates, with a grace period" => {
                server.rotation = Rotation::Rotates { grace: true };
                server.grants.grace = Some(GRACE);
            }
            "keeps the token" => server.rotation = Rotation::Repeated,
            "has revoked the token" => server.grants.end_sessions(),
            other => panic!("{other} is no kind of server"),
        }
        let answers = texts(&self.row["answers"]);
        for name in &answers {
            match *name {
                "200 without refresh_token" => server.rotation = Rotation::Omitted,
                "200 without expires_in" => server.expires_in = Value::Null,
                name => server.next(Endpoint::Token, answer(name)),
            }
        }
        if self.row["forever"] == true {
            server.always(Endpoint::Token, answer(answers[0]));
        }
    }

    /// Lets happen what the row is about: how three calls end, and after how many milliseconds.
    fn play(&mut self) -> (Result<(), Code>, u64) {
        match self.text("scenario") {
            "" | "an expired token" | "offline" => {
                self.driver.expire_access_token();
                self.call_thrice()
            }
            "no connection" => self.call_without_connection(),
            "the clock is set forward" => {
                self.set_clock(3_600);
                self.call_thrice()
            }
            "the clock is set back" => {
                self.set_clock(-3_600);
                self.call_thrice()
            }
            "the clock is set forward during a refresh" => {
                self.call_meanwhile(|row| row.set_clock(3_600))
            }
            "the clock is set back during a refresh" => {
                self.call_meanwhile(|row| row.set_clock(-3_600))
            }
            "an hour of sleep" => {
                self.driver.clock.sleep(HOUR);
                self.call_thrice()
            }
            "an hour of sleep that every clock counts" => {
                self.driver.clock.advance(HOUR);
                self.call_thrice()
            }
            "an hour of sleep during a refresh" => {
                self.call_meanwhile(|row| row.driver.clock.sleep(HOUR))
            }
            other => panic!("{other} is no scenario"),
        }
    }

    /// The trouble is over, and an access token is needed again.
    fn play_next(&mut self) -> Result<(), Code> {
        self.healed_after = self.driver.server.refreshes().len();
        self.driver.server.always(Endpoint::Token, Answer::Normal);
        if self.row["next"]["calls"] == "succeed" {
            self.driver.expire_access_token();
            self.driver.server.grants.end_access_tokens();
        }
        self.call_thrice().0
    }

    fn call_thrice(&mut self) -> (Result<(), Code>, u64) {
        let start = self.now();
        let ids = [API; 3].map(|url| self.driver.fetch(url));
        self.driver.run();
        (self.outcome(&ids), self.now() - start)
    }

    /// Does `meanwhile`, while a refresh is under way.
    fn call_meanwhile(&mut self, meanwhile: impl FnOnce(&mut Self)) -> (Result<(), Code>, u64) {
        self.driver.expire_access_token();
        self.driver.hold(TOKEN);
        let start = self.now();
        let ids = [API; 3].map(|url| self.driver.fetch(url));
        self.driver.settle();
        meanwhile(self);
        self.driver.release(TOKEN);
        self.driver.run();
        (self.outcome(&ids), self.now() - start)
    }

    /// Nothing comes through for a while. The app calls again 5 s after each failure.
    fn call_without_connection(&mut self) -> (Result<(), Code>, u64) {
        let seconds = |row: &Value, name: &str| row[name].as_u64().expect("a number") * 1_000;
        self.driver.expire_access_token();
        let start = self.now();
        let end = start + seconds(&self.row, "outageSeconds");
        let refused = answer("connection refused");
        self.driver.server.always(Endpoint::Token, refused);
        let mut first = None;
        loop {
            let ids = [API; 3].map(|url| self.driver.fetch(url));
            self.driver.settle();
            while let Some(pause) = self.driver.wakes_in() {
                self.driver.clock.advance(pause);
                self.reconnect_at(end);
                self.driver.input(Input::Wake);
                self.driver.settle();
            }
            let outcome = self.outcome(&ids);
            let waited = self.now() - start;
            let first = *first.get_or_insert((outcome, waited));
            if outcome.is_ok() {
                let took = self.now() - end;
                let most = seconds(&self.row, "recoversWithinSeconds");
                assert!(took <= most && took > most / 2, "works after {took} ms");
                return first;
            }
            self.driver.clock.advance(5_000);
            self.reconnect_at(end);
        }
    }

    fn reconnect_at(&mut self, end: u64) {
        if self.now() >= end {
            self.driver.server.always(Endpoint::Token, Answer::Normal);
        }
    }

    fn set_clock(&mut self, seconds: i64) {
        let milliseconds = seconds.unsigned_abs() * 1_000;
        if seconds > 0 {
            self.driver.clock.sleep(milliseconds); // the monotonic clock does not notice
        } else {
            self.driver.clock.set_back(milliseconds);
        }
        self.clock_is_ahead.set(seconds);
    }

    fn now(&self) -> u64 {
        self.driver.clock.now().monotonic.0
    }

    /// How these calls ended, which is how each of them ended.
    fn outcome(&mut self, ids: &[CommandId]) -> Result<(), Code> {
        let outcomes: Vec<_> = ids.iter().map(|id| self.driver.outcome(*id)).collect();
        assert!(
            outcomes.iter().all(|outcome| *outcome == outcomes[0]),
            "{}: {outcomes:?}",
            self.text("id")
        );
        outcomes[0].unwrap_or_else(|| panic!("{}: the calls wait", self.text("id")))
    }

    /// The refreshes but for the first `count`: which token was sent, and what came of it.
    fn requests_since(&self, count: usize) -> Vec<String> {
        let answers = texts(&self.row["answers"]);
        let is_forever = self.row["forever"] == true;
        let refreshes = self.driver.server.requests_to(Endpoint::Token).into_iter();
        let refreshes = refreshes.filter(|request| request.form.get("refresh_token").is_some());
        let described = refreshes.enumerate().map(|(index, request)| {
            let token = if request.is_outdated {
                "rotated"
            } else {
                "current"
            };
            let goes_on = is_forever && index < self.healed_after;
            let last = answers.last().filter(|_| goes_on);
            let fault = answers.get(index).or(last);
            let answer = match (fault, request.status) {
                (Some(fault), _) => (*fault).to_string(),
                (None, Some(200)) => "200".into(),
                (None, Some(400)) => "400 invalid_grant".into(),
                (None, None) => "connection refused".into(),
                (None, Some(status)) => panic!("{status} from nowhere"),
            };
            format!("{token}: {answer}")
        });
        described.skip(count).collect()
    }

    /// The events but for the first `count`.
    fn events_since(&self, count: usize) -> Vec<String> {
        let name = |event: &Event| match event {
            Event::SignedIn { .. } => "signedin".into(),
            Event::SignedOut => "signedout".into(),
            Event::Refreshed { .. } => "refreshed".into(),
            Event::SessionExpired { reason } => format!("sessionexpired: {}", reason.as_str()),
            Event::StepUp(_) => "stepup".into(),
            Event::Error(_) => "error".into(),
        };
        self.driver.events.iter().skip(count).map(name).collect()
    }

    /// How long calls wait with the default options, in milliseconds.
    fn expected_wait(&self) -> RangeInclusive<u64> {
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let waits = &self.row["waits"];
        let seconds = self.row["options"]["httpTimeoutSeconds"].as_u64();
        let timeout = seconds.unwrap_or(10) * 1_000;
        // So that two more tries fall within the grace period.
        let short_timeout = timeout.min(GRACE * 9 / 20);
        let fixed = number(&waits["shortTimeouts"]) * short_timeout
            + number(&waits["timeouts"]) * timeout
            + number(&waits["thirdsOfGrace"]) * (GRACE / 3);
        let [shortest, longest] = [0, 1].map(|index| number(&waits["milliseconds"][index]));
        fixed + shortest..=fixed + longest
    }
}

fn name(outcome: Result<(), Code>) -> &'static str {
    outcome.map_or_else(Code::as_str, |()| "succeed")
}

/// The answers of the table by their names.
fn answer(name: &str) -> Answer {
    match name {
        "lost" | "connection refused" => Answer::Lost,
        // The core is not told of an answer that breaks off.
        "answer lost" | "answer cut in half" => Answer::LostOnTheWayBack,
        "no answer" => Answer::TimedOut,
        "answer too late" => Answer::TooLate,
        "200 HTML" => Answer::html(200),
        "200 array" => Answer::json(200, &json!([])),
        "200 null" => Answer::json(200, &Value::Null),
        "400 empty" => Answer::empty(400),
        "403 invalid_grant" => Answer::refused(403, "invalid_grant"),
        "400 interaction_required" => Answer::refused(400, "interaction_required"),
        status => {
            let (status, retry_after) = status.split_once(", Retry-After: ").unzip();
            let status = status
                .unwrap_or(name)
                .parse()
                .unwrap_or_else(|_| panic!("{name} is no answer"));
            Answer::busy(status, retry_after.map(|seconds| seconds.parse().unwrap()))
        }
    }
}
