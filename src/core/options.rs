//! Reading the page's options: each wrong one is an error that names it, says what is allowed and
//! shows an example.

use alloc::{
    format,
    string::{String, ToString as _},
    vec::Vec,
};
use core::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::{
    error::{Code, Error},
    json,
    url::HttpUrl,
};

/// The options of one call, taken out one by one. What is left at the end was not known.
///
/// What is wrong is kept until [`finish`](Self::finish), which tells the first of it; until then a
/// wrong option reads as if it were absent. So the readers have no way out in the middle, which
/// makes them short, and the module smaller.
///
/// A map of JSON's is a tree, and to remove one entry costs the module more than all of this file:
/// what is taken leaves `null` behind, which is as good as absent.
pub struct Options {
    values: Map<String, Value>,
    /// What an option's name is prefixed with in errors, for options inside options.
    path: &'static str,
    code: Code,
    problem: Option<Error>,
}

impl Options {
    /// Takes the object `value`, or nothing at all. `code` is that of the errors.
    #[must_use]
    pub fn new(value: Value, path: &'static str, code: Code) -> Self {
        let (values, problem) = match value {
            Value::Object(values) => (values, None),
            Value::Null => (Map::new(), None),
            _ => (
                Map::new(),
                Some(Error::with(code, "the options must be an object")),
            ),
        };
        Self {
            values,
            path,
            code,
            problem,
        }
    }

    /// Keeps `error`, where it is the first.
    pub fn fail(&mut self, error: Error) {
        self.problem.get_or_insert(error);
    }

    /// Option `name` is not `allowed`.
    pub fn refuse(&mut self, name: &str, allowed: &str) {
        self.fail(Error::with(
            self.code,
            format!("`{}{name}` must be {allowed}", self.path),
        ));
    }

    /// Option `name` is missing.
    pub fn miss(&mut self, name: &str, allowed: &str) {
        self.fail(Error::with(
            self.code,
            format!("`{}{name}` is missing; it must be {allowed}", self.path),
        ));
    }

    /// An option of any type. What is `undefined` or `null` was not given.
    pub fn value(&mut self, name: &str) -> Option<Value> {
        self.values
            .get_mut(name)
            .map(Value::take)
            .filter(|value| !value.is_null())
    }

    /// An optional text which is not empty.
    pub fn text(&mut self, name: &str, allowed: &str) -> Option<String> {
        match self.value(name)? {
            Value::String(text) if !text.is_empty() => Some(text),
            _ => {
                self.refuse(name, allowed);
                None
            }
        }
    }

    /// A text which must be there.
    pub fn required_text(&mut self, name: &str, allowed: &str) -> String {
        self.text(name, allowed).unwrap_or_else(|| {
            self.miss(name, allowed);
            String::new()
        })
    }

    /// An optional URL to which secrets may travel: https, or http on this machine.
    pub fn url(&mut self, name: &str, allowed: &str) -> Option<String> {
        let text = self.text(name, allowed)?;
        if HttpUrl::parse(&text).is_none_or(|url| !url.is_confidential()) {
            self.refuse(name, allowed);
        }
        Some(text)
    }

    /// A whole number within `range`, or `default`.
    pub fn number(&mut self, name: &str, range: RangeInclusive<u64>, default: u64) -> u64 {
        let Some(value) = self.value(name) else {
            return default;
        };
        json::whole_number(&value)
            .filter(|number| range.contains(number))
            .unwrap_or_else(|| {
                let (least, most) = range.into_inner();
                self.refuse(
                    name,
                    &format!("a whole number from {least} to {most}, for example {default}"),
                );
                default
            })
    }

    /// An option that is true or false; false is the default.
    pub fn flag(&mut self, name: &str, allowed: &str) -> bool {
        match self.value(name) {
            None => false,
            Some(Value::Bool(flag)) => flag,
            Some(_) => {
                self.refuse(name, allowed);
                false
            }
        }
    }

    /// Extra request parameters: an object of texts, whole numbers and booleans, none of which holdfast
    /// sets itself.
    pub fn parameters(&mut self, name: &str) -> Vec<(String, String)> {
        let allowed = "an object of strings, for example { ui_locales: 'de' }";
        let mut parameters = Vec::new();
        let values = match self.value(name) {
            None => return parameters,
            Some(Value::Object(values)) => values,
            Some(_) => {
                self.refuse(name, allowed);
                return parameters;
            }
        };
        for (key, value) in values {
            if OWN_PARAMETERS.contains(&key.as_str()) {
                let detail = format!(
                    "`{}{name}.{key}` is set by holdfast and can't be given",
                    self.path
                );
                self.fail(Error::with(self.code, detail));
            }
            let text = match value {
                Value::Null => continue,
                Value::String(text) => Some(text),
                Value::Bool(flag) => Some(flag.to_string()),
                value => json::whole_number(&value).map(|number| number.to_string()),
            };
            match text {
                Some(text) => parameters.push((key, text)),
                None => self.refuse(name, allowed),
            }
        }
        parameters
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// The first thing that was wrong, or an option that is left and nobody asked for: a typing
    /// mistake, most likely.
    pub fn finish(mut self) -> Result<(), Error> {
        if let Some((name, _)) = self.values.iter().find(|(_, value)| !value.is_null()) {
            let detail = format!("there is no option `{}{name}`", self.path);
            self.problem
                .get_or_insert_with(|| Error::with(self.code, detail));
        }
        self.problem.map_or(Ok(()), Err)
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
