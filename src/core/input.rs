//! What goes into the core: the page's commands, and the results of what the core asked for.

use alloc::string::String;

use super::{error::Phase, json::Value, pkce::Entropy, secret::Secret};

/// Names a command of the page's. The shell chooses it; it must not be in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommandId(pub u32);

/// Names something that the core asked the shell to do. The core chooses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub u32);

/// Something that happened.
pub enum Input {
    /// The page wants something. It is answered by one `Output::Reply`.
    Command {
        /// Comes back in the reply.
        id: CommandId,
        /// What the page wants.
        command: Command,
    },
    /// The page no longer wants it, or the request of a [`Command::Fetch`] failed on its way. The
    /// command gets no further output.
    Abandoned(CommandId),
    /// An `Output::Http` is done.
    HttpDone {
        /// Of the output.
        id: RequestId,
        /// The server's answer.
        result: Result<HttpResponse, HttpFailure>,
    },
    /// An `Output::SendResourceRequest` was answered.
    ResourceAnswered {
        /// Of the command.
        id: CommandId,
        /// What the API answered.
        answer: ResourceAnswer,
    },
    /// The proof of an `Output::SendResourceRequest` could not be signed, so nothing was sent.
    KeyLost(CommandId),
    /// An `Output::MakeKey` is done.
    KeyMade {
        /// Of the output.
        id: RequestId,
        /// As `Key::from_words` reads it; `None` where this browser can't.
        key: Option<Secret<String>>,
    },
    /// An `Output::VerifySignature` is done.
    SignatureVerified {
        /// Of the output.
        id: RequestId,
        /// What WebCrypto found.
        verdict: SignatureVerdict,
    },
    /// An `Output::StoreTransaction` is done.
    TransactionStored {
        /// Of the output.
        id: RequestId,
        /// Whether it is stored.
        result: Result<(), StorageFailure>,
    },
    /// An `Output::TakeTransaction` is done.
    TransactionTaken {
        /// Of the output.
        id: RequestId,
        /// The record that was there; it is there no longer.
        result: Result<Option<Value>, StorageFailure>,
    },
    /// The time of the last `Output::Idle` has come.
    Wake,
    /// What the escrow answered to `Output::Escrow`, or to an `Output::Http` that it was to carry.
    EscrowAnswered {
        /// Of the output.
        id: RequestId,
        /// The answer.
        answer: EscrowAnswer,
    },
    /// Whether any page of the vault's can be seen.
    Visibility(bool),
    /// The device has a network again.
    Online,
    /// A page begins at what looks like an authorization response: what reading it takes of the
    /// server can be fetched while the page still starts.
    ResponseExpected,
    /// The page of a vault that is its own goes to sleep, perhaps for long, perhaps for good. Nothing
    /// is to be done before it has asked by `Command::Resume`.
    Sleep,
    /// Whether somebody wants to hear of each call and request, by `Output::Log`.
    Watched(bool),
}

/// What the page wants. Intent only: never a URL, header or body for the authorization server.
pub enum Command {
    /// A page is new here: who is signed in?
    Open,
    /// Is somebody signed in, and who? Perhaps by a silent sign-in.
    CheckSession {
        /// As `checkSession` was given them.
        options: Value,
        /// For a silent sign-in.
        entropy: Entropy,
    },
    /// Who is signed in, asked by a page that slept for a while or by one that heard of another
    /// vault: this one first makes sure that the session is still its own.
    Resume,
    /// Begin a sign-in by redirect.
    SignIn {
        /// The page's options: `returnTo`, `appState`, `authorizationParams`.
        options: Value,
        /// Fresh randomness.
        entropy: Entropy,
    },
    /// Begin a sign-in in a window of its own, while the page stays. It lives as long as this vault,
    /// ten minutes at most.
    SignInByPopup {
        /// The page's options, as for `SignIn`.
        options: Value,
        /// Fresh randomness.
        entropy: Entropy,
    },
    /// The page was opened at this URL, which may be an authorization response.
    HandleCallback {
        /// The whole URL. It may hold an authorization code.
        url: Secret<String>,
    },
    /// An API call wants to go out.
    Fetch(ResourceRequest),
    /// The app wants an access token in its own hands.
    AccessToken {
        /// A URL that the token is for. It may be left out where there is one token for all.
        resource: Option<String>,
    },
    /// What does the server say of the person?
    Userinfo,
    /// What is there to know of the session?
    Facts {
        /// A URL of whose access token it is to be; without one, of the sign-in's own.
        resource: Option<String>,
    },
    /// End the session.
    SignOut {
        /// The page's options: `returnTo`, `localOnly`.
        options: Value,
    },
}

impl Command {
    /// What the page is doing, for errors.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        match self {
            Self::Open | Self::CheckSession { .. } | Self::Resume | Self::Facts { .. } => {
                Phase::Init
            }
            Self::SignIn { .. } | Self::SignInByPopup { .. } => Phase::Login,
            Self::HandleCallback { .. } => Phase::Callback,
            Self::Fetch(_) | Self::AccessToken { .. } | Self::Userinfo => Phase::Fetch,
            Self::SignOut { .. } => Phase::Logout,
        }
    }
}

/// What the core must know of an API call.
#[derive(Clone, Debug, Default)]
pub struct ResourceRequest {
    /// The URL that the browser will request, as the browser serializes it.
    pub url: String,
    /// Its method, as it is sent.
    pub method: String,
    /// Whether the caller set an `Authorization` header.
    pub has_authorization: bool,
    /// Whether the request can be sent twice: its body, if any, is no stream.
    pub is_repeatable: bool,
    /// What becomes of an answer that is a redirect.
    pub redirect: Redirect,
    /// Whether its mode is `no-cors`, in which browsers drop the `Authorization` header.
    pub is_no_cors: bool,
}

/// What becomes of an answer that is a redirect (Fetch standard, "redirect mode").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redirect {
    /// The call fails.
    #[default]
    Error,
    /// The caller gets an opaque answer, by which nobody learns where to.
    Manual,
    /// The browser goes there.
    Follow,
}

impl Redirect {
    /// What a caller asks for. A token follows no redirect unless somebody says so.
    #[must_use]
    pub fn parse(asked: Option<&str>) -> Self {
        match asked {
            Some("manual") => Self::Manual,
            Some("follow") => Self::Follow,
            _ => Self::Error,
        }
    }

    /// The name that the browser knows it by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Manual => "manual",
            Self::Follow => "follow",
        }
    }
}

/// What an API answered, as far as decisions need it.
#[derive(Clone, Debug)]
pub struct ResourceAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The URL that answered, after redirects.
    pub url: String,
    /// `WWW-Authenticate`, where CORS lets it be seen.
    pub challenge: Option<String>,
    /// `DPoP-Nonce`, where CORS lets it be seen.
    pub dpop_nonce: Option<String>,
    /// `Date` in seconds since 1970, where CORS lets it be seen.
    pub date: Option<u64>,
}

/// An answer of the authorization server.
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// The body, which may hold tokens.
    pub body: Secret<String>,
    /// `Retry-After`, whether it was a number of seconds or a date.
    pub retry_after_seconds: Option<u64>,
    /// Whether the content type is that of a page for people.
    pub looks_like_html: bool,
    /// `DPoP-Nonce`, where CORS lets it be seen.
    pub dpop_nonce: Option<String>,
    /// `Date` in seconds since 1970, where CORS lets it be seen.
    pub date: Option<u64>,
    /// `WWW-Authenticate`, where CORS lets it be seen.
    pub challenge: Option<String>,
}

/// Why there is no answer. But for the last case nobody knows whether the server has seen the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpFailure {
    /// No connection, a broken one, or CORS: browsers don't tell which.
    Network,
    /// No answer within the request's time.
    Timeout,
    /// Its proof could not be signed. It was not sent.
    KeyLost,
}

/// What WebCrypto found of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureVerdict {
    /// It is the key's.
    Valid,
    /// It is not.
    Invalid,
    /// The key could not be imported, or this browser does not have the algorithm.
    Unsupported,
}

/// The browser refused its storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageFailure;

/// What the escrow says.
pub enum EscrowAnswer {
    /// There is none, or it does not answer.
    Absent,
    /// Done; the session is this vault's.
    Kept,
    /// Done; it did not know of this session before.
    New,
    /// To a claim: nothing is there for this vault.
    Nothing,
    /// A session, newer than any that this vault has, and this vault's from now on.
    State(Secret<String>),
    /// Another vault, which lives, has the session.
    Lost,
    /// The session is over: somebody has signed out.
    Forgotten,
}
