//! What must hold in every test, whatever it is about. The driver shows each output and each
//! answered refresh to the watch.

use std::collections::BTreeSet;

use holdfast::core::{
    input::{CommandId, RequestId},
    output::{Event, HttpRequest, Output},
};

use super::form::Form;

/// The observer.
#[derive(Default)]
pub struct Watch {
    is_signed_in: bool,
    /// The refresh that is under way in this session.
    refresh: Option<(RequestId, String)>,
    /// The refresh token that was sent last and what the server gave for it, until it is accepted.
    renewal: Option<(String, Option<String>)>,
    replaced: BTreeSet<String>,
    replied: BTreeSet<CommandId>,
    abandoned: BTreeSet<CommandId>,
    asked: BTreeSet<RequestId>,
}

impl Watch {
    pub fn see(&mut self, output: &Output) {
        match output {
            Output::Http(request) => self.see_request(request),
            Output::VerifySignature { id, .. }
            | Output::MakeKey { id, .. }
            | Output::StoreTransaction { id, .. }
            | Output::Escrow { id, .. }
            | Output::TakeTransaction { id, .. } => {
                assert!(self.asked.insert(*id), "a request id was used twice");
            }
            Output::SendResourceRequest { id, .. } => {
                assert!(
                    self.is_signed_in,
                    "a token was sent though nobody is signed in"
                );
                assert!(
                    !self.replied.contains(id),
                    "a call went out after its reply"
                );
                assert!(
                    !self.abandoned.contains(id),
                    "a call went out after it was abandoned"
                );
            }
            Output::AccessToken { id, .. } => {
                assert!(
                    self.is_signed_in,
                    "a token was given away though nobody is signed in"
                );
                assert!(self.replied.insert(*id), "a command got two replies");
            }
            Output::Reply { id, .. } => {
                assert!(self.replied.insert(*id), "a command got two replies");
                assert!(
                    !self.abandoned.contains(id),
                    "an abandoned call got a reply"
                );
            }
            Output::Event(event) => self.see_event(event),
            Output::Log(_) | Output::Idle { .. } => {}
        }
    }

    /// The watch over another vault, which may go on with this one's session.
    pub fn heir(&self) -> Self {
        Self {
            is_signed_in: self.is_signed_in,
            replaced: self.replaced.clone(),
            ..Self::default()
        }
    }

    /// The page gave up the API call `id`.
    pub fn see_abandoned(&mut self, id: CommandId) {
        self.abandoned.insert(id);
    }

    /// The core is told how the request `id` went; `refresh_token` is the new one, if any.
    pub fn see_answer(&mut self, id: RequestId, is_success: bool, refresh_token: Option<String>) {
        if let Some((_, sent)) = self.refresh.take_if(|(refresh, _)| *refresh == id) {
            self.renewal = is_success.then_some((sent, refresh_token));
        }
    }

    fn see_request(&mut self, request: &HttpRequest) {
        assert!(self.asked.insert(request.id), "a request id was used twice");
        let Some(form) = &request.form else { return };
        let form = Form::parse(form.expose());
        if form.get("grant_type") == Some("refresh_token") {
            let token = form.require("refresh_token");
            assert!(self.is_signed_in, "a refresh though nobody is signed in");
            assert!(self.refresh.is_none(), "two refreshes at once");
            assert!(
                !self.replaced.contains(token),
                "a refresh token was sent after it was replaced"
            );
            self.refresh = Some((request.id, token.into()));
        }
    }

    fn see_event(&mut self, event: &Event) {
        match event {
            Event::SignedIn { .. } => self.begin_session(true),
            Event::SignedOut | Event::SessionExpired { .. } => {
                assert!(self.is_signed_in, "a session ended twice");
                self.begin_session(false);
            }
            Event::Refreshed { .. } => {
                let (sent, new) = self.renewal.take().expect("a refresh that was answered");
                if new.is_some_and(|new| new != sent) {
                    self.replaced.insert(sent);
                }
            }
            Event::StepUp(_) | Event::Error(_) => {}
        }
    }

    fn begin_session(&mut self, is_signed_in: bool) {
        self.is_signed_in = is_signed_in;
        self.refresh = None;
        self.renewal = None;
    }
}
