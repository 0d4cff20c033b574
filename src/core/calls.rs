//! The app's API calls: who may go out, with which token, and when one goes out again.

use alloc::{string::String, vec::Vec};

use super::{
    Epoch, Session,
    challenge::asks_for_new_token,
    error::{Code, Error, Phase},
    grant::Version,
    input::{CommandId, ResourceAnswer, ResourceRequest},
    output::{Output, Reply},
    resource::{TargetIndex, target_for},
    time::Now,
};

/// An API call which was not answered yet.
pub(super) struct Call {
    target: TargetIndex,
    /// Its URL without query and fragment.
    place: String,
    is_repeatable: bool,
    /// In which session and with which of its access tokens it went out. `None` while it waits for
    /// one.
    sent_with: Option<(Epoch, Version)>,
    /// Whether it went out twice; there is no third time.
    was_repeated: bool,
}

impl Session {
    pub(super) fn start_call(&mut self, id: CommandId, request: &ResourceRequest, now: Now) {
        let target = if request.has_authorization {
            Err(Code::AuthorizationHeader)
        } else {
            target_for(&self.config.resources, &request.url)
        };
        let target = target.and_then(|target| match &self.grant {
            Some(_) => Ok(target),
            None => Err(Code::LoginRequired),
        });
        match target {
            Ok(target) => {
                let is_repeatable = request.is_repeatable;
                self.calls.insert(
                    id,
                    Call {
                        target,
                        place: place(&request.url),
                        is_repeatable,
                        sent_with: None,
                        was_repeated: false,
                    },
                );
                self.serve_call(id, target, now);
            }
            Err(code) => self.reply(id, Phase::Fetch, Err(code.into())),
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
        let Some(call) = self.calls.find(id) else {
            return;
        };
        let target = call.target;
        if target_for(&self.config.resources, &answer.url).is_err() {
            self.calls.remove(id);
            self.reply(id, Phase::Fetch, Err(Code::RedirectRefused.into()));
            return;
        }
        // RFC 6750 section 3.1: a 401 says that the request was not processed, so it may be repeated.
        // But not in another session: that may be another person's.
        let version = call
            .sent_with
            .filter(|(epoch, _)| *epoch == self.epoch)
            .map(|(_, version)| version);
        let may_repeat = answer.status == 401
            && call.is_repeatable
            && !call.was_repeated
            && asks_for_new_token(answer.challenge.as_deref());
        if may_repeat && version.is_none() && self.has_expired {
            // Its session has ended by itself, and that is what the caller has to know.
            self.calls.remove(id);
            self.reply(id, Phase::Fetch, Err(Code::SessionExpired.into()));
            return;
        }
        if let (true, Some(version), Some(grant)) = (may_repeat, version, &mut self.grant) {
            let has_newer = grant.has_newer(target, version);
            let may_refresh =
                grant.refresh_token.is_some() && !self.stubborn_places.contains(&call.place);
            if has_newer || may_refresh {
                if !has_newer {
                    grant.discard(target);
                }
                call.was_repeated = true;
                call.sent_with = None;
                self.serve_call(id, target, now);
                return;
            }
        }
        let is_refused = answer.status == 401;
        if let Some(call) = self.calls.remove(id) {
            self.note_outcome(&call, is_refused);
        }
        self.reply(id, Phase::Fetch, Ok(Reply::Deliver));
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
    pub(super) fn serve_calls_for(&mut self, target: TargetIndex) {
        for (id, _) in self.waiting_calls(Some(target)) {
            self.send_call(id, target);
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
        for (id, _) in self.waiting_calls(target) {
            self.calls.remove(id);
            self.reply(id, Phase::Fetch, Err(error.clone()));
        }
    }

    fn serve_call(&mut self, id: CommandId, target: TargetIndex, now: Now) {
        match &self.grant {
            Some(grant) if grant.is_fresh(target, now) => self.send_call(id, target),
            Some(grant) => {
                if grant.holds(target) {
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

    fn send_call(&mut self, id: CommandId, target: TargetIndex) {
        let authorization = self
            .grant
            .as_ref()
            .and_then(|grant| grant.authorization(target));
        if let (Some((authorization, version)), Some(call)) = (authorization, self.calls.find(id)) {
            call.sent_with = Some((self.epoch, version));
            self.outputs
                .push(Output::SendResourceRequest { id, authorization });
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
fn place(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    url.get(..end).unwrap_or(url).into()
}
