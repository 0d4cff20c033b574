//! What a server may answer, besides what it should.

use holdfast::core::{
    input::{HttpFailure, HttpResponse},
    json::{Value, json},
};

/// How one request goes.
#[derive(Clone, Debug)]
pub enum Answer {
    /// As the server does it when all is well.
    Normal,
    /// The request does not arrive.
    Lost,
    /// The server does its work, and the answer gets lost.
    LostOnTheWayBack,
    /// The server does not answer in time.
    TimedOut,
    /// The server does its work, and does not answer in time.
    TooLate,
    /// 401, with this `WWW-Authenticate`.
    Challenge(&'static str),
    /// This, with `DPoP-Nonce`: status, body and nonce.
    WithNonce(u16, String, String),
    /// What it should be, after this was done to its body.
    Rewritten(fn(&str) -> String),
    /// This, whatever was asked.
    Fixed {
        status: u16,
        body: String,
        retry_after: Option<u64>,
        is_html: bool,
    },
}

impl Answer {
    /// A document.
    pub fn json(status: u16, document: &Value) -> Self {
        Self::Fixed {
            status,
            body: document.to_string(),
            retry_after: None,
            is_html: false,
        }
    }

    /// An OAuth error (RFC 6749 section 5.2).
    pub fn refused(status: u16, error: &str) -> Self {
        Self::json(
            status,
            &json!({ "error": error, "error_description": "for a reason" }),
        )
    }

    /// A page of something in between: a portal, a firewall.
    pub fn html(status: u16) -> Self {
        let body = "<!doctype html><title>Sign in to the Wi-Fi</title>".into();
        Self::Fixed {
            status,
            body,
            retry_after: None,
            is_html: true,
        }
    }

    /// Nothing but a status.
    pub fn empty(status: u16) -> Self {
        Self::Fixed {
            status,
            body: String::new(),
            retry_after: None,
            is_html: false,
        }
    }

    /// A busy server.
    pub fn busy(status: u16, retry_after: Option<u64>) -> Self {
        Self::Fixed {
            status,
            body: String::new(),
            retry_after,
            is_html: false,
        }
    }

    /// The answer as the core sees it, where `normal` is what the server's own work comes to.
    pub fn result(
        self,
        normal: impl FnOnce() -> HttpResponse,
    ) -> Result<HttpResponse, HttpFailure> {
        match self {
            Self::Normal => Ok(normal()),
            Self::Rewritten(change) => {
                let mut response = normal();
                let body = change(response.body.expose());
                response.body = body.into();
                Ok(response)
            }
            Self::Lost => Err(HttpFailure::Network),
            Self::LostOnTheWayBack => {
                normal();
                Err(HttpFailure::Network)
            }
            Self::TimedOut => Err(HttpFailure::Timeout),
            Self::TooLate => {
                normal();
                Err(HttpFailure::Timeout)
            }
            Self::Challenge(challenge) => Ok(HttpResponse {
                challenge: Some(challenge.into()),
                ..document(401, &json!({}))
            }),
            Self::WithNonce(status, body, nonce) => Ok(HttpResponse {
                body: body.into(),
                dpop_nonce: Some(nonce),
                ..document(status, &json!({}))
            }),
            Self::Fixed {
                status,
                body,
                retry_after,
                is_html,
            } => Ok(HttpResponse {
                status,
                body: body.into(),
                retry_after_seconds: retry_after,
                looks_like_html: is_html,
                dpop_nonce: None,
                date: None,
                challenge: None,
            }),
        }
    }
}

/// A JSON document as a response.
pub fn document(status: u16, document: &Value) -> HttpResponse {
    HttpResponse {
        status,
        body: document.to_string().into(),
        retry_after_seconds: None,
        looks_like_html: false,
        dpop_nonce: None,
        date: None,
        challenge: None,
    }
}
