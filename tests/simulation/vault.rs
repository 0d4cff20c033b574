//! A vault: the real core, and what the shell around it keeps.

use std::collections::BTreeSet;

use holdfast::core::{
    Session,
    config::Config,
    input::Input,
    json::{Value, json},
    output::Output,
    time::Now,
};

use super::scenario::{Host, Setting};

pub const ISSUER: &str = "https://login.example";
pub const REDIRECT_URI: &str = "https://app.example/callback";
pub const TOKEN_ENDPOINT: &str = "https://login.example/token";
pub const KEYS: &str = "https://login.example/keys";
pub const REVOCATION_ENDPOINT: &str = "https://login.example/revoke";
pub const API: &str = "https://api.example/items";

pub type VaultId = usize;

/// One vault, dead or alive.
pub struct Vault {
    pub is_alive: bool,
    pub is_frozen: bool,
    /// Whether any of its pages can be seen.
    pub is_visible: bool,
    /// The tabs that are connected to it.
    pub tabs: BTreeSet<usize>,
    /// The version of the app that started it.
    pub version: u32,
    /// The timer that was set last; earlier ones are void.
    pub timer: u32,
    session: Session,
}

impl Vault {
    pub fn new(setting: &Setting, version: u32, seed: u64) -> Self {
        let config = Config::parse(options(setting)).expect("options that are right");
        let mut session = Session::new(config, seed);
        if setting.escrow {
            session = session.with_escrow();
        }
        Self {
            is_alive: true,
            is_frozen: false,
            is_visible: false,
            tabs: BTreeSet::new(),
            version,
            timer: 0,
            session,
        }
    }

    pub fn handle(&mut self, input: Input, now: Now) {
        self.session.handle_input(input, now);
    }

    pub fn poll(&mut self) -> Output {
        self.session.poll_output()
    }
}

impl Setting {
    /// For how long a vault outlives its last page, in milliseconds.
    pub const fn afterlife(&self) -> u64 {
        match self.host {
            Host::Shared {
                extended_lifetime: true,
            } => 150_000,
            _ => 0,
        }
    }
}

fn options(setting: &Setting) -> Value {
    let replay = if setting.replays_within_grace_only {
        "within-grace"
    } else {
        "always"
    };
    json!({
        "issuer": ISSUER,
        "clientId": "app",
        "redirectUri": REDIRECT_URI,
        "scope": "openid offline_access",
        "resources": ["https://api.example/"],
        "rotationGraceSeconds": setting.grace,
        "replayLostRefresh": replay,
        "metadata": {
            "issuer": ISSUER,
            "authorization_endpoint": "https://login.example/authorize",
            "token_endpoint": TOKEN_ENDPOINT,
            "jwks_uri": KEYS,
            "end_session_endpoint": "https://login.example/end",
            "revocation_endpoint": REVOCATION_ENDPOINT,
        },
    })
}
