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

pub mod authorize;
pub mod callback;
mod calls;
pub mod challenge;
pub mod config;
pub mod discovery;
pub mod error;
mod grant;
pub mod id_token;
pub mod input;
pub mod json;
pub mod jwks;
pub mod options;
pub mod output;
pub mod pkce;
mod provider;
mod refresh;
pub mod resource;
pub mod retry;
pub mod secret;
mod sign_in;
mod sign_out;
pub mod table;
pub mod time;
pub mod token;
pub mod transaction;
pub mod url;

use alloc::{string::String, vec::Vec};

use self::{
    calls::Call,
    config::Config,
    error::{Error, Phase},
    grant::Grant,
    input::{Command, CommandId, HttpFailure, HttpResponse, Input, RequestId},
    output::{Event, ExpiryReason, Failure, HttpRequest, Output, Reply},
    provider::{AfterMetadata, Provider},
    refresh::Refresh,
    secret::Secret,
    sign_in::{Candidate, PendingCallback},
    sign_out::SignOutRequest,
    table::Table,
    time::Now,
};

/// How long a sign-out waits for the revocation, in milliseconds. The page leaves for the server
/// afterwards, and takes the requests of its worker with it.
const LONGEST_SIGN_OUT: u64 = 2_000;

/// One client of one authorization server: signed out, or signed in as one person.
pub struct Session {
    config: Config,
    provider: Provider,
    /// The tokens, while somebody is signed in.
    grant: Option<Grant>,
    refresh: Refresh,
    calls: Table<CommandId, Call>,
    /// What the core asked the shell to do and waits for.
    pending: Table<RequestId, Pending>,
    outputs: Vec<Output>,
    /// Counts the sessions: what was asked for in one must not change the next.
    epoch: Epoch,
    sign_outs: SignOuts,
    /// Where a renewed token was refused, too.
    stubborn_places: Vec<String>,
    /// Whether the last session ended though nobody signed out, and nobody has signed in since.
    has_expired: bool,
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
    StoredTransaction {
        command: CommandId,
        authorization_url: String,
    },
    TakenTransaction {
        command: CommandId,
        response: callback::AuthorizationResponse,
    },
    CodeExchange(PendingCallback),
    Refresh(refresh::Sent),
    /// With what goes on when it is done.
    Revocation(Option<(CommandId, SignOutRequest)>),
    Signature(Candidate),
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
            calls: Table::new(),
            pending: Table::new(),
            outputs: Vec::new(),
            epoch: Epoch(0),
            sign_outs: SignOuts(0),
            stubborn_places: Vec::new(),
            has_expired: false,
            last_request: 0,
            random: seed | 1,
        }
    }

    /// The digest of the configuration that this session was made with.
    #[must_use]
    pub const fn fingerprint(&self) -> &[u8; 32] {
        &self.config.fingerprint
    }

    /// Takes in something that happened at `now`. Drain [`poll_output`](Self::poll_output) next.
    pub fn handle_input(&mut self, input: Input, now: Now) {
        match input {
            Input::Command { id, command } => self.handle_command(id, command, now),
            Input::Abandoned(id) => self.abandon_call(id),
            Input::HttpDone { id, result } => self.handle_http(id, result, now),
            Input::ResourceAnswered { id, answer } => self.handle_resource_answer(id, &answer, now),
            Input::SignatureVerified { id, verdict } => {
                if let Some(Pending::Signature(candidate)) = self.pending.remove(id) {
                    self.handle_verdict(candidate, verdict, now);
                }
            }
            Input::TransactionStored { id, result } => {
                if let Some(Pending::StoredTransaction {
                    command,
                    authorization_url,
                }) = self.pending.remove(id)
                {
                    let result = result.map(|()| Reply::Navigate(authorization_url));
                    self.reply(
                        command,
                        Phase::Login,
                        result.map_err(|_| error::Code::StorageUnavailable.into()),
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
        }
        self.resume_refresh(now);
    }

    /// The next thing to do; [`Output::Idle`] when there is nothing.
    pub fn poll_output(&mut self) -> Output {
        if self.outputs.is_empty() {
            return Output::Idle {
                wake_at: self.refresh.wake_at(),
            };
        }
        self.outputs.remove(0)
    }

    fn handle_command(&mut self, id: CommandId, command: Command, now: Now) {
        match command {
            Command::CheckSession => {
                let identity = self.grant.as_ref().map(Grant::identity);
                self.reply(id, Phase::Init, Ok(Reply::Session(identity)));
            }
            Command::SignIn { options, entropy } => self.start_sign_in(id, options, &entropy, now),
            Command::HandleCallback { url } => self.handle_callback(id, &url, now),
            Command::Fetch(request) => self.start_call(id, &request, now),
            Command::SignOut { options } => self.sign_out(id, options, now),
        }
    }

    fn handle_http(&mut self, id: RequestId, result: Result<HttpResponse, HttpFailure>, now: Now) {
        match self.pending.remove(id) {
            Some(Pending::Metadata(place)) => self.handle_metadata(place, result, now),
            Some(Pending::Keys) => self.handle_keys(result, now),
            Some(Pending::CodeExchange(callback)) => {
                self.handle_code_exchange(callback, result, now);
            }
            Some(Pending::Refresh(sent)) => self.handle_refresh(sent, result, now),
            Some(Pending::Revocation(Some((command, request)))) => {
                self.with_metadata(AfterMetadata::SignOut(command, request), now);
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
        self.end_session();
        self.has_expired = true;
        self.fail_waiting_calls(None, error);
        self.outputs
            .push(Output::Event(Event::SessionExpired { reason }));
    }

    /// Forgets the tokens. What is still on its way belongs to the past from here on.
    fn end_session(&mut self) -> Option<Grant> {
        self.epoch = Epoch(self.epoch.0 + 1);
        self.refresh = Refresh::default();
        self.has_expired = false;
        self.stubborn_places.clear();
        self.grant.take()
    }

    /// Revokes a refresh token that is no longer of use (RFC 7009). Best effort.
    fn revoke(&mut self, refresh_token: &Secret<String>) {
        let _ = self.revoke_and_then(refresh_token, None);
    }

    /// Revokes a refresh token, and goes on with `next` when that is done or has taken too long.
    /// `next` comes back where the server has no way to revoke.
    fn revoke_and_then(
        &mut self,
        refresh_token: &Secret<String>,
        next: Option<(CommandId, SignOutRequest)>,
    ) -> Option<(CommandId, SignOutRequest)> {
        let metadata = self.provider.metadata();
        let Some(url) = metadata.and_then(|metadata| metadata.revocation_endpoint.clone()) else {
            return next;
        };
        let timeout = match next {
            Some(_) => LONGEST_SIGN_OUT.min(self.config.http_timeout_milliseconds),
            None => self.config.http_timeout_milliseconds,
        };
        let form = token::revocation_request(&self.config, refresh_token);
        self.request_within(timeout, url, Some(form), Pending::Revocation(next));
        None
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
        self.outputs.push(Output::Http(HttpRequest {
            id,
            url,
            form,
            timeout_milliseconds,
        }));
    }

    fn expect(&mut self, pending: Pending) -> RequestId {
        self.last_request += 1;
        let id = RequestId(self.last_request);
        self.pending.insert(id, pending);
        id
    }

    fn reply(&mut self, id: CommandId, phase: Phase, result: Result<Reply, Error>) {
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
            HttpFailure::Network => error::Code::NetworkError.into(),
            HttpFailure::Timeout => error::Code::Timeout.into(),
        }
    }
}
