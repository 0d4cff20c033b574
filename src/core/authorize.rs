//! The authorization request (RFC 6749 section 4.1.1, RFC 7636 section 4.3, OpenID Connect Core
//! section 3.1.2.1).

use alloc::{string::String, vec::Vec};

use super::{
    acr,
    callback::check_return_to,
    config::Config,
    decimal::decimal,
    error::{Code, Error},
    form,
    json::Value,
    options::Options,
    pkce::{SignInValues, code_challenge},
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
    /// Whether the person is not to be asked anything.
    pub is_silent: bool,
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
        let mut parameters = config.authorization_params.clone();
        let names_a_target = names_a_target(&own);
        let is_uncheckable = !config.is_openid && needs_id_token(&own);
        for (name, value) in own {
            set(&mut parameters, &name, value);
        }
        if let Some(step_up) = options.value("stepUp") {
            add_step_up(&mut parameters, step_up, &mut options);
        }
        options.finish()?;
        if names_a_target {
            let detail = "`authorizationParams` can't name an audience or resource here: it would change whom the token is for; use `resources`";
            return Err(Error::with(Code::InvalidArgument, detail));
        }
        if is_uncheckable {
            let detail = "`authorizationParams` can't have `max_age` and `claims` where the option `openid` is false: there is no ID token to check them by";
            return Err(Error::with(Code::InvalidArgument, detail));
        }
        Ok(Self {
            return_to,
            app_state,
            parameters,
            is_silent: false,
        })
    }

    /// Asks the server to show the person nothing (OpenID Connect Core section 3.1.2.1).
    pub fn make_silent(&mut self) {
        set(&mut self.parameters, "prompt", "none".into());
        self.is_silent = true;
    }

    /// Binds the code to the key of this thumbprint (RFC 9449 section 10).
    pub fn bind(&mut self, thumbprint: String) {
        self.parameters.push(("dpop_jkt".into(), thumbprint));
    }

    /// The `max_age` that is asked for, in seconds.
    ///
    /// # Errors
    /// [`Code::InvalidArgument`] where it is no number: what can't be checked must not be asked for.
    pub fn max_age(&self) -> Result<Option<u64>, Error> {
        let Some((_, text)) = self.parameters.iter().find(|(name, _)| name == "max_age") else {
            return Ok(None);
        };
        // As the server reads it: without a sign or leading zeros.
        let seconds = text
            .parse()
            .ok()
            .filter(|seconds| decimal(*seconds) == *text);
        if seconds.is_none() {
            let detail = "`authorizationParams.max_age` must be whole seconds, for example 300";
            return Err(Error::with(Code::InvalidArgument, detail));
        }
        Ok(seconds)
    }

    /// What is demanded of the ID token's `acr`, as `acr::check` takes it.
    #[must_use]
    pub fn acr(&self) -> Option<Value> {
        acr::demanded(&self.parameters)
    }

    /// The parameters of the request, as a form.
    #[must_use]
    pub fn form(&self, config: &Config, values: &SignInValues) -> String {
        let scope = scope(config);
        let challenge = code_challenge(&values.code_verifier);
        let mut parameters = Vec::from([
            ("response_type", "code"),
            ("client_id", config.client_id.as_str()),
            ("redirect_uri", config.redirect_uri.as_str()),
            ("state", values.state.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]);
        if config.is_openid {
            parameters.push(("nonce", values.nonce.as_str()));
        }
        if !scope.is_empty() {
            parameters.push(("scope", scope.as_str()));
        }
        for target in config.sign_in_targets() {
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
        form::write(&parameters)
    }
}

/// What an API asks for (RFC 9470 section 4), as the event `stepup` tells it.
fn add_step_up(parameters: &mut Vec<(String, String)>, step_up: Value, options: &mut Options) {
    let mut step_up = Options::new(step_up, "stepUp.", Code::InvalidArgument);
    let acr_values = step_up.text("acrValues", "a text, for example 'urn:example:strong'");
    let max_age = step_up.optional_number("maxAge", 0..=u32::MAX.into(), 300);
    if let Err(error) = step_up.finish() {
        options.fail(error);
    }
    if let Some(acr_values) = acr_values {
        set(parameters, "acr_values", acr_values);
    }
    if let Some(max_age) = max_age {
        set(parameters, "max_age", decimal(max_age));
    }
}

/// Gives the parameter `name` this value and no other.
fn set(parameters: &mut Vec<(String, String)>, name: &str, value: String) {
    parameters.retain(|(known, _)| known != name);
    parameters.push((name.into(), value));
}

/// Whether the parameters say whom the access token is for.
#[must_use]
pub fn names_a_target(parameters: &[(String, String)]) -> bool {
    parameters
        .iter()
        .any(|(name, _)| name == "audience" || name == "resource")
}

/// Whether the parameters ask for what only an ID token can show.
#[must_use]
pub fn needs_id_token(parameters: &[(String, String)]) -> bool {
    parameters
        .iter()
        .any(|(name, _)| name == "max_age" || name == "claims")
}

/// The configured scope with those of the resources: a refresh can narrow a scope, never widen it
/// (RFC 6749 section 6).
#[must_use]
pub fn scope(config: &Config) -> String {
    let mut scope = config.scope.clone();
    for token in config
        .sign_in_targets()
        .filter_map(|target| target.scope.as_deref())
        .flat_map(|text| text.split(' '))
    {
        if !scope.split(' ').any(|known| known == token) {
            if !scope.is_empty() {
                scope.push(' ');
            }
            scope.push_str(token);
        }
    }
    scope
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::json::json;
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
        form_urlencoded::parse(request.form(config, &values).as_bytes())
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
