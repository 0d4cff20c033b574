//! The userinfo endpoint (OpenID Connect Core section 5.3): more claims of the person, for an access
//! token. It is asked as an API is, by the rules of `calls.rs`, and only by the vault: its URL is the
//! metadata's. The session does not change by it.

use alloc::string::String;

use super::{
    Pending, Session,
    calls::{Call, Purpose, place},
    config::Config,
    decimal::decimal,
    discovery::Metadata,
    dpop::ProofOrder,
    error::{Code, Error, Phase},
    grant::Grant,
    input::{CommandId, HttpFailure, HttpResponse, ResourceAnswer},
    json::{self, Value},
    output::{HttpRequest, Reply},
    provider::AfterMetadata,
    resource::{Target, TargetIndex},
    secret::Secret,
    time::Now,
};

/// How long an answer may be, in bytes: as a whole it goes to the page.
const LONGEST: usize = 1 << 20;

impl Config {
    /// The target whose access token the userinfo endpoint takes. It must have the scope `openid`, so
    /// it is one that a refresh does not narrow: where `resources` has none, one of no resource's.
    fn userinfo_target(&self) -> TargetIndex {
        let is_broad = |target: &Target| {
            target.scope.is_none() && target.resource.is_none() && !target.is_exchanged
        };
        let index = self.targets.iter().position(is_broad);
        TargetIndex(index.unwrap_or(self.targets.len()))
    }
}

impl Session {
    pub(super) fn start_userinfo(&mut self, id: CommandId, now: Now) {
        let target = match &self.grant {
            None => Err(Code::LoginRequired.into()),
            Some(grant) if grant.subject().is_none() => Err(Error::with(
                Code::UserinfoUnavailable,
                "there is no ID token to compare it with",
            )),
            // The sign-in's own token is all there is.
            Some(grant) if grant.refresh_token.is_none() => Ok(self.config.initial_target()),
            Some(_) => Ok(self.config.userinfo_target()),
        };
        match target {
            Ok(target) => {
                let mut call = Call::new(target);
                call.method = "GET".into();
                call.is_repeatable = true;
                call.purpose = Purpose::Userinfo;
                self.calls.insert(id, call);
                self.with_metadata(AfterMetadata::Userinfo(id), now);
            }
            Err(error) => self.reply(id, Phase::Fetch, Err(error)),
        }
    }

    /// Sends the request as soon as there is a token for it.
    pub(super) fn ask_userinfo(&mut self, id: CommandId, metadata: &Metadata, now: Now) {
        if let (Some(url), Some(call)) = (&metadata.userinfo_endpoint, self.calls.find(id)) {
            call.place = place(url);
            let target = call.target;
            self.serve_call(id, target, now);
        } else {
            let detail = "its metadata has no `userinfo_endpoint`";
            let error = Error::with(Code::UserinfoUnavailable, detail);
            self.end_userinfo(id, Err(error));
        }
    }

    /// Sends the request: the token goes into the header, never into the URL (RFC 6750 section 2).
    pub(super) fn send_userinfo(
        &mut self,
        id: CommandId,
        authorization: Secret<String>,
        proof: Option<ProofOrder>,
    ) {
        let metadata = self.provider.metadata();
        let Some(url) = metadata.and_then(|metadata| metadata.userinfo_endpoint.clone()) else {
            return;
        };
        let request = HttpRequest {
            id: self.expect(Pending::Userinfo(id)),
            url,
            form: None,
            timeout_milliseconds: self.config.http_timeout_milliseconds,
            carry: None,
            authorization: Some(authorization),
            proof,
        };
        self.send(request);
    }

    pub(super) fn handle_userinfo(
        &mut self,
        id: CommandId,
        result: Result<HttpResponse, HttpFailure>,
        now: Now,
    ) {
        let Some(call) = self.calls.find(id) else {
            return;
        };
        if call.sent_with.is_none_or(|(epoch, _)| epoch != self.epoch) {
            // It is about somebody who is not signed in any longer.
            let code = if self.escrow.has_moved() {
                Code::SessionMoved
            } else if self.has_expired || self.grant.is_some() {
                Code::SessionExpired
            } else {
                Code::LoginRequired
            };
            return self.end_userinfo(id, Err(code.into()));
        }
        let mut response = match result {
            Ok(response) => response,
            Err(HttpFailure::KeyLost) => return self.lose_key(id),
            Err(failure) => return self.end_userinfo(id, Err(failure.into())),
        };
        let answer = ResourceAnswer {
            status: response.status,
            url: call.place.clone(),
            challenge: response.challenge.take(),
            dpop_nonce: response.dpop_nonce.take(),
            date: response.date,
        };
        if self.settle_call(id, &answer, now) {
            let result = self.read_userinfo(&response);
            self.reply(id, Phase::Fetch, result);
        }
    }

    pub(super) fn end_userinfo(&mut self, id: CommandId, result: Result<Reply, Error>) {
        if self.calls.remove(id).is_some() {
            self.reply(id, Phase::Fetch, result);
        }
    }

    fn read_userinfo(&self, response: &HttpResponse) -> Result<Reply, Error> {
        match response.status {
            200 => {}
            408 | 425 | 429 | 500..=599 => return Err(Code::ServerUnavailable.into()),
            status => {
                let detail = ["it answered ", &decimal(status.into())].concat();
                return Err(Error::with(Code::UserinfoUnavailable, detail));
            }
        }
        // EXPOSE: claims of the person are the app's to see. No error quotes them.
        let body = response.body.expose();
        let claims = Some(body).filter(|body| body.len() <= LONGEST);
        let Some(claims) = claims.and_then(|body| json::parse_object(body.as_bytes())) else {
            // So begins each JSON object in Base64, and no JSON.
            return Err(invalid(if body.starts_with("ey") {
                "it is signed or encrypted (application/jwt), which holdfast does not read; register the client for plain JSON"
            } else {
                "it is no JSON object, or too long"
            }));
        };
        // Section 5.3.2: an answer with another subject must not be used.
        let subject = claims.get("sub").and_then(Value::as_str);
        if subject.is_none() {
            return Err(invalid("`sub` is missing, or no text"));
        }
        if subject != self.grant.as_ref().and_then(Grant::subject) {
            return Err(invalid("`sub` is not the one who is signed in"));
        }
        Ok(Reply::Userinfo(claims))
    }
}

fn invalid(problem: &str) -> Error {
    Error::with(Code::UserinfoInvalid, problem)
}
