//! When a request carries a DPoP proof, and what is learned from the answer: the nonce that the
//! server wants in the next one (RFC 9449 sections 8 and 9), and what it takes for the time.

use alloc::{rc::Rc, string::String, vec::Vec};

use super::{
    Pending, Session,
    calls::place,
    challenge::proof_error,
    departure::PendingSignIn,
    discovery::Metadata,
    dpop::{Key, Occasion, ProofOrder},
    error::{Code, Error, Phase},
    input::{CommandId, HttpFailure, HttpResponse, ResourceAnswer},
    json::{self, Value},
    log::Happening,
    options::Mode,
    output::{ExpiryReason, Output},
    resource::TargetIndex,
    secret::Secret,
    time::Now,
    token::TokenResponse,
    url::HttpUrl,
};

/// How often one request is repeated with another nonce, or by another clock.
const MOST_CHALLENGES: u8 = 2;
/// A difference of clocks that no server would mind, in seconds: an answer takes its time, too.
const TOLERANCE: u64 = 5;
/// The name of the authorization server among the servers. An API of the same origin is another one:
/// nonces of the two are not to be mixed (RFC 9449 section 9).
const AUTHORIZATION_SERVER: &str = "";

/// What is known of the servers to which proofs go. There are no more of them than the configuration
/// has origins.
#[derive(Default)]
pub(super) struct ProofServers(Vec<ProofServer>);

struct ProofServer {
    origin: String,
    /// The newest that came, whatever it came with.
    nonce: Option<String>,
    /// By how many seconds its clock is ahead of this device's.
    ahead: i64,
}

impl ProofServers {
    /// The server of `origin`, which there is from then on.
    fn at(&mut self, origin: &str) -> Option<&mut ProofServer> {
        if !self.0.iter().any(|server| server.origin == origin) {
            self.0.push(ProofServer {
                origin: origin.into(),
                nonce: None,
                ahead: 0,
            });
        }
        self.0.iter_mut().find(|server| server.origin == origin)
    }
}

impl ProofServer {
    /// Keeps the nonce of an answer, where it has one. One that could not stand in a proof is none.
    fn note(&mut self, nonce: Option<&String>) {
        let is_one = |nonce: &&String| {
            let is_fine = |byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            !nonce.is_empty() && nonce.bytes().all(is_fine)
        };
        if let Some(nonce) = nonce.filter(is_one) {
            self.nonce = Some(nonce.clone());
        }
    }

    /// Whether another proof may be taken where this one was refused with `error`.
    fn may_take_another(
        &mut self,
        error: &str,
        nonce: Option<&String>,
        date: Option<u64>,
        now: Now,
    ) -> bool {
        match (error, date) {
            ("use_dpop_nonce", _) => nonce.is_some(),
            // A proof is refused most often since the device's clock is wrong.
            ("invalid_dpop_proof", Some(date)) => {
                let before = self.time(now);
                self.ahead = date.cast_signed() - now.unix.seconds().cast_signed();
                before.abs_diff(self.time(now)) > TOLERANCE
            }
            _ => false,
        }
    }

    /// What its clock shows, in seconds since 1970.
    const fn time(&self, now: Now) -> u64 {
        now.unix.seconds().saturating_add_signed(self.ahead)
    }
}

impl Session {
    /// Makes the key for a sign-in, where there is to be one.
    pub(super) fn prepare_key(&mut self, sign_in: PendingSignIn, metadata: &Metadata, now: Now) {
        match (self.config.dpop, metadata.proof_algorithm) {
            (Mode::Auto | Mode::Required, Some(algorithm)) => {
                let id = self.expect(Pending::Key(sign_in));
                self.outputs.push(Output::MakeKey { id, algorithm });
            }
            (Mode::Required, None) => {
                let detail = "the server's metadata lists no algorithm for it that holdfast has (`dpop_signing_alg_values_supported`)";
                let error = Error::with(Code::DpopUnsupported, detail);
                self.reply(sign_in.command, Phase::Login, Err(error));
            }
            _ => self.send_to_server(sign_in, metadata, now),
        }
    }

    pub(super) fn handle_key(
        &mut self,
        mut sign_in: PendingSignIn,
        key: Option<Secret<String>>,
        now: Now,
    ) {
        // EXPOSE: it is read, and its private part moves into a secret of its own.
        let key = key.and_then(|key| Key::from_words(key.expose()));
        if key.is_none() && self.config.dpop == Mode::Required {
            let error = Error::with(Code::DpopUnsupported, "this browser can't make the key");
            self.reply(sign_in.command, Phase::Login, Err(error));
        } else if let Some(metadata) = self.provider.metadata().cloned() {
            if let Some(key) = key {
                sign_in.bind(key);
            }
            self.send_to_server(sign_in, &metadata, now);
        }
    }

    /// The proof for a request to the token endpoint.
    pub(super) fn prove_token_request(
        &mut self,
        key: Option<Rc<Key>>,
        token_endpoint: &str,
        now: Now,
    ) -> Option<ProofOrder> {
        let key = key?;
        let unique = self.name();
        let server = self.proof_servers.at(AUTHORIZATION_SERVER)?;
        let signing_input = key.signing_input(&Occasion {
            method: "POST",
            url: &place(token_endpoint),
            access_token: None,
            nonce: server.nonce.as_deref(),
            issued_at: server.time(now),
            unique: &unique,
        });
        Some(ProofOrder { key, signing_input })
    }

    /// The proof for an API call, where its token is bound to the key.
    pub(super) fn prove_call(
        &mut self,
        id: CommandId,
        target: TargetIndex,
        now: Now,
    ) -> Option<ProofOrder> {
        let unique = self.name();
        let (key, access_token) = self.grant.as_ref()?.bound(target)?;
        let call = self.calls.find(id)?;
        let server = self.proof_servers.at(origin(&call.place))?;
        let signing_input = key.signing_input(&Occasion {
            method: &call.method,
            url: &call.place,
            access_token: Some(access_token),
            nonce: server.nonce.as_deref(),
            issued_at: server.time(now),
            unique: &unique,
        });
        let key = Rc::clone(key);
        Some(ProofOrder { key, signing_input })
    }

    /// Learns from an answer of the token endpoint. Whether the request is to go out once more, with
    /// another proof; it went out `challenges` times because of that already.
    pub(super) fn heed_token_answer(
        &mut self,
        result: &Result<HttpResponse, HttpFailure>,
        challenges: u8,
        now: Now,
    ) -> bool {
        let server = self.proof_servers.at(AUTHORIZATION_SERVER);
        let (Ok(response), Some(server)) = (result, server) else {
            return false;
        };
        server.note(response.dpop_nonce.as_ref());
        if !matches!(response.status, 400 | 401) || challenges >= MOST_CHALLENGES {
            return false;
        }
        // EXPOSE: nothing but the error code is read.
        let document = json::parse(response.body.expose());
        let error = document.as_ref().and_then(|document| document.get("error"));
        let error = error.and_then(Value::as_str).filter(|error| {
            // A browser that repeats a request whose connection broke repeats its proof, too, which was used then.
            let may_be_repeated = *error == "invalid_dpop_proof" && challenges == 0;
            server.may_take_another(error, response.dpop_nonce.as_ref(), response.date, now)
                || may_be_repeated
        });
        if let Some(error) = error {
            self.log(Happening::ProofRefused, error, 0, 0, 0);
        }
        error.is_some()
    }

    /// Sends the refresh, or the exchange, for `target` once more where the server wants another proof.
    pub(super) fn heed_refresh_answer(
        &mut self,
        result: &Result<HttpResponse, HttpFailure>,
        target: TargetIndex,
        now: Now,
    ) -> bool {
        let is_heeded = self.heed_token_answer(result, self.refresh.challenges, now);
        if is_heeded {
            // The server has not looked at the refresh token.
            self.refresh.challenges += 1;
            self.refresh.carried = None;
            self.prepare_refresh(target, now);
        } else {
            self.refresh.challenges = 0;
        }
        is_heeded
    }

    /// Learns from an API's answer to a call that carried a proof. Whether the call is dealt with.
    pub(super) fn heed_api_answer(
        &mut self,
        id: CommandId,
        answer: &ResourceAnswer,
        now: Now,
    ) -> bool {
        let Some(call) = self.calls.find(id).filter(|call| call.has_proof) else {
            return false;
        };
        // A redirect may have led to another server.
        let origin = origin(&answer.url);
        let Some(server) = self.proof_servers.at(origin) else {
            return false;
        };
        server.note(answer.dpop_nonce.as_ref());
        let error = answer.challenge.as_deref().and_then(proof_error);
        let (401, Some(error)) = (answer.status, error.as_deref()) else {
            return false;
        };
        if place(&answer.url) != call.place {
            return false;
        }
        let nonce = answer.dpop_nonce.as_ref();
        let wants_nonce = error == "use_dpop_nonce";
        let error = if wants_nonce && nonce.is_none() {
            Error::with(Code::DpopNonceHidden, origin)
        } else if call.challenges >= MOST_CHALLENGES
            || !server.may_take_another(error, nonce, answer.date, now)
            // Not in another session: that may be another person's.
            || call.sent_with.is_none_or(|(epoch, _)| epoch != self.epoch)
        {
            return false;
        } else if call.is_repeatable {
            // With the same token: that is not what was refused.
            call.challenges += 1;
            call.sent_with = None;
            let target = call.target;
            self.log(
                Happening::ProofRefused,
                &[error, " ", origin].concat(),
                0,
                0,
                0,
            );
            self.serve_call(id, target, now);
            return true;
        } else if wants_nonce {
            Code::DpopNonceRequired.into()
        } else {
            return false;
        };
        self.calls.remove(id);
        self.reply(id, Phase::Fetch, Err(error));
        true
    }

    /// The key can't be used any longer. Tokens that are bound to it are of no use, the refresh token
    /// first of all (RFC 9449 section 5).
    pub(super) fn lose_key(&mut self, id: CommandId) {
        let error = Error::new(Code::SessionExpired);
        let call = self.calls.remove(id);
        if call.is_some() {
            self.reply(id, Phase::Fetch, Err(error.clone()));
        }
        let sent_with = call.and_then(|call| call.sent_with);
        if sent_with.is_some_and(|(epoch, _)| epoch == self.epoch) {
            self.expire(ExpiryReason::KeyLost, &error);
        }
    }

    /// Refuses tokens that are not bound to the key where they have to be, and those that are where
    /// there is none (RFC 9449 section 5).
    pub(super) fn check_binding(
        &self,
        tokens: TokenResponse,
        has_key: bool,
    ) -> Result<TokenResponse, Error> {
        let problem = if tokens.is_bound && !has_key {
            "`token_type` is not Bearer"
        } else if !tokens.is_bound && self.config.dpop == Mode::Required {
            "`token_type` is not DPoP, and the option `dpop` requires it"
        } else {
            return Ok(tokens);
        };
        Err(Error::with(Code::TokenResponseInvalid, problem))
    }
}

/// The origin of a URL that has been allowed.
pub(super) fn origin(url: &str) -> &str {
    HttpUrl::parse(url).map_or(AUTHORIZATION_SERVER, |url| url.origin)
}
