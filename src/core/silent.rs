//! The silent sign-in: a round trip to the server by which a person who is still signed in there is
//! signed in here without being asked (`prompt=none`, OpenID Connect Core section 3.1.2.1). It goes
//! by the page itself, not by a hidden frame: there, browsers withhold the server's cookies.

use super::{
    Session,
    error::{Code, Error, Phase},
    input::CommandId,
    json::{self, Value},
    log::Happening,
    options::Options,
    output::{Reply, SignedIn},
    pkce::Entropy,
    popup::Way,
    sign_in::PendingCallback,
    time::Now,
    transaction::Transaction,
};

/// For how long a silent sign-in is not tried again, in milliseconds. Whoever comes back from one
/// signed out must not be sent there at once, and again.
const SILENT_PAUSE: u64 = 600_000;

impl Session {
    /// Answers who is signed in. Where nobody is, and the page asks for it, a silent sign-in begins
    /// (`prompt=none`, OpenID Connect Core section 3.1.2.1).
    pub(super) fn check_session(
        &mut self,
        command: CommandId,
        options: Value,
        entropy: &Entropy,
        now: Now,
    ) {
        match silent_sign_in(options, now) {
            Ok(Some(options)) if self.grant.is_none() => {
                self.start_sign_in(command, options, Way::Silent, entropy, now);
            }
            Ok(_) => self.tell_session(command),
            Err(error) => self.reply(command, Phase::Init, Err(error)),
        }
    }

    /// A silent sign-in found nobody signed in at the server. That is no error: it was a question.
    pub(super) fn end_silently(&mut self, callback: PendingCallback) {
        let Transaction {
            return_to,
            app_state,
            ..
        } = *callback.transaction;
        let signed_in = SignedIn {
            return_to,
            app_state,
        };
        self.log(Happening::SilentSignInEnded, "", 0, 0, 0);
        self.reply(
            callback.command,
            Phase::Callback,
            Ok(Reply::Callback(Some(signed_in))),
        );
    }
}

/// The options of the silent sign-in that the options of `checkSession` ask for. `None`: they ask
/// for none, or there was one just now.
fn silent_sign_in(options: Value, now: Now) -> Result<Option<Value>, Error> {
    let mut options = Options::new(options, "", Code::InvalidArgument);
    let redirect = match options.value("redirect") {
        None | Some(Value::Bool(false)) => None,
        Some(Value::Bool(true)) => Some(Value::Null),
        Some(redirect @ Value::Object(_)) => Some(redirect),
        Some(_) => {
            options.refuse(
                "redirect",
                "true, or an object with options of loginWithRedirect, for example { appState: 1 }",
            );
            None
        }
    };
    let attempted_at = match options.value("attemptedAt") {
        // As the page keeps it.
        Some(Value::String(text)) => json::parse(&text),
        other => other,
    };
    options.finish()?;
    // Whatever the page says that is no time was no attempt; a time to come is a clock set back.
    let was_just_now = attempted_at
        .as_ref()
        .and_then(json::whole_part)
        .is_some_and(|at| now.unix.0.abs_diff(at) < SILENT_PAUSE);
    Ok(redirect.filter(|_| !was_just_now))
}
