//! Renewing access tokens: on demand, one request at a time, and the token that buys them is never
//! lost while it may live (the design's rotation rules).

use alloc::string::String;

use super::{
    Epoch, Pending, Session,
    config::ReplayLostRefresh,
    error::{Code, Error, Phase},
    grant::Grant,
    id_token::IdToken,
    input::{HttpFailure, HttpResponse},
    output::{Event, ExpiryReason, Failure, Output},
    provider::AfterMetadata,
    resource::TargetIndex,
    retry::{LONGEST_PAUSE, RefreshFailure, RetryState, Verdict},
    sign_in::{Candidate, Origin},
    time::{Monotonic, Now},
    token::{self, TokenResponse},
};

/// The one refresh that may be under way.
#[derive(Default)]
pub(super) struct Refresh {
    stage: Stage,
    retry: RetryState,
    /// After a burst of failures: no new try before this, and what to tell callers until then.
    not_before: Option<(Monotonic, Error)>,
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
    /// It goes out at this time.
    Paused(TargetIndex, Monotonic),
}

/// A refresh request that was sent.
#[derive(Clone, Copy)]
pub(super) struct Sent {
    target: TargetIndex,
    epoch: Epoch,
    at: Now,
}

impl Refresh {
    /// When the next try is due.
    pub(super) const fn wake_at(&self) -> Option<Monotonic> {
        match self.stage {
            Stage::Paused(_, at) => Some(at),
            _ => None,
        }
    }
}

impl Session {
    /// Sees to it that `target` gets a fresh access token. Where a refresh is under way, for this
    /// target or another, it comes first.
    pub(super) fn request_refresh(&mut self, target: TargetIndex, now: Now) {
        if !matches!(self.refresh.stage, Stage::Idle) {
            return;
        }
        let Some(grant) = &self.grant else { return };
        if grant.refresh_token.is_none() {
            if grant.is_of_use(now) {
                self.fail_waiting_calls(Some(target), &Code::InteractionRequired.into());
            } else {
                self.expire(ExpiryReason::NoRefreshToken, &Code::SessionExpired.into());
            }
            return;
        }
        match &self.refresh.not_before {
            Some((at, error)) if *at > now.monotonic.after(LONGEST_PAUSE) => {
                let error = error.clone();
                self.fail_waiting_calls(None, &error);
            }
            Some((at, _)) if *at > now.monotonic => self.refresh.stage = Stage::Paused(target, *at),
            _ => self.prepare_refresh(target, now),
        }
    }

    /// Goes on with a refresh whose pause is over.
    pub(super) fn resume_refresh(&mut self, now: Now) {
        if let Stage::Paused(target, at) = self.refresh.stage
            && now.monotonic >= at
        {
            self.prepare_refresh(target, now);
        }
    }

    pub(super) fn send_refresh(&mut self, token_endpoint: &str, now: Now) {
        let Stage::Preparing(target) = self.refresh.stage else {
            return;
        };
        let grace = self.config.rotation_grace_seconds * 1_000;
        if self.config.replay_lost_refresh == ReplayLostRefresh::WithinGrace
            && self.refresh.retry.grace_has_passed(now, grace)
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
        let form = token::refresh_request(&self.config, refresh_token, parameters);
        self.refresh.stage = Stage::Sent;
        let sent = Sent {
            target,
            epoch: self.epoch,
            at: now,
        };
        self.request(
            String::from(token_endpoint),
            Some(form),
            Pending::Refresh(sent),
        );
    }

    pub(super) fn handle_refresh(
        &mut self,
        sent: Sent,
        result: Result<HttpResponse, HttpFailure>,
        now: Now,
    ) {
        let result = match result {
            Ok(response) => {
                let sent = self
                    .grant
                    .as_ref()
                    .and_then(|grant| grant.refresh_token.as_ref());
                token::parse_response(&response, sent.as_slice()).map_err(RefreshFailure::Answered)
            }
            Err(failure) => Err(RefreshFailure::Lost(failure)),
        };
        if sent.epoch != self.epoch {
            // The session ended meanwhile. A token that came for it is of no use to anybody.
            if let Some(refresh_token) = result.ok().and_then(|tokens| tokens.refresh_token) {
                self.revoke(&refresh_token);
            }
            return;
        }
        match result {
            Ok(tokens) if tokens.id_token.is_some() => self.check_refresh(sent, tokens, now),
            Ok(tokens) => self.accept_refresh(sent, tokens, None, now),
            Err(failure) => self.judge_refresh(sent, failure, now),
        }
    }

    /// Takes over what the server sent, and only then answers those who wait.
    pub(super) fn accept_refresh(
        &mut self,
        sent: Sent,
        tokens: TokenResponse,
        id_token: Option<IdToken>,
        now: Now,
    ) {
        if sent.epoch != self.epoch {
            if let Some(refresh_token) = tokens.refresh_token {
                self.revoke(&refresh_token);
            }
            return;
        }
        let Some(grant) = &mut self.grant else { return };
        let expires_in = tokens.expires_in;
        // Its life began no later than it was asked for.
        grant.renew(sent.target, tokens, sent.at);
        let identity = id_token.map(|id_token| {
            let (raw, claims) = id_token.into_parts();
            grant.renew_identity(raw, claims);
            grant.identity()
        });
        self.refresh = Refresh::default();
        self.outputs.push(Output::Event(Event::Refreshed {
            identity,
            expires_in,
        }));
        self.serve_calls_for(sent.target);
        self.serve_waiting_calls(now);
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
        self.refresh.stage = Stage::Idle;
        self.refresh.not_before = (pause > 0).then(|| (now.monotonic.after(pause), error.clone()));
        self.fail_waiting_calls(target, &error);
        self.outputs.push(Output::Event(Event::Error(Failure {
            error,
            phase: Phase::Refresh,
        })));
        self.serve_waiting_calls(now);
    }

    fn prepare_refresh(&mut self, target: TargetIndex, now: Now) {
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
            Err(error) => self.give_up_refresh(Some(sent.target), error, 0, now),
        }
    }

    fn judge_refresh(&mut self, sent: Sent, failure: RefreshFailure, now: Now) {
        let grace = self.config.rotation_grace_seconds * 1_000;
        let jitter = self.jitter();
        // What the server says of one target's parameters is no reason for the others to wait.
        let is_about_the_target = matches!(
            failure,
            RefreshFailure::Answered(
                token::TokenFailure::Refused(_) | token::TokenFailure::Interaction(_)
            )
        );
        match self.refresh.retry.after(failure, sent.at, grace, jitter) {
            Verdict::Retry { after: 0 } => self.prepare_refresh(sent.target, now),
            Verdict::Retry { after } => {
                self.refresh.stage = Stage::Paused(sent.target, now.monotonic.after(after));
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
