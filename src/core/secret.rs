//! A value that must not be seen: no `Debug`, no `Display`, no `Serialize`, no `Clone`, wiped when dropped.

use alloc::string::String;

use zeroize::Zeroize;

/// A token, authorization code, code verifier or anything else that must never reach a log, an
/// error, a message to the page or storage.
///
/// The value comes out by [`expose`](Self::expose) alone, and each place that calls it states why
/// in an `EXPOSE:` comment.
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes the value in. Nothing is copied.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl From<String> for Secret<String> {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl From<&str> for Secret<String> {
    fn from(value: &str) -> Self {
        Self::new(value.into())
    }
}
