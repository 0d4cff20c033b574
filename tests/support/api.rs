//! The API that the app calls, as far as the core hears of it.

use std::collections::VecDeque;

use holdfast::core::{
    dpop::ProofOrder,
    input::{CommandId, ResourceAnswer},
};

use super::proofs::{ProofDesk, Proven, sign};

/// How an API asks for a nonce (RFC 9449 section 9).
pub const USE_NONCE: &str = "DPoP error=\"use_dpop_nonce\", algs=\"ES256\"";

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

/// A call as it arrives.
pub struct Arrival<'a> {
    pub id: CommandId,
    pub url: &'a str,
    pub method: &'a str,
    /// The header's value.
    pub authorization: &'a str,
    pub proof: Option<&'a ProofOrder>,
    /// The device's time in seconds.
    pub now: u64,
}

/// The API and what it saw.
#[derive(Default)]
pub struct Api {
    /// Each call that arrived, with its access token.
    pub calls: Vec<(CommandId, String)>,
    /// The status of each answer that came back, in order.
    pub statuses: Vec<u16>,
    /// Where it takes nothing but tokens that are bound to a key.
    pub desk: Option<ProofDesk>,
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

    /// How the last call was answered, in the words of the tables: "accepted" where all is well.
    pub fn last_status(&self) -> String {
        match self.statuses.last().expect("an answer") {
            200 => "accepted".into(),
            status => status.to_string(),
        }
    }

    /// Takes a call. `None` where it fails on its way.
    pub fn call(
        &mut self,
        arrival: Arrival<'_>,
        is_alive: impl Fn(&str, Option<&str>) -> bool,
    ) -> Option<ResourceAnswer> {
        let Arrival {
            id,
            url,
            method,
            authorization,
            proof,
            now,
        } = arrival;
        let (scheme, token) = authorization.split_once(' ').unwrap();
        assert_eq!(scheme, proof.map_or("Bearer", |_| "DPoP"));
        let proof = proof.map(sign);
        let thumbprint = self.desk.as_mut().map(|desk| {
            desk.check(&Proven {
                proof: proof.as_deref().expect("a proof"),
                method,
                url,
                access_token: Some(token),
                now,
            })
        });
        self.calls.push((id, token.into()));
        let answer = self.script.pop_front().or_else(|| self.always.clone());
        let (status, challenge, url) = match answer.unwrap_or(ApiAnswer::Normal) {
            ApiAnswer::Normal => match &thumbprint {
                Some(Err("use_dpop_nonce")) => (401, Some(USE_NONCE), url),
                Some(Err(_)) => (401, Some("DPoP error=\"invalid_dpop_proof\""), url),
                Some(Ok(thumbprint)) if is_alive(token, Some(thumbprint)) => (200, None, url),
                Some(Ok(_)) => (401, Some("DPoP error=\"invalid_token\""), url),
                None if is_alive(token, None) => (200, None, url),
                None => (401, Some("Bearer error=\"invalid_token\""), url),
            },
            ApiAnswer::Status(status, challenge) => (status, challenge, url),
            ApiAnswer::From(elsewhere) => (200, None, elsewhere),
            ApiAnswer::Failed => return None,
        };
        self.statuses.push(status);
        Some(ResourceAnswer {
            status,
            url: url.into(),
            challenge: challenge.map(Into::into),
            dpop_nonce: self.desk.as_mut().and_then(ProofDesk::offer),
            date: self.desk.as_ref().and_then(|desk| desk.date(now)),
        })
    }
}
