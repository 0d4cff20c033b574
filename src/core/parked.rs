//! A session as it is parked: all that another vault needs to go on with it, as one text. Never
//! stored; it travels from vault to vault through the escrow's memory.

use alloc::{string::String, vec::Vec};

use super::{
    decimal::decimal,
    dpop::Key,
    grant::{AccessToken, Grant},
    id_token::IdToken,
    refresh::Carried,
    resource::TargetIndex,
    secret::Secret,
    time::{Lifetime, Now},
};

/// How this text is written. A later version must still read what this one wrote: a new release of
/// an app goes on with the sessions of the old one.
const FORMAT: &str = "3";
/// The same with the three words of a DPoP key after the format, and with each access token whether it is bound to it.
const FORMAT_WITH_KEY: &str = "4";
/// Both without what the app may know of the session: when it began, and its scopes.
const OLD_FORMAT: &str = "1";
const OLD_FORMAT_WITH_KEY: &str = "2";
/// Stands for a token that is bound to the key.
const BOUND: &str = "DPoP";
/// Stands for what is not there. A minus alone is no token of any server's.
const NONE: &str = "-";

/// What is parked.
pub(super) struct Parked {
    /// Names the session.
    pub ticket: String,
    /// The tokens.
    pub grant: Grant,
    /// The token request that is under way.
    pub carried: Option<Carried>,
    /// For how many milliseconds nobody has known what became of a refresh.
    pub lost_for: Option<u64>,
    /// For how many milliseconds more the server wants to be left alone.
    pub pause: Option<u64>,
}

/// Writes a session down at `now`: words with a space between them, in a fixed order. No token has a
/// space in it, nor has anything else that stands here.
#[must_use]
pub(super) fn write(
    ticket: &str,
    grant: &Grant,
    carried: Option<&Carried>,
    [lost_for, pause]: [Option<u64>; 2],
    now: Now,
) -> Secret<String> {
    let key = grant.key.as_ref();
    let mut text = String::from(key.map_or(FORMAT, |_| FORMAT_WITH_KEY));
    let mut write = |word: Option<&str>| {
        text.push(' ');
        text.push_str(word.unwrap_or(NONE));
    };
    let refresh_token = grant.refresh_token.as_ref();
    if let Some(key) = key {
        write(Some(key.words().expose())); // EXPOSE: as below
    }
    write(Some(ticket));
    write(Some(&decimal(now.unix.0)));
    // EXPOSE: the session leaves for the escrow, which gives it to a vault and to nobody else.
    write(grant.id_token.as_ref().map(|token| token.expose().as_str()));
    write(refresh_token.map(|token| token.expose().as_str())); // EXPOSE: as above
    write(grant.nonce());
    write(carried.map(|carried| carried.name.as_str()));
    write(
        carried
            .map(|carried| decimal(carried.target.0 as u64))
            .as_deref(),
    );
    write(
        carried
            .map(|carried| decimal(now.since(carried.at)))
            .as_deref(),
    );
    write(lost_for.map(decimal).as_deref());
    write(pause.map(decimal).as_deref());
    write(Some(&decimal(now.since(grant.started_at))));
    write(grant.scope.as_deref().map(from_scope).as_deref());
    for token in &grant.access_tokens {
        let left = token.lifetime.map(|lifetime| lifetime.left(now));
        write(Some(&decimal(token.target.0 as u64)));
        write(left.map(decimal).as_deref());
        write(Some(token.value.expose())); // EXPOSE: as above
        write(token.scope.as_deref().map(from_scope).as_deref());
        if key.is_some() {
            write(Some(BOUND).filter(|_| token.is_bound));
        }
    }
    Secret::new(text)
}

/// Reads what another vault wrote. `None` where it is nothing that this version understands, or has no
/// ID token though it `is_openid`, or the other way round.
#[must_use]
pub(super) fn read(text: &Secret<String>, is_openid: bool, now: Now) -> Option<Parked> {
    // EXPOSE: the text is read, and its tokens move into secrets of their own.
    let mut words = text
        .expose()
        .split(' ')
        .map(|word| Some(word).filter(|word| *word != NONE));
    let format = words.next()??;
    let has_facts = matches!(format, FORMAT | FORMAT_WITH_KEY);
    let key = match format {
        FORMAT | OLD_FORMAT => None,
        FORMAT_WITH_KEY | OLD_FORMAT_WITH_KEY => {
            let [name, public, private] = [words.next()??, words.next()??, words.next()??];
            let text = Secret::new([name, " ", public, " ", private].concat());
            Some(Key::from_words(text.expose())?) // EXPOSE: it is read, as above
        }
        _ => return None,
    };
    let ticket = words.next()??.into();
    let elapsed = now.unix.0.saturating_sub(number(words.next()??)?);
    // Whether it is true was found out before it was parked.
    let id_token = match words.next()? {
        Some(word) if is_openid => Some(IdToken::parse(word.into()).ok()?),
        None if !is_openid => None,
        _ => return None,
    };
    let refresh_token = words.next()?.map(Secret::from);
    let nonce = words.next()?.map(String::from);
    let name = words.next()?.map(String::from);
    let target = words.next()?.and_then(number).map(TargetIndex::from_number);
    let asked = words.next()?.and_then(number).unwrap_or_default();
    let lost_for = words.next()?.and_then(number);
    let pause = words.next()?.and_then(number);
    let carried = name.zip(target).map(|(name, target)| Carried {
        name,
        target,
        at: now.before(asked.saturating_add(elapsed)),
    });
    let mut facts = (now.before(elapsed), None);
    if has_facts {
        let age = number(words.next()??)?.saturating_add(elapsed);
        facts = (now.before(age), to_scope(words.next()?)?);
    }
    let mut access_tokens = Vec::new();
    while let Some(target) = words.next() {
        let target = TargetIndex::from_number(number(target?)?);
        let left = words.next()?.and_then(number);
        let lifetime = left.map(|left| Lifetime::of(now, left.saturating_sub(elapsed)));
        let value = words.next()??.into();
        let scope = if has_facts {
            to_scope(words.next()?)?
        } else {
            None
        };
        let is_bound = key.is_some() && words.next()?.is_some();
        access_tokens.push(AccessToken::new(target, value, scope, lifetime, is_bound));
    }
    let id_token = id_token.map(IdToken::into_parts);
    Some(Parked {
        ticket,
        grant: Grant::restored(refresh_token, id_token, nonce, key, facts, access_tokens),
        carried,
        lost_for: lost_for.map(|lost_for| lost_for.saturating_add(elapsed)),
        pause: pause.and_then(|pause| pause.checked_sub(elapsed)),
    })
}

/// A scope as one word, which is not [`NONE`]. No scope has a quotation mark in it (RFC 6749 section
/// 3.3).
fn from_scope(scope: &str) -> String {
    let mut word = String::from("\"");
    word.extend(scope.chars().map(|c| if c == ' ' { '"' } else { c }));
    word
}

/// The other way round. `None` where it is no such word.
#[expect(clippy::option_option, reason = "a word may be missing, too")]
fn to_scope(word: Option<&str>) -> Option<Option<String>> {
    let Some(word) = word else { return Some(None) };
    let scope = word.strip_prefix('"')?.chars();
    Some(Some(
        scope.map(|c| if c == '"' { ' ' } else { c }).collect(),
    ))
}

fn number(word: &str) -> Option<u64> {
    word.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::json::{Value, json};
    use crate::core::{
        base64url,
        time::{Monotonic, UnixMillis},
    };
    use proptest::prelude::*;

    const fn at(monotonic: u64, unix: u64) -> Now {
        Now {
            monotonic: Monotonic(monotonic),
            unix: UnixMillis(unix),
        }
    }

    fn id_token() -> Secret<String> {
        let part = |value: Value| base64url::encode(value.to_string().as_bytes());
        let header = part(json!({ "alg": "RS256" }));
        let claims = part(json!({ "sub": "ada", "name": "Ada & Søren", "nonce": "n" }));
        Secret::new(format!("{header}.{claims}.c2lnbmF0dXJl"))
    }

    fn key() -> Key {
        Key::from_words("ES256 {} d").unwrap()
    }

    fn grant(now: Now, key: Option<Key>) -> Grant {
        let id_token = IdToken::parse(id_token()).ok().unwrap().into_parts();
        let tokens = [("a+c&d=e%", Some(Lifetime::new(now, 60))), ("second", None)];
        let access_tokens = tokens
            .into_iter()
            .enumerate()
            .map(|(target, (value, lifetime))| {
                let scope = (target == 0).then(|| "read write".into());
                AccessToken::new(
                    TargetIndex(target),
                    value.into(),
                    scope,
                    lifetime,
                    target == 1,
                )
            })
            .collect();
        Grant::restored(
            Some("refresh+token".into()),
            Some(id_token),
            Some("n".into()),
            key,
            (now, Some("openid read".into())),
            access_tokens,
        )
    }

    #[test]
    fn what_was_parked_comes_back_older_by_the_time_between() {
        let carried = Carried {
            name: "carry".into(),
            target: TargetIndex(1),
            at: at(79_000, 509_000),
        };
        let written = write(
            "ticket",
            &grant(at(70_000, 500_000), None),
            Some(&carried),
            [Some(1_500), Some(30_000)],
            at(80_000, 510_000),
        );
        // Another worker: its monotonic clock began anew.
        let now = at(12, 530_000);
        let parked = read(&written, true, now).unwrap();
        assert_eq!(parked.ticket, "ticket");
        let carried = parked.carried.unwrap();
        assert_eq!(
            (carried.name.as_str(), carried.target),
            ("carry", TargetIndex(1))
        );
        assert_eq!(now.since(carried.at), 21_000);
        assert_eq!(
            (parked.lost_for, parked.pause),
            (Some(21_500), Some(10_000))
        );
        let grant = parked.grant;
        assert!(grant.refresh_token.as_ref().unwrap().expose() == "refresh+token"); // EXPOSE: a test
        assert!(grant.id_token.as_ref().unwrap().expose() == id_token().expose()); // EXPOSE: a test
        assert_eq!(grant.subject(), Some("ada"));
        assert_eq!(grant.nonce(), Some("n"));
        assert_eq!(grant.identity().user["name"], "Ada & Søren");
        let (authorization, _) = grant.authorization(TargetIndex(0)).unwrap();
        assert!(authorization.expose() == "Bearer a+c&d=e%"); // EXPOSE: a test
        let left = |milliseconds: u64| at(12 + milliseconds, 530_000 + milliseconds);
        assert!(grant.is_fresh(TargetIndex(0), left(26_000)));
        assert!(!grant.is_fresh(TargetIndex(0), left(30_000)));
        assert!(grant.is_fresh(TargetIndex(1), left(9_000_000)));
    }

    #[test]
    fn a_clock_that_was_set_back_makes_nothing_younger_than_it_was() {
        let written = write(
            "ticket",
            &grant(at(0, 500_000), None),
            None,
            [None; 2],
            at(20_000, 520_000),
        );
        let grant = read(&written, true, at(0, 100_000)).unwrap().grant;
        assert!(!grant.is_fresh(TargetIndex(0), at(40_000, 140_000)));
    }

    #[test]
    fn a_key_goes_along_and_tokens_stay_what_they_are() {
        let now = at(0, 0);
        let written = write("ticket", &grant(now, Some(key())), None, [None; 2], now);
        let grant = read(&written, true, now).unwrap().grant;
        assert!(grant.key.as_ref().unwrap().words().expose() == key().words().expose()); // EXPOSE: a test
        let header = |target| grant.authorization(TargetIndex(target)).unwrap().0;
        assert!(header(0).expose() == "Bearer a+c&d=e%"); // EXPOSE: a test
        assert!(header(1).expose() == "DPoP second"); // EXPOSE: a test
        assert!(grant.bound(TargetIndex(0)).is_none());
        assert!(grant.bound(TargetIndex(1)).is_some());
        let text = written.expose(); // EXPOSE: a test
        for wrong in [
            text.replacen("ES256 {} d ", "ES256 - d ", 1),
            text.strip_suffix(" DPoP").unwrap().into(),
        ] {
            assert!(read(&wrong.clone().into(), true, now).is_none(), "{wrong}");
        }
    }

    #[test]
    fn what_an_app_may_know_of_it_comes_back_older_by_the_time_between() {
        let signed_in = grant(at(70_000, 500_000), None);
        let written = write("ticket", &signed_in, None, [None; 2], at(80_000, 510_000));
        let now = at(12, 530_000);
        let grant = read(&written, true, now).unwrap().grant;
        assert_eq!(now.date_of(grant.started_at), 500_000);
        assert_eq!(grant.scope.as_deref(), Some("openid read"));
        let scope = |target| {
            grant
                .access_token(TargetIndex(target))
                .unwrap()
                .scope
                .as_deref()
        };
        assert_eq!((scope(0), scope(1)), (Some("read write"), None));
        for scope in ["", "-", "a", "a b", "- -", "a\u{21}~"] {
            assert_eq!(to_scope(Some(&from_scope(scope))), Some(Some(scope.into())));
            assert!(!from_scope(scope).contains(' ') && from_scope(scope) != NONE);
        }
    }

    #[test]
    fn what_an_earlier_version_wrote_is_still_read() {
        let now = at(12, 530_000);
        let id_token = id_token();
        let id_token = id_token.expose(); // EXPOSE: a test
        for (key, bound) in [("1", ""), ("2 ES256 {} d", " DPoP")] {
            let text = format!(
                "{key} ticket 510000 {id_token} refresh n - - - - - 0 60000 first{bound} 1 - second{bound}"
            );
            let grant = read(&text.into(), true, now).unwrap().grant;
            assert_eq!(grant.key.is_some(), !bound.is_empty());
            assert_eq!(grant.access_tokens.len(), 2);
            assert!(grant.is_fresh(TargetIndex(0), now));
            // No later than it was parked.
            assert_eq!(now.date_of(grant.started_at), 510_000);
            assert_eq!(grant.scope, None);
        }
    }

    #[test]
    fn what_is_not_understood_is_not_used() {
        let now = at(0, 0);
        let written = write("ticket", &grant(now, None), None, [None; 2], now);
        let text = written.expose(); // EXPOSE: a test
        let words: Vec<&str> = text.split(' ').collect();
        let with = |index: usize, word: &str| {
            let mut words = words.clone();
            words[index] = word;
            words.join(" ")
        };
        for wrong in [
            String::new(),
            "3".into(),
            with(0, "1"),
            with(0, "2"),
            with(0, "4"),
            with(0, "5"),
            with(1, "-"),
            with(2, "x"),
            with(3, "x"),
            with(11, "x"),
            with(11, "-"),
            with(12, "read"),
            with(13, "x"),
            with(13, "-"),
            with(15, "-"),
            with(16, "read"),
            words[..words.len() - 1].join(" "),
            words[..7].join(" "),
        ] {
            assert!(wrong != *text);
            assert!(read(&wrong.clone().into(), true, now).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_session_without_openid_has_no_id_token_and_no_other_one_is_without() {
        let now = at(0, 0);
        let plain = Grant::restored(
            Some("refresh".into()),
            None,
            None,
            None,
            (now, None),
            Vec::new(),
        );
        let written = write("ticket", &plain, None, [None; 2], now);
        let grant = read(&written, false, now).unwrap().grant;
        assert!(grant.id_token.is_none() && grant.identity().claims.is_empty());
        assert!(grant.refresh_token.is_some());
        assert!(read(&written, true, now).is_none());
        let signed_in = self::grant(now, None);
        let written = write("ticket", &signed_in, None, [None; 2], now);
        assert!(read(&written, true, now).is_some());
        assert!(read(&written, false, now).is_none());
    }

    proptest! {
        #[test]
        fn never_panics(tail in "[-0-9a-z ]{0,80}") {
            let _ = read(&Secret::new(format!("1 ticket 0 a.b.c {tail}")), true, at(0, 0));
        }
    }
}
