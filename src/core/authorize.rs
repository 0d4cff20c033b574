//! The authorization request (RFC 6749 section 4.1.1, RFC 7636 section 4.3, OpenID Connect Core
//! section 3.1.2.1).

use alloc::{string::String, vec::Vec};

use serde_json::Value;

use super::{
    callback::check_return_to,
    config::Config,
    error::{Code, Error},
    options::Options,
    pkce::{SignInValues, code_challenge},
    url::with_query,
};

/// What the page asked for when it began a sign-in.
#[derive(Debug)]
pub struct SignInRequest {
    /// Where the person wants to be afterwards, in the app.
    pub return_to: Option<String>,
    /// What the app wants to find again.
    pub app_state: Option<Value>,
    /// Extra parameters: the configuration's, and over them this call's.
    parameters: Vec<(String, String)>,
}

impl SignInRequest {
    /// Reads the options of `loginWithRedirect`.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`], naming the option.
    pub fn parse(options: Value, config: &Config) -> Result<Self, Error> {
        let mut options = Options::new(options, "", Code::InvalidArgument);
        let mut return_to = options.text("returnTo", "a path of this app, for example '/inbox'");
        if let Some(place) = return_to.take() {
            match check_return_to(place, config) {
                Ok(path) => return_to = Some(path),
                Err(error) => options.fail(error),
            }
        }
        let app_state = options.value("appState");
        let own = options.parameters("authorizationParams");
        options.finish()?;
        if names_a_target(&own) {
            let detail = "`authorizationParams` can't name an audience or resource here: it would change whom the token is for; use `resources`";
            return Err(Error::with(Code::InvalidArgument, detail));
        }
        let is_overridden = |name: &str| own.iter().any(|(known, _)| known == name);
        let mut parameters = config.authorization_params.clone();
        parameters.retain(|(name, _)| !is_overridden(name));
        parameters.extend(own);
        Ok(Self {
            return_to,
            app_state,
            parameters,
        })
    }

    /// The `max_age` that is asked for, in seconds.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] where it is no number: what can't be checked must not be asked for.
    pub fn max_age(&self) -> Result<Option<u64>, Error> {
        let Some((_, text)) = self.parameters.iter().find(|(name, _)| name == "max_age") else {
            return Ok(None);
        };
        let refuse = |_| {
            let detail = "`authorizationParams.max_age` must be whole seconds, for example 300";
            Error::with(Code::InvalidArgument, detail)
        };
        text.parse().map(Some).map_err(refuse)
    }

    /// The URL to send the browser to.
    #[must_use]
    pub fn url(&self, endpoint: &str, config: &Config, values: &SignInValues) -> String {
        let scope = scope(config);
        let challenge = code_challenge(&values.code_verifier);
        let mut parameters = Vec::from([
            ("response_type", "code"),
            ("client_id", config.client_id.as_str()),
            ("redirect_uri", config.redirect_uri.as_str()),
            ("scope", scope.as_str()),
            ("state", values.state.as_str()),
            ("nonce", values.nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        for target in &config.targets {
            if let Some(resource) = &target.resource {
                parameters.push(("resource", resource));
            }
        }
        let initial = config.target(config.initial_target());
        if let Some(audience) = initial.and_then(|target| target.audience.as_deref()) {
            parameters.push(("audience", audience));
        }
        parameters.extend(
            self.parameters
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        with_query(endpoint, &parameters)
    }
}

/// Whether the parameters say whom the access token is for.
#[must_use]
pub fn names_a_target(parameters: &[(String, String)]) -> bool {
    parameters
        .iter()
        .any(|(name, _)| name == "audience" || name == "resource")
}

/// The configured scope with those of the resources: a refresh can narrow a scope, never widen it
/// (RFC 6749 section 6).
fn scope(config: &Config) -> String {
    let mut scope = config.scope.clone();
    for token in config
        .targets
        .iter()
        .filter_map(|target| target.scope.as_deref())
        .flat_map(|text| text.split(' '))
    {
        if !scope.split(' ').any(|known| known == token) {
            scope.push(' ');
            scope.push_str(token);
        }
    }
    scope
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::core::secret::Secret;

    fn config(resources: &Value) -> Config {
        Config::parse(json!({
            "issuer": "https://login.example",
            "clientId": "app",
            "redirectUri": "https://app.example/callback",
            "scope": "openid offline_access",
            "authorizationParams": { "ui_locales": "de", "prompt": "consent" },
            "resources": resources,
        }))
        .unwrap()
    }

    fn parameters(config: &Config, options: Value) -> Vec<(String, String)> {
        let request = SignInRequest::parse(options, config).unwrap();
        let values = SignInValues::new(&Secret::new([7; 96]));
        let url = request.url("https://login.example/authorize?tenant=1", config, &values);
        url::Url::parse(&url)
            .unwrap()
            .query_pairs()
            .into_owned()
            .collect()
    }

    fn values(parameters: &[(String, String)], name: &str) -> Vec<String> {
        parameters
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
            .collect()
    }

    #[test]
    fn everything_that_the_standards_ask_for_is_there_once() {
        let parameters = parameters(
            &config(&json!([])),
            json!({ "authorizationParams": { "prompt": "login" } }),
        );
        for (name, value) in [
            ("tenant", "1"),
            ("response_type", "code"),
            ("client_id", "app"),
            ("redirect_uri", "https://app.example/callback"),
            ("scope", "openid offline_access"),
            ("code_challenge_method", "S256"),
            ("ui_locales", "de"),
            ("prompt", "login"),
        ] {
            assert_eq!(values(&parameters, name), [value], "{name}");
        }
        for name in ["state", "nonce", "code_challenge"] {
            assert_eq!(values(&parameters, name)[0].len(), 43, "{name}");
        }
    }

    #[test]
    fn resources_add_their_indicators_and_scopes() {
        let config = config(&json!([
            { "url": "https://a.example/", "resource": "https://a.example/", "scope": "read openid" },
            { "url": "https://b.example/", "resource": "urn:b", "audience": "b", "scope": "write" },
        ]));
        let parameters = parameters(&config, json!({}));
        assert_eq!(
            values(&parameters, "resource"),
            ["https://a.example/", "urn:b"]
        );
        assert_eq!(values(&parameters, "audience"), ["b"]);
        assert_eq!(
            values(&parameters, "scope"),
            ["openid offline_access read write"]
        );
    }

    #[test]
    fn wrong_options_are_refused() {
        for options in [
            json!({ "returnTo": "//evil.example" }),
            json!({ "returnTo": 7 }),
            json!({ "authorizationParams": { "state": "x" } }),
            json!({ "authorizationParams": { "audience": "other" } }),
            json!({ "authorizationParams": { "resource": "urn:other" } }),
            json!({ "redirectUri": "https://app.example/" }),
            json!("login"),
        ] {
            let error = SignInRequest::parse(options.clone(), &config(&json!([]))).unwrap_err();
            assert_eq!(error.code, Code::InvalidArgument, "{options}");
        }
    }

    #[test]
    fn max_age_must_be_checkable() {
        let request = |value: Value| {
            SignInRequest::parse(
                json!({ "authorizationParams": { "max_age": value } }),
                &config(&json!([])),
            )
            .unwrap()
        };
        assert_eq!(request(json!(300)).max_age(), Ok(Some(300)));
        assert!(request(json!("soon")).max_age().is_err());
    }
}
