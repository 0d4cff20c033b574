//! Signing in: from the authorization response to a session that was believed.

use alloc::{boxed::Box, rc::Rc, string::String, vec::Vec};

use super::{
    Pending, Session, SignOuts, acr, authorize,
    callback::{AuthorizationResponse, check_return_to},
    discovery::Metadata,
    dpop::Key,
    error::{Code, Error, Phase},
    grant::Grant,
    id_token::{Expectations, IdToken},
    input::{CommandId, HttpFailure, HttpResponse, SignatureVerdict, StorageFailure},
    json::Value,
    log::{Happening, error_code, known},
    output::{Event, HttpRequest, Output, Reply, SignatureCheck, SignedIn},
    popup::is_popup,
    provider::AfterMetadata,
    secret::Secret,
    time::Now,
    token::{self, TokenResponse},
    transaction::Transaction,
};

/// An authorization response on its way to being believed.
pub(super) struct PendingCallback {
    /// Who waits.
    pub command: CommandId,
    response: AuthorizationResponse,
    /// What was remembered of the sign-in.
    pub transaction: Box<Transaction>,
    sign_outs: SignOuts,
    /// When the code is sent.
    at: Now,
    /// How often it was sent again for the proof's sake.
    pub challenges: u8,
}

/// Tokens whose ID token has yet to be verified. Nothing of them is used before.
pub(super) struct Candidate {
    /// The response, without its ID token.
    pub tokens: TokenResponse,
    /// The ID token, its claims checked.
    pub id_token: IdToken,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a candidate comes from.
pub(super) enum Origin {
    /// A sign-in.
    SignIn {
        /// Who waits.
        command: CommandId,
        /// What the app gets back.
        signed_in: SignedIn,
        /// Tells whether somebody signed out meanwhile.
        sign_outs: SignOuts,
        /// When the code was sent.
        at: Now,
        /// What the tokens are bound to.
        key: Option<Key>,
    },
    /// A refresh.
    Refresh(super::refresh::Sent),
}

impl Session {
    pub(super) fn handle_callback(&mut self, command: CommandId, url: &Secret<String>, now: Now) {
        // EXPOSE: the URL is read; a code in it moves into a secret of its own.
        match AuthorizationResponse::parse(url.expose(), &self.config) {
            Ok(None) => self.reply(command, Phase::Callback, Ok(Reply::Callback(None))),
            // The transaction can be taken once. A server that can't be reached must not cost it.
            Ok(Some(response)) => {
                let refusal = response.outcome.as_ref().err();
                let error = refusal.map_or("", |oauth| error_code(&oauth.error));
                self.log(Happening::CallbackReceived, error, 0, 0, 0);
                self.with_metadata(AfterMetadata::Response(command, response), now);
            }
            Err(error) => self.reply(command, Phase::Callback, Err(error)),
        }
    }

    pub(super) fn take_transaction(
        &mut self,
        command: CommandId,
        response: AuthorizationResponse,
        now: Now,
    ) {
        if is_popup(&response.state) {
            let transaction = self.take_popup(&response.state);
            return self.resume_sign_in(command, response, transaction, now);
        }
        let key = Transaction::key(&response.state);
        let id = self.expect(Pending::TakenTransaction { command, response });
        self.outputs.push(Output::TakeTransaction { id, key });
    }

    pub(super) fn handle_taken_transaction(
        &mut self,
        command: CommandId,
        response: AuthorizationResponse,
        record: Result<Option<Value>, StorageFailure>,
        now: Now,
    ) {
        let transaction = match record {
            Ok(Some(record)) => Transaction::from_record(&record).ok_or(Code::StateUnknown),
            Ok(None) => Err(Code::StateUnknown),
            Err(StorageFailure) => Err(Code::StorageUnavailable),
        };
        self.resume_sign_in(command, response, transaction, now);
    }

    fn resume_sign_in(
        &mut self,
        command: CommandId,
        response: AuthorizationResponse,
        transaction: Result<Transaction, Code>,
        now: Now,
    ) {
        match transaction.map_err(Error::from).and_then(|transaction| {
            if !transaction.is_valid(&self.config, now.unix) {
                return Err(Code::StateUnknown.into());
            }
            // Before anything else is believed, an error included (RFC 9207 section 2.4).
            response.check_issuer(&self.config)?;
            Ok(transaction)
        }) {
            Ok(mut transaction) => {
                // Script of the page may have written the record.
                let place = transaction.return_to.take();
                transaction.return_to =
                    place.and_then(|place| check_return_to(place, &self.config).ok());
                let callback = PendingCallback {
                    command,
                    response,
                    transaction: Box::new(transaction),
                    sign_outs: self.sign_outs,
                    at: now,
                    challenges: 0,
                };
                self.with_metadata(AfterMetadata::Callback(callback), now);
            }
            Err(error) => self.reply(command, Phase::Callback, Err(error)),
        }
    }

    pub(super) fn exchange_code(
        &mut self,
        callback: PendingCallback,
        metadata: &Metadata,
        now: Now,
    ) {
        let PendingCallback {
            command,
            response,
            transaction,
            ..
        } = &callback;
        let result = if metadata.iss_parameter_supported && response.issuer.is_none() {
            Err(Code::IssuerMissing.into())
        } else {
            match &response.outcome {
                Ok(code) => transaction
                    .code_verifier(&response.state)
                    .map(|code_verifier| token::code_request(&self.config, code, &code_verifier))
                    .ok_or_else(|| Code::StateUnknown.into()),
                Err(oauth) if transaction.is_silent && token::asks_for_the_person(&oauth.error) => {
                    return self.end_silently(callback);
                }
                Err(oauth) => Err(refusal(oauth)),
            }
        };
        match result {
            Ok(form) => {
                let key = transaction.key_for_proofs(&response.state).map(Rc::new);
                let proof = self.prove_token_request(key, &metadata.token_endpoint, now);
                let id = self.expect(Pending::CodeExchange(callback));
                self.send(HttpRequest {
                    id,
                    url: metadata.token_endpoint.clone(),
                    form: Some(form),
                    timeout_milliseconds: self.config.http_timeout_milliseconds,
                    carry: None,
                    authorization: None,
                    proof,
                });
                self.prefetch_keys();
            }
            Err(error) => self.reply(*command, Phase::Callback, Err(error)),
        }
    }

    pub(super) fn handle_code_exchange(
        &mut self,
        callback: PendingCallback,
        result: Result<HttpResponse, HttpFailure>,
        now: Now,
    ) {
        let PendingCallback {
            command,
            response: callback,
            transaction,
            sign_outs,
            at,
            ..
        } = callback;
        let key = transaction.key_for_proofs(&callback.state);
        let code_verifier = transaction.code_verifier(&callback.state);
        let sent: Vec<_> = callback.outcome.iter().chain(&code_verifier).collect();
        let result = match result {
            Ok(response) => token::parse_response(&response, &sent, self.config.is_openid)
                .map_err(token::TokenFailure::into_error),
            Err(failure) => Err(failure.into()),
        };
        let checked = result.and_then(|tokens| {
            let mut tokens = self.check_binding(tokens, key.is_some())?;
            if !self.config.is_openid {
                return Ok((tokens, None));
            }
            let (nonce, max_age) = (Some(transaction.nonce.as_str()), transaction.max_age);
            let id_token = self.check_id_token(&mut tokens, nonce, max_age, None, now)?;
            let missing = || Error::with(Code::TokenResponseInvalid, "`id_token` is missing");
            let id_token = id_token.ok_or_else(missing)?;
            acr::check(&id_token.claims, transaction.acr.as_ref())?;
            Ok((tokens, Some(id_token)))
        });
        match checked {
            Ok((tokens, id_token)) => {
                let Transaction {
                    return_to,
                    app_state,
                    ..
                } = *transaction;
                let origin = Origin::SignIn {
                    command,
                    signed_in: SignedIn {
                        return_to,
                        app_state,
                    },
                    sign_outs,
                    at,
                    key,
                };
                match id_token {
                    Some(id_token) => self.verify(
                        Candidate {
                            tokens,
                            id_token,
                            origin,
                        },
                        now,
                    ),
                    None => self.accept(tokens, None, origin, now),
                }
            }
            Err(error) => self.reply(command, Phase::Callback, Err(interrupted(error))),
        }
    }

    /// Takes the ID token out of `tokens` and checks its claims. `None` where there is no ID token.
    pub(super) fn check_id_token(
        &self,
        tokens: &mut TokenResponse,
        nonce: Option<&str>,
        max_age: Option<u64>,
        subject: Option<&str>,
        now: Now,
    ) -> Result<Option<IdToken>, Error> {
        let Some(raw) = tokens.id_token.take() else {
            return Ok(None);
        };
        let id_token = IdToken::parse(raw)?;
        let expectations = Expectations {
            issuer: &self.config.issuer,
            client_id: &self.config.client_id,
            tolerance: self.config.clock_tolerance_seconds,
            algorithms: self
                .provider
                .metadata()
                .map_or(&[], |metadata| &metadata.id_token_algorithms),
            nonce,
            max_age,
            subject,
            access_token: &tokens.access_token,
            ahead: &self.ahead,
        };
        id_token.check(&expectations, now.unix)?;
        Ok(Some(id_token))
    }

    /// Has the signature verified, once the key is there.
    pub(super) fn verify(&mut self, candidate: Candidate, now: Now) {
        let id_token = &candidate.id_token;
        match self
            .provider
            .key(id_token.algorithm, id_token.key_id.as_deref())
        {
            Some(key) => {
                let check = SignatureCheck {
                    algorithm: id_token.algorithm,
                    key,
                    signing_input: id_token.signing_input(),
                    signature: id_token.signature().to_vec(),
                };
                let id = self.expect(Pending::Signature(candidate));
                self.outputs.push(Output::VerifySignature { id, check });
            }
            None => self.wait_for_keys(candidate, now),
        }
    }

    pub(super) fn handle_verdict(
        &mut self,
        candidate: Candidate,
        verdict: SignatureVerdict,
        now: Now,
    ) {
        match verdict {
            SignatureVerdict::Valid => {
                let Candidate {
                    tokens,
                    id_token,
                    origin,
                } = candidate;
                self.accept(tokens, Some(id_token), origin, now);
            }
            SignatureVerdict::Invalid => {
                self.refuse_candidate(candidate, Code::IdTokenSignature.into(), now);
            }
            SignatureVerdict::Unsupported => {
                let error = Error::with(
                    Code::UnsupportedBrowser,
                    candidate.id_token.algorithm.name(),
                );
                self.refuse_candidate(candidate, error, now);
            }
        }
    }

    pub(super) fn refuse_candidate(&mut self, candidate: Candidate, error: Error, now: Now) {
        let Candidate { tokens, origin, .. } = candidate;
        match origin {
            Origin::SignIn { command, .. } => {
                self.reply(command, Phase::Callback, Err(interrupted(error)));
            }
            Origin::Refresh(sent) => self.refuse_refresh(sent, tokens, error, now),
        }
    }

    /// Takes over tokens that are believed. Without OpenID Connect there is no ID token.
    fn accept(
        &mut self,
        tokens: TokenResponse,
        id_token: Option<IdToken>,
        origin: Origin,
        now: Now,
    ) {
        match origin {
            Origin::SignIn {
                command, sign_outs, ..
            } if sign_outs != self.sign_outs => {
                if let Some(refresh_token) = tokens.refresh_token {
                    self.revoke(refresh_token, now);
                }
                self.reply(command, Phase::Callback, Err(Code::LoginRequired.into()));
            }
            Origin::SignIn {
                command,
                signed_in,
                at,
                key,
                ..
            } => {
                let expires_in = tokens.expires_in;
                let id_token = id_token.map(IdToken::into_parts);
                let target = self.config.initial_target();
                let key = key.map(Rc::new);
                let asked = authorize::scope(&self.config);
                let mut grant = Grant::new(tokens, asked, id_token, key, target, at);
                if !self.config.initial_token_is_exact() && grant.refresh_token.is_some() {
                    // It carries other resources' scopes, too. The first call fetches the right one.
                    grant.discard(target);
                }
                let identity = grant.identity();
                if let Some(replaced) = self.end_session() {
                    // What one person asked for is not done in the name of another. Who nobody
                    // knows may be another.
                    if replaced.subject().is_none() || replaced.subject() != grant.subject() {
                        self.fail_waiting_calls(None, &Code::SessionExpired.into());
                    }
                    // Servers keep a limited number of refresh tokens for a person and app.
                    #[cfg(feature = "simulation")]
                    let replaced = super::rules::spoiled::replaced(replaced);
                    if let Some(refresh_token) = replaced.refresh_token {
                        self.revoke(refresh_token, now);
                    }
                    self.forget();
                }
                self.log(
                    Happening::SignedIn,
                    "",
                    known(expires_in),
                    grant.refresh_token.is_some().into(),
                    grant.key.is_some().into(),
                );
                self.grant = Some(grant);
                self.name_session(now);
                self.outputs.push(Output::Event(Event::SignedIn {
                    identity,
                    expires_in,
                }));
                self.reply(
                    command,
                    Phase::Callback,
                    Ok(Reply::Callback(Some(signed_in))),
                );
                self.serve_waiting_calls(now);
            }
            Origin::Refresh(sent) => self.accept_refresh(sent, tokens, id_token, now),
        }
    }
}

/// The code is used up, so what could be tried again elsewhere can't be here.
fn interrupted(error: Error) -> Error {
    if error.code.retryable() {
        Error::with(Code::SignInInterrupted, error.code.as_str())
    } else {
        error
    }
}

/// The server's refusal of a sign-in. That it wants to see the person is told apart, since that is
/// how a silent sign-in ends.
fn refusal(oauth: &super::error::OAuthError) -> Error {
    let code = match oauth.error.as_str() {
        code if token::asks_for_the_person(code) => Code::InteractionRequired,
        _ => Code::AuthorizationRefused,
    };
    Error::refused(code, oauth.clone())
}
