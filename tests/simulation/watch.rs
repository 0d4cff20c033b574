//! Watches what goes into each core and what comes out, and compares it with the invariants. It
//! knows nothing of the core's inside.

use std::collections::BTreeMap;

use holdfast::core::{
    error::Code,
    input::{CommandId, RequestId},
    json::json,
    output::{Event, ExpiryReason},
    time::Now,
};

use super::{
    invariant::{Breach, Invariant},
    scenario::Setting,
    server::{FamilyId, Given, Server, TokenId},
    session_watch::{Access, SessionWatch, WORD_OF_MOUTH},
    vault::VaultId,
};

/// How long the escrow may keep a vault waiting, in milliseconds.
const LONGEST_QUESTION: u64 = 2_000;

/// What an answer to a token request was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Tokens.
    Tokens,
    /// `invalid_grant`.
    Refused,
    /// 400 and nothing else.
    Unclear,
    /// Something that says no more than "later".
    Busy,
    /// Nothing.
    Lost,
}

/// What is wrong with something, if anything is.
pub type Problem = Option<(Invariant, String)>;

/// The moment of which something is said.
#[derive(Clone, Copy)]
pub struct Moment<'s> {
    pub time: u64,
    pub now: Now,
    pub server: &'s Server,
}

/// The observer of a life.
pub struct Watch {
    pub setting: Setting,
    pub vaults: Vec<VaultWatch>,
    pub sessions: Vec<SessionWatch>,
    /// The first.
    pub breach: Option<Breach>,
    /// The longest that a caller was kept waiting, in milliseconds.
    pub longest_wait: u64,
}

/// One vault as it looks from outside.
#[derive(Default)]
pub struct VaultWatch {
    pub session: Option<usize>,
    pub calls: BTreeMap<CommandId, Call>,
    /// How many sessions it has had, and in which of them it asked the escrow something.
    pub generation: u32,
    pub questions: BTreeMap<RequestId, u32>,
    /// The refresh that is under way.
    pub refresh: Option<RequestId>,
    /// The refreshes that the core wants to be sent: in which session, and what is wrong with each.
    pub asks: BTreeMap<RequestId, Ask>,
    /// What the server gave, until the core says what it made of it.
    pub received: Option<Given>,
    /// The same for a code.
    pub redeemed: Vec<Given>,
    /// Refresh tokens that must be revoked, and the time until when.
    pub to_revoke: Vec<(TokenId, u64)>,
    /// Those that were, since it last came to rest.
    pub revoked: Vec<TokenId>,
    /// The session that must be over, and the time until when.
    pub must_end: Option<(usize, u64)>,
    /// Whether a caller was told that nobody is signed in.
    pub must_be_signed_out: bool,
}

/// A refresh that the core wants to be sent.
pub struct Ask {
    session: Option<usize>,
    problem: Problem,
    at: (u64, Now),
}

pub struct Call {
    /// Since when it waits for us.
    waits_since: Option<u64>,
    /// For how long of it nothing could be done, in milliseconds.
    pub paused: u64,
    /// The access token that it went out with last.
    sent_with: Option<TokenId>,
}

impl Watch {
    pub fn new(setting: &Setting) -> Self {
        Self {
            setting: setting.clone(),
            vaults: Vec::new(),
            sessions: Vec::new(),
            breach: None,
            longest_wait: 0,
        }
    }

    pub fn vault_began(&mut self) {
        self.vaults.push(VaultWatch::default());
    }

    pub fn call_began(&mut self, vault: VaultId, id: CommandId, time: u64) {
        let call = Call {
            waits_since: Some(time),
            paused: 0,
            sent_with: None,
        };
        self.vaults[vault].calls.insert(id, call);
        self.is_asked(vault);
    }

    pub fn call_ended(&mut self, vault: VaultId, id: CommandId) {
        self.vaults[vault].calls.remove(&id);
    }

    /// The API has answered; `is_refused` where it refuses the token.
    pub fn call_answered(&mut self, vault: VaultId, id: CommandId, is_refused: bool, time: u64) {
        let state = &mut self.vaults[vault];
        let Some(call) = state.calls.get_mut(&id) else {
            return;
        };
        call.waits_since = Some(time);
        call.paused = 0;
        if is_refused {
            if let (Some(session), Some(token)) = (state.session, call.sent_with) {
                self.sessions[session].refused_access(token);
            }
            self.is_asked(vault);
        }
    }

    /// A call asks for a token.
    fn is_asked(&mut self, vault: VaultId) {
        if let Some(session) = self.vaults[vault].session {
            self.sessions[session].asked_until = u64::MAX;
        }
    }

    pub fn call_sent(&mut self, vault: VaultId, id: CommandId, token: TokenId, moment: Moment<'_>) {
        self.waited(vault, id, moment.time);
        let Some(call) = self.vaults[vault].calls.get_mut(&id) else {
            return self.report(Invariant::SilentAfterSignOut, moment.time, || {
                format!("vault {vault} sent a call that nobody waits for")
            });
        };
        let waited_since = call.waits_since.take();
        call.sent_with = Some(token);
        let Some(session) = self.session_of(vault) else {
            return self.report(Invariant::SilentAfterSignOut, moment.time, || {
                format!("vault {vault} sent a{token} though nobody is signed in")
            });
        };
        let problem = session.problem_of_access(vault, token, waited_since, moment);
        if let Some((invariant, story)) = problem {
            self.report(invariant, moment.time, || story);
        }
    }

    /// The core wants a refresh with `token` to be sent. What is wrong with that is told when it is.
    pub fn refresh_asked(
        &mut self,
        vault: VaultId,
        id: RequestId,
        token: TokenId,
        moment: Moment<'_>,
    ) {
        let grace = self.setting.grace * 1_000;
        let state = &mut self.vaults[vault];
        let waits = state.calls.values().any(|call| call.waits_since.is_some());
        let problem = match state.session.map(|session| &self.sessions[session]) {
            None => Some((
                Invariant::SilentAfterSignOut,
                format!("vault {vault} sent r{token} though nobody is signed in"),
            )),
            Some(_) if state.must_end.map(|(session, _)| session) == state.session => Some((
                Invariant::TakesNo,
                format!("vault {vault} sent r{token}, which the server has refused"),
            )),
            Some(session) if !waits && !session.is_asked(moment.time) => Some((
                Invariant::OnDemand,
                format!("vault {vault} sent r{token} though no call waits for a token"),
            )),
            Some(session) => session.problem_of_refresh(vault, token, grace, moment),
        };
        let ask = Ask {
            session: state.session,
            problem,
            at: (moment.time, moment.now),
        };
        state.asks.insert(id, ask);
        if state.refresh.replace(id).is_some() {
            self.report(Invariant::OneRefresh, moment.time, || {
                format!("vault {vault} asks for two refreshes at once")
            });
        }
    }

    /// A refresh with `token` leaves the machine. When the core asked for it.
    pub fn refresh_sent(
        &mut self,
        vault: VaultId,
        id: RequestId,
        token: TokenId,
        time: u64,
    ) -> Option<(u64, Now)> {
        let Ask {
            session,
            problem,
            at,
        } = self.vaults[vault].asks.remove(&id)?;
        if let Some((invariant, story)) = problem {
            self.report(invariant, time, || story);
        }
        if let Some(session) = session {
            let session = &mut self.sessions[session];
            session.tries.sent.push(time);
            let owner = session.owner;
            if owner != vault && !session.is_doubtful {
                self.report(Invariant::NoTwin, time, || {
                    format!("vault {vault} sent r{token}, which vault {owner} has taken over")
                });
            }
        }
        Some(at)
    }

    /// The vault is about to be told the answer to a refresh.
    pub fn refresh_answered(
        &mut self,
        vault: VaultId,
        id: RequestId,
        answered: Answered,
        given: Option<Given>,
        time: u64,
    ) {
        let state = &mut self.vaults[vault];
        let is_current = state.refresh.take_if(|known| *known == id).is_some();
        let session = match state.session.filter(|_| is_current) {
            Some(session) => &mut self.sessions[session],
            // Too late for its session, which is over or has gone to another vault.
            _ => {
                let sessions = &self.sessions;
                let is_over = |given: &Given| {
                    let mut own = sessions.iter().filter(|session| session.owner == vault);
                    own.any(|session| session.family == given.family && session.is_over)
                };
                let late = given.filter(is_over).and_then(|given| given.refresh_token);
                state
                    .to_revoke
                    .extend(late.map(|token| (token, time + WORD_OF_MOUTH)));
                return;
            }
        };
        match (answered, given) {
            (Answered::Tokens, Some(given)) => {
                state.received = Some(given);
                // A vault that thaws hears what its successor has heard long ago.
                if session.owner == vault {
                    session.received(given.refresh_token);
                }
            }
            (Answered::Refused, _) => {
                // While the vault asks the escrow whose the session is, the answer has to wait.
                state.must_end = state
                    .session
                    .map(|session| (session, time + LONGEST_QUESTION));
            }
            (Answered::Unclear, _) => {
                session.unclear += 1;
                session.tries.is_excused = true;
            }
            (Answered::Busy, _) => session.tries.is_excused = true,
            _ => {}
        }
    }

    /// The vault is about to be told the answer to a code exchange.
    pub fn code_answered(&mut self, vault: VaultId, given: Option<Given>) {
        self.vaults[vault].redeemed.extend(given);
    }

    pub fn revoked(&mut self, vault: VaultId, token: TokenId) {
        self.vaults[vault].revoked.push(token);
    }

    /// Each page is told `event`. Returns the family that ended by a sign-out.
    pub fn event(&mut self, vault: VaultId, event: &Event, moment: Moment<'_>) -> Option<FamilyId> {
        match event {
            Event::SignedIn { identity, .. } => {
                let state = &mut self.vaults[vault];
                state.received = None;
                let is_it = |given: &Given| identity.claims["sid"] == json!(given.family);
                let Some(given) = state.redeemed.iter().copied().find(is_it) else {
                    self.report(Invariant::Sound, moment.time, || {
                        "a sign-in without tokens".into()
                    });
                    return None;
                };
                // A token whose ID token is still being verified follows.
                state.must_revoke_session(&mut self.sessions, moment.time + WORD_OF_MOUTH);
                state.refresh = None;
                state.generation += 1;
                state.session = Some(self.sessions.len());
                let access = Access::new(given, moment, &self.setting);
                let session = SessionWatch::new(vault, given, access);
                self.sessions.push(session);
                None
            }
            Event::SignedOut => {
                let state = &mut self.vaults[vault];
                // The escrow is told first.
                state.must_revoke_session(&mut self.sessions, moment.time + LONGEST_QUESTION);
                state.refresh = None;
                state.received = None;
                state.generation += 1;
                let session = state.session.take()?;
                self.sessions[session].signed_out = Some((moment.time, vault));
                Some(self.sessions[session].family)
            }
            Event::Refreshed { .. } => {
                let state = &mut self.vaults[vault];
                let received = state.received.take();
                if let (Some(session), Some(given)) = (state.session, received) {
                    let access = Access::new(given, moment, &self.setting);
                    self.sessions[session].renewed(access);
                }
                None
            }
            Event::SessionExpired { reason } => {
                self.expired(vault, *reason, moment);
                None
            }
            Event::StepUp(_) => None,
            Event::Error(_) => {
                let state = &self.vaults[vault];
                let waits = state.calls.values().any(|call| call.waits_since.is_some());
                let is_own = |session: &usize| self.sessions[*session].owner == vault;
                if let Some(session) = state.session.filter(is_own).filter(|_| !waits) {
                    // The vault that takes it over at this moment does not know yet.
                    self.sessions[session].asked_until = moment.time + WORD_OF_MOUTH;
                }
                None
            }
        }
    }

    pub fn replied(&mut self, vault: VaultId, id: CommandId, error: Option<Code>, time: u64) {
        self.waited(vault, id, time);
        let state = &mut self.vaults[vault];
        let was_call = state.calls.remove(&id).is_some();
        state.must_be_signed_out |= was_call && error == Some(Code::LoginRequired);
    }

    /// The vault said who is signed in.
    pub fn checked(&mut self, vault: VaultId, is_signed_in: bool, time: u64) {
        if is_signed_in != self.vaults[vault].session.is_some() {
            self.report(Invariant::KeepsSession, time, || {
                format!(
                    "vault {vault} said {is_signed_in} when asked whether somebody is signed in"
                )
            });
        }
    }

    /// The core has come to rest.
    pub fn rests(&mut self, vault: VaultId, time: u64) {
        let state = &mut self.vaults[vault];
        let goes_on =
            |(session, until): (usize, u64)| state.session == Some(session) && until < time;
        if state.must_end.is_some_and(goes_on) {
            self.report(Invariant::TakesNo, time, || {
                format!("vault {vault} goes on after the server has refused its token")
            });
        }
        let state = &mut self.vaults[vault];
        if std::mem::take(&mut state.must_be_signed_out) && state.session.is_some() {
            self.report(Invariant::KeepsSession, time, || {
                format!("vault {vault} told a caller that nobody is signed in")
            });
        }
        let state = &mut self.vaults[vault];
        let revoked = std::mem::take(&mut state.revoked);
        state
            .to_revoke
            .retain(|(token, _)| !revoked.contains(token));
        let late = state.to_revoke.iter().find(|(_, until)| *until < time);
        if let Some((token, _)) = late.copied() {
            self.report(Invariant::Revokes, time, || {
                format!("vault {vault} has not revoked r{token}")
            });
        }
        let bound = self.longest_allowed_wait();
        let late = self.vaults[vault]
            .calls
            .values()
            .any(|call| call.has_waited(time).is_some_and(|wait| wait > bound));
        if late {
            self.report(Invariant::Answers, time, || {
                format!("vault {vault} keeps a caller waiting for more than {bound} ms")
            });
        }
    }

    /// The life is over, and nothing more will happen.
    pub fn ends(&mut self, vault: VaultId, time: u64) {
        if let Some((token, _)) = self.vaults[vault].to_revoke.first().copied() {
            self.report(Invariant::Revokes, time, || {
                format!("vault {vault} has never revoked r{token}")
            });
        }
        let calls = &self.vaults[vault].calls;
        if calls.values().any(|call| call.waits_since.is_some()) {
            self.report(Invariant::Answers, time, || {
                format!("vault {vault} has never answered a caller")
            });
        }
    }

    fn expired(&mut self, vault: VaultId, reason: ExpiryReason, moment: Moment<'_>) {
        let state = &mut self.vaults[vault];
        state.refresh = None;
        state.received = None;
        let Some(session) = state.session.take() else {
            return self.report(Invariant::KeepsSession, moment.time, || {
                format!("vault {vault} ended a session that was not there")
            });
        };
        self.sessions[session].is_over = true;
        let session = &self.sessions[session];
        let is_excused = match reason {
            ExpiryReason::LostRefresh => self.setting.replays_within_grace_only,
            _ => session.unclear >= 2,
        };
        let token = session.latest;
        if moment.server.honours(token, moment.time) && !is_excused {
            self.report(Invariant::KeepsSession, moment.time, || {
                format!("vault {vault} gave up r{token}, which the server would have honoured ({reason:?})")
            });
        }
    }

    fn session_of(&self, vault: VaultId) -> Option<&SessionWatch> {
        self.vaults[vault]
            .session
            .map(|session| &self.sessions[session])
    }

    fn waited(&mut self, vault: VaultId, id: CommandId, time: u64) {
        let call = self.vaults[vault].calls.get(&id);
        if let Some(wait) = call.and_then(|call| call.has_waited(time)) {
            self.longest_wait = self.longest_wait.max(wait);
        }
    }

    pub fn report(&mut self, invariant: Invariant, at: u64, story: impl FnOnce() -> String) {
        if self.breach.is_none() {
            self.breach = Some(Breach {
                invariant,
                at,
                story: story(),
            });
        }
    }
}

impl Call {
    /// For how long it has waited for us, where it does.
    fn has_waited(&self, time: u64) -> Option<u64> {
        self.waits_since
            .map(|since| (time - since).saturating_sub(self.paused))
    }
}

impl VaultWatch {
    /// The session is over.
    fn must_revoke_session(&mut self, sessions: &mut [SessionWatch], until: u64) {
        if let Some(session) = self.session {
            sessions[session].is_over = true;
            self.to_revoke.push((sessions[session].latest, until));
        }
    }
}
