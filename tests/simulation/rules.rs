//! The rules that can be switched off, by the names that the command line and the documentation use.

use holdfast::core::rules::Rule;

/// A rule, its number in the design, its name, and what the core does without it.
pub struct Switch {
    pub rule: Rule,
    pub number: &'static str,
    pub name: &'static str,
    pub without: &'static str,
}

const fn switch(
    rule: Rule,
    number: &'static str,
    name: &'static str,
    without: &'static str,
) -> Switch {
    Switch {
        rule,
        number,
        name,
        without,
    }
}

/// All of them, in the order of the design. Rule 9 is about a DPoP key, and the simulation's server wants no proofs;
/// those without a number are not about rotation.
pub const SWITCHES: [Switch; 18] = [
    switch(
        Rule::SingleFlight,
        "1",
        "single-flight",
        "each call that needs a token starts a refresh",
    ),
    switch(
        Rule::OnDemand,
        "2",
        "on-demand",
        "a timer refreshes, whether or not a call waits",
    ),
    switch(
        Rule::ReplaceToken,
        "3",
        "replace-token",
        "the new refresh token is thrown away",
    ),
    switch(
        Rule::KeepToken,
        "3",
        "keep-token",
        "no new refresh token means no refresh token",
    ),
    switch(
        Rule::OutageKeepsToken,
        "4",
        "outage-keeps-token",
        "any failure of the server ends the session",
    ),
    switch(
        Rule::RefusalEnds,
        "4",
        "refusal-ends",
        "`invalid_grant` is taken for an outage",
    ),
    switch(
        Rule::ReplayLost,
        "5",
        "replay-lost",
        "a lost answer ends the session",
    ),
    switch(
        Rule::NeverTheOneBefore,
        "5",
        "never-the-one-before",
        "after a lost answer the token before is sent",
    ),
    switch(
        Rule::TriesWithinGrace,
        "5",
        "tries-within-grace",
        "a request that hangs may use up the grace period",
    ),
    switch(
        Rule::EpochAtSignOut,
        "6",
        "epoch",
        "a refresh that ends after the sign-out counts",
    ),
    switch(
        Rule::RepeatWithNewer,
        "7",
        "repeat-with-newer",
        "every 401 costs a refresh",
    ),
    switch(
        Rule::MarginScales,
        "7",
        "margin-scales",
        "each token is renewed a minute before it expires",
    ),
    switch(
        Rule::BothClocks,
        "8",
        "both-clocks",
        "expiry is measured on the monotonic clock alone",
    ),
    switch(
        Rule::UntilRefused,
        "8",
        "until-refused",
        "no `expires_in` means that the token has expired",
    ),
    switch(
        Rule::RevokeReplaced,
        "10",
        "revoke-replaced",
        "a new sign-in forgets the old refresh token",
    ),
    switch(
        Rule::TellCallers,
        "",
        "tell-callers",
        "who waits is not told that there is no token",
    ),
    switch(
        Rule::AskAfterFreeze,
        "",
        "ask-after-freeze",
        "a vault that was frozen goes on as if nothing had happened",
    ),
    switch(
        Rule::ForgetAtSignOut,
        "",
        "forget-at-sign-out",
        "the escrow does not hear of the sign-out",
    ),
];

impl Switch {
    pub fn named(name: &str) -> Option<&'static Self> {
        SWITCHES.iter().find(|switch| switch.name == name)
    }
}
