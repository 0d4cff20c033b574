//! The authorization server: rotation, a grace period, reuse detection that ends the whole family
//! (RFC 9700 section 4.14.2). It knows the truth that the client's decisions are measured against.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::core::{
    json::{Value, json},
    time::Now,
};

use super::scenario::{Rotation, Setting};

/// The day on which every life begins, in milliseconds since 1970.
pub const BEGINNING: u64 = 1_800_000_000_000;
/// The life of access tokens whose life the server does not tell, in milliseconds.
const UNTOLD_LIFE: u64 = 3_600_000;

pub type TokenId = usize;
pub type FamilyId = usize;

/// The server and all that it gave out.
pub struct Server {
    setting: Setting,
    pub refresh_tokens: Vec<RefreshToken>,
    pub access_tokens: Vec<AccessToken>,
    pub families: Vec<Family>,
    /// Codes, with the nonce to come back; each is good once.
    codes: Vec<Option<String>>,
}

pub struct RefreshToken {
    pub family: FamilyId,
    used_at: Option<u64>,
    successor: Option<TokenId>,
}

pub struct AccessToken {
    pub family: FamilyId,
    expires_at: u64,
    is_ended: bool,
}

/// The tokens of one sign-in.
pub struct Family {
    pub is_alive: bool,
    /// Whether it ended since a used token was sent again.
    pub was_reused: bool,
}

/// What the server gave for a code or a refresh token.
#[derive(Clone, Copy)]
pub struct Given {
    pub family: FamilyId,
    pub access_token: TokenId,
    pub refresh_token: Option<TokenId>,
    /// When it was asked for, in true time and by the client's clocks.
    pub asked_at: (u64, Now),
}

impl Server {
    pub fn new(setting: &Setting) -> Self {
        Self {
            setting: setting.clone(),
            refresh_tokens: Vec::new(),
            access_tokens: Vec::new(),
            families: Vec::new(),
            codes: Vec::new(),
        }
    }

    /// The person has signed in: a code for the app.
    pub fn authorize(&mut self, nonce: &str) -> String {
        self.codes.push(Some(nonce.into()));
        format!("c{}", self.codes.len() - 1)
    }

    /// Gives tokens for a code. `None`: `invalid_grant`.
    pub fn redeem(&mut self, code: &str, now: u64, asked_at: (u64, Now)) -> Option<(Given, Value)> {
        let nonce = self.codes.get_mut(number(code)?)?.take()?;
        self.families.push(Family {
            is_alive: true,
            was_reused: false,
        });
        let family = self.families.len() - 1;
        let given = Given {
            family,
            access_token: self.access_token(family, now),
            refresh_token: Some(self.refresh_token(family)),
            asked_at,
        };
        Some((
            given,
            self.response(given, Some(&id_token(family, Some(&nonce)))),
        ))
    }

    /// Gives tokens for a refresh token. `None`: `invalid_grant`.
    pub fn refresh(
        &mut self,
        token: TokenId,
        now: u64,
        asked_at: (u64, Now),
    ) -> Option<(Given, Value)> {
        let family = self.refresh_tokens[token].family;
        if !self.honours(token, now) {
            // Somebody has the token who should not, or a network repeats what was said: the server
            // can't tell.
            let family = &mut self.families[family];
            family.was_reused |= family.is_alive;
            family.is_alive = false;
            return None;
        }
        if self.setting.ends_old_access_tokens {
            for old in &mut self.access_tokens {
                old.is_ended |= old.family == family;
            }
        }
        let refresh_token = match self.setting.rotation {
            Rotation::Omitted => None,
            Rotation::Kept => Some(token),
            Rotation::Repeats if self.refresh_tokens[token].successor.is_some() => {
                self.refresh_tokens[token].successor
            }
            Rotation::Branches | Rotation::Repeats => {
                let successor = self.refresh_token(family);
                let used = &mut self.refresh_tokens[token];
                used.successor = Some(successor);
                used.used_at.get_or_insert(now);
                Some(successor)
            }
        };
        let given = Given {
            family,
            access_token: self.access_token(family, now),
            refresh_token,
            asked_at,
        };
        let id_token = self
            .setting
            .id_token_on_refresh
            .then(|| id_token(family, None));
        Some((given, self.response(given, id_token.as_deref())))
    }

    /// Whether a refresh with this token would succeed now.
    pub fn honours(&self, token: TokenId, now: u64) -> bool {
        let token = &self.refresh_tokens[token];
        let grace = self.setting.grace * 1_000;
        self.families[token.family].is_alive
            && token.used_at.is_none_or(|used_at| now < used_at + grace)
    }

    pub fn accepts(&self, access_token: TokenId, now: u64) -> bool {
        let token = &self.access_tokens[access_token];
        !token.is_ended && now < token.expires_at && self.families[token.family].is_alive
    }

    pub fn revoke(&mut self, token: TokenId) {
        let family = self.refresh_tokens[token].family;
        self.families[family].is_alive = false;
    }

    pub fn end_sessions(&mut self) {
        for family in &mut self.families {
            family.is_alive = false;
        }
    }

    fn refresh_token(&mut self, family: FamilyId) -> TokenId {
        self.refresh_tokens.push(RefreshToken {
            family,
            used_at: None,
            successor: None,
        });
        self.refresh_tokens.len() - 1
    }

    fn access_token(&mut self, family: FamilyId, now: u64) -> TokenId {
        let life = self
            .setting
            .expires_in
            .map_or(UNTOLD_LIFE, |life| life * 1_000);
        self.access_tokens.push(AccessToken {
            family,
            expires_at: now + life,
            is_ended: false,
        });
        self.access_tokens.len() - 1
    }

    fn response(&self, given: Given, id_token: Option<&str>) -> Value {
        let mut response = json!({
            "access_token": format!("a{}", given.access_token),
            "token_type": "Bearer",
        });
        if let Some(token) = given.refresh_token {
            response["refresh_token"] = format!("r{token}").into();
        }
        if let Some(life) = self.setting.expires_in {
            response["expires_in"] = life.into();
        }
        if let Some(id_token) = id_token {
            response["id_token"] = id_token.into();
        }
        response
    }
}

/// The number in the name of a token or code.
pub fn number(name: &str) -> Option<usize> {
    name.get(1..)?.parse().ok()
}

/// An ID token. Its signature is nothing: whether it is good is scripted.
fn id_token(session: FamilyId, nonce: Option<&str>) -> String {
    const LONG: u64 = 100_000_000;
    let mut claims = json!({
        "iss": super::vault::ISSUER,
        "sub": "alice",
        "aud": "app",
        "sid": session,
        "iat": BEGINNING / 1_000 - LONG,
        "exp": BEGINNING / 1_000 + LONG,
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = nonce.into();
    }
    let part = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
    format!(
        "{}.{}.{}",
        part(r#"{"alg":"EdDSA","kid":"k"}"#),
        part(&claims.to_string()),
        part("signature")
    )
}
