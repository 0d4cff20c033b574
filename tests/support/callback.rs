//! Authorization responses, right ones and wrong ones.

/// A redirect back to the app.
#[derive(Clone, Debug)]
pub struct Callback {
    redirect_uri: String,
    parameters: Vec<(String, String)>,
    fragment: Option<String>,
}

impl Callback {
    pub fn new(redirect_uri: &str) -> Self {
        Self {
            redirect_uri: redirect_uri.into(),
            parameters: Vec::new(),
            fragment: None,
        }
    }

    /// Adds a parameter, even where it is there.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Takes a parameter away.
    pub fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(key, _)| key != name);
        self
    }

    /// Gives a parameter another value.
    pub fn replace(self, name: &str, value: &str) -> Self {
        self.without(name).with(name, value)
    }

    /// The parameters in the fragment instead of the query, as the implicit grant has them.
    pub fn in_fragment(mut self) -> Self {
        self.fragment = Some(self.query());
        self.parameters.clear();
        self
    }

    pub fn with_fragment(mut self, fragment: &str) -> Self {
        self.fragment = Some(fragment.into());
        self
    }

    pub fn get(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap()
    }

    pub fn url(&self) -> String {
        let mut url = format!("{}?{}", self.redirect_uri, self.query());
        if let Some(fragment) = &self.fragment {
            url.push('#');
            url.push_str(fragment);
        }
        url
    }

    fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.parameters)
            .finish()
    }
}
