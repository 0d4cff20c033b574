//! What an app may know of its session: when it began, what was granted, for how long. Never a token.

use alloc::{string::String, vec::Vec};

use super::{
    Session, authorize,
    config::Config,
    error::{Error, Phase},
    grant::Grant,
    input::CommandId,
    json::{self, Value},
    output::Reply,
    resource::{TargetIndex, resource_for},
    time::{Lifetime, Now},
};

impl Session {
    /// Tells the facts of the session at hand. `resource`: a URL, of whose access token they are; without
    /// one it is the sign-in's own.
    pub(super) fn tell_facts(&mut self, command: CommandId, resource: Option<&str>, now: Now) {
        let target = match resource {
            None => Ok(self.config.initial_target()),
            Some(url) => resource_for(&self.config.resources, url).map(|resource| resource.target),
        };
        let reply = target.map_err(Error::from).map(|target| {
            let grant = self.grant.as_ref();
            let facts = grant.map(|grant| facts(grant, &self.config, target, now));
            Reply::Facts(facts.unwrap_or_default())
        });
        self.reply(command, Phase::Init, reply);
    }
}

fn facts(grant: &Grant, config: &Config, target: TargetIndex, now: Now) -> Value {
    let token = grant.access_token(target);
    // RFC 6749 section 5.1: where the server does not say what it granted, it is what was asked for.
    let said = token.and_then(|token| token.scope.as_deref());
    let asked = config
        .target(target)
        .and_then(|target| target.scope.as_deref());
    let scope = match said.or(asked).or(grant.scope.as_deref()) {
        // What was bought with the sign-in's token may be for anything: nobody has asked, nobody has said.
        _ if said.or(asked).is_none() && config.is_exchanged(target) => String::new(),
        Some(scope) => String::from(scope),
        None => authorize::scope(config),
    };
    let scopes: Vec<Value> = scope
        .split(' ')
        .filter(|scope| !scope.is_empty())
        .map(Value::from)
        .collect();
    let lifetime = token.and_then(|token| token.lifetime);
    let expires_at = lifetime.map(|lifetime: Lifetime| lifetime.ends_at(now));
    let is_bound = token.map_or_else(|| grant.key.is_some(), |token| token.is_bound);
    json::object([
        ("startedAt", now.date_of(grant.started_at).into()),
        ("scopes", Value::Array(scopes)),
        ("accessTokenExpiresAt", expires_at.into()),
        ("hasRefreshToken", grant.refresh_token.is_some().into()),
        ("isDpopBound", is_bound.into()),
    ])
}
