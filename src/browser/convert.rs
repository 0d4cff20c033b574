//! What the core says, as values of JavaScript's.

use super::host::{
    Pushed, absent, flag, members, null, number, object, optional_text, text, undefined, value,
};
use crate::core::{
    challenge::StepUp,
    error::{Error, OAuthError, Phase},
    id_token::Claims,
    log::Entry,
    output::{Event, Failure, Identity, Reply, SignedIn},
};

/// A failure as the page's `AuthError` is built from it.
pub(super) fn failure(error: &Error, phase: Phase) -> Pushed {
    object(&[
        ("code", text(error.code.as_str())),
        ("message", text(&error.message())),
        ("phase", text(phase.as_str())),
        ("retryable", flag(error.code.retryable())),
        ("oauth", error.oauth.as_deref().map_or_else(absent, oauth)),
    ])
}

/// A reply as the worker passes it on.
pub(super) fn reply(reply: &Reply) -> Pushed {
    match reply {
        Reply::Session(identity) => session(identity.as_ref(), None),
        Reply::SilentSignIn(url) => session(None, Some(url)),
        Reply::Navigate(url) => text(url),
        Reply::Popup { url, state } => object(&[("navigate", text(url)), ("state", text(state))]),
        // Whether somebody is signed in, each page has heard by then.
        Reply::Callback(None) => object(&[
            ("handled", flag(false)),
            ("returnTo", undefined()),
            ("appState", undefined()),
        ]),
        Reply::Callback(Some(SignedIn {
            return_to,
            app_state,
        })) => object(&[
            ("handled", flag(true)),
            (
                "returnTo",
                return_to
                    .as_deref()
                    .filter(is_given)
                    .map_or_else(undefined, text),
            ),
            ("appState", app_state.as_ref().map_or_else(undefined, value)),
        ]),
        Reply::Userinfo(claims) => members(claims),
        Reply::Facts(facts) => value(facts),
        Reply::Deliver => undefined(),
        Reply::SignedOut(url) => optional_text(url.as_deref()),
    }
}

/// An event as the pages are told it.
pub(super) fn event(event: &Event) -> Pushed {
    match event {
        Event::SignedIn {
            identity,
            expires_in,
        } => object(&[
            ("type", text("signedin")),
            ("identity", self::identity(identity)),
            ("user", claims(&identity.user)),
            lifetime(*expires_in),
        ]),
        Event::Refreshed {
            identity,
            expires_in,
        } => object(&[
            ("type", text("refreshed")),
            // Without one the page goes on with that which it has.
            (
                "identity",
                identity.as_ref().map_or_else(undefined, self::identity),
            ),
            lifetime(*expires_in),
        ]),
        Event::SignedOut => over("signedout", "logout"),
        Event::SessionExpired { reason } => over("sessionexpired", reason.as_str()),
        Event::StepUp(StepUp {
            acr_values,
            max_age,
        }) => object(&[
            ("type", text("stepup")),
            ("acrValues", optional_text(acr_values.as_deref())),
            (
                "maxAge",
                max_age.map_or_else(null, |age| number(age.into())),
            ),
        ]),
        Event::Error(Failure { error, phase }) => {
            object(&[("type", text("error")), ("error", failure(error, *phase))])
        }
    }
}

/// Something for those who want to hear of it: a list, which costs the module less than an object.
pub(super) fn entry(entry: &Entry) -> Pushed {
    number((entry.happening as u8).into());
    text(&entry.text);
    for fact in entry.numbers {
        number(fact.into());
    }
    super::host::list(2 + entry.numbers.len())
}

fn session(identity: Option<&Identity>, navigate: Option<&str>) -> Pushed {
    object(&[
        ("identity", identity.map_or_else(null, self::identity)),
        ("navigate", optional_text(navigate)),
    ])
}

fn over(name: &str, reason: &str) -> Pushed {
    object(&[
        ("type", text(name)),
        ("reason", text(reason)),
        ("identity", null()),
    ])
}

fn lifetime(expires_in: Option<u64>) -> (&'static str, Pushed) {
    (
        "expiresInSeconds",
        expires_in.map_or_else(null, super::host::count),
    )
}

fn identity(Identity { user, claims }: &Identity) -> Pushed {
    object(&[
        ("user", self::claims(user)),
        ("claims", self::claims(claims)),
    ])
}

/// Null where there are none, since there is no OpenID Connect.
fn claims(claims: &Claims) -> Pushed {
    if claims.is_empty() {
        null()
    } else {
        members(claims)
    }
}

fn oauth(oauth: &OAuthError) -> Pushed {
    object(&[
        ("error", text(&oauth.error)),
        (
            "error_description",
            given_text(oauth.description.as_deref()),
        ),
        ("error_uri", given_text(oauth.uri.as_deref())),
    ])
}

fn given_text(value: Option<&str>) -> Pushed {
    value.filter(is_given).map_or_else(absent, text)
}

fn is_given(value: &&str) -> bool {
    !value.is_empty()
}
