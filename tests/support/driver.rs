//! Drives a session as the browser shell does: performs each output, feeds the result back. No
//! threads, no sleeping.

use std::collections::{BTreeMap, BTreeSet};

use holdfast::core::{
    Session,
    config::Config,
    input::{
        Command, CommandId, EscrowAnswer, HttpFailure, HttpResponse, Input, RequestId,
        ResourceRequest, SignatureVerdict, StorageFailure,
    },
    json::{self, Value},
    log::Entry,
    output::{Event, Failure, HttpRequest, Output, Reply},
    time::Monotonic,
};

use super::{
    api::{Api, Arrival},
    clock::Clock,
    escrow::{self, Client, Escrow},
    keys,
    proofs::make_key,
    seen::Seen,
    server::{Endpoint, Server},
    watch::Watch,
};

/// What the shell waits for, as a kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Http(Endpoint),
    Api,
    Signature,
    Storage,
    Escrow,
}

/// Something that will be told to the core.
pub struct Todo {
    pub step: Step,
    pub input: Input,
    /// How long it takes, in milliseconds.
    takes: u64,
    /// For answers to a refresh: the new refresh token.
    refresh_token: Option<String>,
}

/// A session that tells everything that it does.
fn watched(mut session: Session) -> Session {
    session.handle_input(Input::Watched(true), Clock::new().now());
    while !matches!(session.poll_output(), Output::Idle { .. }) {}
    session
}

/// A session with everything around it.
pub struct Driver {
    pub server: Server,
    pub api: Api,
    pub clock: Clock,
    /// All that came out, in order.
    pub seen: Vec<Seen>,
    pub events: Vec<Event>,
    /// What was told to listeners.
    pub log: Vec<Entry>,
    /// The browser's storage.
    pub storage: BTreeMap<String, Value>,
    pub storage_fails: bool,
    /// What the core will be told next.
    pub todo: Vec<Todo>,
    /// How long each request to the server may take, in milliseconds.
    pub timeouts: Vec<u64>,
    pub escrow: Escrow,
    /// This vault, in the escrow's eyes.
    pub client: Client,
    options: Value,
    session: Session,
    held: BTreeSet<Step>,
    replies: BTreeMap<CommandId, Result<Reply, Failure>>,
    given_tokens: BTreeMap<CommandId, String>,
    urls: BTreeMap<CommandId, (String, String)>,
    /// How many keys were made.
    pub made_keys: usize,
    /// WebCrypto makes no keys.
    pub has_no_keys: bool,
    /// WebCrypto signs nothing.
    pub signs_nothing: bool,
    wake_at: Option<Monotonic>,
    last_command: u32,
    last_input_at: Clock,
    watch: Watch,
}

impl Driver {
    /// A session with these options of `createAuthClient`.
    pub fn new(options: Value) -> Self {
        let config = Config::parse(options.clone()).unwrap();
        Self {
            server: Server::new(),
            api: Api::default(),
            clock: Clock::new(),
            seen: Vec::new(),
            events: Vec::new(),
            log: Vec::new(),
            storage: BTreeMap::new(),
            storage_fails: false,
            todo: Vec::new(),
            timeouts: Vec::new(),
            escrow: Escrow::default(),
            client: 1,
            options,
            session: watched(Session::new(config, 7)),
            held: BTreeSet::new(),
            replies: BTreeMap::new(),
            given_tokens: BTreeMap::new(),
            urls: BTreeMap::new(),
            made_keys: 0,
            has_no_keys: false,
            signs_nothing: false,
            wake_at: None,
            last_command: 0,
            last_input_at: Clock::new(),
            watch: Watch::default(),
        }
    }

    /// The same in an app with an escrow.
    pub fn with_escrow(options: Value) -> Self {
        let mut driver = Self::new(options.clone());
        let config = Config::parse(options).unwrap();
        driver.session = watched(Session::new(config, 7).with_escrow());
        driver
    }

    /// Another vault of this app in the same browser, which is in this one's place in the world
    /// until [`swap`](Self::swap).
    pub fn twin(&mut self) -> Self {
        let mut twin = Self::with_escrow(self.options.clone());
        let config = Config::parse(self.options.clone()).unwrap();
        twin.client = self.client + 1;
        twin.session = Session::new(config, u64::from(twin.client)).with_escrow();
        twin.watch = self.watch.heir();
        self.swap(&mut twin);
        twin
    }

    /// From now on the world is around `other` and not around this one.
    pub fn swap(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.server, &mut other.server);
        std::mem::swap(&mut self.api, &mut other.api);
        std::mem::swap(&mut self.storage, &mut other.storage);
        std::mem::swap(&mut self.escrow, &mut other.escrow);
        // A worker's monotonic clock begins with it.
        let unix = self.clock.unix();
        other.clock.set(unix.max(other.clock.unix()));
    }

    /// The page is reloaded: the vault ends with it, and a new one begins.
    pub fn reload(mut self) -> Self {
        self.escrow.gone.insert(self.client);
        self.twin()
    }

    /// Gives a command, and nothing more.
    pub fn command(&mut self, command: Command) -> CommandId {
        self.last_command += 1;
        let id = CommandId(self.last_command);
        if let Command::Fetch(request) = &command {
            let about = (request.url.clone(), request.method.clone());
            self.urls.insert(id, about);
        }
        self.input(Input::Command { id, command });
        id
    }

    /// Begins an API call, and nothing more.
    pub fn fetch(&mut self, url: &str) -> CommandId {
        let request = ResourceRequest {
            url: url.into(),
            is_repeatable: true,
            ..ResourceRequest::default()
        };
        self.command(Command::Fetch(request))
    }

    /// The page gives up an API call.
    pub fn abandon(&mut self, id: CommandId) {
        self.watch.see_abandoned(id);
        self.input(Input::Abandoned(id));
    }

    /// Keeps the results of such steps back. The request itself arrives at once.
    pub fn hold(&mut self, step: Step) {
        self.held.insert(step);
    }

    /// Lets the results of such steps through again, and everything else that follows from them.
    pub fn release(&mut self, step: Step) {
        self.held.remove(&step);
        self.settle();
    }

    /// Does `meanwhile`, before what is held back of such steps arrives; what `meanwhile` itself
    /// causes of them is let through.
    pub fn delay(&mut self, step: Step, meanwhile: impl FnOnce(&mut Self)) {
        let late: Vec<_> = self.todo.extract_if(.., |todo| todo.step == step).collect();
        self.held.remove(&step);
        meanwhile(self);
        self.todo.extend(late);
        self.settle();
    }

    /// How many results of such steps are on their way.
    pub fn waiting(&self, step: Step) -> usize {
        self.todo.iter().filter(|todo| todo.step == step).count()
    }

    /// Performs everything that can be performed now.
    pub fn settle(&mut self) {
        for _ in 0..10_000 {
            match self
                .todo
                .iter()
                .position(|todo| !self.held.contains(&todo.step))
            {
                Some(position) => self.deliver(position),
                None => return,
            }
        }
        panic!("the core never comes to rest");
    }

    /// Performs everything, and lets time pass for as long as the core wants to be woken.
    pub fn run(&mut self) {
        for _ in 0..1_000 {
            self.settle();
            match self.wake_at {
                Some(at) => {
                    self.clock
                        .advance(at.0.saturating_sub(self.clock.now().monotonic.0));
                    self.input(Input::Wake);
                }
                None => return,
            }
        }
        panic!("the core never stops to want to be woken");
    }

    /// When the core wants to be woken, in milliseconds from now.
    pub fn wakes_in(&self) -> Option<u64> {
        self.wake_at
            .map(|at| at.0.saturating_sub(self.clock.now().monotonic.0))
    }

    /// Tells the core the result at `position` of what is to do.
    pub fn deliver(&mut self, position: usize) {
        let todo = self.todo.remove(position);
        self.clock.advance(todo.takes);
        if let Input::HttpDone { id, result } = &todo.input {
            let is_success = result.as_ref().is_ok_and(|response| response.status == 200);
            self.watch.see_answer(*id, is_success, todo.refresh_token);
        }
        if let Input::EscrowAnswered { id, .. } = &todo.input {
            // Where it was to carry a request: it did not.
            self.watch.see_answer(*id, false, None);
        }
        if let Input::Abandoned(id) = &todo.input {
            self.watch.see_abandoned(*id);
        }
        self.input(todo.input);
    }

    /// The one reply to `id`, where it is there.
    pub fn reply(&mut self, id: CommandId) -> Option<Result<Reply, Failure>> {
        self.replies.remove(&id)
    }

    /// The access token that was given to the app for `id`.
    pub fn given_token(&mut self, id: CommandId) -> Option<String> {
        self.given_tokens.remove(&id)
    }

    /// Feeds an input, and drains the outputs.
    pub fn input(&mut self, input: Input) {
        self.last_input_at = self.clock;
        self.session.handle_input(input, self.clock.now());
        for _ in 0..10_000 {
            let output = self.session.poll_output();
            self.watch.see(&output);
            self.seen.extend(Seen::new(&output));
            match output {
                Output::Idle { wake_at } => {
                    self.wake_at = wake_at;
                    return;
                }
                output => self.perform(output),
            }
        }
        panic!("the drain never ends");
    }

    /// Feeds an input at the time of the last one, so that nothing but the input itself can cause
    /// an output.
    pub fn quietly(&mut self, input: Input) {
        let clock = std::mem::replace(&mut self.clock, self.last_input_at);
        self.input(input);
        self.clock = clock;
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Escrow { id, message } => {
                let answer = self.escrow.answer(self.client, &message);
                self.push(Step::Escrow, Input::EscrowAnswered { id, answer });
            }
            Output::Http(request) => {
                self.timeouts.push(request.timeout_milliseconds);
                let result = match self.carry(&request) {
                    Ok(result) => result,
                    Err(answer) => {
                        let id = request.id;
                        self.push(Step::Escrow, Input::EscrowAnswered { id, answer });
                        return;
                    }
                };
                let endpoint = self.server.endpoint(&request.url);
                let body = result
                    .as_ref()
                    .ok()
                    .and_then(|response| json::parse(response.body.expose()));
                let refresh_token =
                    body.and_then(|body| body["refresh_token"].as_str().map(String::from));
                let refresh_token = refresh_token.filter(|token| !token.is_empty());
                let takes = match result {
                    Err(HttpFailure::Timeout) => request.timeout_milliseconds,
                    _ => 0,
                };
                let input = Input::HttpDone {
                    id: request.id,
                    result,
                };
                self.todo.push(Todo {
                    step: Step::Http(endpoint),
                    input,
                    takes,
                    refresh_token,
                });
            }
            Output::SendResourceRequest { id, proof, .. }
                if proof.is_some() && self.signs_nothing =>
            {
                self.push(Step::Api, Input::KeyLost(id));
            }
            Output::SendResourceRequest {
                id,
                authorization,
                proof,
            } => {
                let grants = &self.server.grants;
                let (url, method) = &self.urls[&id];
                let arrival = Arrival {
                    id,
                    url,
                    method,
                    authorization: authorization.expose(),
                    proof: proof.as_ref(),
                    now: self.clock.now().unix.seconds(),
                };
                let is_alive = |token: &str, key: Option<&str>| grants.is_alive(token, key);
                let answer = self.api.call(arrival, is_alive);
                let input = match answer {
                    Some(answer) => Input::ResourceAnswered { id, answer },
                    None => Input::Abandoned(id),
                };
                self.push(Step::Api, input);
            }
            Output::AccessToken { id, token } => {
                self.given_tokens.insert(id, token.expose().clone());
            }
            Output::MakeKey { id, algorithm } => {
                let key = make_key(algorithm, self.made_keys);
                self.made_keys += 1;
                let key = Some(key).filter(|_| !self.has_no_keys);
                self.push(Step::Signature, Input::KeyMade { id, key });
            }
            Output::VerifySignature { id, check } => {
                let is_valid = keys::is_valid(&check);
                let verdict = if is_valid {
                    SignatureVerdict::Valid
                } else {
                    SignatureVerdict::Invalid
                };
                self.push(Step::Signature, Input::SignatureVerified { id, verdict });
            }
            Output::StoreTransaction {
                id, key, record, ..
            } => self.store(id, key, record),
            Output::TakeTransaction { id, key } => {
                let record = self.storage.remove(&key);
                let result = if self.storage_fails {
                    Err(StorageFailure)
                } else {
                    Ok(record)
                };
                self.push(Step::Storage, Input::TransactionTaken { id, result });
            }
            Output::Reply { id, result } => {
                self.replies.insert(id, result);
            }
            Output::Event(event) => self.events.push(event),
            Output::Log(entry) => self.log.push(entry),
            Output::Idle { .. } => {}
        }
    }

    /// Sends a request, through the escrow where it is to carry it. An error is the escrow's answer
    /// where it sends nothing.
    fn carry(
        &mut self,
        request: &HttpRequest,
    ) -> Result<Result<HttpResponse, HttpFailure>, EscrowAnswer> {
        let now = self.clock.now();
        if request.proof.is_some() && self.signs_nothing {
            return Ok(Err(HttpFailure::KeyLost));
        }
        let Some(deposit) = request.carry.as_ref().filter(|_| !self.escrow.is_absent) else {
            return Ok(self.server.handle(request, now));
        };
        match self.escrow.park(self.client, deposit) {
            EscrowAnswer::Kept | EscrowAnswer::New => {}
            other => return Err(other),
        }
        if let Some(carried) = self.escrow.carried(deposit) {
            return Ok(escrow::response(carried));
        }
        let result = self.server.handle(request, now);
        self.escrow.keep(deposit, &result);
        Ok(result)
    }

    fn store(&mut self, id: RequestId, key: String, record: Value) {
        let result = if self.storage_fails {
            Err(StorageFailure)
        } else {
            self.storage.insert(key, record);
            Ok(())
        };
        self.push(Step::Storage, Input::TransactionStored { id, result });
    }

    fn push(&mut self, step: Step, input: Input) {
        self.todo.push(Todo {
            step,
            input,
            takes: 0,
            refresh_token: None,
        });
    }
}
