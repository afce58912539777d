//! The body of a request.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use khata_core::error::Error;
use khata_core::form::{self, Form, Raw};

use crate::json;
use crate::problem::Problem;

/// The most bytes of a body.
pub(crate) const BYTES_MAX: usize = 1024 * 1024;

/// A body that says it is JSON. What it says is read later, since whether its path names something comes first.
pub(crate) struct JsonBody(Bytes);

impl JsonBody {
    /// The fields of the object that it holds.
    pub(crate) fn form(&self) -> Result<Form, Problem> {
        match json::read(&self.0) {
            Ok(Raw::Object(fields)) => Ok(Form::new(fields)),
            Ok(_) => Err(Error::Invalid(vec![form::wrong_type("an object").at("")]).into()),
            Err(why) => Err(Problem::unreadable("invalid_json", format!("The body is not valid: {why}."))),
        }
    }
}

impl JsonBody {
    /// The same, of a request that needs none: `null` is as absent.
    pub(crate) fn form_or_empty(&self) -> Result<Form, Problem> {
        let absent = self.0.is_empty() || self.0.trim_ascii() == b"null";
        if absent { Ok(Form::new(BTreeMap::new())) } else { self.form() }
    }
}

impl<S: Sync> FromRequest<S> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body).await?;
        let empty_and_unnamed = bytes.is_empty() && !parts.headers.contains_key(CONTENT_TYPE);
        if empty_and_unnamed || is_json(&parts.headers) {
            Ok(Self(bytes))
        } else {
            Err(Problem::unsupported_media_type())
        }
    }
}

/// Reads all of a body, unless it is longer than it may be; one that says so itself is not read at all.
async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > BYTES_MAX as u64) {
        return Err(Problem::body_too_large());
    }
    match Limited::new(body, BYTES_MAX).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::body_too_large()),
        Err(_) => Err(Problem::unreadable("incomplete_body", "The body is incomplete.")),
    }
}

/// Whether the headers say that the body is plain JSON in UTF-8. Parameters but `charset` have no meaning in JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let encoded = headers.get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity");
    let Some(media_type) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let mut parts = media_type.split(';').map(str::trim);
    let named = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let charset_sound = parts.filter_map(|parameter| parameter.split_once('=')).all(|(name, value)| {
        !name.eq_ignore_ascii_case("charset") || value.trim_matches('"').eq_ignore_ascii_case("utf-8")
    });
    named && charset_sound && !encoded
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn says_json(content_type: &'static str) -> bool {
        is_json(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]))
    }

    #[test]
    fn json_in_utf_8_is_json() {
        for yes in [
            "application/json",
            "Application/JSON",
            "application/json;charset=utf-8",
            "application/json; charset=\"UTF-8\"",
            "application/json; version=1",
        ] {
            assert!(says_json(yes), "{yes}");
        }
        for no in [
            "",
            "text/plain",
            "text/json",
            "application/jsonp",
            "application/merge-patch+json",
            "application/json; charset=latin1",
            "application/x-www-form-urlencoded",
        ] {
            assert!(!says_json(no), "{no}");
        }
        let mut headers =
            HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        assert!(!is_json(&headers));
    }
}
