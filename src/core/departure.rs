//! The first half of a sign-in: from the page's wish to the URL that the browser goes to.

use alloc::{rc::Rc, string::String};

use super::{
    Pending, Session,
    authorize::SignInRequest,
    discovery::Metadata,
    dpop::Key,
    error::Phase,
    input::CommandId,
    json::Value,
    log::Happening,
    output::{Output, Reply},
    par,
    pkce::{Entropy, SignInValues},
    popup::{Way, is_popup},
    provider::AfterMetadata,
    time::Now,
    transaction::Transaction,
    url::with_form,
};

/// A sign-in that waits for the server's metadata.
pub(super) struct PendingSignIn {
    /// Who waits.
    pub command: CommandId,
    request: SignInRequest,
    max_age: Option<u64>,
    values: SignInValues,
    /// What the tokens are to be bound to.
    pub key: Option<Rc<Key>>,
    /// How often the pushed request was sent again for the proof's sake.
    pub challenges: u8,
}

impl PendingSignIn {
    /// Has code and tokens bound to `key`.
    pub(super) fn bind(&mut self, key: Key) {
        self.request.bind(key.thumbprint());
        self.key = Some(Rc::new(key));
    }
}

impl Session {
    pub(super) fn start_sign_in(
        &mut self,
        command: CommandId,
        options: Value,
        way: Way,
        entropy: &Entropy,
        now: Now,
    ) {
        let request = SignInRequest::parse(options, &self.config);
        match request.and_then(|request| Ok((request.max_age()?, request))) {
            Ok((max_age, mut request)) => {
                if way == Way::Silent {
                    request.make_silent();
                }
                let mut values = SignInValues::new(entropy);
                way.mark(&mut values.state);
                let sign_in = PendingSignIn {
                    command,
                    request,
                    max_age,
                    values,
                    key: None,
                    challenges: 0,
                };
                self.with_metadata(AfterMetadata::SignIn(sign_in), now);
            }
            Err(error) => self.reply(command, Phase::Login, Err(error)),
        }
    }

    pub(super) fn send_to_server(&mut self, sign_in: PendingSignIn, metadata: &Metadata, now: Now) {
        let form = sign_in.request.form(&self.config, &sign_in.values);
        match par::endpoint(self.config.par, metadata) {
            Ok(None) => {
                let url = with_form(&metadata.authorization_endpoint, &form);
                self.leave(sign_in, url, now);
            }
            Ok(Some(endpoint)) => self.push_request(sign_in, form, endpoint, now),
            Err(error) => self.reply(sign_in.command, Phase::Login, Err(error)),
        }
    }

    /// Has the page go to `authorization_url`, once what must be remembered is stored; or a window of its own, for which this vault
    /// remembers it.
    pub(super) fn leave(&mut self, sign_in: PendingSignIn, authorization_url: String, now: Now) {
        let PendingSignIn {
            command,
            request,
            max_age,
            values,
            key,
            ..
        } = sign_in;
        let mut transaction = Transaction::new(&self.config, &values, now.unix);
        if let Some(key) = &key {
            transaction.seal_key(key, &values.state);
        }
        transaction.max_age = max_age;
        transaction.acr = request.acr();
        transaction.return_to = request.return_to;
        transaction.app_state = request.app_state;
        transaction.is_silent = request.is_silent;
        let is_silent = request.is_silent.into();
        self.log(
            Happening::SignInStarted,
            "",
            is_silent,
            key.is_some().into(),
            0,
        );
        if is_popup(&values.state) {
            self.remember_popup(&values.state, transaction, now);
            let reply = Reply::Popup {
                url: authorization_url,
                state: values.state,
            };
            return self.reply(command, Phase::Login, Ok(reply));
        }
        let reply = if request.is_silent {
            Reply::SilentSignIn(authorization_url)
        } else {
            Reply::Navigate(authorization_url)
        };
        let id = self.expect(Pending::StoredTransaction { command, reply });
        self.outputs.push(Output::StoreTransaction {
            id,
            key: Transaction::key(&values.state),
            record: transaction.to_record(),
            expires_at: Transaction::expiry(now.unix),
            now: now.unix.seconds(),
        });
    }
}
