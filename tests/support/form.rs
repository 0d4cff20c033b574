//! Reading the parameters of requests, with duplicates.

/// Parameters in the order in which they were sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(pub Vec<(String, String)>);

impl Form {
    pub fn parse(text: &str) -> Self {
        Self(
            form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    /// The query of a URL.
    pub fn of_url(url: &str) -> Self {
        Self::parse(url::Url::parse(url).unwrap().query().unwrap_or_default())
    }

    /// The one value of `name`, where there is one.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self
            .0
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.as_str());
        let value = values.next();
        assert_eq!(values.next(), None, "`{name}` was sent twice");
        value
    }

    /// The value of `name`, which must be there.
    pub fn require(&self, name: &str) -> &str {
        self.get(name)
            .unwrap_or_else(|| panic!("`{name}` was not sent"))
    }
}
