//! What must hold at each output.

use std::collections::{BTreeMap, BTreeSet};

use holdfast::core::{
    Session,
    input::{CommandId, RequestId},
    output::{Event, HttpRequest, Output, Reply},
};

use super::answers::{PAR, USERINFO};

/// Each secret of this world has it in it.
pub const SECRET: &str = "SECRET";

/// The observer.
#[derive(Default)]
pub struct Watch {
    /// The refresh that is under way in this session.
    refresh: Option<RequestId>,
    replied: BTreeSet<u32>,
    abandoned: BTreeSet<u32>,
    asked: BTreeSet<RequestId>,
    calls: BTreeMap<u32, String>,
}

impl Watch {
    /// The call `id` of `url` begins.
    pub fn calls_begin(&mut self, id: u32, url: &str) {
        self.calls.insert(id, url.into());
    }

    /// The URL of the call `id`.
    pub fn url(&self, id: CommandId) -> &str {
        self.calls.get(&id.0).map_or("", String::as_str)
    }

    /// The page gives up the call `id`, where it is one and has no reply.
    pub fn see_abandoned(&mut self, id: u32) -> bool {
        self.calls.contains_key(&id) && !self.replied.contains(&id) && self.abandoned.insert(id)
    }

    /// The core is told how the request `id` went.
    pub fn see_answer(&mut self, id: RequestId) {
        self.refresh.take_if(|refresh| *refresh == id);
    }

    /// Whether each of the commands up to `last` has its answer.
    pub fn has_answered_all(&self, last: u32) -> bool {
        (1..=last).all(|id| self.replied.contains(&id) || self.abandoned.contains(&id))
    }

    /// Whether there was a request of this id.
    pub fn has_asked(&self, id: RequestId) -> bool {
        self.asked.contains(&id)
    }

    /// Compares an output with the rules.
    pub fn see(&mut self, output: &Output, session: &Session) {
        match output {
            Output::Http(request) => self.see_request(request),
            Output::VerifySignature { id, check } => {
                self.ask(*id);
                assert_public(&check.key.to_string());
            }
            Output::StoreTransaction {
                id, key, record, ..
            } => {
                self.ask(*id);
                assert_public(&format!("{key} {record}"));
            }
            Output::MakeKey { id, .. } | Output::Escrow { id, .. } => self.ask(*id),
            Output::TakeTransaction { id, key } => {
                self.ask(*id);
                assert_public(key);
            }
            Output::SendResourceRequest { id, .. } => {
                let url = &self.calls[&id.0];
                assert!(session.covers(url), "{url} got a token");
                assert!(
                    !self.replied.contains(&id.0),
                    "a call went out after its reply"
                );
                assert!(
                    !self.abandoned.contains(&id.0),
                    "an abandoned call went out"
                );
            }
            Output::AccessToken { id, .. } => self.reply(id.0),
            Output::Reply { id, result } => {
                self.reply(id.0);
                match result {
                    // The hint at sign-out: the one place where a token leaves the vault by design.
                    Ok(Reply::SignedOut(Some(url))) => {
                        assert_public(&url.replacen(&[SECRET, "id"].concat(), "", 1));
                    }
                    Ok(reply) => assert_public(&format!("{reply:?}")),
                    Err(failure) => {
                        assert_public(&format!("{failure:?} {}", failure.error));
                    }
                }
            }
            Output::Event(event) => {
                if !matches!(
                    event,
                    Event::Refreshed { .. } | Event::StepUp(_) | Event::Error(_)
                ) {
                    self.refresh = None;
                }
                assert_public(&format!("{event:?}"));
            }
            Output::Log(entry) => assert_public(&entry.text),
            Output::Idle { .. } => {}
        }
    }

    fn see_request(&mut self, request: &HttpRequest) {
        self.ask(request.id);
        assert_public(&request.url);
        if request.authorization.is_some() {
            assert_eq!(request.url, USERINFO, "it got an access token");
        }
        let Some(form) = &request.form else { return };
        let form = form.expose(); // EXPOSE: a test
        if request.url == PAR {
            return assert_public(form);
        }
        // Codes and tokens go to the server's own endpoints alone.
        let places = [
            "https://login.example/token",
            "https://login.example/revoke",
        ];
        assert!(places.contains(&request.url.as_str()), "{}", request.url);
        if form.contains("grant_type=refresh_token") {
            assert!(self.refresh.is_none(), "two refreshes at once");
            self.refresh = Some(request.id);
        }
    }

    fn ask(&mut self, id: RequestId) {
        assert!(self.asked.insert(id), "a request id was used twice");
    }

    fn reply(&mut self, id: u32) {
        assert!(self.replied.insert(id), "command {id} got two replies");
        assert!(
            !self.abandoned.contains(&id),
            "an abandoned call got a reply"
        );
    }
}

fn assert_public(text: &str) {
    assert!(!text.contains(SECRET), "{text}");
}
