//! Whatever the page, the servers, the escrow and the browser's storage say, in whatever order: the
//! core answers or waits, and never panics. A panic would end the vault.

mod support;

use holdfast::core::{
    Session,
    config::Config,
    input::{
        Command, CommandId, EscrowAnswer, HttpFailure, HttpResponse, Input, RequestId,
        ResourceAnswer, ResourceRequest, SignatureVerdict, StorageFailure,
    },
    json::{Map, Value},
    output::{EscrowMessage, Output},
    secret::Secret,
};
use proptest::{collection::vec, prelude::*, test_runner::Config as Runs};
use support::{
    clock::Clock,
    story::{options, sign_in_command},
};

/// Words that mean something to the core, and some that look so.
const WORDS: [&str; 42] = [
    "issuer",
    "clientId",
    "redirectUri",
    "resources",
    "scope",
    "metadata",
    "url",
    "returnTo",
    "appState",
    "authorizationParams",
    "claims",
    "acr",
    "par",
    "pushed_authorization_request_endpoint",
    "require_pushed_authorization_requests",
    "request_uri",
    "redirect",
    "attemptedAt",
    "localOnly",
    "access_token",
    "refresh_token",
    "id_token",
    "token_type",
    "expires_in",
    "error",
    "error_description",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "keys",
    "kty",
    "alg",
    "kid",
    "Bearer",
    "invalid_grant",
    "openid",
    "https://login.example",
    "https://api.example/a/../b",
    "https://app.example/callback?code=c&state=s&iss=https%3A%2F%2Flogin.example",
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUifQ.AAAA",
    "1 t 1 eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.AAAA r - - - - - - 0 1 a",
    "Bearer error=\"invalid_token\", DPoP algs=\"ES256",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(WORDS.to_vec()).prop_map(String::from),
        1 => any::<String>(),
        1 => (prop::sample::select(WORDS.to_vec()), any::<String>()).prop_map(|(word, more)| word.to_owned() + &more),
        1 => vec(prop::sample::select(vec![" ", "-", "1", "18446744073709551615", "a.b.c", "\0", "€"]), 0..20).prop_map(|parts| parts.concat()),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(|number| Value::Number(number.into())),
        any::<f64>().prop_map(Value::Number),
        text().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((text(), inner), 0..8).prop_map(|members| {
                let mut object = Map::new();
                for (name, value) in members {
                    object.insert(name, value);
                }
                Value::Object(object)
            }),
        ]
    })
}

/// The body of an answer: a document, or what is none.
fn body() -> impl Strategy<Value = String> {
    prop_oneof![3 => json().prop_map(|value| value.to_string()), 1 => text()]
}

/// What another vault, or another version of it, may have parked: mostly words in the true order.
fn state() -> impl Strategy<Value = String> {
    const TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.AAAA";
    const TRUE: [&str; 14] = [
        "1", "t", "1", TOKEN, "r", "-", "-", "-", "-", "-", "-", "0", "1", "a",
    ];
    let word = prop::sample::select(vec!["-", "", "0", "1", "18446744073709551615", "x", TOKEN]);
    // The same with a key, and with a token that is bound to it.
    const WITH_KEY: [&str; 18] = [
        "2", "ES256", "{}", "AAAA", "t", "1", TOKEN, "r", "-", "-", "-", "-", "-", "-", "0", "1",
        "a", "DPoP",
    ];
    let kind = prop::sample::select(vec![&TRUE[..], &WITH_KEY[..]]);
    (kind, vec((0..18_usize, word), 0..3), 0..=18_usize).prop_map(|(kind, changes, length)| {
        let mut words = kind.to_vec();
        for (place, word) in changes {
            if let Some(changed) = words.get_mut(place) {
                *changed = word;
            }
        }
        words.truncate(length);
        words.join(" ")
    })
}

#[derive(Clone, Debug)]
enum Step {
    Open,
    Resume,
    CheckSession(Value),
    SignIn(Value),
    Userinfo,
    SignOut(Value),
    HandleCallback(String),
    Fetch(String, bool, bool),
    Abandon(usize),
    /// The answer to one of the questions that are open, or to any other.
    Answer(usize, Answer),
    Visible(bool),
    Online,
    ResponseExpected,
    Sleep,
    Wake,
    Pass(u64),
}

#[derive(Clone, Debug)]
struct Answer {
    /// Whether it says the opposite of what one hopes.
    is_bad: bool,
    status: u16,
    body: String,
    value: Value,
    state: String,
    number: u64,
}

fn step() -> impl Strategy<Value = Step> {
    let answer = (
        any::<bool>(),
        prop_oneof![Just(200), Just(400), Just(401), any::<u16>()],
        body(),
        json(),
        state(),
        any::<u64>(),
    )
        .prop_map(|(is_bad, status, body, value, state, number)| Answer {
            is_bad,
            status,
            body,
            value,
            state,
            number,
        });
    prop_oneof![
        1 => Just(Step::Open),
        1 => Just(Step::Resume),
        1 => json().prop_map(Step::CheckSession),
        2 => json().prop_map(Step::SignIn),
        1 => Just(Step::Userinfo),
        1 => json().prop_map(Step::SignOut),
        2 => text().prop_map(Step::HandleCallback),
        2 => (text(), any::<bool>(), any::<bool>()).prop_map(|(url, has, can)| Step::Fetch(url, has, can)),
        1 => any::<usize>().prop_map(Step::Abandon),
        12 => (any::<usize>(), answer).prop_map(|(choice, answer)| Step::Answer(choice, answer)),
        1 => any::<bool>().prop_map(Step::Visible),
        1 => Just(Step::Online),
        1 => Just(Step::ResponseExpected),
        1 => Just(Step::Sleep),
        1 => Just(Step::Wake),
        2 => prop_oneof![0_u64..100_000, Just(u64::from(u32::MAX))].prop_map(Step::Pass),
    ]
}

/// What the core waits for.
enum Question {
    Http(RequestId),
    Resource(CommandId),
    Signature(RequestId),
    Stored(RequestId),
    Taken(RequestId),
    Escrow(RequestId),
    Key(RequestId),
}

struct World {
    session: Session,
    clock: Clock,
    questions: Vec<Question>,
    commands: u32,
}

impl World {
    fn new() -> Self {
        let config = Config::parse(options()).unwrap();
        Self {
            session: Session::new(config, 7).with_escrow(),
            clock: Clock::new(),
            questions: Vec::new(),
            commands: 0,
        }
    }

    fn input(&mut self, input: Input) {
        self.session.handle_input(input, self.clock.now());
        for _ in 0..10_000 {
            match self.session.poll_output() {
                Output::Idle { .. } => return,
                Output::Http(request) => self.questions.push(Question::Http(request.id)),
                Output::SendResourceRequest { id, .. } => {
                    self.questions.push(Question::Resource(id));
                }
                Output::VerifySignature { id, .. } => self.questions.push(Question::Signature(id)),
                Output::StoreTransaction { id, .. } => self.questions.push(Question::Stored(id)),
                Output::TakeTransaction { id, .. } => self.questions.push(Question::Taken(id)),
                Output::Escrow { id, message } => {
                    drop::<EscrowMessage>(message);
                    self.questions.push(Question::Escrow(id));
                }
                Output::MakeKey { id, .. } => self.questions.push(Question::Key(id)),
                _ => {}
            }
        }
        panic!("the core is never done");
    }

    fn command(&mut self, command: Command) {
        self.commands += 1;
        let id = CommandId(self.commands);
        self.input(Input::Command { id, command });
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Open => self.command(Command::Open),
            Step::Resume => self.command(Command::Resume),
            Step::CheckSession(options) => {
                let entropy = Secret::new([7; 96]);
                self.command(Command::CheckSession { options, entropy });
            }
            Step::SignIn(options) => self.command(sign_in_command(options, 7)),
            Step::Userinfo => self.command(Command::Userinfo),
            Step::SignOut(options) => self.command(Command::SignOut { options }),
            Step::HandleCallback(url) => {
                let url = Secret::new(url);
                self.command(Command::HandleCallback { url });
            }
            Step::Fetch(url, has_authorization, is_repeatable) => {
                self.command(Command::Fetch(ResourceRequest {
                    url,
                    has_authorization,
                    is_repeatable,
                    ..ResourceRequest::default()
                }));
            }
            Step::Abandon(choice) => {
                let id = u32::try_from(choice % 50).unwrap();
                self.input(Input::Abandoned(CommandId(id)));
            }
            Step::Answer(choice, answer) => self.answer(choice, answer),
            Step::Visible(is_visible) => self.input(Input::Visibility(is_visible)),
            Step::Online => self.input(Input::Online),
            Step::ResponseExpected => self.input(Input::ResponseExpected),
            Step::Sleep => self.input(Input::Sleep),
            Step::Wake => self.input(Input::Wake),
            Step::Pass(milliseconds) => self.clock.advance(milliseconds),
        }
    }

    fn answer(&mut self, choice: usize, answer: Answer) {
        let question = match choice.checked_rem(self.questions.len()) {
            // To nothing that was asked, now and then.
            Some(index) if !choice.is_multiple_of(16) => self.questions.swap_remove(index),
            _ => {
                let id = RequestId(u32::try_from(choice % 50).unwrap());
                let questions = [
                    Question::Http(id),
                    Question::Signature(id),
                    Question::Stored(id),
                    Question::Taken(id),
                    Question::Escrow(id),
                    Question::Key(id),
                    Question::Resource(CommandId(id.0)),
                ];
                questions.into_iter().nth(choice % 7).unwrap()
            }
        };
        let Answer {
            is_bad,
            status,
            body,
            value,
            state,
            number,
        } = answer;
        self.input(match question {
            Question::Http(id) => Input::HttpDone {
                id,
                result: match (is_bad, number % 3) {
                    (true, 0) => Err(HttpFailure::Network),
                    (true, 1) => Err(HttpFailure::Timeout),
                    _ => Ok(HttpResponse {
                        status,
                        body: body.into(),
                        retry_after_seconds: is_bad.then_some(number),
                        looks_like_html: number.is_multiple_of(7),
                        dpop_nonce: is_bad.then(|| state.clone()),
                        date: Some(number),
                        challenge: is_bad.then_some(state),
                    }),
                },
            },
            Question::Resource(id) if number == 3 => Input::KeyLost(id),
            Question::Resource(id) => Input::ResourceAnswered {
                id,
                answer: ResourceAnswer {
                    status,
                    url: if is_bad {
                        body.clone()
                    } else {
                        support::story::API.into()
                    },
                    challenge: Some(body),
                    dpop_nonce: Some(state),
                    date: Some(number),
                },
            },
            Question::Signature(id) => Input::SignatureVerified {
                id,
                verdict: match (is_bad, number % 2) {
                    (false, _) => SignatureVerdict::Valid,
                    (true, 0) => SignatureVerdict::Invalid,
                    (true, _) => SignatureVerdict::Unsupported,
                },
            },
            Question::Key(id) => Input::KeyMade {
                id,
                key: (!is_bad).then(|| ["ES256 {} ", &state].concat().into()),
            },
            Question::Stored(id) => Input::TransactionStored {
                id,
                result: if is_bad { Err(StorageFailure) } else { Ok(()) },
            },
            Question::Taken(id) => Input::TransactionTaken {
                id,
                result: if is_bad {
                    Err(StorageFailure)
                } else {
                    Ok(Some(value))
                },
            },
            Question::Escrow(id) => Input::EscrowAnswered {
                id,
                answer: match number % 7 {
                    0 => EscrowAnswer::Absent,
                    1 => EscrowAnswer::Kept,
                    2 => EscrowAnswer::New,
                    3 => EscrowAnswer::Nothing,
                    4 => EscrowAnswer::Lost,
                    5 => EscrowAnswer::Forgotten,
                    _ => EscrowAnswer::State(state.into()),
                },
            },
        });
    }
}

proptest! {
    #![proptest_config(Runs { failure_persistence: None, cases: 1_000, ..Runs::default() })]

    #[test]
    fn no_sequence_of_inputs_makes_the_core_panic(steps in vec(step(), 1..60)) {
        let mut world = World::new();
        world.step(Step::Open);
        for step in steps {
            world.step(step);
        }
    }

    #[test]
    fn no_options_make_the_core_panic(options in json(), name in text(), value in json()) {
        drop(Config::parse(options));
        drop(Config::parse(support::story::with(&name, value)));
    }
}
