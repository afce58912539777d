//! A success.

use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, LINK, LOCATION, SET_COOKIE, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use cookie::Cookie;
use headers::HeaderMapExt;

use crate::conditional::{ETag, IfNoneMatch};
use crate::headers::CLEAR_SITE_DATA;
use crate::idempotency::IDEMPOTENT_REPLAYED;
use crate::wire::ToJson;

/// A success with a JSON body.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    /// 200.
    pub(crate) fn ok(body: &impl ToJson) -> Self {
        Self { status: StatusCode::OK, headers: HeaderMap::new(), body: body.to_json().into_bytes() }
    }

    /// 201. `path` is where the new thing is to be found.
    pub(crate) fn created(path: &str, body: &impl ToJson) -> Self {
        let location = HeaderValue::from_str(path).expect("a path of ids is ASCII");
        Self { status: StatusCode::CREATED, ..Self::ok(body) }.with(LOCATION, location)
    }

    /// Says which version of a resource it shows.
    pub(crate) fn version(mut self, tag: &ETag) -> Self {
        self.headers.typed_insert(tag.header());
        self
    }

    /// The same, where a version is known by the body itself.
    pub(crate) fn version_by_body(self) -> Self {
        let tag = ETag::of_bytes(&self.body);
        self.version(&tag)
    }

    /// Says which version it shows, with 304 and no body if the client has it already.
    pub(crate) fn unless(mut self, client: &IfNoneMatch, tag: &ETag) -> Self {
        if client.has(tag) {
            self.status = StatusCode::NOT_MODIFIED;
            self.body.clear();
        }
        self.version(tag)
    }

    /// The same, where a version is known by the body itself.
    pub(crate) fn unless_same(self, client: &IfNoneMatch) -> Self {
        let tag = ETag::of_bytes(&self.body);
        self.unless(client, &tag)
    }

    /// Says that it was all done before, if it was.
    pub(crate) fn replayed(self, replayed: bool) -> Self {
        if replayed { self.with(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true")) } else { self }
    }

    /// Says where the next page is, if there is one.
    pub(crate) fn next_page(self, link: Option<HeaderValue>) -> Self {
        match link {
            Some(link) => self.with(LINK, link),
            None => self,
        }
    }

    /// Says that another `Accept` gets another form of it.
    pub(crate) fn by_accept(self) -> Self {
        self.with(VARY, HeaderValue::from_static("accept"))
    }

    /// Sets or takes away a cookie.
    pub(crate) fn cookie(mut self, cookie: &Cookie<'_>) -> Self {
        let cookie = HeaderValue::from_str(&cookie.to_string());
        self.headers.append(SET_COOKIE, cookie.expect("a token is base64 and dots"));
        self
    }

    /// Has the browser forget what it keeps of the server, but for cookies: those it would also take from all other hosts of
    /// the domain.
    pub(crate) fn clear_site_data(self) -> Self {
        self.with(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\", \"storage\""))
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

/// 200 with CSV, for who asked for that, to be saved under a name of ASCII letters, digits, `-` and `.`.
pub(crate) fn csv(name: &str, body: impl Into<Body>) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present")),
        (CONTENT_DISPOSITION, disposition.expect("the name is ASCII")),
        (VARY, HeaderValue::from_static("accept")),
    ];
    (headers, body.into()).into_response()
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if self.status != StatusCode::NOT_MODIFIED {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        response
    }
}
