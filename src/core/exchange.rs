//! Token exchange (RFC 8693): an API whose entry in `resources` says `exchange` gets an access token
//! that is bought with the sign-in's own.
//!
//! It takes its turn with the refreshes, one request at a time. It uses nothing up: where the answer
//! is lost it is asked for again, and no failure of it ends the session.

use super::{
    Epoch, Pending, Session,
    error::{Code, Error},
    input::{HttpFailure, HttpResponse},
    log::{Happening, index, known},
    output::{ExpiryReason, HttpRequest},
    resource::TargetIndex,
    time::Now,
    token::{self, TokenFailure, TokenResponse},
};

/// What is remembered between two tries.
#[derive(Default)]
pub(super) struct Exchanges {
    /// Whether the answer to the last one was lost.
    is_repeated: bool,
    /// The target for whose sake the subject token was renewed.
    renewed_for: Option<TargetIndex>,
    /// Whether the subject token has just come: it is used however short its life is, or it would be
    /// renewed for ever.
    has_new_subject: bool,
}

/// An exchange that was sent.
#[derive(Clone, Copy)]
pub(super) struct SentExchange {
    target: TargetIndex,
    epoch: Epoch,
    at: Now,
}

/// For how long what the server refuses is not asked for again, in milliseconds.
const SHORT_MEMORY: u64 = 2_000;

impl Session {
    /// What has to be fetched so that `target` gets its token: that of the sign-in, where an exchange
    /// needs it and there is no fresh one, else its own.
    pub(super) fn comes_first(&self, target: TargetIndex, now: Now) -> TargetIndex {
        let subject = self.config.initial_target();
        let is_there = self.grant.as_ref().is_some_and(|grant| {
            grant.is_fresh(subject, now) || self.exchanges.has_new_subject && grant.holds(subject)
        });
        if self.config.is_exchanged(target) && !is_there {
            subject
        } else {
            target
        }
    }

    /// Serves those who wait now that the access token for `target` has come.
    pub(super) fn serve_after_refresh(&mut self, target: TargetIndex, now: Now) {
        self.exchanges.has_new_subject = target == self.config.initial_target();
        self.serve_calls_for(target, now);
        self.serve_waiting_calls(now);
        if self.refresh.is_idle() {
            self.exchanges.has_new_subject = false;
        }
    }

    /// Sends the exchange for `target`. It has the turn.
    pub(super) fn send_exchange(&mut self, target: TargetIndex, token_endpoint: &str, now: Now) {
        if self.comes_first(target, now) != target {
            // The subject token expired meanwhile.
            self.end_turn();
            return self.request_refresh(target, now);
        }
        let grant = self.grant.as_ref();
        let subject = grant.and_then(|grant| grant.access_token(self.config.initial_target()));
        let (Some(subject), Some(parameters)) = (subject, self.config.target(target)) else {
            return;
        };
        let form = token::exchange_request(&self.config, &subject.value, parameters);
        let key = grant.and_then(|grant| grant.key.clone());
        let proof = self.prove_token_request(key, token_endpoint, now);
        self.log_refresh(target);
        let sent = SentExchange {
            target,
            epoch: self.epoch,
            at: now,
        };
        let id = self.expect(Pending::Exchange(sent));
        self.send(HttpRequest {
            id,
            url: token_endpoint.into(),
            form: Some(form),
            timeout_milliseconds: self.config.http_timeout_milliseconds,
            carry: None,
            authorization: None,
            proof,
        });
    }

    pub(super) fn handle_exchange(
        &mut self,
        sent: SentExchange,
        result: Result<HttpResponse, HttpFailure>,
        now: Now,
    ) {
        if sent.epoch != self.epoch {
            self.log(Happening::RefreshDiscarded, "", 0, 0, 0);
            return;
        }
        if self.heed_refresh_answer(&result, sent.target, now) {
            return;
        }
        match result {
            Ok(response) => match self.read_exchange(&response) {
                Ok(tokens) => self.accept_exchange(sent, tokens, now),
                Err(failure) => self.judge_exchange(sent.target, failure, now),
            },
            Err(HttpFailure::KeyLost) => {
                self.expire(ExpiryReason::KeyLost, &Code::SessionExpired.into());
            }
            Err(failure) => {
                if self.exchanges.is_repeated {
                    self.refuse_exchange(sent.target, failure.into(), SHORT_MEMORY, now);
                } else {
                    self.exchanges.is_repeated = true;
                    self.prepare_refresh(sent.target, now);
                }
            }
        }
    }

    fn read_exchange(&self, response: &HttpResponse) -> Result<TokenResponse, TokenFailure> {
        let grant = self.grant.as_ref();
        let subject = grant.and_then(|grant| grant.access_token(self.config.initial_target()));
        let sent = subject.map(|subject| &subject.value);
        // Nobody has asked for an ID token.
        let tokens = token::parse_response(response, sent.as_slice(), false)?;
        if !tokens.is_exchanged {
            let detail = "`issued_token_type` is not that of an access token";
            return Err(TokenFailure::Invalid(Error::with(
                Code::TokenResponseInvalid,
                detail,
            )));
        }
        let has_key = grant.is_some_and(|grant| grant.key.is_some());
        self.check_binding(tokens, has_key)
            .map_err(TokenFailure::Invalid)
    }

    fn accept_exchange(&mut self, sent: SentExchange, mut tokens: TokenResponse, now: Now) {
        let Some(grant) = &mut self.grant else { return };
        // The session's own stays: another one would be another grant's.
        tokens.refresh_token = None;
        let expires_in = tokens.expires_in;
        grant.renew(sent.target, tokens, sent.at);
        self.exchanges = Exchanges::default();
        self.end_turn();
        self.log(
            Happening::RefreshEnded,
            "",
            index(sent.target),
            0,
            known(expires_in),
        );
        self.park(now);
        self.serve_calls_for(sent.target, now);
        self.serve_waiting_calls(now);
    }

    fn judge_exchange(&mut self, target: TargetIndex, failure: TokenFailure, now: Now) {
        let may_renew = self.exchanges.renewed_for != Some(target);
        if let (true, Some(grant)) = (may_renew && blames_the_subject(&failure), &mut self.grant)
            && grant.refresh_token.is_some()
        {
            self.exchanges.renewed_for = Some(target);
            grant.discard(self.config.initial_target());
            self.end_turn();
            self.request_refresh(target, now);
            return;
        }
        let (error, pause) = match failure {
            TokenFailure::Unavailable(retry_after) => (
                Code::ServerUnavailable.into(),
                retry_after.map_or(SHORT_MEMORY, |seconds| seconds.saturating_mul(1_000)),
            ),
            failure => (refusal(failure), SHORT_MEMORY),
        };
        self.refuse_exchange(target, error, pause, now);
    }

    fn refuse_exchange(&mut self, target: TargetIndex, error: Error, pause: u64, now: Now) {
        self.exchanges = Exchanges::default();
        self.give_up_refresh(Some(target), error, pause, now);
    }
}

/// Whether the server may mean that the subject token is of no use any longer. RFC 8693 section
/// 2.2.2 has `invalid_request` for that; servers say the others, too.
fn blames_the_subject(failure: &TokenFailure) -> bool {
    match failure {
        TokenFailure::Ended(oauth)
        | TokenFailure::Refused(oauth)
        | TokenFailure::Unclear(Some(oauth)) => matches!(
            oauth.error.as_str(),
            "invalid_grant" | "invalid_request" | "invalid_token"
        ),
        _ => false,
    }
}

/// The failure as those who wait for the token are told it.
fn refusal(failure: TokenFailure) -> Error {
    let mut error = failure.into_error();
    if error.code == Code::TokenRefused {
        error.code = Code::TokenExchangeRefused;
    }
    error
}
