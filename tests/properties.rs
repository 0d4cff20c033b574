//! Random lives of a session: commands, abandonments, answers of many kinds in any order, jumping
//! clocks, answers to what was answered long ago. What must hold at every moment is asserted by
//! `support::watch`; here stand the random lives, and what must hold at their end.

mod support;

use std::collections::BTreeSet;

use holdfast::core::{
    input::{
        Command, CommandId, HttpFailure, HttpResponse, Input, RequestId, ResourceAnswer,
        ResourceRequest, SignatureVerdict, StorageFailure,
    },
    json::{Value, json},
    output::Reply,
    secret::Secret,
};
use proptest::{collection::vec, prelude::*, test_runner::Config};
use support::{
    answer::{Answer, document},
    api::ApiAnswer,
    callback::Callback,
    driver::Driver,
    grants::Rotation,
    server::Endpoint,
    story::{FILES, MAIL, check_session, sign_in_command, two_targets},
};

const URLS: [&str; 4] = [
    MAIL,
    FILES,
    "https://mail.example/other",
    "https://evil.example/",
];
const ENDPOINTS: [Endpoint; 5] = [
    Endpoint::Token,
    Endpoint::Keys,
    Endpoint::Revocation,
    Endpoint::OpenIdConfiguration,
    Endpoint::OauthMetadata,
];

/// Something that happens.
#[derive(Clone, Debug)]
enum Action {
    BeginSignIn,
    /// The oldest sign-in that the server has answered, its code spoilt or not.
    Callback {
        is_good: bool,
    },
    Fetch {
        url: usize,
        is_repeatable: bool,
    },
    Abandon(usize),
    SignOut {
        local_only: bool,
    },
    CheckSession,
    /// One of the results that the core waits for.
    Deliver(usize),
    /// The same, but it is bad news.
    DeliverBadNews(usize),
    /// An answer to something that was answered before.
    Repeat(usize),
    /// Everything that the core waits for.
    Settle,
    ServerAnswers {
        endpoint: usize,
        answer: Answer,
    },
    ApiAnswers(ApiAnswer),
    EndAccessTokens,
    EndSessions,
    AnotherPerson,
    Advance(u64),
    Sleep(u64),
    SetBack(u64),
    Wake,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => Just(Action::BeginSignIn),
        4 => prop::bool::weighted(0.8).prop_map(|is_good| Action::Callback { is_good }),
        8 => (0..URLS.len(), prop::bool::weighted(0.8)).prop_map(|(url, is_repeatable)| Action::Fetch { url, is_repeatable }),
        2 => any::<usize>().prop_map(Action::Abandon),
        1 => any::<bool>().prop_map(|local_only| Action::SignOut { local_only }),
        1 => Just(Action::CheckSession),
        12 => any::<usize>().prop_map(Action::Deliver),
        2 => any::<usize>().prop_map(Action::DeliverBadNews),
        2 => any::<usize>().prop_map(Action::Repeat),
        6 => Just(Action::Settle),
        3 => (prop_oneof![3 => Just(0), 1 => 0..ENDPOINTS.len()], answer())
            .prop_map(|(endpoint, answer)| Action::ServerAnswers { endpoint, answer }),
        2 => api_answer().prop_map(Action::ApiAnswers),
        1 => Just(Action::EndAccessTokens),
        1 => prop::bool::weighted(0.2).prop_map(|ends| if ends { Action::EndSessions } else { Action::Wake }),
        1 => Just(Action::AnotherPerson),
        6 => prop_oneof![0_u64..5_000, 0_u64..400_000, Just(4_000_000)].prop_map(Action::Advance),
        1 => (0_u64..50_000_000).prop_map(Action::Sleep),
        1 => (0_u64..50_000_000).prop_map(Action::SetBack),
        3 => Just(Action::Wake),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        8 => Just(Answer::Normal),
        2 => Just(Answer::Lost),
        2 => Just(Answer::LostOnTheWayBack),
        1 => Just(Answer::TimedOut),
        1 => (0_u64..100).prop_map(|seconds| Answer::busy(429, Some(seconds))),
        1 => Just(Answer::busy(503, None)),
        1 => Just(Answer::html(200)),
        1 => Just(Answer::html(403)),
        1 => Just(Answer::empty(400)),
        1 => Just(Answer::json(200, &json!({ "access_token": 7 }))),
        1 => "[a-z_]{1,12}".prop_map(|error| Answer::refused(400, &error)),
        1 => prop::sample::select(vec!["invalid_grant", "interaction_required", "invalid_target", "slow_down"])
            .prop_map(|error| Answer::refused(400, error)),
    ]
}

fn api_answer() -> impl Strategy<Value = ApiAnswer> {
    prop::sample::select(vec![
        ApiAnswer::Normal,
        ApiAnswer::Status(401, Some("Bearer error=\"invalid_token\"")),
        ApiAnswer::Status(401, None),
        ApiAnswer::Status(403, Some("Bearer error=\"insufficient_scope\"")),
        ApiAnswer::From("https://evil.example/"),
        ApiAnswer::Failed,
    ])
}

/// How this server and client are set up.
#[derive(Clone, Debug)]
struct Setting {
    rotation: Rotation,
    expires_in: Value,
    id_token_on_refresh: bool,
    gives_refresh_tokens: bool,
    ends_old_access_tokens: bool,
    replay: &'static str,
}

fn setting() -> impl Strategy<Value = Setting> {
    let rotation = prop::sample::select(vec![
        Rotation::Rotates { grace: false },
        Rotation::Rotates { grace: true },
        Rotation::Omitted,
        Rotation::Repeated,
    ]);
    let expires_in = prop::sample::select(vec![json!(300), json!(5), json!(0), json!(null)]);
    let replay = prop::sample::select(vec!["always", "within-grace"]);
    (
        rotation,
        expires_in,
        any::<bool>(),
        prop::bool::weighted(0.9),
        any::<bool>(),
        replay,
    )
        .prop_map(
            |(
                rotation,
                expires_in,
                id_token_on_refresh,
                gives_refresh_tokens,
                ends_old_access_tokens,
                replay,
            )| {
                Setting {
                    rotation,
                    expires_in,
                    id_token_on_refresh,
                    gives_refresh_tokens,
                    ends_old_access_tokens,
                    replay,
                }
            },
        )
}

/// One random life.
struct Life {
    driver: Driver,
    /// Commands that were not answered yet.
    open: Vec<CommandId>,
    calls: BTreeSet<CommandId>,
    callbacks: Vec<Callback>,
    /// What was answered: requests and commands.
    answered_requests: Vec<RequestId>,
    answered_commands: Vec<CommandId>,
}

impl Life {
    fn new(setting: &Setting) -> Self {
        let mut options = two_targets();
        options["replayLostRefresh"] = json!(setting.replay);
        let mut driver = Driver::new(options);
        driver.server.rotation = setting.rotation;
        driver.server.expires_in = setting.expires_in.clone();
        driver.server.id_token_on_refresh = setting.id_token_on_refresh;
        driver.server.gives_refresh_tokens = setting.gives_refresh_tokens;
        driver.server.ends_old_access_tokens = setting.ends_old_access_tokens;
        Self {
            driver,
            open: Vec::new(),
            calls: BTreeSet::new(),
            callbacks: Vec::new(),
            answered_requests: Vec::new(),
            answered_commands: Vec::new(),
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::BeginSignIn => {
                let command = sign_in_command(json!({}), self.driver.seen.len());
                self.command(command);
            }
            Action::Callback { is_good } => {
                if let Some(callback) = self.callbacks.pop() {
                    let callback = if is_good {
                        callback
                    } else {
                        callback.replace("code", "spoilt")
                    };
                    self.command(Command::HandleCallback {
                        url: Secret::new(callback.url()),
                    });
                }
            }
            Action::Fetch { url, is_repeatable } => {
                let request = ResourceRequest {
                    url: URLS[url].into(),
                    is_repeatable,
                    ..ResourceRequest::default()
                };
                let id = self.command(Command::Fetch(request));
                self.calls.insert(id);
            }
            Action::Abandon(choice) => {
                let calls: Vec<_> = self
                    .open
                    .iter()
                    .copied()
                    .filter(|id| self.calls.contains(id))
                    .collect();
                if let Some(id) = choose(&calls, choice) {
                    self.driver.abandon(*id);
                    self.forget(*id);
                }
            }
            Action::SignOut { local_only } => {
                self.command(Command::SignOut {
                    options: json!({ "localOnly": local_only }),
                });
            }
            Action::CheckSession => {
                self.command(check_session(Value::Null));
            }
            Action::Deliver(choice) => self.deliver(choice),
            Action::DeliverBadNews(choice) => {
                if let Some(index) = choice.checked_rem(self.driver.todo.len()) {
                    spoil(&mut self.driver.todo[index].input);
                    self.deliver(index);
                }
            }
            Action::Repeat(choice) => self.repeat(choice),
            Action::Settle => self.settle(),
            Action::ServerAnswers { endpoint, answer } => {
                self.driver.server.always(ENDPOINTS[endpoint], answer)
            }
            Action::ApiAnswers(answer) => self.driver.api.always(answer),
            Action::EndAccessTokens => self.driver.server.grants.end_access_tokens(),
            Action::EndSessions => self.driver.server.grants.end_sessions(),
            Action::AnotherPerson => self.driver.server.person.push('x'),
            Action::Advance(milliseconds) => self.driver.clock.advance(milliseconds),
            Action::Sleep(milliseconds) => self.driver.clock.sleep(milliseconds),
            Action::SetBack(milliseconds) => self.driver.clock.set_back(milliseconds),
            Action::Wake => self.driver.input(Input::Wake),
        }
        self.collect_replies();
    }

    fn command(&mut self, command: Command) -> CommandId {
        let id = self.driver.command(command);
        self.open.push(id);
        id
    }

    fn deliver(&mut self, choice: usize) {
        let Some(index) = choice.checked_rem(self.driver.todo.len()) else {
            return;
        };
        match &self.driver.todo[index].input {
            Input::HttpDone { id, .. }
            | Input::SignatureVerified { id, .. }
            | Input::TransactionStored { id, .. }
            | Input::TransactionTaken { id, .. } => self.answered_requests.push(*id),
            Input::Abandoned(id) => {
                let id = *id;
                self.forget(id);
            }
            _ => {}
        }
        self.driver.deliver(index);
    }

    fn settle(&mut self) {
        for _ in 0..10_000 {
            if self.driver.todo.is_empty() {
                return;
            }
            self.deliver(0);
        }
        panic!("the core never comes to rest");
    }

    /// An input for an id that was answered before; it must change nothing.
    fn repeat(&mut self, choice: usize) {
        let before = self.driver.seen.len();
        if let Some(id) = choose(&self.answered_requests, choice).copied() {
            let tokens =
                json!({ "access_token": "old", "token_type": "Bearer", "refresh_token": "old" });
            for input in [
                Input::HttpDone {
                    id,
                    result: Ok(document(200, &tokens)),
                },
                Input::HttpDone {
                    id,
                    result: Err(HttpFailure::Network),
                },
                Input::SignatureVerified {
                    id,
                    verdict: SignatureVerdict::Valid,
                },
                Input::TransactionStored { id, result: Ok(()) },
                Input::TransactionTaken {
                    id,
                    result: Ok(None),
                },
            ] {
                self.driver.quietly(input);
            }
        }
        if let Some(id) = choose(&self.answered_commands, choice).copied() {
            let answer = ResourceAnswer {
                status: 401,
                url: MAIL.into(),
                challenge: None,
                dpop_nonce: None,
                date: None,
            };
            self.driver.quietly(Input::ResourceAnswered { id, answer });
            self.driver.quietly(Input::Abandoned(id));
        }
        assert_eq!(
            self.driver.seen.len(),
            before,
            "an old answer was taken for a new one"
        );
    }

    fn forget(&mut self, id: CommandId) {
        self.open.retain(|known| *known != id);
    }

    fn collect_replies(&mut self) {
        for id in self.open.clone() {
            let Some(result) = self.driver.reply(id) else {
                continue;
            };
            self.forget(id);
            self.answered_commands.push(id);
            if let Ok(Reply::Navigate(url)) = result {
                let callback = self.driver.server.authorize(&url);
                self.callbacks.push(callback);
            }
        }
    }

    /// All is well from here on, and everything that was begun comes to its end.
    fn end(&mut self) {
        for endpoint in ENDPOINTS {
            self.driver.server.always(endpoint, Answer::Normal);
        }
        self.driver.api.always(ApiAnswer::Normal);
        for _ in 0..1_000 {
            self.settle();
            self.collect_replies();
            match self.driver.wakes_in() {
                Some(pause) => {
                    self.driver.clock.advance(pause);
                    self.driver.input(Input::Wake);
                }
                None => break,
            }
        }
        assert!(self.open.is_empty(), "without a reply: {:?}", self.open);
        assert_eq!(self.driver.wakes_in(), None);
    }
}

fn choose<T>(from: &[T], choice: usize) -> Option<&T> {
    from.get(choice.checked_rem(from.len())?)
}

fn spoil(input: &mut Input) {
    match input {
        Input::SignatureVerified { verdict, .. } => {
            *verdict = match verdict {
                SignatureVerdict::Valid => SignatureVerdict::Invalid,
                _ => SignatureVerdict::Unsupported,
            };
        }
        Input::TransactionStored { result, .. } => *result = Err(StorageFailure),
        Input::TransactionTaken { result, .. } => *result = Err(StorageFailure),
        Input::ResourceAnswered { answer, .. } => answer.status = 401,
        Input::HttpDone { result, .. } => {
            *result = Ok(HttpResponse {
                status: 500,
                body: "".into(),
                retry_after_seconds: None,
                looks_like_html: false,
                dpop_nonce: None,
                date: None,
                challenge: None,
            });
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn every_life_keeps_the_rules_and_comes_to_its_end(setting in setting(), actions in vec(action(), 1..80)) {
        let mut life = Life::new(&setting);
        life.driver.sign_in();
        for action in actions {
            life.act(action);
        }
        life.end();
        // And it can begin again.
        life.driver.server.expires_in = json!(300);
        life.driver.sign_in();
        prop_assert_eq!(life.driver.call(MAIL), Ok(()));
    }
}
