//! Signing in: from the page's wish to a session that was believed.

use alloc::{string::String, vec::Vec};

use serde_json::Value;

use super::{
    Pending, Session, SignOuts,
    authorize::SignInRequest,
    callback::AuthorizationResponse,
    discovery::Metadata,
    error::{Code, Error, Phase},
    grant::Grant,
    id_token::{Expectations, IdToken},
    input::{CommandId, HttpFailure, HttpResponse, SignatureVerdict, StorageFailure},
    output::{Event, Output, Reply, SignatureCheck, SignedIn},
    pkce::{Entropy, SignInValues},
    provider::AfterMetadata,
    secret::Secret,
    time::Now,
    token::{self, TokenResponse},
    transaction::Transaction,
};

/// A sign-in that waits for the server's metadata.
pub(super) struct PendingSignIn {
    /// Who waits.
    pub command: CommandId,
    request: SignInRequest,
    max_age: Option<u64>,
    values: SignInValues,
}

/// An authorization response on its way to being believed.
pub(super) struct PendingCallback {
    /// Who waits.
    pub command: CommandId,
    response: AuthorizationResponse,
    transaction: Transaction,
    sign_outs: SignOuts,
    /// When the code is sent.
    at: Now,
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
    },
    /// A refresh.
    Refresh(super::refresh::Sent),
}

impl Session {
    pub(super) fn start_sign_in(
        &mut self,
        command: CommandId,
        options: Value,
        entropy: &Entropy,
        now: Now,
    ) {
        let request = SignInRequest::parse(options, &self.config);
        match request.and_then(|request| Ok((request.max_age()?, request))) {
            Ok((max_age, request)) => {
                let values = SignInValues::new(entropy);
                let sign_in = PendingSignIn {
                    command,
                    request,
                    max_age,
                    values,
                };
                self.with_metadata(AfterMetadata::SignIn(sign_in), now);
            }
            Err(error) => self.reply(command, Phase::Login, Err(error)),
        }
    }

    pub(super) fn send_to_server(&mut self, sign_in: PendingSignIn, metadata: &Metadata, now: Now) {
        let PendingSignIn {
            command,
            request,
            max_age,
            values,
        } = sign_in;
        let authorization_url =
            request.url(&metadata.authorization_endpoint, &self.config, &values);
        let mut transaction = Transaction::new(&self.config, &values, now.unix);
        transaction.max_age = max_age;
        transaction.return_to = request.return_to;
        transaction.app_state = request.app_state;
        let id = self.expect(Pending::StoredTransaction {
            command,
            authorization_url,
        });
        self.outputs.push(Output::StoreTransaction {
            id,
            key: Transaction::key(&values.state),
            record: transaction.to_record(),
            expires_at: Transaction::expiry(now.unix),
            now: now.unix.seconds(),
        });
    }

    pub(super) fn handle_callback(&mut self, command: CommandId, url: &Secret<String>, now: Now) {
        // EXPOSE: the URL is read; a code in it moves into a secret of its own.
        match AuthorizationResponse::parse(url.expose(), &self.config) {
            Ok(None) => self.reply(command, Phase::Callback, Ok(Reply::Callback(None))),
            // The transaction can be taken once. A server that can't be reached must not cost it.
            Ok(Some(response)) => {
                self.with_metadata(AfterMetadata::Response(command, response), now);
            }
            Err(error) => self.reply(command, Phase::Callback, Err(error)),
        }
    }

    pub(super) fn take_transaction(&mut self, command: CommandId, response: AuthorizationResponse) {
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
            Ok(Some(record)) => Transaction::from_record(&record)
                .filter(|transaction| transaction.is_valid(&self.config, now.unix))
                .ok_or(Code::StateUnknown),
            Ok(None) => Err(Code::StateUnknown),
            Err(StorageFailure) => Err(Code::StorageUnavailable),
        };
        match transaction.map_err(Error::from).and_then(|transaction| {
            // Before anything else is believed, an error included (RFC 9207 section 2.4).
            response.check_issuer(&self.config)?;
            Ok(transaction)
        }) {
            Ok(transaction) => {
                let callback = PendingCallback {
                    command,
                    response,
                    transaction,
                    sign_outs: self.sign_outs,
                    at: now,
                };
                self.with_metadata(AfterMetadata::Callback(callback), now);
            }
            Err(error) => self.reply(command, Phase::Callback, Err(error)),
        }
    }

    pub(super) fn exchange_code(&mut self, callback: PendingCallback, metadata: &Metadata) {
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
                Err(oauth) => Err(refusal(oauth)),
            }
        };
        match result {
            Ok(form) => {
                self.request(
                    metadata.token_endpoint.clone(),
                    Some(form),
                    Pending::CodeExchange(callback),
                );
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
        } = callback;
        let code_verifier = transaction.code_verifier(&callback.state);
        let sent: Vec<_> = callback.outcome.iter().chain(&code_verifier).collect();
        let result = match result {
            Ok(response) => {
                token::parse_response(&response, &sent).map_err(token::TokenFailure::into_error)
            }
            Err(failure) => Err(failure.into()),
        };
        let checked = result.and_then(|mut tokens| {
            let (nonce, max_age) = (Some(transaction.nonce.as_str()), transaction.max_age);
            let id_token = self.check_id_token(&mut tokens, nonce, max_age, None, now)?;
            let missing = || Error::with(Code::TokenResponseInvalid, "`id_token` is missing");
            Ok((tokens, id_token.ok_or_else(missing)?))
        });
        match checked {
            Ok((tokens, id_token)) => {
                let Transaction {
                    return_to,
                    app_state,
                    ..
                } = transaction;
                let origin = Origin::SignIn {
                    command,
                    signed_in: SignedIn {
                        return_to,
                        app_state,
                    },
                    sign_outs,
                    at,
                };
                self.verify(
                    Candidate {
                        tokens,
                        id_token,
                        origin,
                    },
                    now,
                );
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
            SignatureVerdict::Valid => self.accept(candidate, now),
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

    fn accept(&mut self, candidate: Candidate, now: Now) {
        let Candidate {
            tokens,
            id_token,
            origin,
        } = candidate;
        match origin {
            Origin::SignIn {
                command, sign_outs, ..
            } if sign_outs != self.sign_outs => {
                if let Some(refresh_token) = &tokens.refresh_token {
                    self.revoke(refresh_token);
                }
                self.reply(command, Phase::Callback, Err(Code::LoginRequired.into()));
            }
            Origin::SignIn {
                command,
                signed_in,
                at,
                ..
            } => {
                let expires_in = tokens.expires_in;
                let (raw, claims) = id_token.into_parts();
                let target = self.config.initial_target();
                let mut grant = Grant::new(tokens, raw, claims, target, at);
                if !self.config.initial_token_is_exact() && grant.refresh_token.is_some() {
                    // It carries other resources' scopes, too. The first call fetches the right one.
                    grant.discard(target);
                }
                let identity = grant.identity();
                if let Some(replaced) = self.end_session() {
                    // What one person asked for is not done in the name of another.
                    if replaced.subject() != grant.subject() {
                        self.fail_waiting_calls(None, &Code::SessionExpired.into());
                    }
                    // Servers keep a limited number of refresh tokens for a person and app.
                    if let Some(refresh_token) = replaced.refresh_token {
                        self.revoke(&refresh_token);
                    }
                }
                self.grant = Some(grant);
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
            Origin::Refresh(sent) => self.accept_refresh(sent, tokens, Some(id_token), now),
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
