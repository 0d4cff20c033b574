//! What an API says by `WWW-Authenticate` when it refuses a call (RFC 9110 section 11.6.1, RFC 6750
//! section 3, RFC 9449 section 7.1, RFC 9470 section 3).

use alloc::{string::String, vec::Vec};

/// One challenge: a scheme, and what it says.
#[derive(Debug, PartialEq, Eq)]
pub struct Challenge<'h> {
    /// As the server writes it; its case means nothing.
    pub scheme: &'h str,
    /// In the server's order. A name that comes twice means what it says first.
    pub parameters: Vec<(&'h str, String)>,
}

impl Challenge<'_> {
    /// Whether its scheme is `scheme`, in any case.
    #[must_use]
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The value of the parameter `name`, without its quotes and escapes.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether it is about an access token. What other schemes say is not for us.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.is("Bearer") || self.is("DPoP")
    }
}

/// What a 401 asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A new access token.
    NewToken,
    /// Nobody can tell. One refresh is the right guess.
    Unclear,
    /// A newer or stronger sign-in, which no refresh can bring.
    StepUp(StepUp),
    /// Something that no other token can mend.
    Other,
}

/// The sign-in that an API asks for (RFC 9470 section 3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepUp {
    /// `acr_values`: the ways of signing in that are strong enough, with spaces between them.
    pub acr_values: Option<String>,
    /// `max_age`: how old the sign-in may be, in seconds.
    pub max_age: Option<u32>,
}

/// What a 401 with this `WWW-Authenticate` asks for.
///
/// `None` stands for a header that CORS hides or that is not there.
#[must_use]
pub fn refusal(header: Option<&str>) -> Refusal {
    let mut refusal = None;
    for challenge in challenges(header.unwrap_or_default()) {
        let Some(error) = challenge.parameter("error").filter(|_| challenge.is_ours()) else {
            continue;
        };
        let says = |code: &str| error.eq_ignore_ascii_case(code);
        if says("insufficient_user_authentication") {
            return Refusal::StepUp(StepUp {
                acr_values: challenge.parameter("acr_values").map(Into::into),
                max_age: challenge
                    .parameter("max_age")
                    .and_then(|text| text.parse().ok()),
            });
        }
        if says("invalid_token") {
            refusal = Some(Refusal::NewToken);
        }
        refusal.get_or_insert(Refusal::Other);
    }
    refusal.unwrap_or(Refusal::Unclear)
}

/// What is wrong with a DPoP proof (RFC 9449 section 7.1), where anything is.
#[must_use]
pub fn proof_error(header: &str) -> Option<String> {
    challenges(header)
        .iter()
        .filter(|challenge| challenge.is("DPoP"))
        .find_map(|challenge| challenge.parameter("error"))
        .map(Into::into)
}

/// The challenges of a header, or of several that were joined by commas. What can't be read ends the
/// list: what stands behind it might be a part of something else. A header of more than 8 KiB is not
/// read at all.
#[must_use]
pub fn challenges(header: &str) -> Vec<Challenge<'_>> {
    const LONGEST: usize = 8_192;
    let mut challenges: Vec<Challenge<'_>> = Vec::new();
    let mut rest = if header.len() > LONGEST { "" } else { header };
    loop {
        let (name, after) = split(skip(rest, is_gap), is_token);
        if name.is_empty() {
            return challenges;
        }
        let next = skip(after, is_space);
        if first(next) == b'=' {
            let parsed = value_of(skip(tail(next), is_space));
            let (Some(challenge), Some((value, after))) = (challenges.last_mut(), parsed) else {
                return challenges;
            };
            challenge.parameters.push((name, value));
            rest = after;
        } else if after.is_empty() || is_gap(first(after)) {
            challenges.push(Challenge {
                scheme: name,
                parameters: Vec::new(),
            });
            // A token68, where one is there.
            let padding = skip(next, is_base64);
            let after = skip(skip(padding, |byte| byte == b'='), is_space);
            rest = if after.is_empty() || first(after) == b',' {
                after
            } else {
                next
            };
        } else {
            return challenges;
        }
    }
}

/// The value at the start of `text`, and what follows it. `None` where its end can't be told.
fn value_of(text: &str) -> Option<(String, &str)> {
    if first(text) != b'"' {
        let (value, after) = split(text, is_bare);
        return (first(after) != b'"').then(|| (value.into(), after));
    }
    let mut value = String::new();
    let mut rest = tail(text);
    loop {
        let (plain, after) = split(rest, |byte| !matches!(byte, b'"' | b'\\'));
        value.push_str(plain);
        rest = after.get(1..)?;
        if first(after) == b'"' {
            return Some((value, rest));
        }
        if matches!(first(rest), b'"' | b'\\') {
            value.push_str(rest.get(..1)?);
            rest = tail(rest);
        }
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

const fn is_gap(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b',')
}

/// RFC 9110 section 5.6.2.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
}

/// RFC 9110 section 11.2.
const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-'..=b'/' | b'_' | b'~')
}

/// More than RFC 9110's tokens: servers are known to write scopes and URLs without quotes.
const fn is_bare(byte: u8) -> bool {
    !is_gap(byte) && byte != b'"'
}

/// The bytes at the start of `text` that belong together, and what follows them. No function says of
/// a part of a character that it ends there.
fn split(text: &str, belongs: fn(u8) -> bool) -> (&str, &str) {
    let length = text.bytes().position(|byte| !belongs(byte));
    text.split_at_checked(length.unwrap_or(text.len()))
        .unwrap_or((text, ""))
}

fn skip(text: &str, belongs: fn(u8) -> bool) -> &str {
    split(text, belongs).1
}

/// The first byte; 0 where there is none.
fn first(text: &str) -> u8 {
    text.bytes().next().unwrap_or_default()
}

/// What follows the first byte, which is ASCII.
fn tail(text: &str) -> &str {
    text.get(1..).unwrap_or_default()
}
