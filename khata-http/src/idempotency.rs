//! `Idempotency-Key`: a request that may be sent again, and is done once.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use khata_core::idempotency::IdempotencyKey;

use crate::problem::Problem;

pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(crate) const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The header, if it is there. It is read late, since what is wrong with the path comes first.
#[derive(Debug)]
pub(crate) struct KeyHeader(Vec<HeaderValue>);

impl KeyHeader {
    /// The key, if there is one.
    ///
    /// # Errors
    /// 400 if it is malformed, or there are two.
    pub(crate) fn key(&self) -> Result<Option<IdempotencyKey>, Problem> {
        let malformed = |why: &str| {
            Problem::unreadable("invalid_idempotency_key", format!("The header `Idempotency-Key` {why}."))
        };
        match self.0.as_slice() {
            [] => Ok(None),
            [value] => {
                let text =
                    value.to_str().map_err(|_| malformed("must be 1 to 255 visible ASCII characters"))?;
                IdempotencyKey::parse(text).map(Some).map_err(|fault| malformed(&fault.message))
            }
            _ => Err(malformed("must not be repeated")),
        }
    }

    fn of(headers: &HeaderMap) -> Self {
        Self(headers.get_all(IDEMPOTENCY_KEY).iter().cloned().collect())
    }
}

impl<S: Sync> FromRequestParts<S> for KeyHeader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}
