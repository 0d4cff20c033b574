//! The app's API calls: who may go out, with which token, and when one goes out again.

use alloc::{string::String, vec::Vec};

use super::{
    Epoch, Session,
    challenge::{Refusal, refusal},
    error::{Code, Error, Phase},
    grant::Version,
    input::{CommandId, Redirect, ResourceAnswer, ResourceRequest},
    log::{Happening, index},
    output::{Event, Output, Reply},
    proofs::origin,
    resource::{Resource, TargetIndex, resource_for},
    rules::{Rule, holds},
    time::Now,
};

/// An API call which was not answered yet, or a wish for an access token or for userinfo.
pub(super) struct Call {
    pub(super) target: TargetIndex,
    /// Its URL without query and fragment.
    pub(super) place: String,
    pub(super) method: String,
    pub(super) is_repeatable: bool,
    /// In which session and with which of its access tokens it went out. `None` while it waits for
    /// one.
    pub(super) sent_with: Option<(Epoch, Version)>,
    /// Whether it went out twice; there is no third time.
    was_repeated: bool,
    /// Whether a DPoP proof went along.
    pub(super) has_proof: bool,
    /// How often it went out again for the proof's sake.
    pub(super) challenges: u8,
    pub(super) purpose: Purpose,
}

#[derive(PartialEq)]
pub(super) enum Purpose {
    /// The API's answer.
    Answer,
    /// The token itself; nothing goes out.
    Token,
    /// The userinfo endpoint's answer. It waits for the metadata first, as each request for a token does.
    Userinfo,
}

impl Call {
    pub(super) const fn new(target: TargetIndex) -> Self {
        Self {
            target,
            place: String::new(),
            method: String::new(),
            is_repeatable: false,
            sent_with: None,
            was_repeated: false,
            has_proof: false,
            challenges: 0,
            purpose: Purpose::Answer,
        }
    }
}

impl Session {
    pub(super) fn start_call(&mut self, id: CommandId, request: ResourceRequest, now: Now) {
        let target = self.check_call(&request);
        let call = |target| Call {
            place: place(&request.url),
            method: request.method,
            is_repeatable: request.is_repeatable,
            ..Call::new(target)
        };
        self.begin_call(id, target.map(call), now);
    }

    /// Gives the app an access token, where the vault was made to do that.
    pub(super) fn give_access_token(&mut self, id: CommandId, resource: Option<&str>, now: Now) {
        let resources = &self.config.resources;
        let target = match (resource, resources.first()) {
            _ if !self.config.gives_access_tokens => Err(Code::AccessTokenNotExposed.into()),
            (Some(url), _) => resource_for(resources, url).map_err(Error::from),
            (None, Some(first)) if self.config.targets.len() == 1 => Ok(first),
            (None, _) => Err(Error::with(
                Code::InvalidArgument,
                "`resource` is missing; it must be a URL that `resources` covers",
            )),
        };
        let call = |resource: &Resource| Call {
            purpose: Purpose::Token,
            ..Call::new(resource.target)
        };
        self.begin_call(id, target.map(call), now);
    }

    /// Whose token the call gets, where it may go out at all.
    fn check_call(&self, request: &ResourceRequest) -> Result<TargetIndex, Error> {
        if request.has_authorization {
            return Err(Code::AuthorizationHeader.into());
        }
        let resource = resource_for(&self.config.resources, &request.url)?;
        let refuse = |detail: &str| Err(Error::with(Code::InvalidArgument, detail));
        if request.is_no_cors {
            return refuse("`mode: 'no-cors'` can't carry a token");
        }
        // Within the origin the token goes along, so it would leave a path by a redirect. To another
        // origin it does not: there browsers drop the header.
        if request.redirect == Redirect::Follow && !resource.is_whole_origin() {
            return refuse(
                "`redirect: 'follow'` needs an entry of `resources` that is a whole origin, without a path",
            );
        }
        Ok(resource.target)
    }

    fn begin_call(&mut self, id: CommandId, call: Result<Call, Error>, now: Now) {
        match call {
            Ok(call) => {
                let target = call.target;
                self.calls.insert(id, call);
                self.serve_call(id, target, now);
            }
            Err(error) => self.reply(id, Phase::Fetch, Err(error)),
        }
    }

    /// The page no longer wants the call. A refresh that it waited for goes on: others need it.
    pub(super) fn abandon_call(&mut self, id: CommandId) {
        self.calls.remove(id);
    }

    pub(super) fn handle_resource_answer(
        &mut self,
        id: CommandId,
        answer: &ResourceAnswer,
        now: Now,
    ) {
        if self.calls.find(id).is_none() {
            return;
        }
        self.status = answer.status.into();
        self.log(
            Happening::CallAnswered,
            "",
            id.0.cast_signed(),
            self.status,
            0,
        );
        if !self.covers(&answer.url) {
            self.calls.remove(id);
            self.reply(id, Phase::Fetch, Err(Code::RedirectRefused.into()));
            return;
        }
        if self.settle_call(id, answer, now) {
            self.reply(id, Phase::Fetch, Ok(Reply::Deliver));
        }
    }

    /// Ends the call by this answer, or has it go out again. Whether the caller is to be given the
    /// answer; otherwise the call goes on, or the caller knows already.
    pub(super) fn settle_call(&mut self, id: CommandId, answer: &ResourceAnswer, now: Now) -> bool {
        if self.heed_api_answer(id, answer, now) {
            return false;
        }
        let Some(call) = self.calls.find(id) else {
            return false;
        };
        let target = call.target;
        // RFC 6750 section 3.1: a 401 says that the request was not processed, so it may be repeated.
        // But not in another session: that may be another person's.
        let version = call
            .sent_with
            .filter(|(epoch, _)| *epoch == self.epoch)
            .map(|(_, version)| version);
        let refusal = (answer.status == 401).then(|| refusal(answer.challenge.as_deref()));
        let is_about_token = match refusal {
            Some(Refusal::NewToken) => true,
            // A redirect may have cost the call its token, which says nothing about the token.
            Some(Refusal::Unclear) => place(&answer.url) == call.place,
            _ => false,
        };
        let may_repeat = is_about_token && call.is_repeatable && !call.was_repeated;
        if may_repeat && version.is_none() && self.has_expired {
            // Its session has ended by itself, and that is what the caller has to know.
            self.calls.remove(id);
            self.reply(id, Phase::Fetch, Err(Code::SessionExpired.into()));
            return false;
        }
        if let (true, Some(version), Some(grant)) = (may_repeat, version, &mut self.grant) {
            let has_newer = grant.has_newer(target, version);
            #[cfg(feature = "simulation")]
            let has_newer = has_newer && holds(Rule::RepeatWithNewer);
            let subject = self.config.initial_target();
            let can_refresh = grant.refresh_token.is_some()
                || self.config.is_exchanged(target) && grant.is_fresh(subject, now);
            let may_refresh = can_refresh && !self.stubborn_places.contains(&call.place);
            if has_newer || may_refresh {
                if !has_newer {
                    grant.discard(target);
                }
                call.was_repeated = true;
                call.sent_with = None;
                self.log(
                    Happening::CallRepeated,
                    "",
                    id.0.cast_signed(),
                    has_newer.into(),
                    0,
                );
                self.serve_call(id, target, now);
                return false;
            }
        }
        let is_refused = is_about_token || refusal == Some(Refusal::Other);
        if let Some(call) = self.calls.remove(id) {
            self.note_outcome(&call, is_refused);
        }
        // What an earlier session was too weak for says nothing about this one.
        if let (Some(Refusal::StepUp(step_up)), Some(_)) = (refusal, version) {
            self.log(Happening::StepUp, "", 0, 0, 0);
            self.outputs.push(Output::Event(Event::StepUp(step_up)));
        }
        true
    }

    /// Remembers the places that refuse a token which was renewed for their sake: they mean
    /// something else by 401, and must not cost a refresh for each call.
    fn note_outcome(&mut self, call: &Call, is_refused: bool) {
        const MOST: usize = 32;
        if !is_refused {
            self.stubborn_places.retain(|place| *place != call.place);
        } else if call.was_repeated && !self.stubborn_places.contains(&call.place) {
            if self.stubborn_places.len() == MOST {
                self.stubborn_places.remove(0);
            }
            self.stubborn_places.push(call.place.clone());
        }
    }

    /// Sends those who wait for `target` with the token that just came, however short its life is.
    pub(super) fn serve_calls_for(&mut self, target: TargetIndex, now: Now) {
        for (id, _) in self.waiting_calls(Some(target)) {
            self.send_call(id, target, now);
        }
    }

    /// Sends those who can go, and asks for a token for the others.
    pub(super) fn serve_waiting_calls(&mut self, now: Now) {
        for (id, target) in self.waiting_calls(None) {
            self.serve_call(id, target, now);
        }
    }

    /// Answers those who wait, for `target` or for any, with `error`.
    pub(super) fn fail_waiting_calls(&mut self, target: Option<TargetIndex>, error: &Error) {
        if !holds(Rule::TellCallers) {
            return;
        }
        for (id, own) in self.waiting_calls(None) {
            // Without its subject token there is no exchange either.
            let needs = |target| {
                target == own
                    || target == self.config.initial_target() && self.config.is_exchanged(own)
            };
            if !target.is_none_or(needs) {
                continue;
            }
            self.calls.remove(id);
            self.reply(id, Phase::Fetch, Err(error.clone()));
        }
    }

    pub(super) fn serve_call(&mut self, id: CommandId, target: TargetIndex, now: Now) {
        match &self.grant {
            Some(grant) if grant.is_fresh(target, now) => self.send_call(id, target, now),
            Some(grant) => {
                let has_one = grant.holds(target);
                self.log(
                    Happening::CallWaiting,
                    "",
                    id.0.cast_signed(),
                    index(target),
                    0,
                );
                if has_one {
                    // It expired. With the next one each place gets another chance.
                    self.stubborn_places.clear();
                }
                self.request_refresh(target, now);
            }
            None => {
                if self.calls.remove(id).is_some() {
                    self.reply(id, Phase::Fetch, Err(Code::LoginRequired.into()));
                }
            }
        }
    }

    fn send_call(&mut self, id: CommandId, target: TargetIndex, now: Now) {
        let proof = self.prove_call(id, target, now);
        let (Some(grant), Some(call)) = (&self.grant, self.calls.find(id)) else {
            return;
        };
        if call.purpose == Purpose::Token {
            if let Some(token) = grant.copy_of_access_token(target) {
                self.calls.remove(id);
                self.outputs.push(Output::AccessToken { id, token });
            }
        } else if let Some((authorization, version)) = grant.authorization(target) {
            call.sent_with = Some((self.epoch, version));
            let has_proof = proof.is_some();
            call.has_proof = has_proof;
            if call.purpose == Purpose::Userinfo {
                return self.send_userinfo(id, authorization, proof);
            }
            if self.is_watched {
                let text = [&call.method, " ", origin(&call.place)].concat();
                self.log(
                    Happening::CallSent,
                    &text,
                    id.0.cast_signed(),
                    version.number(),
                    has_proof.into(),
                );
            }
            self.outputs.push(Output::SendResourceRequest {
                id,
                authorization,
                proof,
            });
        }
    }

    fn waiting_calls(&self, target: Option<TargetIndex>) -> Vec<(CommandId, TargetIndex)> {
        self.calls
            .iter()
            .filter(|(_, call)| {
                call.sent_with.is_none() && target.is_none_or(|target| target == call.target)
            })
            .map(|(id, call)| (id, call.target))
            .collect()
    }
}

/// The URL without query and fragment.
pub(super) fn place(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    url.get(..end).unwrap_or(url).into()
}
