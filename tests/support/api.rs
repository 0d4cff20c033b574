//! The API that the app calls, as far as the core hears of it.

use std::collections::VecDeque;

use holdfast::core::input::{CommandId, ResourceAnswer};

/// How one call goes.
#[derive(Clone, Debug)]
pub enum ApiAnswer {
    /// 200 for a live access token, and else 401 `invalid_token`.
    Normal,
    /// This status, with this `WWW-Authenticate`.
    Status(u16, Option<&'static str>),
    /// A redirect led there.
    From(&'static str),
    /// The call never came back.
    Failed,
}

/// The API and what it saw.
#[derive(Default)]
pub struct Api {
    /// Each call that arrived, with its access token.
    pub calls: Vec<(CommandId, String)>,
    script: VecDeque<ApiAnswer>,
    always: Option<ApiAnswer>,
}

impl Api {
    /// Answers the next call that no earlier `next` is for in this way.
    pub fn next(&mut self, answer: ApiAnswer) {
        self.script.push_back(answer);
    }

    /// Answers every call in this way.
    pub fn always(&mut self, answer: ApiAnswer) {
        self.always = Some(answer);
    }

    /// The access tokens that arrived, in order.
    pub fn tokens(&self) -> Vec<&str> {
        self.calls.iter().map(|(_, token)| token.as_str()).collect()
    }

    /// Takes a call. `None` where it fails on its way.
    pub fn call(
        &mut self,
        id: CommandId,
        url: &str,
        authorization: &str,
        is_alive: impl Fn(&str) -> bool,
    ) -> Option<ResourceAnswer> {
        let token = authorization
            .strip_prefix("Bearer ")
            .expect("a bearer token");
        self.calls.push((id, token.into()));
        let answer = self.script.pop_front().or_else(|| self.always.clone());
        let (status, challenge, url) = match answer.unwrap_or(ApiAnswer::Normal) {
            ApiAnswer::Normal if is_alive(token) => (200, None, url),
            ApiAnswer::Normal => (401, Some("Bearer error=\"invalid_token\""), url),
            ApiAnswer::Status(status, challenge) => (status, challenge, url),
            ApiAnswer::From(elsewhere) => (200, None, elsewhere),
            ApiAnswer::Failed => return None,
        };
        Some(ResourceAnswer {
            status,
            url: url.into(),
            challenge: challenge.map(Into::into),
        })
    }
}
