//! What comes out of the core: things to do, answers to the page, and when to wake up.

use alloc::string::String;

use serde_json::Value;

use super::{
    error::{Error, Phase},
    id_token::Claims,
    input::{CommandId, RequestId},
    jwks::Algorithm,
    secret::Secret,
    time::Monotonic,
};

/// Something for the shell to do.
pub enum Output {
    /// Ask the authorization server, without cookies and without following redirects. Answer with
    /// `Input::HttpDone`.
    Http(HttpRequest),
    /// Send the page's request of this command, with this `Authorization` header. Answer with
    /// `Input::ResourceAnswered`, or `Input::Abandoned` where it failed.
    SendResourceRequest {
        /// Of the command.
        id: CommandId,
        /// The header's value.
        authorization: Secret<String>,
    },
    /// Verify a signature by WebCrypto. Answer with `Input::SignatureVerified`.
    VerifySignature {
        /// Comes back in the answer.
        id: RequestId,
        /// What is to be verified.
        check: SignatureCheck,
    },
    /// Store a pending sign-in. Answer with `Input::TransactionStored`.
    StoreTransaction {
        /// Comes back in the answer.
        id: RequestId,
        /// The record's name.
        key: String,
        /// The record.
        record: Value,
        /// When it may be thrown away, in seconds since 1970.
        expires_at: u64,
        /// Records that expired before this may be thrown away now.
        now: u64,
    },
    /// Take a pending sign-in out of the storage, in one step. Answer with
    /// `Input::TransactionTaken`.
    TakeTransaction {
        /// Comes back in the answer.
        id: RequestId,
        /// The record's name.
        key: String,
    },
    /// Answer a command.
    Reply {
        /// Of the command.
        id: CommandId,
        /// The answer.
        result: Result<Reply, Failure>,
    },
    /// Tell every page.
    Event(Event),
    /// Nothing more to do. Wake the core at this time, or at the next input.
    Idle {
        /// When something is due, if anything is.
        wake_at: Option<Monotonic>,
    },
}

/// A request to the authorization server.
pub struct HttpRequest {
    /// Comes back in the answer.
    pub id: RequestId,
    /// Where to.
    pub url: String,
    /// A form to `POST`; without one it is a `GET`.
    pub form: Option<Secret<String>>,
    /// When to give up, in milliseconds.
    pub timeout_milliseconds: u64,
}

/// A signature to verify.
pub struct SignatureCheck {
    /// How it was made.
    pub algorithm: Algorithm,
    /// The public key, a JWK.
    pub key: Value,
    /// What it is over.
    pub signing_input: Secret<String>,
    /// The signature.
    pub signature: Vec<u8>,
}

/// The answer to a command.
#[derive(Debug)]
pub enum Reply {
    /// To `CheckSession`: who is signed in, if anybody is.
    Session(Option<Identity>),
    /// To `SignIn`: go there.
    Navigate(String),
    /// To `HandleCallback`: signed in, or the URL was no callback.
    Callback(Option<SignedIn>),
    /// To `Fetch`: hand the API's answer to the page.
    Deliver,
    /// To `SignOut`: the session is over here; go there to end it at the server, too.
    SignedOut(Option<String>),
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// The claims that describe the person.
    pub user: Claims,
    /// All claims of the ID token.
    pub claims: Claims,
}

/// What a sign-in gives back to the app.
#[derive(Debug)]
pub struct SignedIn {
    /// Where the person was.
    pub return_to: Option<String>,
    /// What the app gave to `loginWithRedirect`.
    pub app_state: Option<Value>,
}

/// An error, and what the page was doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The error.
    pub error: Error,
    /// What the page was doing.
    pub phase: Phase,
}

/// Something that every page is told.
#[derive(Debug)]
pub enum Event {
    /// Somebody signed in.
    SignedIn {
        /// Who.
        identity: Identity,
        /// The access token's life in seconds, where the server said it.
        expires_in: Option<u64>,
    },
    /// Somebody signed out.
    SignedOut,
    /// An access token was renewed.
    Refreshed {
        /// Who is signed in, where a new ID token came along.
        identity: Option<Identity>,
        /// The access token's life in seconds, where the server said it.
        expires_in: Option<u64>,
    },
    /// The session is over though nobody signed out.
    SessionExpired {
        /// Why.
        reason: ExpiryReason,
    },
    /// Something failed that no call of the page's can tell about.
    Error(Failure),
}

/// Why a session ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiryReason {
    /// The server refused the refresh token.
    Refused,
    /// The access token expired, and there is no refresh token.
    NoRefreshToken,
    /// The answer to a refresh was lost, and `replayLostRefresh` forbids to ask again.
    LostRefresh,
}

impl ExpiryReason {
    /// The name that the page sees in the event's `reason`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::NoRefreshToken => "no_refresh_token",
            Self::LostRefresh => "lost_refresh",
        }
    }
}
