//! What the core knows of its own state, for the report of `diagnose()`: in numbers, and no token,
//! claim, code or URL among them.

use alloc::string::String;

use super::{
    Session,
    log::{Happening, index, known},
    resource::TargetIndex,
    time::{Lifetime, Now},
};

impl Session {
    /// Tells the state at `now`.
    pub(super) fn tell_state(&mut self, now: Now) {
        let mut algorithms = String::new();
        let mut flags = 0;
        let mut flag = |bit: i32, is_set: bool| flags |= i32::from(is_set) << bit;
        flag(0, self.grant.is_some());
        flag(1, self.has_expired);
        flag(2, self.escrow.has_moved());
        if let Some(grant) = &self.grant {
            flag(3, grant.refresh_token.is_some());
            flag(4, grant.key.is_some());
        }
        if let Some(metadata) = self.provider.metadata() {
            flag(5, true);
            flag(6, metadata.end_session_endpoint.is_some());
            flag(7, metadata.revocation_endpoint.is_some());
            flag(8, metadata.iss_parameter_supported);
            flag(9, metadata.proof_algorithm.is_some());
            for name in &metadata.id_token_algorithms {
                algorithms.push_str(name);
                algorithms.push(' ');
            }
        }
        let pause = known(self.refresh.pause_left(now));
        self.log(
            Happening::State,
            &algorithms,
            flags,
            pause,
            i32::try_from(self.ahead.get()).unwrap_or(i32::MIN),
        );
        for target in 0..self.config.targets.len() {
            let target = TargetIndex(target);
            let grant = self.grant.as_ref();
            if let Some(token) = grant.and_then(|grant| grant.access_token(target)) {
                let left = |lifetime: Lifetime| lifetime.left(now) / 1_000;
                let left = known(token.lifetime.map(left));
                self.log(Happening::Token, "", index(target), left, 0);
            }
        }
    }
}
