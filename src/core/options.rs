//! Reading the page's options: each wrong one is an error that names it, says what is allowed and
//! shows an example.

use alloc::{
    format,
    string::{String, ToString as _},
    vec::Vec,
};

use serde_json::{Map, Value};

use super::{
    error::{Code, Error},
    json,
    url::HttpUrl,
};

/// The options of one call, taken out one by one. What is left at the end was not known.
pub struct Options {
    values: Map<String, Value>,
    /// What an option's name is prefixed with in errors, for options inside options.
    path: &'static str,
    code: Code,
}

impl Options {
    /// Takes the object `value`.
    ///
    /// # Errors
    /// `code` where it is none.
    pub fn new(value: Value, path: &'static str, code: Code) -> Result<Self, Error> {
        match value {
            // What is `undefined` or `null` was not given.
            Value::Object(mut values) => {
                values.retain(|_, value| !value.is_null());
                Ok(Self { values, path, code })
            }
            Value::Null => Ok(Self { values: Map::new(), path, code }),
            _ => Err(Error::with(code, "the options must be an object")),
        }
    }

    /// The error that option `name` is not `allowed`.
    pub fn refuse(&self, name: &str, allowed: &str) -> Error {
        Error::with(self.code, format!("`{}{name}` must be {allowed}", self.path))
    }

    /// An option of any type.
    pub fn value(&mut self, name: &str) -> Option<Value> {
        self.values.remove(name)
    }

    /// An optional text which is not empty.
    pub fn text(&mut self, name: &str, allowed: &str) -> Result<Option<String>, Error> {
        match self.values.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(self.refuse(name, allowed)),
        }
    }

    /// A text which must be there.
    pub fn required_text(&mut self, name: &str, allowed: &str) -> Result<String, Error> {
        self.text(name, allowed)?.ok_or_else(|| self.missing(name, allowed))
    }

    /// The error that option `name` is missing.
    pub fn missing(&self, name: &str, allowed: &str) -> Error {
        Error::with(self.code, format!("`{}{name}` is missing; it must be {allowed}", self.path))
    }

    /// An optional URL to which secrets may travel: https, or http on this machine.
    pub fn url(&mut self, name: &str, allowed: &str) -> Result<Option<String>, Error> {
        let Some(text) = self.text(name, allowed)? else { return Ok(None) };
        match HttpUrl::parse(&text) {
            Some(url) if url.is_confidential() => Ok(Some(text)),
            _ => Err(self.refuse(name, allowed)),
        }
    }

    /// A whole number within `range`, or `default`.
    pub fn number(
        &mut self,
        name: &str,
        range: core::ops::RangeInclusive<u64>,
        default: u64,
    ) -> Result<u64, Error> {
        let Some(value) = self.values.remove(name) else { return Ok(default) };
        json::whole_number(&value).filter(|number| range.contains(number)).ok_or_else(|| {
            let allowed =
                format!("a whole number from {} to {}, for example {default}", range.start(), range.end());
            self.refuse(name, &allowed)
        })
    }

    /// Extra request parameters: an object of texts, whole numbers and booleans, none of which holdfast
    /// sets itself.
    pub fn parameters(&mut self, name: &str) -> Result<Vec<(String, String)>, Error> {
        let allowed = "an object of strings, for example { ui_locales: 'de' }";
        let values = match self.values.remove(name) {
            None => return Ok(Vec::new()),
            Some(Value::Object(values)) => values,
            Some(_) => return Err(self.refuse(name, allowed)),
        };
        let mut parameters = Vec::new();
        for (key, value) in values {
            if OWN_PARAMETERS.contains(&key.as_str()) {
                let detail = format!("`{}{name}.{key}` is set by holdfast and can't be given", self.path);
                return Err(Error::with(self.code, detail));
            }
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text,
                number @ Value::Number(_) => match json::whole_number(&number) {
                    Some(number) => number.to_string(),
                    None => return Err(self.refuse(name, allowed)),
                },
                Value::Bool(flag) => flag.to_string(),
                _ => return Err(self.refuse(name, allowed)),
            };
            parameters.push((key, text));
        }
        Ok(parameters)
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Where an option is left that nobody asked for: a typing mistake, most likely.
    pub fn finish(self) -> Result<(), Error> {
        match self.values.keys().next() {
            None => Ok(()),
            Some(name) => {
                Err(Error::with(self.code, format!("there is no option `{}{name}`", self.path)))
            }
        }
    }
}

/// Parameters of the authorization request that decide on its security, so they are ours alone.
const OWN_PARAMETERS: &[&str] = &[
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "redirect_uri",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
];
