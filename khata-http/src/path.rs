//! The id in a path.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use khata_core::error::Error;
use khata_core::form::Raw;
use khata_core::money::Currency;
use khata_core::record::FormType;

use crate::problem::Problem;

/// The one id in a path, as it was written. It is read only after the body has been looked at, since what is wrong
/// with a body's size or type comes first.
pub(crate) struct PathId(String);

impl PathId {
    /// Reads it. A malformed one names nothing, like one that was never given out.
    pub(crate) fn read<Id: FormType>(&self) -> Result<Id, Error> {
        // No currency is used in an id.
        Id::from_raw(&Raw::Text(self.0.clone()), Currency::default()).map_err(|_| Error::NotFound)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // What can't be decoded is no id either.
        let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Error::NotFound)?;
        // Parameters of a path that the router is nested under come first.
        let id = params.iter().last().map(|(_, id)| id.to_owned()).unwrap_or_default();
        Ok(Self(id))
    }
}
