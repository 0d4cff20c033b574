//! What comes out of the core: things to do, answers to the page, and when to wake up.

use alloc::string::String;

use super::{
    challenge::StepUp,
    dpop::{ProofAlgorithm, ProofOrder},
    error::{Error, Phase},
    id_token::Claims,
    input::{CommandId, RequestId},
    json::Value,
    jwks::Algorithm,
    log::Entry,
    secret::Secret,
    time::Monotonic,
};

/// Something for the shell to do.
pub enum Output {
    /// Ask the authorization server, without cookies and without following redirects. Answer with
    /// `Input::HttpDone`.
    Http(HttpRequest),
    /// Send the page's request of this command, with this `Authorization` header. Answer with
    /// `Input::ResourceAnswered`, or `Input::Abandoned` or `Input::KeyLost` where it failed.
    SendResourceRequest {
        /// Of the command.
        id: CommandId,
        /// The header's value.
        authorization: Secret<String>,
        /// A proof to sign and to send along.
        proof: Option<ProofOrder>,
    },
    /// Make a key for proofs by WebCrypto. Answer with `Input::KeyMade`.
    MakeKey {
        /// Comes back in the answer.
        id: RequestId,
        /// What it is to sign with.
        algorithm: ProofAlgorithm,
    },
    /// Answer a `Command::AccessToken`, in place of `Output::Reply`: the only token that leaves.
    AccessToken {
        /// Of the command.
        id: CommandId,
        /// The token.
        token: Secret<String>,
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
    /// Tell the escrow something. Answer with `Input::EscrowAnswered`.
    Escrow {
        /// Comes back in the answer.
        id: RequestId,
        /// What to tell.
        message: EscrowMessage,
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
    /// Tell those who want to hear of it.
    Log(Entry),
    /// Nothing more to do. Wake the core at this time, or at the next input.
    Idle {
        /// When something is due, if anything is.
        wake_at: Option<Monotonic>,
    },
}

impl Output {
    /// Takes out the proof that is to be signed first.
    pub fn take_proof(&mut self) -> Option<ProofOrder> {
        match self {
            Self::Http(HttpRequest { proof, .. }) | Self::SendResourceRequest { proof, .. } => {
                proof.take()
            }
            _ => None,
        }
    }
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
    /// For the escrow to carry, where there is one, so that the answer outlives this vault.
    pub carry: Option<Deposit>,
    /// The `Authorization` header's value, where it has one.
    pub authorization: Option<Secret<String>>,
    /// A proof to sign and to send along.
    pub proof: Option<ProofOrder>,
}

/// What the escrow is told.
pub enum EscrowMessage {
    /// Give this vault what an earlier one left.
    Claim {
        /// Not what a vault has that lives, though that one is of another version.
        only_ownerless: bool,
    },
    /// Keep this.
    Park(Deposit),
    /// The same, from a vault that has slept: another one may have the session, which must show
    /// first where the escrow itself knows nothing of it.
    Resume(Deposit),
    /// The session of this ticket is over.
    Forget {
        /// Names the session, where this vault knows of one.
        ticket: Option<String>,
        /// Somebody has signed out: sessions of this app that no vault has are over, too.
        sweep: bool,
    },
}

/// A session as the escrow keeps it.
pub struct Deposit {
    /// Names the session.
    pub ticket: String,
    /// Everything that another vault needs to go on with it.
    pub state: Secret<String>,
    /// Names the token request that is under way, if one is: asked for again by this name, the
    /// escrow sends no second one.
    pub carried: Option<String>,
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
    /// To `CheckSession` and `Resume`: who is signed in, if anybody is.
    Session(Option<Identity>),
    /// To `CheckSession`: nobody is; go there to be signed in without being asked.
    SilentSignIn(String),
    /// To `SignIn`: go there.
    Navigate(String),
    /// To `SignInByPopup`: have the window go there.
    Popup {
        /// Where to.
        url: String,
        /// The response's `state`, by which the window and its opener find each other.
        state: String,
    },
    /// To `HandleCallback`: signed in, or the URL was no callback.
    Callback(Option<SignedIn>),
    /// To `Fetch`: hand the API's answer to the page.
    Deliver,
    /// To `Facts`: an object of them; null where nobody is signed in.
    Facts(Value),
    /// To `Userinfo`: what the server says of the person.
    Userinfo(Claims),
    /// To `SignOut`: the session is over here; go there to end it at the server, too.
    SignedOut(Option<String>),
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// The claims that describe the person. None without OpenID Connect.
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
    /// An API asks for a newer or stronger sign-in.
    StepUp(StepUp),
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
    /// The DPoP key, to which the tokens are bound, can't be used any longer.
    KeyLost,
}

impl ExpiryReason {
    /// The name that the page sees in the event's `reason`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::NoRefreshToken => "no_refresh_token",
            Self::LostRefresh => "lost_refresh",
            Self::KeyLost => "key_lost",
        }
    }
}
