//! Reading the page's options: each wrong one is an error that names it, says what is allowed and
//! shows an example.

use alloc::{string::String, vec::Vec};
use core::ops::RangeInclusive;

use super::{
    decimal::decimal,
    error::{Code, Error},
    json::{self, Map, Value},
    url::HttpUrl,
};

/// What the app wants of something that not every server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Without it.
    Off,
    /// With it where the server says so.
    Auto,
    /// With it, or not at all.
    Required,
}

/// The options of one call, taken out one by one. What is left at the end was not known.
///
/// What is wrong is kept until [`finish`](Self::finish), which tells the first of it; until then a
/// wrong option reads as if it were absent. So the readers have no way out in the middle, which
/// makes them short, and the module smaller.
///
/// A map of JSON's is a tree, and to remove one entry costs the module more than all of this file:
/// what is taken leaves `null` behind, which is as good as absent.
pub struct Options {
    values: Map,
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
            ["`", self.path, name, "` must be ", allowed].concat(),
        ));
    }

    /// Option `name` is missing.
    pub fn miss(&mut self, name: &str, allowed: &str) {
        self.fail(Error::with(
            self.code,
            ["`", self.path, name, "` is missing; it must be ", allowed].concat(),
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
        self.optional_number(name, range, default)
            .unwrap_or(default)
    }

    /// A whole number within `range`, where one is given.
    pub fn optional_number(
        &mut self,
        name: &str,
        range: RangeInclusive<u64>,
        example: u64,
    ) -> Option<u64> {
        let value = self.value(name)?;
        let number = json::whole_number(&value).filter(|number| range.contains(number));
        if number.is_none() {
            let (least, most) = range.into_inner();
            self.refuse(
                name,
                &[
                    "a whole number from ",
                    &decimal(least),
                    " to ",
                    &decimal(most),
                    ", for example ",
                    &decimal(example),
                ]
                .concat(),
            );
        }
        number
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

    /// What is wanted of something that not every server has.
    pub fn mode(&mut self, name: &str, default: Mode) -> Mode {
        let allowed = "'auto', 'required' or 'off'";
        match self.text(name, allowed).as_deref() {
            None => default,
            Some("auto") => Mode::Auto,
            Some("required") => Mode::Required,
            Some("off") => Mode::Off,
            Some(_) => {
                self.refuse(name, allowed);
                default
            }
        }
    }

    /// Extra request parameters: an object of texts, whole numbers and booleans, none of which holdfast
    /// sets itself. `claims` may be an object, or its JSON (OpenID Connect Core section 5.5).
    pub fn parameters(&mut self, name: &str) -> Vec<(String, String)> {
        let allowed = "an object of strings, of which `claims` is JSON or an object, for example { ui_locales: 'de' }";
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
                let detail = [
                    "`",
                    self.path,
                    name,
                    ".",
                    &key,
                    "` is set by holdfast and can't be given",
                ]
                .concat();
                self.fail(Error::with(self.code, detail));
            }
            let text = match value {
                Value::Null => continue,
                Value::String(text) => Some(text),
                Value::Bool(flag) => Some(if flag { "true" } else { "false" }.into()),
                value @ Value::Object(_) if key == CLAIMS => json::write(&value),
                value => json::whole_number(&value).map(decimal),
            };
            let is_fine =
                |text: &String| key != CLAIMS || json::parse_object(text.as_bytes()).is_some();
            match text.filter(is_fine) {
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
            let detail = ["there is no option `", self.path, name, "`"].concat();
            self.problem
                .get_or_insert_with(|| Error::with(self.code, detail));
        }
        self.problem.map_or(Ok(()), Err)
    }
}

/// The one parameter that is JSON.
const CLAIMS: &str = "claims";

/// Parameters of the authorization request that decide on its security, so they are ours alone. Those
/// of client authentication would count where requests are pushed (RFC 9126 section 2.1).
const OWN_PARAMETERS: &[&str] = &[
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "nonce",
    "redirect_uri",
    "registration",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
];
