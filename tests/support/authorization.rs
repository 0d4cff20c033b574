//! The part of the authorization server to which the person goes, and to which parameters are pushed.

use holdfast::core::{input::HttpResponse, json::json};

use super::{
    answer::document,
    callback::Callback,
    form::Form,
    server::{CLIENT_ID, Server},
};

/// What a code stands for.
pub(super) struct Authorization {
    pub code_challenge: String,
    pub redirect_uri: String,
    pub nonce: String,
    pub subject: String,
    pub thumbprint: Option<String>,
}

impl Server {
    /// The person signs in at `url` and is sent back.
    pub fn authorize(&mut self, url: &str) -> Callback {
        let mut query = Form::of_url(url);
        assert_eq!(query.get("client_id"), Some(CLIENT_ID));
        if let Some(request_uri) = query.get("request_uri") {
            let pushed = self.pushed.remove(request_uri);
            query = pushed.expect("a reference that was not used before");
        }
        assert_eq!(query.get("response_type"), Some("code"));
        assert_eq!(query.get("code_challenge_method"), Some("S256"));
        assert_eq!(query.get("client_id"), Some(CLIENT_ID));
        let code = self.grants.mint("code");
        let required = |name: &str| query.require(name).to_string();
        let authorization = Authorization {
            code_challenge: required("code_challenge"),
            redirect_uri: required("redirect_uri"),
            nonce: if self.is_openid {
                required("nonce")
            } else {
                assert_eq!(query.get("nonce"), None);
                String::new()
            },
            subject: self.person.clone(),
            thumbprint: query.get("dpop_jkt").map(String::from),
        };
        let mut callback = Callback::new(&authorization.redirect_uri)
            .with("code", &code)
            .with("state", &required("state"));
        if self.metadata["authorization_response_iss_parameter_supported"] == true {
            callback = callback.with("iss", self.metadata["issuer"].as_str().unwrap());
        }
        self.secrets.push(code.clone());
        self.codes.insert(code, authorization);
        callback
    }

    /// Keeps the parameters of an authorization request (RFC 9126).
    pub(super) fn push(&mut self, form: &Form, thumbprint: Option<&str>) -> HttpResponse {
        assert_eq!(form.get("client_id"), Some(CLIENT_ID));
        assert_eq!(form.get("request_uri"), None);
        if let (Some(named), Some(proven)) = (form.get("dpop_jkt"), thumbprint) {
            assert_eq!(named, proven);
        }
        let name = self.grants.mint("request");
        let request_uri = format!("urn:ietf:params:oauth:request_uri:{name}");
        self.pushed.insert(request_uri.clone(), form.clone());
        let answer = json!({ "request_uri": request_uri, "expires_in": 60 });
        document(201, &answer)
    }
}
