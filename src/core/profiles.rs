//! Made from `providers.json` by `node tools/provider-table.mjs`; a check compares the two.

use super::profile::{Profile, STANDARD};

/// The names, for who wrote another one.
pub(super) const NAMES: &str =
    "'okta', 'auth0', 'keycloak', 'entra', 'cognito', 'google', 'duende' or 'oidc-provider'";

/// What each name sets.
pub(super) static TABLE: [Profile; 8] = [
    Profile {
        name: "okta",
        scope: "openid offline_access",
        grace: 30,
        ..STANDARD
    },
    Profile {
        name: "auth0",
        scope: "openid offline_access",
        sign_out: "/v2/logout?returnTo",
        ..STANDARD
    },
    Profile {
        name: "keycloak",
        revokes: false,
        ..STANDARD
    },
    Profile {
        name: "entra",
        scope: "openid offline_access",
        ..STANDARD
    },
    Profile {
        name: "cognito",
        sign_out: "/logout?logout_uri",
        ..STANDARD
    },
    Profile {
        name: "google",
        impossible: "Google demands a client secret of web apps, and a page can't keep one (docs/providers/google.md)",
        ..STANDARD
    },
    Profile {
        name: "duende",
        scope: "openid offline_access",
        ..STANDARD
    },
    Profile {
        name: "oidc-provider",
        scope: "openid offline_access",
        ..STANDARD
    },
];
