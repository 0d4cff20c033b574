//! The sentences that tests are written in: sign in, call an API, sign out.

use holdfast::core::{
    error::Code,
    input::{Command, CommandId},
    json::{Value, json},
    output::{Event, ExpiryReason, Failure, Identity, Reply, SignedIn},
    secret::Secret,
};
use sha2::{Digest as _, Sha256};

use super::{
    callback::Callback,
    driver::Driver,
    server::{CLIENT_ID, Endpoint, ISSUER},
};

/// An API of the app's.
pub const API: &str = "https://api.example/items";
/// Two more, each with a token of its own where [`two_targets`] are the options.
pub const MAIL: &str = "https://mail.example/inbox";
pub const FILES: &str = "https://files.example/list";

/// Options of `createAuthClient`.
pub fn options() -> Value {
    json!({
        "issuer": ISSUER,
        "clientId": CLIENT_ID,
        "redirectUri": "https://app.example/callback",
        "postLogoutRedirectUri": "https://app.example/",
        "scope": "openid profile offline_access",
        "resources": ["https://api.example/"],
    })
}

/// Options for a server without OpenID Connect.
pub fn plain_options() -> Value {
    let mut options = options();
    options["openid"] = json!(false);
    options["scope"] = json!("items offline_access");
    options
}

/// Options with one of them set.
pub fn with(name: &str, value: Value) -> Value {
    let mut options = options();
    options[name] = value;
    options
}

/// Options with two APIs that need a token each.
pub fn two_targets() -> Value {
    with(
        "resources",
        json!([
            { "url": "https://mail.example/", "audience": "mail" },
            { "url": "https://files.example/", "resource": "https://files.example", "scope": "files" },
        ]),
    )
}

impl Driver {
    /// A session in which nobody is signed in.
    pub fn signed_out() -> Self {
        Self::new(options())
    }

    /// A session in which Alice has just signed in.
    pub fn signed_in() -> Self {
        Self::signed_in_with(options())
    }

    /// The same with these options.
    pub fn signed_in_with(options: Value) -> Self {
        let mut driver = Self::new(options);
        driver.sign_in();
        driver
    }

    /// A vault in an app with an escrow, in which Alice has just signed in.
    pub fn signed_in_with_escrow() -> Self {
        let mut driver = Self::with_escrow(options());
        assert_eq!(driver.open(), None);
        driver.sign_in();
        driver
    }

    /// The first question of a page: the `sub` of whoever is signed in.
    pub fn open(&mut self) -> Option<String> {
        subject_of(self.ask(Command::Open).expect("an answer to Open"))
    }

    /// The question of a page that has slept.
    pub fn resume(&mut self) -> Result<Option<String>, Code> {
        self.ask(Command::Resume)
            .map(subject_of)
            .map_err(|failure| failure.error.code)
    }

    /// Gives a command, performs all that follows at once, and takes its reply.
    pub fn ask(&mut self, command: Command) -> Result<Reply, Failure> {
        let id = self.command(command);
        self.settle();
        self.reply(id).expect("a reply")
    }

    /// `loginWithRedirect(options)`: the URL to go to.
    pub fn begin_sign_in(&mut self, options: Value) -> Result<String, Failure> {
        match self.ask(sign_in_command(options, self.seen.len()))? {
            Reply::Navigate(url) => Ok(url),
            other => panic!("{other:?} is no answer to SignIn"),
        }
    }

    /// Goes to the server and comes back.
    pub fn authorize(&mut self) -> Callback {
        let url = self.begin_sign_in(json!({})).expect("a URL to sign in at");
        self.server.authorize(&url)
    }

    /// `handleRedirectCallback(url)`.
    pub fn handle_callback(&mut self, url: &str) -> Result<Option<SignedIn>, Failure> {
        match self.ask(Command::HandleCallback {
            url: Secret::from(url),
        })? {
            Reply::Callback(signed_in) => Ok(signed_in),
            other => panic!("{other:?} is no answer to HandleCallback"),
        }
    }

    /// The same, without waiting for the answer to steps that are held back.
    pub fn handle_callback_later(&mut self, url: &str) -> CommandId {
        let id = self.command(Command::HandleCallback {
            url: Secret::from(url),
        });
        self.settle();
        id
    }

    /// A whole sign-in, which succeeds.
    pub fn sign_in(&mut self) {
        let callback = self.authorize();
        self.handle_callback(&callback.url())
            .expect("a sign-in")
            .expect("a callback");
    }

    /// A whole sign-in, which fails.
    pub fn fail_to_sign_in(&mut self) -> Failure {
        let callback = self.authorize();
        self.handle_callback(&callback.url())
            .expect_err("this sign-in should fail")
    }

    /// `auth.fetch(url)`, as far as it comes without time passing.
    pub fn call(&mut self, url: &str) -> Result<(), Code> {
        let id = self.fetch(url);
        self.settle();
        self.outcome(id).expect("an answer to the call")
    }

    /// How the call `id` ended, where it did.
    pub fn outcome(&mut self, id: CommandId) -> Option<Result<(), Code>> {
        self.reply(id).map(|result| match result {
            Ok(Reply::Deliver) => Ok(()),
            Ok(other) => panic!("{other:?} is no answer to Fetch"),
            Err(failure) => Err(failure.error.code),
        })
    }

    /// `logout(options)`: the URL to go to, where there is one.
    pub fn sign_out(&mut self, options: Value) -> Result<Option<String>, Failure> {
        match self.ask(Command::SignOut { options })? {
            Reply::SignedOut(url) => Ok(url),
            other => panic!("{other:?} is no answer to SignOut"),
        }
    }

    /// `auth.userinfo()`, as far as it comes without time passing.
    pub fn userinfo(&mut self) -> Result<Value, Failure> {
        self.ask(Command::Userinfo).map(claims_of)
    }

    /// Who is signed in.
    pub fn who(&mut self) -> Option<Identity> {
        match self.ask(check_session(Value::Null)) {
            Ok(Reply::Session(identity)) => identity,
            other => panic!("{other:?} is no answer to CheckSession"),
        }
    }

    /// The `sub` of whoever is signed in.
    pub fn subject(&mut self) -> Option<String> {
        self.who()
            .map(|identity| identity.claims["sub"].as_str().unwrap().to_string())
    }

    /// Lets the access token expire.
    pub fn expire_access_token(&mut self) {
        self.clock.advance(400_000);
    }

    /// How many requests the token endpoint has seen.
    pub fn token_requests(&self) -> usize {
        self.server.requests_to(Endpoint::Token).len()
    }

    /// Why sessions ended by themselves.
    pub fn expiries(&self) -> Vec<ExpiryReason> {
        let reason = |event: &Event| match event {
            Event::SessionExpired { reason } => Some(*reason),
            _ => None,
        };
        self.events.iter().filter_map(reason).collect()
    }
}

/// The claims of an answer to `Userinfo`.
pub fn claims_of(reply: Reply) -> Value {
    let Reply::Userinfo(claims) = reply else {
        panic!("{reply:?} is no answer to Userinfo")
    };
    Value::from(claims)
}

/// Who is signed in, by an answer to `Open`, `Resume` or `CheckSession`.
pub fn subject_of(reply: Reply) -> Option<String> {
    let Reply::Session(identity) = reply else {
        panic!("{reply:?} does not say who is signed in")
    };
    identity.map(|identity| identity.claims["sub"].as_str().unwrap().into())
}

/// `checkSession(options)`.
pub fn check_session(options: Value) -> Command {
    Command::CheckSession {
        options,
        entropy: Secret::new([7; 96]),
    }
}

/// `loginWithRedirect(options)` with randomness that differs by `seed`.
pub fn sign_in_command(options: Value, seed: usize) -> Command {
    let mut entropy = [0; 96];
    for (part, bytes) in entropy.chunks_mut(32).enumerate() {
        bytes.copy_from_slice(&Sha256::digest(format!("{seed} {part}")));
    }
    Command::SignIn {
        options,
        entropy: Secret::new(entropy),
    }
}
