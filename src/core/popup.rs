//! Signing in by a window of its own: the page stays, and so does this vault. The transaction is
//! therefore kept in memory, and neither the code verifier nor a DPoP key is ever stored.

use alloc::{string::String, vec::Vec};

use super::{Session, error::Code, pkce::RandomText, time::Now, transaction::Transaction};

/// What the `state` of such a sign-in ends with, so that the page in the window knows what it is:
/// no other `state` has a dot.
const MARK: &str = ".popup";

/// How many such sign-ins are waited for at one time. Who begins more gives up the oldest.
const MOST: usize = 8;

/// By what way a person is sent to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The page goes there.
    Redirect,
    /// The page goes there, and the server is to show nothing.
    Silent,
    /// The page opens a window.
    Popup,
}

impl Way {
    /// The `state` for this way.
    pub(super) fn mark(self, state: &mut RandomText) {
        if self == Self::Popup {
            state.push_str(MARK);
        }
    }
}

/// Whether `state` is that of a sign-in in a window.
pub(super) fn is_popup(state: &str) -> bool {
    state.ends_with(MARK)
}

/// The sign-ins in windows that are under way, the oldest first, by the hash of their `state`.
pub(super) type Popups = Vec<(String, Transaction)>;

impl Session {
    pub(super) fn remember_popup(&mut self, state: &str, transaction: Transaction, now: Now) {
        let config = &self.config;
        self.popups
            .retain(|(_, old)| old.is_valid(config, now.unix));
        if self.popups.len() == MOST {
            self.popups.remove(0);
        }
        self.popups.push((Transaction::key(state), transaction));
    }

    /// It is forgotten with that: a callback counts once.
    pub(super) fn take_popup(&mut self, state: &str) -> Result<Transaction, Code> {
        let key = Transaction::key(state);
        let index = self.popups.iter().position(|(known, _)| *known == key);
        index
            .map(|index| self.popups.remove(index).1)
            .ok_or(Code::StateUnknown)
    }
}
