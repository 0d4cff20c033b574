//! The world: one person, one app, a few tabs on one machine, their vaults, and time. What pages and
//! people do is in `people`, what happens to requests in `network`.

use std::collections::BTreeMap;

use holdfast::core::{
    error::Code,
    input::{CommandId, Input, RequestId},
    json::Value,
    output::{Event as CoreEvent, Output, Reply},
    secret::Secret,
};

use super::{
    clocks::Clocks,
    escrow::{Escrow, Message, Said},
    invariant::{Breach, Invariant},
    network::{Answer, Request},
    people::{Asked, Tab},
    queue::Queue,
    scenario::{CallFate, OutageKind, Scenario, TABS},
    server::{Server, TokenId, number},
    vault::{Vault, VaultId},
    watch::{Moment, Watch},
};

/// How long after the last action everything must have come to its end, in milliseconds.
const EPILOGUE: u64 = 3_600_000;

/// Something that will happen.
pub enum Event {
    Act(usize),
    /// A request is at the server. A copy is not answered.
    Arrives {
        request: usize,
        is_copy: bool,
    },
    Answered {
        request: usize,
        answer: Answer,
    },
    CallArrives {
        vault: VaultId,
        id: CommandId,
        token: TokenId,
        fate: CallFate,
        takes: u64,
    },
    CallAnswered {
        vault: VaultId,
        id: CommandId,
        /// Whether the API takes the token, where it answers at all.
        outcome: Option<bool>,
    },
    Tell(VaultId, Input),
    /// No page of the vault can be seen any longer.
    Hides(VaultId),
    /// The page goes to the server, where the person signs in.
    GoesToSignIn {
        tab: usize,
        life: u32,
        takes: u64,
        url: String,
    },
    /// The page has heard that nobody is signed in.
    Discovers {
        tab: usize,
        life: u32,
    },
    /// The page goes to the server, which signs the person out.
    GoesToSignOut {
        tab: usize,
        life: u32,
    },
    Timer(VaultId, u32),
    EscrowHears {
        vault: VaultId,
        id: RequestId,
        message: Message,
    },
    EscrowSays {
        vault: VaultId,
        id: RequestId,
        said: Said,
        /// Whether the vault was frozen meanwhile.
        is_late: bool,
    },
    /// The escrow has the answer to a token request.
    Carried {
        vault: VaultId,
        id: RequestId,
        answer: Answer,
    },
    /// A vault hears that another one has taken a session over.
    HearsOfTakeover(VaultId),
    /// A page is back from the cache.
    ComesBack {
        tab: usize,
        life: u32,
    },
    Reloads {
        tab: usize,
        life: u32,
    },
    /// The person comes back from the server.
    Returns {
        tab: usize,
        life: u32,
        url: String,
    },
    /// The vault's afterlife is over, if no page has come meanwhile.
    VaultEnds(VaultId),
}

/// How a life went.
pub struct Outcome {
    pub breach: Option<Breach>,
    /// How many inputs the cores took.
    pub steps: u64,
    /// What happened, where that was asked for.
    pub story: Vec<String>,
    pub longest_wait: u64,
    pub refreshes: u64,
    pub sessions_lost_to_reuse: u64,
}

/// A life under way.
pub struct World<'s> {
    pub scenario: &'s Scenario,
    pub time: u64,
    pub clocks: Clocks,
    pub queue: Queue<Event>,
    pub server: Server,
    pub vaults: Vec<Vault>,
    pub tabs: [Option<Tab>; TABS],
    pub watch: Watch,
    pub escrow: Escrow,
    /// Of the app.
    pub version: u32,
    pub requests: Vec<Request>,
    pub fates_used: usize,
    pub outage: Option<(OutageKind, u64)>,
    /// What the pages asked for and was not answered yet.
    pub asked: BTreeMap<CommandId, Asked>,
    pub last_command: u32,
    /// The browser's storage.
    pub storage: BTreeMap<String, Value>,
    /// Events for vaults that are frozen.
    pub frozen: Vec<(VaultId, Event)>,
    pub refreshes: u64,
    steps: u64,
    story: Option<Vec<String>>,
}

/// Lives this life to its end, or to the first breach.
pub fn live(scenario: &Scenario, with_story: bool) -> Outcome {
    let mut world = World {
        scenario,
        time: 0,
        clocks: Clocks::new(scenario.setting.clock_stands_still),
        queue: Queue::new(),
        server: Server::new(&scenario.setting),
        vaults: Vec::new(),
        tabs: [const { None }; TABS],
        watch: Watch::new(&scenario.setting),
        escrow: Escrow::default(),
        version: 0,
        requests: Vec::new(),
        fates_used: 0,
        outage: None,
        asked: BTreeMap::new(),
        last_command: 0,
        storage: BTreeMap::new(),
        frozen: Vec::new(),
        refreshes: 0,
        steps: 0,
        story: with_story.then(Vec::new),
    };
    for (index, (at, _)) in scenario.actions.iter().enumerate() {
        world.queue.push(*at, Event::Act(index));
    }
    world.run();
    Outcome {
        breach: world.watch.breach.take(),
        steps: world.steps,
        story: world.story.unwrap_or_default(),
        longest_wait: world.watch.longest_wait,
        refreshes: world.refreshes,
        sessions_lost_to_reuse: world
            .server
            .families
            .iter()
            .filter(|family| family.was_reused)
            .count() as u64,
    }
}

impl World<'_> {
    fn run(&mut self) {
        const MOST_STEPS: u64 = 200_000;
        let last = self.scenario.actions.last().map_or(0, |(at, _)| *at);
        while self.watch.breach.is_none() {
            let Some((at, event)) = self.queue.pop() else {
                break;
            };
            self.time = self.time.max(at);
            if at > last + self.clocks.slept() + EPILOGUE || self.steps > MOST_STEPS {
                let time = self.time;
                self.watch
                    .report(Invariant::Sound, time, || "it never comes to rest".into());
            }
            self.happen(event);
        }
        for vault in 0..self.vaults.len() {
            if self.vaults[vault].is_alive && !self.vaults[vault].is_frozen {
                self.watch.ends(vault, self.time);
            }
        }
    }

    fn happen(&mut self, event: Event) {
        // What concerns the machine waits until it is awake.
        if let Some(awake_at) = self.clocks.asleep_until(self.time)
            && !self.is_elsewhere(&event)
        {
            self.queue.push(awake_at, event);
            return;
        }
        if let Some(vault) = self.vault_of(&event) {
            if !self.vaults[vault].is_alive {
                return;
            }
            if self.vaults[vault].is_frozen {
                self.frozen.push((vault, event));
                return;
            }
        }
        match event {
            Event::Act(index) => self.act(self.scenario.actions[index].1),
            Event::Arrives { request, is_copy } => self.arrive(request, is_copy),
            Event::Answered { request, answer } => self.answer(request, answer),
            Event::CallArrives {
                vault,
                id,
                token,
                fate,
                takes,
            } => self.call_arrives(vault, id, token, fate, takes),
            Event::CallAnswered { vault, id, outcome } => self.call_answered(vault, id, outcome),
            Event::Hides(vault) => self.show(vault, false),
            Event::Tell(vault, input) => self.tell(vault, input),
            Event::Timer(vault, timer) => self.ring(vault, timer),
            Event::EscrowHears { vault, id, message } => self.escrow_hears(vault, id, message),
            Event::EscrowSays {
                vault,
                id,
                said,
                is_late,
            } => self.escrow_says(vault, id, said, is_late),
            Event::Carried { vault, id, answer } => self.refresh_answered(vault, id, answer),
            Event::HearsOfTakeover(vault) => {
                let is_visible = self.vaults[vault].is_visible;
                self.tell(vault, Input::Visibility(is_visible));
            }
            Event::ComesBack { tab, life } => self.page_comes_back(tab, life),
            Event::Reloads { tab, life } => self.reload(tab, life),
            Event::GoesToSignIn {
                tab,
                life,
                takes,
                url,
            } => self.leave_for_server(tab, life, takes, &url),
            Event::Discovers { tab, life } => self.discover(tab, life),
            Event::GoesToSignOut { tab, life } => self.sign_out_at_server(tab, life),
            Event::Returns { tab, life, url } => self.come_back(tab, life, url),
            Event::VaultEnds(vault) => {
                if self.vaults[vault].tabs.is_empty() {
                    self.end_vault(vault);
                }
            }
        }
    }

    /// Whether it happens at the server, and not on the machine.
    fn is_elsewhere(&self, event: &Event) -> bool {
        match event {
            Event::Arrives { .. } | Event::CallArrives { .. } => true,
            Event::Act(index) => self.scenario.actions[*index].1.is_elsewhere(),
            _ => false,
        }
    }

    fn vault_of(&self, event: &Event) -> Option<VaultId> {
        match event {
            Event::Answered { request, .. } => {
                let request = &self.requests[*request];
                request.carried.is_none().then_some(request.vault)
            }
            Event::CallAnswered { vault, .. }
            | Event::Tell(vault, _)
            | Event::Hides(vault)
            | Event::HearsOfTakeover(vault)
            | Event::EscrowSays { vault, .. }
            | Event::Carried { vault, .. }
            | Event::Timer(vault, _) => Some(*vault),
            _ => None,
        }
    }

    fn ring(&mut self, vault: VaultId, timer: u32) {
        // Before its time after a sleep in which the clock stood still: the new timer is set already.
        if self.vaults[vault].timer == timer {
            self.tell(vault, Input::Wake);
        }
    }

    pub fn tell_later(&mut self, after: u64, vault: VaultId, input: Input) {
        self.queue
            .push(self.time + after, Event::Tell(vault, input));
    }

    /// Feeds an input, and performs what comes out.
    pub fn tell(&mut self, vault: VaultId, input: Input) {
        const MOST: usize = 1_000;
        self.steps += 1;
        let now = self.clocks.show(self.time);
        self.vaults[vault].handle(input, now);
        for _ in 0..MOST {
            match self.vaults[vault].poll() {
                Output::Idle { wake_at } => {
                    let state = &mut self.vaults[vault];
                    state.timer += 1;
                    if let Some(at) = wake_at {
                        let event = Event::Timer(vault, state.timer);
                        self.queue
                            .push(self.time + self.clocks.until(at, self.time), event);
                    }
                    self.watch.rests(vault, self.time);
                    return;
                }
                output => self.perform(vault, output),
            }
        }
        self.watch
            .report(Invariant::Sound, self.time, || "too many outputs".into());
    }

    fn perform(&mut self, vault: VaultId, output: Output) {
        match output {
            Output::Http(request) => self.ask_server(vault, request),
            Output::Escrow { id, message } => self.tell_escrow(vault, id, Message::Plain(message)),
            Output::SendResourceRequest {
                id, authorization, ..
            } => {
                self.send_call(vault, id, &authorization);
            }
            Output::VerifySignature { id, .. } => {
                use holdfast::core::input::SignatureVerdict::Valid;
                let verdict = Valid;
                self.tell_later(1, vault, Input::SignatureVerified { id, verdict });
            }
            Output::StoreTransaction {
                id, key, record, ..
            } => {
                self.storage.insert(key, record);
                self.tell_later(1, vault, Input::TransactionStored { id, result: Ok(()) });
            }
            Output::TakeTransaction { id, key } => {
                let result = Ok(self.storage.remove(&key));
                self.tell_later(1, vault, Input::TransactionTaken { id, result });
            }
            Output::Reply { id, result } => self.replied(vault, id, result),
            Output::Event(event) => self.told(vault, &event),
            // No page asks for a token, and the simulation's server takes no proofs.
            Output::AccessToken { .. }
            | Output::MakeKey { .. }
            | Output::Log(_)
            | Output::Idle { .. } => {}
        }
    }

    fn told(&mut self, vault: VaultId, event: &CoreEvent) {
        self.say(|| format!("vault {vault}: {}", name_of(event)));
        let moment = Moment {
            time: self.time,
            now: self.clocks.show(self.time),
            server: &self.server,
        };
        self.watch.event(vault, event, moment);
    }

    fn replied(
        &mut self,
        vault: VaultId,
        id: CommandId,
        result: Result<Reply, holdfast::core::output::Failure>,
    ) {
        let error = result.as_ref().err().map(|failure| failure.error.code);
        self.say(|| {
            format!(
                "vault {vault}: command {} is answered{}",
                id.0,
                error.map_or(String::new(), |code| format!(" with {}", code.as_str()))
            )
        });
        self.watch.replied(vault, id, error, self.time);
        let asked = self.asked.remove(&id);
        if let Some(Asked::Resume { tab, life }) = &asked {
            self.came_back(*tab, *life);
        }
        match (asked, result) {
            (Some(Asked::SignIn { tab, life, takes }), Ok(Reply::Navigate(url))) => {
                let event = Event::GoesToSignIn {
                    tab,
                    life,
                    takes,
                    url,
                };
                self.queue.push(self.time, event);
            }
            (Some(Asked::SignOut { tab, life }), Ok(Reply::SignedOut(Some(_)))) => {
                self.queue
                    .push(self.time, Event::GoesToSignOut { tab, life });
            }
            (Some(Asked::Call { tab, life, .. } | Asked::Resume { tab, life }), Err(failure))
                if failure.error.code == Code::SessionMoved =>
            {
                self.queue
                    .push(self.time + 1_000, Event::Reloads { tab, life });
            }
            (Some(Asked::Call { tab, life, .. }), Err(failure))
                if matches!(
                    failure.error.code,
                    Code::LoginRequired | Code::SessionExpired
                ) =>
            {
                self.queue
                    .push(self.time + 1_000, Event::Discovers { tab, life });
            }
            (_, Ok(Reply::Session(identity))) => {
                self.watch.checked(vault, identity.is_some(), self.time);
            }
            _ => {}
        }
    }

    fn send_call(&mut self, vault: VaultId, id: CommandId, authorization: &Secret<String>) {
        let token = authorization
            .expose()
            .strip_prefix("Bearer ")
            .and_then(number);
        let token = token.expect("an access token of the server's");
        self.say(|| format!("vault {vault}: call {} goes out with a{token}", id.0));
        let moment = Moment {
            time: self.time,
            now: self.clocks.show(self.time),
            server: &self.server,
        };
        self.watch.call_sent(vault, id, token, moment);
        let (fate, takes) = match self.asked.get(&id) {
            Some(Asked::Call { fate, takes, .. }) => (*fate, *takes),
            _ => (CallFate::Normal, 40),
        };
        self.queue.push(
            self.time + takes / 2,
            Event::CallArrives {
                vault,
                id,
                token,
                fate,
                takes,
            },
        );
    }

    /// Writes down what happened, where somebody wants to read it.
    pub fn say(&mut self, what: impl FnOnce() -> String) {
        if let Some(story) = &mut self.story {
            story.push(format!("{:>10} ms  {}", self.time, what()));
        }
    }

    pub fn next_command(&mut self) -> CommandId {
        self.last_command += 1;
        CommandId(self.last_command)
    }
}

fn name_of(event: &CoreEvent) -> String {
    match event {
        CoreEvent::SignedIn { .. } => "signed in".into(),
        CoreEvent::SignedOut => "signed out".into(),
        CoreEvent::Refreshed { .. } => "refreshed".into(),
        CoreEvent::SessionExpired { reason } => {
            format!("the session has ended: {}", reason.as_str())
        }
        CoreEvent::StepUp(_) => "step-up".into(),
        CoreEvent::Error(failure) => format!("error {}", failure.error.code.as_str()),
    }
}
