//! A whole life of a session: any commands of a page's, any answers, in any order, with the drain contract.
//!
//! A byte chooses what happens next, and those after it how. Where the bytes end, all goes on well to its end.

mod answers;
mod watch;

use holdfast::core::{
    Session,
    config::Config,
    input::{Command, CommandId, Input, Redirect, RequestId, ResourceRequest},
    json::{self, Value, json},
    output::Output,
    secret::Secret,
    time::{Monotonic, Now, UnixMillis},
};

use self::{answers::Question, watch::Watch};

const APIS: [&str; 6] = [
    "https://api.example/items",
    "https://api.example/",
    "https://files.example/list",
    "https://files.example/%2e%2e/list",
    "https://bought.example/",
    "https://evil.example/",
];

/// Drives one session by `data`.
pub fn check(data: &[u8]) {
    let mut bytes = Bytes(data);
    let mut world = World::new(&mut bytes);
    for _ in 0..200 {
        if bytes.0.is_empty() {
            break;
        }
        world.step(&mut bytes);
    }
    world.end();
}

/// The rest of what chooses.
pub struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    /// The next byte; zero where there is none.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end.max(1)
    }

    /// A text. What looks like one of this world's secrets is none.
    pub fn text(&mut self) -> String {
        let length = self.below(120).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).replace(watch::SECRET, "public")
    }

    /// A document, or nothing.
    pub fn value(&mut self) -> Value {
        json::parse(&self.text()).unwrap_or_default()
    }
}

/// A session and what is around it.
pub struct World {
    session: Session,
    clock: Now,
    questions: Vec<Question>,
    /// What is in the browser's storage.
    transactions: Vec<(String, Value)>,
    /// Where the app, or its popup, was told to go, last.
    url: Option<String>,
    /// The parameters that were pushed, last.
    pushed: String,
    /// How many tokens the server has made.
    tokens: u32,
    commands: u32,
    wake_at: Option<Monotonic>,
    watch: Watch,
}

impl World {
    fn new(bytes: &mut Bytes<'_>) -> Self {
        let choice = bytes.byte();
        let dpop = ["off", "auto", "required", "off"][usize::from(choice & 3)];
        let mut options = json!({
            "issuer": answers::ISSUER,
            "clientId": "app",
            "redirectUri": "https://app.example/callback",
            "scope": "openid offline_access",
            "resources": [
                "https://api.example/",
                { "url": "https://files.example/list", "audience": "files" },
                { "url": "https://bought.example/", "audience": "bought", "exchange": true },
            ],
            "dpop": dpop,
            "exposeAccessToken": choice & 4 != 0,
        });
        if choice & 128 != 0 {
            let more = bytes.byte();
            options["par"] = json!(["auto", "required", "off", "auto"][usize::from(more & 3)]);
            let provider = [None, Some("auth0"), Some("cognito"), Some("entra")];
            options["provider"] = json!(provider[usize::from(more >> 2 & 3)]);
            if more & 16 != 0 {
                options["openid"] = json!(false);
                options["scope"] = json!("items offline_access");
            }
        }
        if choice & 8 != 0 {
            options["replayLostRefresh"] = json!("within-grace");
        }
        let mut session = Session::new(Config::parse(options).expect("good options"), 7);
        if choice & 16 != 0 {
            session = session.with_escrow();
        }
        let mut world = Self {
            session,
            clock: Now {
                monotonic: Monotonic(5_000),
                unix: UnixMillis(1_800_000_000_000),
            },
            questions: Vec::new(),
            transactions: Vec::new(),
            url: None,
            pushed: String::new(),
            tokens: 0,
            commands: 0,
            wake_at: None,
            watch: Watch::default(),
        };
        world.input(Input::Watched(true));
        if choice & 32 != 0 {
            world.command(Command::Open);
            world.settle();
        }
        if choice & 64 != 0 {
            world.sign_in();
        }
        world
    }

    fn step(&mut self, bytes: &mut Bytes<'_>) {
        match bytes.byte() % 30 {
            0 => self.command(Command::Open),
            1 => self.command(Command::Resume),
            2 => {
                let (options, entropy) = (bytes.value(), self.entropy());
                self.command(Command::CheckSession { options, entropy });
            }
            3 => {
                let (options, entropy) = (bytes.value(), self.entropy());
                self.command(Command::SignIn { options, entropy });
            }
            4 => self.sign_in(),
            5 => self.callback(bytes),
            6 | 7 => {
                let url = APIS[bytes.below(APIS.len())].to_owned();
                self.watch.calls_begin(self.commands + 1, &url);
                let how = bytes.byte();
                self.command(Command::Fetch(ResourceRequest {
                    url,
                    method: "GET".into(),
                    has_authorization: how & 48 == 48,
                    is_repeatable: how & 1 != 0,
                    redirect: Redirect::parse(
                        [None, Some("manual"), Some("follow")][usize::from(how >> 6) % 3],
                    ),
                    is_no_cors: how & 12 == 12,
                }));
            }
            8 => {
                let resource = (bytes.byte() & 1 != 0).then(|| bytes.text());
                self.command(Command::AccessToken { resource });
            }
            9 => {
                let options = bytes.value();
                self.command(Command::SignOut { options });
            }
            10 => {
                let id = self.commands.saturating_sub(u32::from(bytes.byte()) % 8);
                if self.watch.see_abandoned(id) {
                    self.input(Input::Abandoned(CommandId(id)));
                }
            }
            11..=14 => {
                let index = bytes.below(self.questions.len());
                self.answer_well(index);
            }
            15..=17 => {
                let index = bytes.below(self.questions.len());
                if index < self.questions.len() {
                    let question = self.questions.swap_remove(index);
                    self.answer_badly(question, bytes);
                }
            }
            18 => {
                // To nothing that was asked, or to what was answered long ago. But not to what will be
                // asked: no shell knows that, and an answer may be read later, when the escrow has spoken.
                let number = u32::from(bytes.byte());
                let id = if self.watch.has_asked(RequestId(number)) {
                    RequestId(number)
                } else {
                    RequestId(number + 1_000_000)
                };
                if !self
                    .questions
                    .iter()
                    .any(|question| question.id() == Some(id))
                {
                    let question = Question::of_nobody(id, bytes.byte());
                    self.answer_badly(question, bytes);
                }
            }
            19 => self.input(Input::Visibility(bytes.byte() & 1 != 0)),
            20 => self.input(
                [
                    Input::Online,
                    Input::Sleep,
                    Input::Wake,
                    Input::ResponseExpected,
                ]
                .into_iter()
                .nth(bytes.below(4))
                .expect("one"),
            ),
            21 => {
                let milliseconds = u64::from(bytes.byte()) << bytes.below(24);
                self.clock.monotonic.0 += milliseconds;
                self.clock.unix.0 += milliseconds;
                self.input(Input::Wake);
            }
            // The machine sleeps, or somebody sets the clock.
            22 => self.clock.unix.0 = u64::from(bytes.byte()) << bytes.below(40),
            23 => self.settle(),
            24 => self.command(Command::Userinfo),
            26 => {
                let (options, entropy) = (bytes.value(), self.entropy());
                self.command(Command::SignInByPopup { options, entropy });
            }
            27 => self.sign_in_by_popup(),
            28 => {
                let resource = bytes.byte();
                let resource = APIS.get(usize::from(resource)).copied().map(String::from);
                self.command(Command::Facts { resource });
            }
            _ => self.input(Input::Watched(bytes.byte() & 1 != 0)),
        }
    }

    fn input(&mut self, input: Input) {
        self.session.handle_input(input, self.clock);
        for _ in 0..10_000 {
            let output = self.session.poll_output();
            self.watch.see(&output, &self.session);
            match output {
                Output::Idle { wake_at } => {
                    self.wake_at = wake_at;
                    return;
                }
                output => self.take(output),
            }
        }
        panic!("the core is never done");
    }

    fn command(&mut self, command: Command) {
        self.commands += 1;
        let id = CommandId(self.commands);
        self.input(Input::Command { id, command });
    }

    fn entropy(&self) -> Secret<[u8; 96]> {
        let mut entropy = [0; 96];
        let number = self.commands.to_le_bytes();
        for (part, bytes) in entropy.chunks_mut(32).enumerate() {
            bytes.fill(part.to_le_bytes()[0] + 1);
            bytes[..4].copy_from_slice(&number);
        }
        Secret::new(entropy)
    }

    /// Signs in as people do, where the session lets one.
    fn sign_in(&mut self) {
        let entropy = self.entropy();
        self.come_back_from(Command::SignIn {
            options: Value::Null,
            entropy,
        });
    }

    /// The same in a window of its own.
    fn sign_in_by_popup(&mut self) {
        let entropy = self.entropy();
        self.come_back_from(Command::SignInByPopup {
            options: Value::Null,
            entropy,
        });
    }

    fn come_back_from(&mut self, command: Command) {
        self.url = None;
        self.command(command);
        self.settle();
        if let Some(url) = self.good_callback() {
            self.command(Command::HandleCallback {
                url: Secret::new(url),
            });
            self.settle();
        }
    }

    fn callback(&mut self, bytes: &mut Bytes<'_>) {
        let good = self.good_callback();
        let how = bytes.byte();
        let url = match good {
            Some(url) if how & 3 == 0 => url,
            Some(url) if how & 3 == 1 => url + &bytes.text(),
            _ => ["https://app.example/callback", &bytes.text()].concat(),
        };
        self.command(Command::HandleCallback {
            url: Secret::new(url),
        });
    }

    /// The server's answer to the sign-in that was begun last.
    fn good_callback(&self) -> Option<String> {
        let state = self.sent("state")?;
        let issuer = "https%3A%2F%2Flogin.example";
        let code = [watch::SECRET, "code"].concat();
        Some(format!(
            "https://app.example/callback?code={code}&state={state}&iss={issuer}"
        ))
    }

    /// A parameter of the sign-in that was begun last, wherever it was sent.
    fn sent(&self, name: &str) -> Option<String> {
        let url = self.url.as_deref()?;
        let (_, query) = url.split_once('?')?;
        let is_pushed = query.contains("request_uri=");
        let text = if is_pushed { &self.pushed } else { query };
        super::oracle::parameters(text).remove(name)?.pop()
    }

    /// All that is asked is answered as one hopes.
    fn settle(&mut self) {
        for _ in 0..1_000 {
            if self.questions.is_empty() {
                return;
            }
            self.answer_well(0);
        }
        panic!("the core never comes to rest");
    }

    /// From here on all is well, and nobody is left without an answer.
    fn end(&mut self) {
        self.command(Command::Resume);
        for _ in 0..100 {
            self.settle();
            let Some(at) = self.wake_at else { break };
            let pause = at.0.saturating_sub(self.clock.monotonic.0);
            // A deposit every fifteen seconds has no end; a caller's wait has.
            if self.watch.has_answered_all(self.commands) {
                break;
            }
            self.clock.monotonic.0 += pause;
            self.clock.unix.0 += pause;
            self.input(Input::Wake);
        }
        assert!(
            self.watch.has_answered_all(self.commands),
            "a command has no answer"
        );
    }
}
