//! Renewing access tokens: on demand, one request at a time, and the token that buys them is never
//! lost while it may live (the design's rotation rules).

use alloc::string::String;

#[cfg(feature = "simulation")]
use super::rules::spoiled;
use super::{
    Epoch, Pending, Session,
    config::ReplayLostRefresh,
    error::{Code, Error, Phase},
    grant::Grant,
    id_token::IdToken,
    input::{HttpFailure, HttpResponse},
    log::{Happening, index, known},
    output::{Event, ExpiryReason, Failure, HttpRequest, Output},
    provider::AfterMetadata,
    resource::TargetIndex,
    retry::{LONGEST_WAIT, RefreshFailure, RetryState, Verdict},
    rules::{Rule, holds},
    secret::Secret,
    sign_in::{Candidate, Origin},
    time::{Lifetime, Monotonic, Now},
    token::{self, TokenResponse},
};

/// The one refresh that may be under way.
#[derive(Default)]
pub(super) struct Refresh {
    stage: Stage,
    pub retry: RetryState,
    /// The token request whose answer the escrow may have.
    pub carried: Option<Carried>,
    pause: Option<Pause>,
    /// How often the request went out again for its proof's sake.
    pub challenges: u8,
    /// The token before the last, for the build in which it may be sent.
    #[cfg(feature = "simulation")]
    pub previous: Option<String>,
}

/// After a failure: no new try before this is over.
struct Pause {
    /// For which target; `None`: for all of them.
    target: Option<TargetIndex>,
    length: Lifetime,
    /// What to tell callers until then.
    error: Error,
}

/// A token request that outlives the vault.
pub(super) struct Carried {
    /// What the escrow knows it by.
    pub name: String,
    /// What it is for.
    pub target: TargetIndex,
    /// When it was first asked for.
    pub at: Now,
}

#[derive(Default)]
enum Stage {
    /// Nobody needs one.
    #[default]
    Idle,
    /// It waits for the server's metadata.
    Preparing(TargetIndex),
    /// It is at the server, or its answer is being verified.
    Sent,
    /// It goes out when this has passed.
    Paused(TargetIndex, Lifetime),
}

/// A refresh request that was sent.
#[derive(Clone, Copy)]
pub(super) struct Sent {
    target: TargetIndex,
    epoch: Epoch,
    at: Now,
}

impl Sent {
    /// As it is understood where the epoch does not count.
    #[cfg(feature = "simulation")]
    fn taken_for(self, epoch: Epoch) -> Self {
        if holds(Rule::EpochAtSignOut) {
            self
        } else {
            Self { epoch, ..self }
        }
    }

    /// Whether it was sent in the session of `epoch`.
    pub(super) fn is_of(&self, epoch: Epoch) -> bool {
        self.epoch == epoch
    }
}

impl Refresh {
    /// The state of a refresh that another vault began.
    pub(super) fn resumed(
        carried: Option<Carried>,
        lost_for: Option<u64>,
        pause: Option<u64>,
        now: Now,
    ) -> Self {
        Self {
            carried,
            retry: RetryState::resumed(lost_for, now),
            pause: pause.map(|pause| Pause {
                target: None,
                length: Lifetime::of(now, pause),
                error: Code::ServerUnavailable.into(),
            }),
            ..Self::default()
        }
    }

    /// For how many milliseconds more there is no new try, for any target.
    pub(super) fn pause_left(&self, now: Now) -> Option<u64> {
        let pause = self.pause.as_ref().filter(|pause| pause.target.is_none());
        pause.map(|pause| pause.length.left(now))
    }

    /// Whether no request has the turn.
    pub(super) const fn is_idle(&self) -> bool {
        matches!(self.stage, Stage::Idle)
    }

    /// When the next try is due.
    pub(super) const fn wake_at(&self) -> Option<Monotonic> {
        match self.stage {
            Stage::Paused(_, pause) => Some(pause.end()),
            _ => None,
        }
    }
}

impl Session {
    /// Sees to it that `target` gets a fresh access token. Where a refresh is under way, for this
    /// target or another, it comes first.
    pub(super) fn request_refresh(&mut self, target: TargetIndex, now: Now) {
        if !self.refresh.is_idle() && holds(Rule::SingleFlight) {
            return;
        }
        let Some(grant) = &self.grant else { return };
        // An answer that may be there already comes first: it may hold a rotated refresh token.
        let carried = self.refresh.carried.as_ref();
        let target = carried.map_or(target, |carried| carried.target);
        let target = self.comes_first(target, now);
        if grant.refresh_token.is_none() && !self.config.is_exchanged(target) {
            if grant.is_of_use(now) {
                self.fail_waiting_calls(Some(target), &Code::InteractionRequired.into());
            } else {
                self.expire(ExpiryReason::NoRefreshToken, &Code::SessionExpired.into());
            }
            return;
        }
        let pause = self.refresh.pause.as_ref().filter(|pause| {
            pause.target.is_none_or(|concerned| concerned == target)
                && !pause.length.is_over(now, 0)
        });
        match pause {
            None => self.prepare_refresh(target, now),
            Some(pause) if pause.target.is_none() && pause.length.is_over(now, LONGEST_WAIT) => {
                self.refresh.stage = Stage::Paused(target, pause.length);
            }
            Some(pause) => {
                let (concerned, error) = (pause.target, pause.error.clone());
                self.fail_waiting_calls(concerned, &error);
            }
        }
    }

    /// The device has a network again: what failed for the lack of one need not wait any longer.
    pub(super) fn end_pause_for_network(&mut self, now: Now) {
        let is_over =
            |pause: &mut Pause| matches!(pause.error.code, Code::NetworkError | Code::Timeout);
        if self.refresh.pause.take_if(is_over).is_some()
            && let Stage::Paused(target, _) = self.refresh.stage
        {
            self.prepare_refresh(target, now);
        }
    }

    /// Fetches the answer that an earlier vault did not live to see.
    pub(super) fn collect_refresh(&mut self, now: Now) {
        if let Some(carried) = &self.refresh.carried {
            self.prepare_refresh(carried.target, now);
        }
    }

    /// Goes on with a refresh whose pause is over.
    pub(super) fn resume_refresh(&mut self, now: Now) {
        if let Stage::Paused(target, pause) = self.refresh.stage
            && pause.is_over(now, 0)
        {
            self.prepare_refresh(target, now);
        }
        #[cfg(feature = "simulation")]
        self.refresh_on_a_timer(now);
    }

    pub(super) fn send_refresh(&mut self, token_endpoint: &str, now: Now) {
        let Stage::Preparing(target) = self.refresh.stage else {
            return;
        };
        if self.config.is_exchanged(target) {
            self.refresh.stage = Stage::Sent;
            return self.send_exchange(target, token_endpoint, now);
        }
        let grace = self.config.rotation_grace_seconds * 1_000;
        if self.config.replay_lost_refresh == ReplayLostRefresh::WithinGrace
            && self.refresh.retry.grace_has_passed(now, grace)
            // Its answer may be there, in the escrow, and is fetched, whatever the time.
            && self.refresh.carried.is_none()
        {
            self.expire(ExpiryReason::LostRefresh, &Code::SessionExpired.into());
            return;
        }
        let refresh_token = self
            .grant
            .as_ref()
            .and_then(|grant| grant.refresh_token.as_ref());
        let (Some(refresh_token), Some(parameters)) = (refresh_token, self.config.target(target))
        else {
            return;
        };
        #[cfg(feature = "simulation")]
        let refresh_token = &spoiled::token_to_send(&self.refresh, refresh_token);
        let form = token::refresh_request(&self.config, refresh_token, parameters);
        self.log_refresh(target);
        self.refresh.stage = Stage::Sent;
        if self.refresh.carried.is_none() {
            let name = self.name();
            let at = now;
            self.refresh.carried = Some(Carried { name, target, at });
        }
        let carried = self.refresh.carried.as_ref();
        let sent = Sent {
            target,
            epoch: self.epoch,
            at: carried.map_or(now, |carried| carried.at),
        };
        let key = self.grant.as_ref().and_then(|grant| grant.key.clone());
        let proof = self.prove_token_request(key, token_endpoint, now);
        let usual = self.config.http_timeout_milliseconds;
        let timeout_milliseconds = self.refresh.retry.timeout(grace, usual);
        let id = self.expect(Pending::Refresh(sent));
        let carry = self.deposit(now);
        self.send(HttpRequest {
            id,
            url: String::from(token_endpoint),
            form: Some(form),
            timeout_milliseconds,
            carry,
            authorization: None,
            proof,
        });
    }

    pub(super) fn handle_refresh(
        &mut self,
        sent: Sent,
        result: Result<HttpResponse, HttpFailure>,
        now: Now,
    ) {
        if sent.epoch == self.epoch && self.heed_refresh_answer(&result, sent.target, now) {
            return;
        }
        let result = match result {
            Ok(response) => {
                let grant = self.grant.as_ref();
                let token = grant.and_then(|grant| grant.refresh_token.as_ref());
                let has_key = grant.is_some_and(|grant| grant.key.is_some());
                token::parse_response(&response, token.as_slice(), self.config.is_openid)
                    .and_then(|tokens| {
                        // What comes after its session has ended is only thrown away.
                        if sent.epoch != self.epoch {
                            return Ok(tokens);
                        }
                        self.check_binding(tokens, has_key)
                            .map_err(token::TokenFailure::Invalid)
                    })
                    .map_err(RefreshFailure::Answered)
            }
            Err(failure) => Err(RefreshFailure::Lost(failure)),
        };
        #[cfg(feature = "simulation")]
        let sent = sent.taken_for(self.epoch);
        if sent.epoch != self.epoch {
            self.discard_refresh(
                sent,
                result.ok().and_then(|tokens| tokens.refresh_token),
                now,
            );
            return;
        }
        match result {
            // Until its ID token is believed, the escrow has to keep the answer: the next vault may
            // need it.
            Ok(tokens) if tokens.id_token.is_some() => self.check_refresh(sent, tokens, now),
            Ok(tokens) => self.accept_refresh(sent, tokens, None, now),
            Err(failure) => {
                self.refresh.carried = None;
                self.judge_refresh(sent, failure, now);
            }
        }
    }

    /// Lets the next request go out.
    pub(super) const fn end_turn(&mut self) {
        self.refresh.stage = Stage::Idle;
    }

    /// Takes over what the server sent, and only then answers those who wait.
    pub(super) fn accept_refresh(
        &mut self,
        sent: Sent,
        tokens: TokenResponse,
        id_token: Option<IdToken>,
        now: Now,
    ) {
        #[cfg(feature = "simulation")]
        let sent = sent.taken_for(self.epoch);
        if sent.epoch != self.epoch {
            self.discard_refresh(sent, tokens.refresh_token, now);
            return;
        }
        let Some(grant) = &mut self.grant else { return };
        #[cfg(feature = "simulation")]
        let (tokens, previous) = spoiled::renewal(grant, tokens);
        let expires_in = tokens.expires_in;
        let is_rotated = tokens.refresh_token.is_some();
        // Its life began no later than it was asked for.
        grant.renew(sent.target, tokens, sent.at);
        let identity = id_token.map(|id_token| {
            let (raw, claims) = id_token.into_parts();
            grant.renew_identity(raw, claims);
            grant.identity()
        });
        self.refresh = Refresh::default();
        self.log(
            Happening::RefreshEnded,
            "",
            index(sent.target),
            is_rotated.into(),
            known(expires_in),
        );
        #[cfg(feature = "simulation")]
        {
            self.refresh.previous = previous;
        }
        self.park(now);
        self.outputs.push(Output::Event(Event::Refreshed {
            identity,
            expires_in,
        }));
        self.serve_after_refresh(sent.target, now);
    }

    /// An ID token of a refresh whose signature is wrong, or can't be verified for now. In the second
    /// case TLS vouches for the tokens (OpenID Connect Core section 3.1.3.7, step 6), and to throw
    /// away a rotated refresh token would end the session. In the first, nothing of the answer is
    /// used.
    pub(super) fn refuse_refresh(
        &mut self,
        sent: Sent,
        tokens: TokenResponse,
        error: Error,
        now: Now,
    ) {
        if error.code != Code::IdTokenSignature || sent.epoch != self.epoch {
            self.accept_refresh(sent, tokens, None, now);
        } else {
            self.refresh.carried = None;
            self.give_up_refresh(Some(sent.target), error, 0, now);
        }
    }

    /// Tells those who wait that there is no token for now, and lets the next ones try after `pause`
    /// milliseconds. `target`: only those who wait for this one.
    pub(super) fn give_up_refresh(
        &mut self,
        target: Option<TargetIndex>,
        error: Error,
        pause: u64,
        now: Now,
    ) {
        self.log_failure(&error, Phase::Refresh);
        self.log(Happening::RefreshFailed, "", known(Some(pause)), 0, 0);
        self.refresh.stage = Stage::Idle;
        self.refresh.pause = (pause > 0).then(|| Pause {
            target,
            length: Lifetime::of(now, pause),
            error: error.clone(),
        });
        // The next vault must not take it for one that is under way.
        self.park(now);
        self.fail_waiting_calls(target, &error);
        self.outputs.push(Output::Event(Event::Error(Failure {
            error,
            phase: Phase::Refresh,
        })));
        self.serve_waiting_calls(now);
    }

    /// A refresh token that came after its session had ended is of no use to anybody; where the
    /// session only went to another vault, it is that vault's.
    fn discard_refresh(&mut self, sent: Sent, refresh_token: Option<Secret<String>>, now: Now) {
        self.log(Happening::RefreshDiscarded, "", 0, 0, 0);
        if let Some(refresh_token) = refresh_token
            && !self.escrow.has_taken(sent.epoch)
        {
            self.revoke(refresh_token, now);
        }
    }

    pub(super) fn prepare_refresh(&mut self, target: TargetIndex, now: Now) {
        self.refresh.stage = Stage::Preparing(target);
        self.with_metadata(AfterMetadata::Refresh, now);
    }

    fn check_refresh(&mut self, sent: Sent, mut tokens: TokenResponse, now: Now) {
        let grant = self.grant.as_ref();
        let (nonce, subject) = (grant.and_then(Grant::nonce), grant.and_then(Grant::subject));
        match self.check_id_token(&mut tokens, nonce, None, subject, now) {
            Ok(Some(id_token)) => {
                self.verify(
                    Candidate {
                        tokens,
                        id_token,
                        origin: Origin::Refresh(sent),
                    },
                    now,
                );
            }
            // Not reached: the caller saw an ID token.
            Ok(None) => self.refresh.stage = Stage::Idle,
            // The device's clock may be wrong. That says nothing against the tokens, and without them
            // the session would be lost.
            Err(error) if error.code == Code::IdTokenTime => {
                self.accept_refresh(sent, tokens, None, now);
            }
            Err(error) => {
                self.refresh.carried = None;
                self.give_up_refresh(Some(sent.target), error, 0, now);
            }
        }
    }

    fn judge_refresh(&mut self, sent: Sent, failure: RefreshFailure, now: Now) {
        let grace = self.config.rotation_grace_seconds * 1_000;
        let jitter = self.jitter();
        let code = failure.code();
        // What the server says of one target's parameters is no reason for the others to wait.
        let is_about_the_target = matches!(
            failure,
            RefreshFailure::Answered(
                token::TokenFailure::Refused(_) | token::TokenFailure::Interaction(_)
            )
        );
        let verdict = self
            .refresh
            .retry
            .after(failure, sent.at, now, grace, jitter);
        if let Verdict::Retry { after } = verdict {
            self.log(
                Happening::RefreshRetried,
                code.as_str(),
                known(Some(after)),
                0,
                0,
            );
        }
        match verdict {
            Verdict::Retry { after: 0 } => self.prepare_refresh(sent.target, now),
            Verdict::Retry { after } => {
                let pause = Lifetime::of(now, after);
                self.refresh.stage = Stage::Paused(sent.target, pause);
            }
            Verdict::GiveUp { error, pause } => {
                self.give_up_refresh(
                    is_about_the_target.then_some(sent.target),
                    error,
                    pause,
                    now,
                );
            }
            Verdict::End { reason, error } => self.expire(reason, &error),
        }
    }
}
