//! The edges of what an ID token may say (OpenID Connect Core section 3.1.3.7): to the second, to the
//! character.

mod support;

use std::cell::Cell;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use holdfast::core::{
    error::Code,
    id_token::{Expectations, IdToken},
    json::{Value, json},
    secret::Secret,
    time::UnixMillis,
};

const NOW: u64 = 1_700_000_000;

/// What is expected, and what a token says.
struct Case {
    claims: Value,
    nonce: Option<&'static str>,
    max_age: Option<u64>,
    subject: Option<&'static str>,
}

impl Case {
    fn new() -> Self {
        Self {
            claims: json!({
                "iss": "https://login.example", "sub": "alice", "aud": "app", "nonce": "n",
                "iat": NOW, "exp": NOW + 300,
            }),
            nonce: Some("n"),
            max_age: None,
            subject: None,
        }
    }

    fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims[name] = value.into();
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.claims.as_object_mut().unwrap().remove(name);
        self
    }

    fn token(&self) -> String {
        let part = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
        let header = part(r#"{"alg":"ES256"}"#);
        format!(
            "{header}.{}.{}",
            part(&self.claims.to_string()),
            part("signature")
        )
    }

    /// The outcome, and by how many seconds the server's clock seems to be ahead.
    fn check(&self) -> (Result<(), Code>, i64) {
        let ahead = Cell::new(i64::MIN);
        let expected = Expectations {
            issuer: "https://login.example",
            client_id: "app",
            tolerance: 30,
            algorithms: &[],
            nonce: self.nonce,
            max_age: self.max_age,
            subject: self.subject,
            access_token: &Secret::from("token"),
            ahead: &ahead,
        };
        let token = IdToken::parse(Secret::new(self.token())).ok().unwrap();
        let result = token.check(&expected, UnixMillis(NOW * 1_000));
        (result.map_err(|error| error.code), ahead.get())
    }

    fn passes(&self) {
        assert_eq!(self.check().0, Ok(()), "{}", self.claims);
    }

    fn fails(&self, code: Code) {
        assert_eq!(self.check().0, Err(code), "{}", self.claims);
    }
}

#[test]
fn times_are_exact_to_the_second() {
    Case::new().with("exp", NOW - 29).passes();
    Case::new().with("exp", NOW - 30).fails(Code::IdTokenTime);
    Case::new().with("iat", NOW + 30).passes();
    Case::new().with("iat", NOW + 31).fails(Code::IdTokenTime);
    Case::new().with("nbf", NOW + 30).passes();
    Case::new().with("nbf", NOW + 31).fails(Code::IdTokenTime);
    Case::new().with("exp", 999_999_999_999_u64).passes();
    let beyond = Case::new().with("exp", 1_000_000_000_000_u64);
    beyond.fails(Code::IdTokenMalformed);
}

#[test]
fn a_sign_in_is_recent_to_the_second() {
    let case = |auth_time: u64| Case {
        max_age: Some(60),
        ..Case::new().with("auth_time", auth_time)
    };
    case(NOW - 90).passes();
    case(NOW - 91).fails(Code::IdTokenAuthTime);
}

#[test]
fn a_subject_has_up_to_255_characters() {
    Case::new().with("sub", "a".repeat(255)).passes();
    Case::new()
        .with("sub", "a".repeat(256))
        .fails(Code::IdTokenSubject);
}

#[test]
fn a_nonce_is_expected_where_one_was_sent() {
    let unasked = Case {
        nonce: None,
        ..Case::new()
    };
    unasked.passes();
    Case::new().without("nonce").fails(Code::IdTokenNonce);
    let of_refresh = |case: Case| Case {
        subject: Some("alice"),
        ..case
    };
    of_refresh(Case::new().without("nonce")).passes();
    of_refresh(Case::new().with("nonce", "m")).fails(Code::IdTokenNonce);
}

#[test]
fn the_clock_s_difference_is_learnt_from_a_sign_in_alone() {
    assert_eq!(Case::new().with("iat", NOW - 20).check().1, -20);
    assert_eq!(Case::new().with("iat", NOW + 600).check().1, 600);
    let of_refresh = Case {
        subject: Some("alice"),
        ..Case::new()
    };
    assert_eq!(of_refresh.check().1, i64::MIN);
}

#[test]
fn what_is_signed_is_what_was_sent() {
    let text = Case::new().token();
    let token = IdToken::parse(Secret::new(text.clone())).ok().unwrap();
    let signed = token.signing_input();
    assert_eq!(
        Some(signed.expose().as_str()),
        text.rsplit_once('.').map(|(signed, _)| signed)
    );
    assert_eq!(token.signature(), b"signature");
}
