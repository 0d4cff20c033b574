//! What the option `provider` sets: defaults for servers that need other ones, as data.
//!
//! Nothing here is a way around a check. What a profile says is used where the app says nothing, and
//! without a profile everything goes by the standards alone.

use alloc::string::String;

use super::{
    discovery::Metadata,
    error::{Code, Error},
    options::Options,
    profiles::{NAMES, TABLE},
    url::HttpUrl,
};

/// The defaults for one service.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// The value of the option.
    pub name: &'static str,
    /// The scope of a sign-in.
    pub scope: &'static str,
    /// For how many seconds a refresh token is taken again after it was rotated.
    pub grace: u64,
    /// Whether refresh tokens are revoked: there are servers where that ends more than the token.
    pub revokes: bool,
    /// The path of a sign-out page that is not that of RP-Initiated Logout 1.0, a `?`, and the
    /// parameter for the way back. Empty where there is none.
    pub sign_out: &'static str,
    /// Why it can't work, in a sentence. Empty where it can.
    pub impossible: &'static str,
}

/// What holds where the app names no provider.
pub const STANDARD: Profile = Profile {
    name: "",
    scope: "openid",
    grace: 10,
    revokes: true,
    sign_out: "",
    impossible: "",
};

/// Reads the option `provider`.
///
/// Another name is an error that lists them; so is a service that can't work, with the reason.
pub fn parse(options: &mut Options) -> &'static Profile {
    let Some(name) = options.text("provider", NAMES) else {
        return &STANDARD;
    };
    let Some(profile) = TABLE.iter().find(|profile| profile.name == name) else {
        options.refuse("provider", NAMES);
        return &STANDARD;
    };
    if !profile.impossible.is_empty() {
        options.fail(Error::with(Code::InvalidOptions, profile.impossible));
    }
    profile
}

impl Profile {
    /// Where refresh tokens are revoked, if they are.
    #[must_use]
    pub fn revocation_endpoint<'m>(&self, metadata: &'m Metadata) -> Option<&'m String> {
        metadata
            .revocation_endpoint
            .as_ref()
            .filter(|_| self.revokes)
    }

    /// The sign-out page of the service's own, and the name of its parameter for the way back.
    ///
    /// It is at the origin of the authorization endpoint. Where the metadata has an
    /// `end_session_endpoint` of another path, that one is by the standard, and `None` comes back.
    #[must_use]
    pub fn sign_out_page(&self, metadata: &Metadata) -> Option<(String, &'static str)> {
        let (path, return_to) = self.sign_out.split_once('?')?;
        let listed = metadata.end_session_endpoint.as_deref();
        if listed.is_some_and(|endpoint| !endpoint.ends_with(path)) {
            return None;
        }
        let page = if let Some(endpoint) = listed {
            endpoint.into()
        } else {
            let url = HttpUrl::parse_of_server(&metadata.authorization_endpoint)?;
            [url.origin, path].concat()
        };
        Some((page, return_to))
    }
}
