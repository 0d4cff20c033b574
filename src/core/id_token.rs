//! ID tokens: every check of OpenID Connect Core section 3.1.3.7, but the signature itself, which
//! the browser's WebCrypto verifies.

use alloc::{string::String, vec::Vec};

use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq as _;

use super::{
    base64url,
    error::{Code, Error},
    json::{self, Map, Value},
    jwks::Algorithm,
    secret::Secret,
    time::UnixMillis,
};

/// The claims of an ID token.
pub type Claims = Map;

/// An ID token that was taken apart. Nothing in it is believed before
/// [`check`](Self::check) and the signature have passed.
pub struct IdToken {
    raw: Secret<String>,
    /// How many bytes of it are signed.
    signing_input: usize,
    /// The algorithm that its header names.
    pub algorithm: Algorithm,
    /// The key that its header names.
    pub key_id: Option<String>,
    pub(super) claims: Claims,
    signature: Vec<u8>,
}

/// What an ID token must say.
pub struct Expectations<'a> {
    /// The configured issuer.
    pub issuer: &'a str,
    /// The configured client identifier.
    pub client_id: &'a str,
    /// By how many seconds the clocks may differ.
    pub tolerance: u64,
    /// The algorithms that the server announced; empty where it did not.
    pub algorithms: &'a [String],
    /// The nonce that was sent. An ID token from a refresh has none as a rule, and else the same
    /// (section 12.2).
    pub nonce: Option<&'a str>,
    /// The `max_age` that was asked for, in seconds.
    pub max_age: Option<u64>,
    /// The person who is signed in, for an ID token from a refresh (section 12.2).
    pub subject: Option<&'a str>,
    /// The access token that came with it.
    pub access_token: &'a Secret<String>,
    /// Learns by how many seconds the server's clock is ahead. A refresh may bring an older ID token.
    pub ahead: &'a core::cell::Cell<i64>,
}

impl IdToken {
    /// Takes `raw` apart.
    ///
    /// # Errors
    /// [`Code::IdTokenMalformed`] and [`Code::IdTokenAlgorithm`].
    pub fn parse(raw: Secret<String>) -> Result<Self, Error> {
        let malformed = |what: &str| Error::with(Code::IdTokenMalformed, what);
        // EXPOSE: the token is read here; it stays in `raw`, and its claims are for the app.
        let parts = raw
            .expose()
            .split_once('.')
            .and_then(|(header, rest)| Some((header, rest.split_once('.')?)));
        let Some((header, (payload, signature))) = parts else {
            return Err(malformed("it is no signed JWT"));
        };
        let signing_input = raw.expose().len() - signature.len() - 1; // EXPOSE: as above
        let header =
            json_object(header).ok_or_else(|| malformed("its header is no JSON object"))?;
        let claims =
            json_object(payload).ok_or_else(|| malformed("its claims are no JSON object"))?;
        let signature = base64url::decode(signature)
            .ok_or_else(|| malformed("its signature is not base64url"))?;

        let text = |name| match header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(malformed("a header is no text")),
        };
        let algorithm = text("alg")?
            .and_then(Algorithm::from_name)
            .ok_or(Code::IdTokenAlgorithm)?;
        // RFC 7515 section 4.1.11: an extension that must be understood, and is not.
        if header.contains_key("crit") {
            return Err(malformed("`crit` is not supported"));
        }
        // RFC 8725 section 3.11: an access token or logout token is no ID token.
        if !text("typ")?.is_none_or(|token_type| token_type.eq_ignore_ascii_case("JWT")) {
            return Err(malformed("`typ` is not JWT"));
        }
        let key_id = text("kid")?.map(String::from);
        Ok(Self {
            raw,
            signing_input,
            algorithm,
            key_id,
            claims,
            signature,
        })
    }

    /// Whether the claims are what they must be at `now`.
    ///
    /// # Errors
    /// One of the `IdToken…` codes.
    pub fn check(&self, expected: &Expectations<'_>, now: UnixMillis) -> Result<(), Error> {
        let (now, tolerance) = (now.seconds(), expected.tolerance);
        if self.text("iss")? != Some(expected.issuer) {
            return Err(Code::IdTokenIssuer.into());
        }
        self.check_subject(expected.subject)?;
        self.check_audience(expected.client_id)?;
        let announced = expected.algorithms;
        if !announced.is_empty() && !announced.iter().any(|name| name == self.algorithm.name()) {
            return Err(Code::IdTokenAlgorithm.into());
        }

        let missing = |name: &str| Error::with(Code::IdTokenTime, name);
        let issued_at = self.time("iat")?;
        if let (Some(issued_at), None) = (issued_at, expected.subject) {
            let ahead = issued_at.cast_signed() - now.cast_signed();
            expected.ahead.set(ahead);
        }
        let expiry = self.time("exp")?;
        let expiry = expiry.ok_or_else(|| missing("`exp` is missing"))?;
        if now >= expiry.saturating_add(tolerance) {
            return Err(Error::with(Code::IdTokenTime, "`exp` has passed"));
        }
        let issued_at = issued_at.ok_or_else(|| missing("`iat` is missing"))?;
        let not_before = self.time("nbf")?.unwrap_or(issued_at);
        if issued_at.max(not_before) > now.saturating_add(tolerance) {
            return Err(Error::with(
                Code::IdTokenTime,
                "`iat` or `nbf` is in the future",
            ));
        }

        match (expected.nonce, self.text("nonce")?) {
            (Some(sent), Some(found)) if bool::from(sent.as_bytes().ct_eq(found.as_bytes())) => {}
            (Some(_), None) if expected.subject.is_some() => {}
            (None, _) => {}
            _ => return Err(Code::IdTokenNonce.into()),
        }
        if let Some(max_age) = expected.max_age {
            let signed_in_at = self.time("auth_time")?.ok_or(Code::IdTokenAuthTime)?;
            if now
                > signed_in_at
                    .saturating_add(max_age)
                    .saturating_add(tolerance)
            {
                return Err(Code::IdTokenAuthTime.into());
            }
        }
        match self.text("at_hash")? {
            Some(found) if !fits_access_token(found, self.algorithm, expected.access_token) => {
                Err(Code::IdTokenAccessToken.into())
            }
            _ => Ok(()),
        }
    }

    /// What the signature is over: header and payload as they were sent (RFC 7515 section 5.2).
    #[must_use]
    pub fn signing_input(&self) -> Secret<String> {
        // EXPOSE: the signing input goes to WebCrypto, inside the vault.
        Secret::from(
            self.raw
                .expose()
                .get(..self.signing_input)
                .unwrap_or_default(),
        )
    }

    /// The signature's bytes.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The token as it was sent, and its claims.
    #[must_use]
    pub fn into_parts(self) -> (Secret<String>, Claims) {
        (self.raw, self.claims)
    }

    fn check_subject(&self, expected: Option<&str>) -> Result<(), Error> {
        const LONGEST: usize = 255;
        let subject = self.text("sub")?.unwrap_or_default();
        if subject.is_empty() || subject.len() > LONGEST || !subject.is_ascii() {
            return Err(Code::IdTokenSubject.into());
        }
        match expected {
            Some(expected) if expected != subject => Err(Code::IdTokenSubject.into()),
            _ => Ok(()),
        }
    }

    /// For this client and nobody else: we trust no second audience, so none may be named.
    fn check_audience(&self, client_id: &str) -> Result<(), Error> {
        let is_ours = |value: &Value| value.as_str() == Some(client_id);
        let fits = match self.claims.get("aud") {
            Some(Value::Array(audiences)) => !audiences.is_empty() && audiences.iter().all(is_ours),
            Some(audience) => is_ours(audience),
            None => false,
        };
        let authorized_party = self.text("azp")?;
        if fits && authorized_party.is_none_or(|party| party == client_id) {
            Ok(())
        } else {
            Err(Code::IdTokenAudience.into())
        }
    }

    fn text(&self, name: &str) -> Result<Option<&str>, Error> {
        match self.claims.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Error::with(
                Code::IdTokenMalformed,
                ["`", name, "` is no text"].concat(),
            )),
        }
    }

    /// A `NumericDate`: seconds since 1970, perhaps with a fraction (RFC 7519 section 2).
    fn time(&self, name: &str) -> Result<Option<u64>, Error> {
        const LATEST: u64 = 1_000_000_000_000;
        let Some(value) = self.claims.get(name) else {
            return Ok(None);
        };
        json::whole_part(value)
            .filter(|seconds| *seconds < LATEST)
            .map(Some)
            .ok_or_else(|| {
                Error::with(Code::IdTokenMalformed, ["`", name, "` is no time"].concat())
            })
    }
}

/// The claims that describe the person: all but those that serve the protocol.
#[must_use]
pub fn user_claims(claims: &Claims) -> Claims {
    const PROTOCOL: &[&str] = &[
        "iss",
        "aud",
        "exp",
        "iat",
        "nbf",
        "nonce",
        "azp",
        "at_hash",
        "c_hash",
        "s_hash",
        "auth_time",
        "acr",
        "amr",
        "jti",
        "sid",
    ];
    let mut user = Claims::new();
    for (name, value) in claims {
        if !PROTOCOL.contains(&name.as_str()) {
            user.insert(name.clone(), value.clone());
        }
    }
    user
}

/// A part of a JWT: a JSON object in canonical base64url (RFC 7515 section 3.1).
fn json_object(part: &str) -> Option<Claims> {
    json::parse_object(&base64url::decode(part)?)
}

/// Whether `at_hash` is the left half of the access token's hash (OpenID Connect Core section
/// 3.1.3.6), by the hash of the signature's algorithm; Ed25519 uses SHA-512 (RFC 8032 section 5.1).
fn fits_access_token(at_hash: &str, algorithm: Algorithm, access_token: &Secret<String>) -> bool {
    // EXPOSE: only half of a hash is compared.
    let token = access_token.expose().as_bytes();
    let half = match algorithm {
        Algorithm::EdDsa => base64url::encode(Sha512::digest(token).split_at(32).0),
        Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => {
            base64url::encode(Sha256::digest(token).split_at(16).0)
        }
    };
    at_hash == half
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::json::json;
    use proptest::prelude::*;

    const NOW: UnixMillis = UnixMillis(1_700_000_000_000);
    const SECONDS: u64 = 1_700_000_000;

    fn header() -> Value {
        json!({ "alg": "RS256", "kid": "k", "typ": "JWT" })
    }

    fn claims() -> Value {
        json!({
            "iss": "https://login.example", "sub": "alice", "aud": "app", "nonce": "n",
            "iat": SECONDS - 1, "exp": SECONDS + 300, "name": "Alice",
        })
    }

    fn encode(header: &Value, claims: &Value) -> Secret<String> {
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        Secret::new([part(header), part(claims), base64url::encode(b"signature")].join("."))
    }

    fn check_with(
        header: &Value,
        claims: &Value,
        max_age: Option<u64>,
        subject: Option<&str>,
    ) -> Result<(), Code> {
        let access_token = Secret::from("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
        let expected = Expectations {
            issuer: "https://login.example",
            client_id: "app",
            tolerance: 30,
            algorithms: &["RS256".to_string()],
            nonce: Some("n"),
            max_age,
            subject,
            access_token: &access_token,
            ahead: &core::cell::Cell::new(0),
        };
        let token = IdToken::parse(encode(header, claims)).map_err(|error| error.code)?;
        token.check(&expected, NOW).map_err(|error| error.code)
    }

    fn check_claim(name: &str, value: Value) -> Result<(), Code> {
        let mut claims = claims();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value;
        }
        check_with(&header(), &claims, None, None)
    }

    #[test]
    fn a_good_token_passes() {
        assert_eq!(check_with(&header(), &claims(), None, None), Ok(()));
        assert_eq!(check_claim("aud", json!(["app"])), Ok(()));
        assert_eq!(check_claim("azp", json!("app")), Ok(()));
        assert_eq!(check_claim("exp", json!(1_700_000_000.5)), Ok(()));
        // The access token and hash of OpenID Connect Core appendix A.3.
        assert_eq!(
            check_claim("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ")),
            Ok(())
        );
    }

    #[test]
    fn each_wrong_claim_has_its_code() {
        for (name, value, code) in [
            ("iss", json!("https://login.example1"), Code::IdTokenIssuer),
            ("iss", json!("https://login.example/"), Code::IdTokenIssuer),
            ("iss", json!(null), Code::IdTokenIssuer),
            (
                "iss",
                json!(["https://login.example"]),
                Code::IdTokenMalformed,
            ),
            ("sub", json!(null), Code::IdTokenSubject),
            ("sub", json!(""), Code::IdTokenSubject),
            ("sub", json!(7), Code::IdTokenMalformed),
            ("sub", json!("é"), Code::IdTokenSubject),
            ("sub", json!("a".repeat(256)), Code::IdTokenSubject),
            ("aud", json!(null), Code::IdTokenAudience),
            ("aud", json!([]), Code::IdTokenAudience),
            ("aud", json!("app1"), Code::IdTokenAudience),
            ("aud", json!(["app", "evil"]), Code::IdTokenAudience),
            ("aud", json!({ "app": 1 }), Code::IdTokenAudience),
            ("azp", json!("other"), Code::IdTokenAudience),
            ("exp", json!(null), Code::IdTokenTime),
            ("exp", json!(SECONDS - 30), Code::IdTokenTime),
            ("exp", json!("2099-01-01"), Code::IdTokenMalformed),
            ("exp", json!(-1), Code::IdTokenMalformed),
            ("exp", json!(1e300), Code::IdTokenMalformed),
            ("exp", json!((SECONDS + 300) * 1000), Code::IdTokenMalformed),
            ("iat", json!(null), Code::IdTokenTime),
            ("iat", json!(SECONDS + 31), Code::IdTokenTime),
            ("nbf", json!(SECONDS + 31), Code::IdTokenTime),
            ("nonce", json!(null), Code::IdTokenNonce),
            ("nonce", json!("m"), Code::IdTokenNonce),
            ("nonce", json!("n "), Code::IdTokenNonce),
            (
                "at_hash",
                json!("77QmUPtjPfzWtF2AnpK9RA"),
                Code::IdTokenAccessToken,
            ),
        ] {
            assert_eq!(
                check_claim(name, value.clone()),
                Err(code),
                "{name} = {value}"
            );
        }
    }

    #[test]
    fn each_wrong_header_has_its_code() {
        for (name, value, code) in [
            ("alg", json!("none"), Code::IdTokenAlgorithm),
            ("alg", json!("HS256"), Code::IdTokenAlgorithm),
            ("alg", json!("ES256"), Code::IdTokenAlgorithm), // ours, but not announced by the server
            ("alg", json!(7), Code::IdTokenMalformed),
            ("crit", json!(["exp"]), Code::IdTokenMalformed),
            ("typ", json!("at+jwt"), Code::IdTokenMalformed),
            ("typ", json!("logout+jwt"), Code::IdTokenMalformed),
        ] {
            let mut header = header();
            header[name] = value.clone();
            assert_eq!(
                check_with(&header, &claims(), None, None),
                Err(code),
                "{name} = {value}"
            );
        }
    }

    #[test]
    fn what_is_no_compact_jws_is_malformed() {
        for text in [
            "",
            "a",
            "a.b",
            "a.b.c",
            "a.b.c.d",
            "a.b.c.d.e",
            "e31.e30.AA",
            "eyJhbGciOiJSUzI1NiJ9.W10.AA",
        ] {
            let result = IdToken::parse(Secret::from(text));
            assert_eq!(
                result.err().map(|error| error.code),
                Some(Code::IdTokenMalformed),
                "{text}"
            );
        }
    }

    #[test]
    fn max_age_needs_a_recent_auth_time() {
        assert_eq!(
            check_with(&header(), &claims(), Some(60), None),
            Err(Code::IdTokenAuthTime)
        );
        let mut claims = claims();
        claims["auth_time"] = json!(SECONDS - 60);
        assert_eq!(check_with(&header(), &claims, Some(60), None), Ok(()));
        claims["auth_time"] = json!(SECONDS - 91);
        assert_eq!(
            check_with(&header(), &claims, Some(60), None),
            Err(Code::IdTokenAuthTime)
        );
    }

    #[test]
    fn a_refresh_may_not_change_the_person() {
        assert_eq!(
            check_with(&header(), &claims(), None, Some("alice")),
            Ok(())
        );
        assert_eq!(
            check_with(&header(), &claims(), None, Some("bob")),
            Err(Code::IdTokenSubject)
        );
    }

    #[test]
    fn the_app_gets_what_describes_the_person() {
        let Value::Object(claims) = claims() else {
            panic!("claims are an object")
        };
        let user = user_claims(&claims);
        assert_eq!(
            user.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            ["name", "sub"]
        );
    }

    proptest! {
        #[test]
        fn never_panics(text in "[A-Za-z0-9_.-]{0,120}") {
            let _ = IdToken::parse(Secret::new(text));
        }
    }
}
