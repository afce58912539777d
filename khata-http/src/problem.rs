//! What a client is told when something goes wrong: the one place that maps an error to an HTTP answer.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use khata_core::error::{Error, ErrorKind, FieldError};

use crate::request_id::RequestId;
use crate::wire::problem::{FieldProblem, Obstacle, ProblemBody};

/// How long a client should wait before it tries again where nothing better is known.
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(1);

/// An answer that is not a success. It becomes a body only in [`finish`], where the request's id is known.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    /// What is in the way, which few problems tell.
    obstacle: Option<Box<Obstacle>>,
    retry_after: Option<Duration>,
    cause: Option<Box<Error>>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            obstacle: None,
            retry_after: None,
            cause: None,
        }
    }

    /// 400: the request can't be read.
    pub(crate) fn unreadable(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 401: no token came.
    pub(crate) fn missing_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "missing_token",
            "This operation requires a token; log in to get one.",
        )
    }

    /// 401: the app has not said who is calling.
    pub(crate) fn unauthenticated() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "This request is not authenticated.")
    }

    /// 403: it may be another site's doing.
    pub(crate) fn csrf() -> Self {
        let detail = "A request with the session cookie must come from this server's own site.";
        Self::new(StatusCode::FORBIDDEN, "csrf", detail)
    }

    /// 404: no route.
    pub(crate) fn no_such_path() -> Self {
        Self::new(StatusCode::NOT_FOUND, "no_such_path", "This path does not exist.")
    }

    /// 405: a route, but not for this method. `Allow` is the router's to add.
    pub(crate) fn method_not_allowed() -> Self {
        let detail = "This path does not support that method; see the `Allow` header.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
    }

    /// 413.
    pub(crate) fn body_too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", "The body exceeds the limit of 1 MiB.")
    }

    /// 415.
    pub(crate) fn unsupported_media_type() -> Self {
        let detail = "The body must be application/json in UTF-8, without a content encoding.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
    }

    /// 503: it took too long. Of a write nobody knows what became, for it goes on by itself.
    pub(crate) fn timeout(write: bool) -> Self {
        let (code, detail) = match write {
            true => ("outcome_unknown", OUTCOME_UNKNOWN),
            false => ("overloaded", "The request timed out; try again shortly."),
        };
        Self::unavailable(code, detail)
    }

    /// 429: the client is to send less, or later.
    pub(crate) fn too_many_requests(code: &'static str, detail: String, retry_after: Duration) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail);
        Self { retry_after: Some(retry_after), ..problem }
    }

    fn unavailable(code: &'static str, detail: &'static str) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail);
        problem.retry_after = Some(RETRY_AFTER_DEFAULT);
        problem
    }

    /// Its code and what caused it, if the client isn't told.
    pub(crate) fn cause(&self) -> Option<(&'static str, Chain<'_>)> {
        Some((self.code, Chain(self.cause.as_deref()?)))
    }

    /// Whether it says that the same request may succeed later.
    pub(crate) fn is_temporary(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE
    }

    /// What a 401 asks for. How an app authenticates, only the app can say.
    fn challenge(&self) -> Option<HeaderValue> {
        match (self.status, self.code) {
            (StatusCode::UNAUTHORIZED, "unauthenticated") => None,
            (StatusCode::UNAUTHORIZED, "invalid_token") => {
                Some(r#"Bearer realm="khata", error="invalid_token""#)
            }
            (StatusCode::UNAUTHORIZED, _) => Some(r#"Bearer realm="khata""#),
            _ => None,
        }
        .map(HeaderValue::from_static)
    }
}

const OUTCOME_UNKNOWN: &str =
    "Whether the request succeeded is not known; send it again with the same idempotency key.";

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let code = error.code();
        let status = match error.kind() {
            ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::Unauthorized => StatusCode::UNAUTHORIZED,
            ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Stale => StatusCode::PRECONDITION_FAILED,
            ErrorKind::Throttled => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Unavailable => {
                let detail = match code {
                    "outcome_unknown" => OUTCOME_UNKNOWN,
                    "store_unavailable" => {
                        "The database is unavailable; nothing was written. Try again shortly."
                    }
                    _ => "The server is overloaded; nothing was written. Try again shortly.",
                };
                return Self { cause: Some(Box::new(error)), ..Self::unavailable(code, detail) };
            }
            // A kind that this door doesn't know yet is a fault of ours.
            _ => {
                let detail = "Internal error. It is logged under this request's id.";
                let problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail);
                return Self { cause: Some(Box::new(error)), ..problem };
            }
        };
        let problem = Self::new(status, code, sentence(&error));
        match error {
            Error::Invalid(errors) => Self {
                detail: "The request is invalid; see `errors`. Nothing was written.".into(),
                errors,
                ..problem
            },
            Error::IdempotencyMismatch => {
                let fault = FieldError { field: "Idempotency-Key".into(), code, message: error.to_string() };
                Self { errors: vec![fault], ..problem }
            }
            Error::Refused(refusal) => Self { obstacle: Some(Box::new(refusal.into())), ..problem },
            Error::Throttled { retry_after } => Self { retry_after: Some(retry_after), ..problem },
            _ => problem,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(challenge) = self.challenge() {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, whole_seconds(wait).into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives a problem its body.
pub(crate) fn finish(mut response: Response, id: RequestId) -> Response {
    let Some(problem) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    let body = ProblemBody {
        kind: "about:blank",
        title: problem.status.canonical_reason().unwrap_or_default(),
        status: problem.status.as_u16(),
        detail: &problem.detail,
        code: problem.code,
        request_id: id,
        errors: problem.errors.iter().map(FieldProblem::from).collect(),
        obstacle: problem.obstacle.map(|obstacle| *obstacle).unwrap_or_default(),
    };
    let json = serde_json::to_vec(&body).expect("a problem holds nothing that JSON can't");
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    *response.body_mut() = Body::from(json);
    response
}

/// The library's words, as a sentence of its own.
fn sentence(error: &Error) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), characters.as_str()),
        None => text,
    }
}

/// Rounded up, so that who waits so long has waited long enough.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// An error with all its causes.
pub(crate) struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use khata_core::store::StoreError;

    use super::*;

    #[test]
    fn a_wait_is_rounded_up() {
        for (millis, seconds) in [(0, 0), (1, 1), (1_000, 1), (1_001, 2), (59_500, 60)] {
            assert_eq!(whole_seconds(Duration::from_millis(millis)), seconds);
        }
    }

    #[test]
    fn the_inside_is_logged_and_not_told() {
        for error in [
            Error::Internal("secret".into()),
            StoreError::backend("secret").into(),
            StoreError::corrupt("secret").into(),
            StoreError::unavailable("secret").into(),
            StoreError::in_doubt("secret").into(),
        ] {
            let problem = Problem::from(error);
            assert!(problem.status.is_server_error());
            assert!(Chain(problem.cause.as_ref().unwrap()).to_string().contains("secret"));
            assert!(!problem.detail.contains("secret"));
        }
    }
}
