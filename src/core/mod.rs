//! The pure core: the whole protocol and every decision, without any input or output of its own.
//!
//! # The two doors
//!
//! A [`Session`] is driven by [`handle_input`](Session::handle_input) and
//! [`poll_output`](Session::poll_output), and by nothing else.
//!
//! **The drain contract:** after each `handle_input`, call `poll_output` and perform what comes
//! until it answers [`Output::Idle`]. Performing an output may take its time; its result is a later
//! input. `Idle` says when to come back with [`Input::Wake`].
//!
//! Time is an argument of every input. Randomness comes with the commands that need it.

#![forbid(unsafe_code)]

mod acr;
pub mod authorize;
pub mod base64url;
pub mod callback;
mod calls;
pub mod challenge;
pub mod config;
mod decimal;
mod departure;
mod diagnosis;
pub mod discovery;
pub mod dpop;
pub mod error;
mod escrow;
mod exchange;
mod facts;
mod fingerprint;
pub mod form;
mod grant;
pub mod id_token;
pub mod input;
pub mod json;
pub mod jwks;
pub mod log;
pub mod options;
pub mod output;
pub mod par;
mod parked;
pub mod pkce;
mod popup;
pub mod profile;
mod profiles;
mod proofs;
mod provider;
mod refresh;
pub mod resource;
pub mod retry;
pub mod rules;
pub mod secret;
mod sign_in;
mod sign_out;
mod silent;
pub mod table;
pub mod time;
pub mod token;
pub mod transaction;
pub mod url;
mod userinfo;

use alloc::{string::String, vec::Vec};
use core::cell::Cell;

use self::{
    calls::Call,
    config::Config,
    departure::PendingSignIn,
    error::{Code, Error, Phase},
    escrow::Escrow,
    exchange::Exchanges,
    grant::Grant,
    input::{Command, CommandId, HttpFailure, HttpResponse, Input, RequestId},
    log::Happening,
    output::{Event, ExpiryReason, Failure, HttpRequest, Output, Reply},
    popup::{Popups, Way},
    proofs::ProofServers,
    provider::{AfterMetadata, Provider},
    refresh::Refresh,
    resource::resource_for,
    secret::Secret,
    sign_in::{Candidate, PendingCallback},
    sign_out::SignOutStep,
    table::Table,
    time::Now,
};

/// One client of one authorization server: signed out, or signed in as one person.
pub struct Session {
    config: Config,
    provider: Provider,
    /// The tokens, while somebody is signed in.
    grant: Option<Grant>,
    refresh: Refresh,
    exchanges: Exchanges,
    calls: Table<CommandId, Call>,
    escrow: Escrow,
    proof_servers: ProofServers,
    /// What the core asked the shell to do and waits for.
    pending: Table<RequestId, Pending>,
    outputs: Vec<Output>,
    popups: Popups,
    /// Counts the sessions: what was asked for in one must not change the next.
    epoch: Epoch,
    sign_outs: SignOuts,
    /// Where a renewed token was refused, too.
    stubborn_places: Vec<String>,
    /// Whether the last session ended though nobody signed out, and nobody has signed in since.
    has_expired: bool,
    /// Whether somebody wants to hear of each call and request.
    is_watched: bool,
    /// The HTTP status of the answer that is being dealt with.
    status: i32,
    /// By how many seconds the server's clock seems to be ahead of this device's; the least number
    /// where nobody knows.
    ahead: Cell<i64>,
    last_request: u32,
    random: u64,
}

/// Which session something belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Epoch(u32);

/// How often somebody has signed out: a sign-in that began before is not finished after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SignOuts(u32);

/// Why the core waits for a result.
enum Pending {
    Metadata(discovery::WellKnown),
    Keys,
    /// The key of a sign-in.
    Key(PendingSignIn),
    /// A sign-in whose parameters were sent ahead, then.
    PushedRequest(PendingSignIn, Now),
    StoredTransaction {
        command: CommandId,
        /// What the page is to do then.
        reply: Reply,
    },
    TakenTransaction {
        command: CommandId,
        response: callback::AuthorizationResponse,
    },
    CodeExchange(PendingCallback),
    Refresh(refresh::Sent),
    Exchange(exchange::SentExchange),
    Userinfo(CommandId),
    /// With what goes on when it is done.
    Revocation(Option<SignOutStep>),
    Signature(Candidate),
    Claim,
    /// A deposit of the session of this epoch.
    Park(Epoch),
    /// With what goes on when it is done.
    Forget(Option<SignOutStep>),
}

impl Session {
    /// A session in which nobody is signed in yet. `seed` is any random number; it spreads retries
    /// in time and protects nothing.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        let provider = Provider::new(&config);
        Self {
            config,
            provider,
            grant: None,
            refresh: Refresh::default(),
            exchanges: Exchanges::default(),
            calls: Table::new(),
            escrow: Escrow::default(),
            proof_servers: ProofServers::default(),
            pending: Table::new(),
            outputs: Vec::new(),
            popups: Vec::new(),
            epoch: Epoch(0),
            sign_outs: SignOuts(0),
            stubborn_places: Vec::new(),
            has_expired: false,
            is_watched: false,
            status: -1,
            ahead: Cell::new(i64::MIN),
            last_request: 0,
            random: seed | 1,
        }
    }

    /// The digest of the configuration that this session was made with.
    #[must_use]
    pub const fn fingerprint(&self) -> &[u8; 32] {
        &self.config.fingerprint
    }

    /// The digest of what decides who may get this session's tokens.
    #[must_use]
    pub const fn recipients_fingerprint(&self) -> &[u8; 32] {
        &self.config.recipients_fingerprint
    }

    /// Whether a call of `url` would get a token.
    #[must_use]
    pub fn covers(&self, url: &str) -> bool {
        resource_for(&self.config.resources, url).is_ok()
    }

    /// Takes in something that happened at `now`. Drain [`poll_output`](Self::poll_output) next.
    pub fn handle_input(&mut self, input: Input, now: Now) {
        let Some(input) = self.defer(input) else {
            return;
        };
        self.status = -1;
        match input {
            Input::Command { id, command } => self.handle_command(id, command, now),
            Input::Abandoned(id) => self.abandon_call(id),
            Input::HttpDone { id, result } => self.handle_http(id, result, now),
            Input::ResourceAnswered { id, answer } => self.handle_resource_answer(id, &answer, now),
            Input::KeyLost(id) => self.lose_key(id),
            Input::KeyMade { id, key } => {
                if let Some(Pending::Key(sign_in)) = self.pending.remove(id) {
                    self.handle_key(sign_in, key, now);
                }
            }
            Input::SignatureVerified { id, verdict } => {
                if let Some(Pending::Signature(candidate)) = self.pending.remove(id) {
                    self.handle_verdict(candidate, verdict, now);
                }
            }
            Input::TransactionStored { id, result } => {
                if let Some(Pending::StoredTransaction { command, reply }) = self.pending.remove(id)
                {
                    let result = result.map(|()| reply);
                    self.reply(
                        command,
                        Phase::Login,
                        result.map_err(|_| Code::StorageUnavailable.into()),
                    );
                }
            }
            Input::TransactionTaken { id, result } => {
                if let Some(Pending::TakenTransaction { command, response }) =
                    self.pending.remove(id)
                {
                    self.handle_taken_transaction(command, response, result, now);
                }
            }
            Input::Wake => {}
            Input::EscrowAnswered { id, answer } => self.handle_escrow_answer(id, answer, now),
            Input::Visibility(is_visible) => self.set_visibility(is_visible, now),
            Input::Online => self.end_pause_for_network(now),
            Input::ResponseExpected => self.with_metadata(AfterMetadata::Keys, now),
            Input::Sleep => self.sleep(),
            Input::Watched(is_watched) => {
                self.is_watched = is_watched;
                self.tell_state(now);
            }
        }
        if !self.escrow.is_asking() {
            self.resume_refresh(now);
            self.park_if_due(now);
        }
    }

    /// The next thing to do; [`Output::Idle`] when there is nothing.
    pub fn poll_output(&mut self) -> Output {
        if self.outputs.is_empty() {
            // While an answer is awaited, nothing else can be done.
            let times = [self.refresh.wake_at(), self.escrow.wake_at()];
            let next = times.into_iter().flatten().min();
            return Output::Idle {
                wake_at: next.filter(|_| !self.escrow.is_asking()),
            };
        }
        self.outputs.remove(0)
    }

    fn handle_command(&mut self, id: CommandId, command: Command, now: Now) {
        match command {
            Command::Open => {
                self.claim_if_signed_out();
                self.tell_session(id);
            }
            Command::Resume => {
                #[cfg(feature = "simulation")]
                if !rules::holds(rules::Rule::AskAfterFreeze) {
                    return self.tell_session(id);
                }
                self.resume(now);
                self.tell_session(id);
            }
            other if self.escrow.has_moved() && !matches!(other, Command::SignOut { .. }) => {
                self.reply(id, other.phase(), Err(Code::SessionMoved.into()));
            }
            Command::CheckSession { options, entropy } => {
                self.check_session(id, options, &entropy, now);
            }
            Command::SignIn { options, entropy } => {
                self.start_sign_in(id, options, Way::Redirect, &entropy, now);
            }
            Command::SignInByPopup { options, entropy } => {
                self.start_sign_in(id, options, Way::Popup, &entropy, now);
            }
            Command::HandleCallback { url } => self.handle_callback(id, &url, now),
            Command::Fetch(request) => self.start_call(id, request, now),
            Command::AccessToken { resource } => {
                self.give_access_token(id, resource.as_deref(), now);
            }
            Command::Userinfo => self.start_userinfo(id, now),
            Command::Facts { resource } => self.tell_facts(id, resource.as_deref(), now),
            Command::SignOut { options } => self.sign_out(id, options, now),
        }
    }

    fn handle_http(&mut self, id: RequestId, result: Result<HttpResponse, HttpFailure>, now: Now) {
        self.log_answer(id, &result);
        match self.pending.remove(id) {
            Some(Pending::Metadata(place)) => self.handle_metadata(place, result, now),
            Some(Pending::Keys) => self.handle_keys(result, now),
            Some(Pending::CodeExchange(mut callback)) => {
                if self.heed_token_answer(&result, callback.challenges, now) {
                    callback.challenges += 1;
                    self.with_metadata(AfterMetadata::Callback(callback), now);
                } else {
                    self.handle_code_exchange(callback, result, now);
                }
            }
            Some(Pending::PushedRequest(sign_in, sent_at)) => {
                self.handle_pushed_request(sign_in, sent_at, result, now);
            }
            Some(Pending::Refresh(sent)) => self.handle_refresh(sent, result, now),
            Some(Pending::Exchange(sent)) => self.handle_exchange(sent, result, now),
            Some(Pending::Userinfo(id)) => self.handle_userinfo(id, result, now),
            Some(Pending::Revocation(Some(step))) => {
                self.with_metadata(AfterMetadata::SignOut(step), now);
            }
            // A revocation is done for the server's sake: nothing here depends on how it went.
            Some(Pending::Revocation(None)) | None => {}
            Some(other) => {
                self.pending.insert(id, other);
            }
        }
    }

    /// Ends the session that nobody ended: callers and pages are told once.
    fn expire(&mut self, reason: ExpiryReason, error: &Error) {
        self.log_end(reason, error);
        self.end_session();
        self.forget();
        self.has_expired = true;
        self.fail_waiting_calls(None, error);
        self.outputs
            .push(Output::Event(Event::SessionExpired { reason }));
    }

    /// Forgets the tokens. What is still on its way belongs to the past from here on.
    fn end_session(&mut self) -> Option<Grant> {
        self.epoch = Epoch(self.epoch.0 + 1);
        self.log(
            Happening::EpochChanged,
            "",
            self.epoch.0.cast_signed(),
            0,
            0,
        );
        self.refresh = Refresh::default();
        self.exchanges = Exchanges::default();
        self.has_expired = false;
        self.stubborn_places.clear();
        self.grant.take()
    }

    /// Revokes a refresh token that is no longer of use (RFC 7009). Best effort.
    fn revoke(&mut self, refresh_token: Secret<String>, now: Now) {
        self.with_metadata(AfterMetadata::Revoke(refresh_token), now);
    }

    fn request(&mut self, url: String, form: Option<Secret<String>>, pending: Pending) {
        self.request_within(self.config.http_timeout_milliseconds, url, form, pending);
    }

    fn request_within(
        &mut self,
        timeout_milliseconds: u64,
        url: String,
        form: Option<Secret<String>>,
        pending: Pending,
    ) {
        let id = self.expect(pending);
        self.send(HttpRequest {
            id,
            url,
            form,
            timeout_milliseconds,
            carry: None,
            authorization: None,
            proof: None,
        });
    }

    fn expect(&mut self, pending: Pending) -> RequestId {
        self.last_request += 1;
        let id = RequestId(self.last_request);
        self.pending.insert(id, pending);
        id
    }

    fn reply(&mut self, id: CommandId, phase: Phase, result: Result<Reply, Error>) {
        if let Err(error) = &result {
            self.log_failure(error, phase);
        }
        let result = result.map_err(|error| Failure { error, phase });
        self.outputs.push(Output::Reply { id, result });
    }

    /// A number that spreads retries in time (xorshift64). It protects nothing.
    fn jitter(&mut self) -> u8 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random.to_le_bytes()[3]
    }
}

impl From<HttpFailure> for Error {
    fn from(failure: HttpFailure) -> Self {
        match failure {
            HttpFailure::Network => Code::NetworkError.into(),
            HttpFailure::Timeout => Code::Timeout.into(),
            HttpFailure::KeyLost => Self::with(Code::DpopUnsupported, "the key can't be used"),
        }
    }
}
