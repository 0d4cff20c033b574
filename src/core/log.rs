//! What the core tells about its doings: for an app's `logger`, and for the report of `diagnose()`.
//!
//! An entry is the number of an event, three numbers and a text. The text is one of the core's own
//! names; only three come from elsewhere: the origin of a call and its method, which the app has
//! chosen, and an OAuth error code, if it looks like one. So no entry holds a secret, a claim, or a URL.
//! `log-events.ts`, which the page loads only when it needs it, has the names of everything.

use alloc::string::String;

use super::{
    Pending, Session,
    error::{Error, Fault, Phase},
    input::{HttpFailure, HttpResponse, RequestId},
    output::{ExpiryReason, HttpRequest, Output},
    resource::TargetIndex,
};

/// What happened. The numbers are those of `log-events.ts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// A request to the authorization server: its number, whether the escrow carries it, whether it
    /// has a proof; and the endpoint.
    ServerRequest,
    /// Its answer: the request's number, the status; and the endpoint.
    ServerAnswer,
    /// A call waits for a token: its number, the target.
    CallWaiting,
    /// A call went out: its number, which of the session's tokens it has, whether it has a proof;
    /// its method and its origin.
    CallSent,
    /// The API's answer: the call's number, the status.
    CallAnswered,
    /// The call goes out again: its number, whether a newer token was there.
    CallRepeated,
    /// A proof was refused, and the request goes out again: the error code, and the API's origin.
    ProofRefused,
    /// One session is over: the number of the next.
    EpochChanged,
    /// From here on, what is told whether or not somebody listens. An answer of the authorization
    /// server's that is no success, or none: the request's number, the status, below zero where
    /// there is none; the endpoint.
    ServerFailed = 16,
    /// A session from the escrow: whether a refresh is under way.
    SessionAdopted,
    /// Another vault has the session.
    SessionMoved,
    /// A sign-in begins: whether it is silent, whether with a key.
    SignInStarted,
    /// The server's answer to a sign-in: its error code.
    CallbackReceived,
    /// Somebody is signed in: the token's life, whether there is a refresh token, whether a key.
    SignedIn,
    /// A silent sign-in has found nobody.
    SilentSignInEnded,
    /// A refresh goes out: the target; and why.
    RefreshStarted,
    /// It brought a token: the target, whether a new refresh token came, the token's life.
    RefreshEnded,
    /// It failed, and is tried again: after how many milliseconds; the error's code.
    RefreshRetried,
    /// It failed: for how many milliseconds there is no new try.
    RefreshFailed,
    /// Its answer came after its session's end.
    RefreshDiscarded,
    /// Somebody has signed out here: whether only here.
    SignedOut,
    /// Somebody has signed out elsewhere.
    SignedOutElsewhere,
    /// The session is over though nobody signed out: the status; reason, nothing, and error code.
    SessionExpired,
    /// An API asks for a newer or stronger sign-in.
    StepUp,
    /// Something failed that may go right by itself, or by a new sign-in: the status; code, phase and
    /// error code.
    FailedForNow,
    /// Something failed that somebody has to mend: the same.
    Failed,
    /// The session's state, whenever a listener comes or goes: flags, for how many milliseconds there
    /// is no refresh, by how many seconds the server's clock is ahead; the algorithms for ID tokens.
    State,
    /// An access token: its target, the seconds until it expires.
    Token,
}

/// Something that happened, in numbers.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// What.
    pub happening: Happening,
    /// More about it: words with spaces between.
    pub text: String,
    /// More about it. -1 is what is not known.
    pub numbers: [i32; 3],
}

impl Session {
    /// Tells something. What is for listeners is dropped where there is none.
    #[inline(never)]
    pub(super) fn log(&mut self, happening: Happening, text: &str, one: i32, two: i32, three: i32) {
        if self.is_watched || happening >= Happening::ServerFailed {
            self.outputs.push(Output::Log(Entry {
                happening,
                text: text.into(),
                numbers: [one, two, three],
            }));
        }
    }

    /// Tells that something failed, for a call of the page's or for all pages.
    pub(super) fn log_failure(&mut self, error: &Error, phase: Phase) {
        let happening = if error.code.retryable() || error.code.fault() == Fault::Session {
            Happening::FailedForNow
        } else {
            Happening::Failed
        };
        self.log_error(happening, error, error.code.as_str(), phase.as_str());
    }

    /// Tells that the session is over though nobody signed out.
    pub(super) fn log_end(&mut self, reason: ExpiryReason, error: &Error) {
        self.log_error(Happening::SessionExpired, error, reason.as_str(), "");
    }

    fn log_error(&mut self, happening: Happening, error: &Error, one: &str, two: &str) {
        let oauth = error.oauth.as_ref();
        let oauth = oauth.map_or("", |oauth| error_code(&oauth.error));
        let text = [one, " ", two, " ", oauth].concat();
        self.log(happening, &text, self.status, 0, 0);
    }

    /// Tells why a refresh goes out.
    pub(super) fn log_refresh(&mut self, target: TargetIndex) {
        let holds_one = self.grant.as_ref().is_some_and(|grant| grant.holds(target));
        let reason = if self.refresh.retry.has_failed() {
            "again"
        } else if self.refresh.carried.is_some() {
            "collected"
        } else if holds_one {
            "expired"
        } else {
            "no_token"
        };
        self.log(Happening::RefreshStarted, reason, index(target), 0, 0);
    }

    /// Asks the authorization server.
    pub(super) fn send(&mut self, request: HttpRequest) {
        let endpoint = self.endpoint(request.id);
        self.log(
            Happening::ServerRequest,
            endpoint,
            request.id.0.cast_signed(),
            request.carry.is_some().into(),
            request.proof.is_some().into(),
        );
        self.outputs.push(Output::Http(request));
    }

    /// Tells what the authorization server has answered.
    pub(super) fn log_answer(&mut self, id: RequestId, result: &Result<HttpResponse, HttpFailure>) {
        let mut happening = Happening::ServerFailed;
        match result {
            Ok(response) => {
                self.status = response.status.into();
                if matches!(response.status, 200..=299) {
                    happening = Happening::ServerAnswer;
                }
            }
            // `log-events.ts` has the names.
            Err(failure) => self.status = -1 - *failure as i32,
        }
        let endpoint = self.endpoint(id);
        self.log(happening, endpoint, id.0.cast_signed(), self.status, 0);
    }

    fn endpoint(&mut self, id: RequestId) -> &'static str {
        match self.pending.find(id) {
            Some(Pending::Metadata(_)) => "metadata",
            Some(Pending::Keys) => "keys",
            Some(Pending::PushedRequest(..)) => "par",
            Some(Pending::CodeExchange(_)) => "code",
            Some(Pending::Refresh(_)) => "refresh",
            Some(Pending::Exchange(_)) => "exchange",
            Some(Pending::Userinfo(_)) => "userinfo",
            _ => "revocation",
        }
    }
}

/// What an OAuth server calls an error, if it looks like a name and not like words for somebody.
pub(super) fn error_code(text: &str) -> &str {
    let is_name = |byte| matches!(byte, b'a'..=b'z' | b'_');
    if text.len() <= 40 && text.bytes().all(is_name) {
        text
    } else {
        "other"
    }
}

/// A number for an entry.
pub(super) fn known(number: Option<u64>) -> i32 {
    number.map_or(-1, |number| i32::try_from(number).unwrap_or(i32::MAX))
}

/// A target for an entry.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "there are few"
)]
pub(super) const fn index(target: TargetIndex) -> i32 {
    target.0 as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_is_an_error_code() {
        assert_eq!(error_code("invalid_grant"), "invalid_grant");
        for text in [
            "Ada Lovelace",
            "ada@example.org",
            "eyJhbGciOiJSUzI1NiJ9",
            &"x".repeat(41),
        ] {
            assert_eq!(error_code(text), "other");
        }
    }
}
