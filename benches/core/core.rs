//! What the core's own work costs, without a browser: run by `npm run bench:core`, which compares
//! it with the last release.
//!
//! The servers' answers are recorded once from the scripted server of the host tests, so that
//! nothing but the core is measured.

use std::{cell::Cell, collections::BTreeMap, hint::black_box};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use holdfast::core::{
    Session,
    config::Config,
    id_token::{Expectations, IdToken},
    input::{
        Command, CommandId, HttpResponse, Input, ResourceAnswer, ResourceRequest, SignatureVerdict,
    },
    json::{self, Value, json},
    output::{HttpRequest, Output},
    resource::resource_for,
    secret::Secret,
    time::Now,
};
use support::{
    clock::Clock,
    driver::Driver,
    server::{CLIENT_ID, ISSUER, Server},
    story::{API, options, with},
};

#[path = "../../tests/support/mod.rs"]
mod support;

criterion_group!(
    benches, sign_in, call, id_token, allow_list, message, metadata
);
criterion_main!(benches);

/// From the callback's URL to a session: metadata, transaction, token response, keys, ID token.
fn sign_in(criterion: &mut Criterion) {
    let story = Story::record();
    criterion.bench_function("callback to token set", |bencher| {
        bencher.iter_batched(
            session,
            |mut session| {
                story.tell(&mut session);
                session
            },
            BatchSize::SmallInput,
        );
    });
}

/// One `auth.fetch` with a token at hand.
fn call(criterion: &mut Criterion) {
    let mut session = session();
    Story::record().tell(&mut session);
    let now = Clock::new().now();
    let mut last = 1;
    criterion.bench_function("one API call", |bencher| {
        bencher.iter(|| {
            last += 1;
            let id = CommandId(last);
            let request = ResourceRequest {
                url: API.into(),
                method: "GET".into(),
                is_repeatable: true,
                ..ResourceRequest::default()
            };
            let command = Command::Fetch(request);
            session.handle_input(Input::Command { id, command }, now);
            assert!(matches!(
                session.poll_output(),
                Output::SendResourceRequest { .. }
            ));
            drain(&mut session);
            let answer = ResourceAnswer {
                status: 200,
                url: API.into(),
                challenge: None,
                dpop_nonce: None,
                date: None,
            };
            session.handle_input(Input::ResourceAnswered { id, answer }, now);
            assert!(matches!(
                session.poll_output(),
                Output::Reply { result: Ok(_), .. }
            ));
            drain(&mut session);
        });
    });
}

/// Everything that is checked of an ID token but its signature, which is WebCrypto's work.
fn id_token(criterion: &mut Criterion) {
    let story = Story::record();
    let response = story.answers.values().find_map(|body| {
        let document = json::parse(body)?;
        document.get("id_token").is_some().then_some(document)
    });
    let response = response.expect("a token response");
    let raw = response["id_token"].as_str().expect("an ID token");
    let access_token = Secret::from(response["access_token"].as_str().expect("an access token"));
    let ahead = Cell::new(0);
    let expected = Expectations {
        issuer: ISSUER,
        client_id: CLIENT_ID,
        tolerance: 30,
        algorithms: &[],
        nonce: story.record["nonce"].as_str(),
        max_age: None,
        subject: None,
        access_token: &access_token,
        ahead: &ahead,
    };
    let now = Clock::new().now().unix;
    criterion.bench_function("ID token", |bencher| {
        bencher.iter(|| {
            let token = IdToken::parse(Secret::from(black_box(raw))).expect("an ID token");
            token.check(&expected, now).expect("one for us");
            token
        });
    });
}

/// Who may receive a token: the last of twenty places, and none of them.
fn allow_list(criterion: &mut Criterion) {
    let places: Vec<Value> = (1..=20)
        .map(|number| json!(format!("https://api-{number}.example/v1/items")))
        .collect();
    let config = config(with("resources", Value::from(places)));
    let found = "https://api-20.example/v1/items/4711?expand=all&page=2";
    criterion.bench_function("allow-list, found", |bencher| {
        bencher.iter(|| assert!(resource_for(&config.resources, black_box(found)).is_ok()));
    });
    let missed = "https://api-20.example/v1/itemsets/4711?expand=all&page=2";
    criterion.bench_function("allow-list, refused", |bencher| {
        bencher.iter(|| assert!(resource_for(&config.resources, black_box(missed)).is_err()));
    });
}

/// A page's options, from the text of its message to types.
fn message(criterion: &mut Criterion) {
    let text = options().to_string();
    criterion.bench_function("message of a page", |bencher| {
        bencher.iter(|| config(json::parse(black_box(&text)).expect("JSON")));
    });
}

/// A server's metadata, as long as they are.
fn metadata(criterion: &mut Criterion) {
    let mut document = Server::new().metadata;
    for number in 0..40 {
        document[format!("member_{number}_supported").as_str()] =
            json!(["one", "another", "a third"]);
    }
    let text = document.to_string();
    criterion.bench_function("JSON of a server", |bencher| {
        bencher.iter(|| json::parse(black_box(&text)).expect("JSON"));
    });
}

/// A sign-in that was answered once, to be told again and again.
struct Story {
    callback: String,
    /// The transaction as it lay in the browser's storage.
    record: Value,
    /// What the server answered, by URL.
    answers: BTreeMap<String, String>,
    now: Now,
}

impl Story {
    fn record() -> Self {
        let mut driver = Driver::new(options());
        let callback = driver.authorize().url();
        let record = driver.storage.values().next().cloned();
        let mut story = Self {
            callback,
            record: record.expect("a transaction"),
            answers: BTreeMap::new(),
            now: driver.clock.now(),
        };
        let mut answers = BTreeMap::new();
        story.perform(&mut session(), |request| {
            let answer = driver.server.handle(request, story.now).expect("an answer");
            answers.insert(request.url.clone(), answer.body.expose().clone());
            answer
        });
        story.answers = answers;
        story
    }

    fn tell(&self, session: &mut Session) {
        self.perform(session, |request| ok(&self.answers[&request.url]));
    }

    fn perform(&self, session: &mut Session, mut ask: impl FnMut(&HttpRequest) -> HttpResponse) {
        let command = Command::HandleCallback {
            url: Secret::from(self.callback.as_str()),
        };
        let id = CommandId(1);
        let mut next = vec![Input::Command { id, command }];
        let mut is_answered = false;
        while let Some(input) = next.pop() {
            session.handle_input(input, self.now);
            loop {
                let input = match session.poll_output() {
                    Output::Idle { .. } => break,
                    Output::Http(request) => Input::HttpDone {
                        id: request.id,
                        result: Ok(ask(&request)),
                    },
                    Output::TakeTransaction { id, .. } => Input::TransactionTaken {
                        id,
                        result: Ok(Some(self.record.clone())),
                    },
                    Output::VerifySignature { id, .. } => Input::SignatureVerified {
                        id,
                        verdict: SignatureVerdict::Valid,
                    },
                    Output::Reply { result, .. } => {
                        assert!(result.is_ok(), "{:?}", result.err());
                        is_answered = true;
                        continue;
                    }
                    _ => continue,
                };
                next.push(input);
            }
        }
        assert!(is_answered);
    }
}

fn ok(body: &str) -> HttpResponse {
    HttpResponse {
        status: 200,
        body: Secret::from(body),
        retry_after_seconds: None,
        looks_like_html: false,
        dpop_nonce: None,
        date: None,
        challenge: None,
    }
}

fn drain(session: &mut Session) {
    while !matches!(session.poll_output(), Output::Idle { .. }) {}
}

fn session() -> Session {
    Session::new(config(options()), 7)
}

fn config(options: Value) -> Config {
    Config::parse(options).expect("options")
}
