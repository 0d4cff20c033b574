//! The escrow: a service worker that keeps the session in memory while no vault lives, and carries
//! the token request, so that a reload loses neither (the design's "Hosts"). Here is the vault's
//! part: when to deposit, and whose the session is.
//!
//! One vault has a session at a time. A vault that slept (its page was in the back/forward cache)
//! or that another one has relieved must not go on with its copy: a refresh token that was rotated
//! meanwhile would raise the server's reuse alarm. So it asks first, and until it has the answer it
//! touches nothing.

use alloc::{string::String, vec::Vec};
use core::mem;

use super::{
    Epoch, Pending, Session, base64url,
    error::{Code, Phase},
    grant::Grant,
    input::{Command, CommandId, EscrowAnswer, HttpFailure, Input, RequestId},
    log::Happening,
    output::{Deposit, EscrowMessage, Event, Failure, Output, Reply},
    parked::{self, Parked},
    refresh::Refresh,
    sign_out::SignOutStep,
    time::{Monotonic, Now},
};

/// How long a deposit stays fresh, in milliseconds: a browser stops a service worker, and so
/// forgets what it knows, about 30 seconds after the last request.
const HEARTBEAT: u64 = 15_000;
/// After how many milliseconds a deposit that was not answered is made again, and how often: it may
/// hold a refresh token that has just come.
const NEXT_TRY: u64 = 2_000;
const TRIES: u32 = 5;
/// How often a vault that slept asks whose the session is.
const QUESTIONS: u32 = 4;

/// What the vault knows of the escrow.
#[derive(Default)]
pub(super) struct Escrow {
    /// Whether the app has one.
    is_there: bool,
    /// The question that must be answered before anything else is done.
    question: Option<RequestId>,
    /// Who wants to know how it ends.
    asked_by: Vec<CommandId>,
    /// What came meanwhile.
    waiting: Vec<Input>,
    /// Names the session in which somebody is signed in.
    ticket: Option<String>,
    is_visible: bool,
    /// When the next deposit is due.
    park_at: Option<Monotonic>,
    /// The sessions that other vaults have taken over. Their refresh tokens are those vaults'.
    moved: Vec<Epoch>,
    /// The name of the session that went to another vault, where none has come since.
    moved_ticket: Option<String>,
    /// Whether the page has gone to sleep, and not asked since.
    is_asleep: bool,
    /// How many deposits in a row it has not answered; `None` where it never answered anything.
    unanswered: Option<u32>,
}

impl Escrow {
    /// Whether an answer has to come before anything else.
    pub(super) const fn is_asking(&self) -> bool {
        self.question.is_some() || self.is_asleep
    }

    /// Whether the session went to another vault, and none has come since.
    pub(super) const fn has_moved(&self) -> bool {
        self.moved_ticket.is_some()
    }

    /// When the next deposit is due.
    pub(super) const fn wake_at(&self) -> Option<Monotonic> {
        self.park_at
    }

    /// Whether the session of `epoch` is another vault's now.
    pub(super) fn has_taken(&self, epoch: Epoch) -> bool {
        self.moved.contains(&epoch)
    }
}

impl Session {
    /// The same, in an app that has an escrow.
    #[must_use]
    pub fn with_escrow(mut self) -> Self {
        self.escrow.is_there = true;
        self
    }

    /// Keeps `input` for later, where an answer has to come first.
    pub(super) fn defer(&mut self, input: Input) -> Option<Input> {
        let comes_first = match &input {
            Input::EscrowAnswered { .. }
            | Input::Visibility(_)
            | Input::Wake
            | Input::Sleep
            | Input::Watched(_) => true,
            Input::Command {
                command: Command::Resume,
                ..
            } => self.escrow.question.is_none(),
            _ => false,
        };
        if comes_first || !self.escrow.is_asking() {
            return Some(input);
        }
        if let Input::Abandoned(abandoned) = input {
            // It must not be begun after its end, nor go out, nor be answered.
            self.escrow
                .waiting
                .retain(|input| !matches!(input, Input::Command { id, .. } if *id == abandoned));
            return Some(input);
        }
        self.escrow.waiting.push(input);
        None
    }

    /// A new page is there. Where nobody is signed in, an earlier vault may have left a session.
    /// What comes next waits for the answer.
    pub(super) fn claim_if_signed_out(&mut self) {
        if self.grant.is_none() {
            let only_ownerless = false;
            self.ask(EscrowMessage::Claim { only_ownerless }, Pending::Claim);
        }
    }

    /// The page goes to sleep. A worker that sleeps with it finds another world when it wakes.
    pub(super) const fn sleep(&mut self) {
        self.escrow.is_asleep = self.escrow.is_there;
    }

    /// Makes sure that the session at hand was not taken over meanwhile.
    pub(super) fn resume(&mut self, now: Now) {
        self.escrow.is_asleep = false;
        // What was not answered before the sleep says nothing of the questions after it.
        self.escrow.unanswered = self.escrow.unanswered.map(|_| 0);
        self.ask_whose_session_it_is(now);
    }

    fn ask_whose_session_it_is(&mut self, now: Now) {
        let deposit = self.deposit(now);
        if let Some(deposit) = deposit {
            self.ask(EscrowMessage::Resume(deposit), Pending::Park(self.epoch));
        } else {
            let only_ownerless = true;
            self.ask(EscrowMessage::Claim { only_ownerless }, Pending::Claim);
        }
    }

    /// Answers who is signed in, as soon as that is certain.
    pub(super) fn tell_session(&mut self, command: CommandId) {
        if self.escrow.is_asking() {
            self.escrow.asked_by.push(command);
            return;
        }
        let identity = self.grant.as_ref().map(Grant::identity);
        let result = match identity {
            None if self.escrow.has_moved() => Err(Code::SessionMoved.into()),
            identity => Ok(Reply::Session(identity)),
        };
        self.reply(command, Phase::Init, result);
    }

    /// Deposits the session as it is now.
    pub(super) fn park(&mut self, now: Now) {
        self.escrow.park_at = None;
        if let Some(deposit) = self.deposit(now) {
            self.tell(EscrowMessage::Park(deposit), Pending::Park(self.epoch));
            if self.escrow.is_visible {
                self.escrow.park_at = Some(now.monotonic.after(HEARTBEAT));
            }
        }
    }

    /// Deposits once more where it is time to.
    pub(super) fn park_if_due(&mut self, now: Now) {
        if self.escrow.park_at.is_some_and(|at| at <= now.monotonic) {
            self.park(now);
        }
    }

    pub(super) fn set_visibility(&mut self, is_visible: bool, now: Now) {
        self.escrow.is_visible = is_visible;
        // As soon as no question is open.
        self.escrow.park_at = Some(now.monotonic);
    }

    /// Begins a deposit of its own for the session that has just begun.
    pub(super) fn name_session(&mut self, now: Now) {
        self.escrow.moved_ticket = None;
        self.escrow.ticket = Some(self.name());
        self.park(now);
    }

    /// The session is over: nobody may go on with it.
    pub(super) fn forget(&mut self) {
        let ticket = self.escrow.ticket.take();
        if self.escrow.is_there && ticket.is_some() {
            let sweep = false;
            self.tell(
                EscrowMessage::Forget { ticket, sweep },
                Pending::Forget(None),
            );
        }
    }

    /// Somebody has signed out: nobody may go on with the session, wherever it is. `step` follows
    /// when the escrow knows, and comes back where there is none.
    pub(super) fn forget_all(&mut self, step: SignOutStep) -> Option<SignOutStep> {
        let moved_ticket = self.escrow.moved_ticket.take();
        let ticket = self.escrow.ticket.take().or(moved_ticket);
        #[cfg(feature = "simulation")]
        if !super::rules::holds(super::rules::Rule::ForgetAtSignOut) {
            return Some(step);
        }
        if !self.escrow.is_there {
            return Some(step);
        }
        let sweep = true;
        self.tell(
            EscrowMessage::Forget { ticket, sweep },
            Pending::Forget(Some(step)),
        );
        None
    }

    /// The session for the escrow, with the name of the token request that is under way.
    pub(super) fn deposit(&self, now: Now) -> Option<Deposit> {
        let (Some(grant), Some(ticket), true) =
            (&self.grant, &self.escrow.ticket, self.escrow.is_there)
        else {
            return None;
        };
        let carried = self.refresh.carried.as_ref();
        let lost_for = self.refresh.retry.lost_for(now);
        let pause = self.refresh.pause_left(now);
        Some(Deposit {
            ticket: ticket.clone(),
            state: parked::write(ticket, grant, carried, [lost_for, pause], now),
            carried: carried.map(|carried| carried.name.clone()),
        })
    }

    pub(super) fn handle_escrow_answer(&mut self, id: RequestId, answer: EscrowAnswer, now: Now) {
        match self.pending.remove(id) {
            Some(Pending::Claim) => self.handle_ownership(answer, now),
            // What was said of an earlier session does not concern this one.
            Some(Pending::Park(epoch)) if epoch == self.epoch => {
                let is_question = self.escrow.question == Some(id);
                match answer {
                    EscrowAnswer::Absent if is_question && self.escrow.unanswered.is_some() => {
                        self.ask_again_or_lose(now);
                    }
                    EscrowAnswer::New if is_question => {
                        self.distrust_access_tokens();
                        self.handle_ownership(answer, now);
                    }
                    answer => self.handle_ownership(answer, now),
                }
            }
            // It was not sent, or nobody knows.
            Some(Pending::Refresh(sent)) => match answer {
                EscrowAnswer::State(_) | EscrowAnswer::Lost | EscrowAnswer::Forgotten => {
                    if sent.is_of(self.epoch) {
                        self.handle_ownership(answer, now);
                    }
                }
                _ => self.handle_refresh(sent, Err(HttpFailure::Network), now),
            },
            Some(Pending::Forget(Some(step))) => self.go_on_with_sign_out(step, now),
            _ => {}
        }
        if self.escrow.question == Some(id) {
            self.escrow.question = None;
            for command in mem::take(&mut self.escrow.asked_by) {
                self.tell_session(command);
            }
            for input in mem::take(&mut self.escrow.waiting) {
                self.handle_input(input, now);
            }
        }
    }

    /// A random name. It protects nothing.
    pub(super) fn name(&mut self) -> String {
        self.jitter();
        base64url::encode(&self.random.to_le_bytes())
    }

    fn handle_ownership(&mut self, answer: EscrowAnswer, now: Now) {
        if matches!(answer, EscrowAnswer::Absent) {
            return self.miss_answer(now);
        }
        self.escrow.unanswered = Some(0);
        match answer {
            EscrowAnswer::State(state) => {
                if let Some(parked) = parked::read(&state, self.config.is_openid, now) {
                    self.adopt(parked, now);
                } else {
                    // A later version's. It is newer than what is here.
                    self.lose_session();
                }
            }
            EscrowAnswer::Lost => self.lose_session(),
            EscrowAnswer::Forgotten => {
                self.escrow.ticket = None;
                if let Some(grant) = self.end_session() {
                    // Whoever signed out may not have had it.
                    if let Some(refresh_token) = grant.refresh_token {
                        self.revoke(refresh_token, now);
                    }
                    self.fail_waiting_calls(None, &Code::LoginRequired.into());
                    self.log(Happening::SignedOutElsewhere, "", 0, 0, 0);
                    self.outputs.push(Output::Event(Event::SignedOut));
                }
            }
            _ => {}
        }
    }

    /// This vault slept, and the escrow, which was there, does not say whose the session is now. It
    /// may be slow just after the sleep. Where it stays silent, a reload will show.
    fn ask_again_or_lose(&mut self, now: Now) {
        let unanswered = self.escrow.unanswered.unwrap_or_default() + 1;
        self.escrow.unanswered = Some(unanswered);
        if unanswered < QUESTIONS {
            self.ask_whose_session_it_is(now);
        } else {
            self.lose_session();
        }
    }

    /// The escrow did not answer: it is not there, or slow.
    fn miss_answer(&mut self, now: Now) {
        // Where it never answered, the next change or the next glance at the page will show.
        self.escrow.park_at = None;
        let Some(unanswered) = &mut self.escrow.unanswered else {
            return;
        };
        *unanswered += 1;
        if *unanswered <= TRIES {
            self.escrow.park_at = Some(now.monotonic.after(NEXT_TRY));
        } else if self.escrow.is_visible {
            self.escrow.park_at = Some(now.monotonic.after(HEARTBEAT));
        }
    }

    /// Goes on with what another vault left, its token request included.
    fn adopt(&mut self, parked: Parked, now: Now) {
        let had_session = self.leave_session();
        let identity = parked.grant.identity();
        self.grant = Some(parked.grant);
        self.escrow.moved_ticket = None;
        self.escrow.ticket = Some(parked.ticket);
        self.refresh = Refresh::resumed(parked.carried, parked.lost_for, parked.pause, now);
        let is_under_way = self.refresh.carried.is_some();
        self.log(Happening::SessionAdopted, "", is_under_way.into(), 0, 0);
        self.park(now);
        if had_session && !self.escrow.is_asking() {
            self.outputs.push(Output::Event(Event::Refreshed {
                identity: Some(identity),
                expires_in: None,
            }));
        }
        self.collect_refresh(now);
        self.serve_waiting_calls(now);
    }

    /// Another vault has the session. Who waits, and all pages, are told.
    fn lose_session(&mut self) {
        let ticket = self.escrow.ticket.clone();
        if self.leave_session() {
            self.escrow.moved_ticket = ticket;
            let error = Code::SessionMoved.into();
            self.log(Happening::SessionMoved, "", 0, 0, 0);
            self.fail_waiting_calls(None, &error);
            self.outputs.push(Output::Event(Event::Error(Failure {
                error,
                phase: Phase::Refresh,
            })));
        }
    }

    /// Leaves the session to another vault: nothing of it is revoked. Whether there was one.
    fn leave_session(&mut self) -> bool {
        let epoch = self.epoch;
        self.escrow.ticket = None;
        self.escrow.park_at = None;
        let had_session = self.end_session().is_some();
        if had_session {
            self.escrow.moved.push(epoch);
        }
        had_session
    }

    /// The escrow does not remember whether another vault had the session meanwhile. Access tokens
    /// can be had anew; the server will say whether the session still is.
    fn distrust_access_tokens(&mut self) {
        if let Some(grant) = self
            .grant
            .as_mut()
            .filter(|grant| grant.refresh_token.is_some())
        {
            Grant::discard_all(grant);
        }
    }

    fn ask(&mut self, message: EscrowMessage, pending: Pending) {
        if self.escrow.is_there {
            self.escrow.question = Some(self.tell(message, pending));
        }
    }

    fn tell(&mut self, message: EscrowMessage, pending: Pending) -> RequestId {
        let id = self.expect(pending);
        self.outputs.push(Output::Escrow { id, message });
        id
    }
}
