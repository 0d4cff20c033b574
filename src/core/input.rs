//! What goes into the core: the page's commands, and the results of what the core asked for.

use alloc::string::String;

use serde_json::Value;

use super::{pkce::Entropy, secret::Secret};

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
}

/// What the page wants. Intent only: never a URL, header or body for the authorization server.
pub enum Command {
    /// Is somebody signed in, and who?
    CheckSession,
    /// Begin a sign-in by redirect.
    SignIn {
        /// The page's options: `returnTo`, `appState`, `authorizationParams`.
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
    /// End the session.
    SignOut {
        /// The page's options: `returnTo`, `localOnly`.
        options: Value,
    },
}

/// What the core must know of an API call.
pub struct ResourceRequest {
    /// The URL that the browser will request, as the browser serializes it.
    pub url: String,
    /// Whether the caller set an `Authorization` header.
    pub has_authorization: bool,
    /// Whether the request can be sent twice: its body, if any, is no stream.
    pub is_repeatable: bool,
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
}

/// Why there is no answer. In both cases nobody knows whether the server has seen the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpFailure {
    /// No connection, a broken one, or CORS: browsers don't tell which.
    Network,
    /// No answer within the request's time.
    Timeout,
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
