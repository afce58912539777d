//! The cookie by which a browser is known as one that an owner has logged in with before.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use secrecy::SecretString;

use crate::config::Config;

const COOKIE_NAME: &str = "device";

/// Only a login reads it.
const PATH: &str = "/api/shopowners/login";

/// Lifetime of the cookie: that of what it holds.
const LIFE: Duration = Duration::days(365);

/// What the browser was given by an earlier login.
pub(crate) struct Device(pub(crate) Option<SecretString>);

impl<S: Sync> FromRequestParts<S> for Device {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(of(&parts.headers)))
    }
}

fn of(headers: &HeaderMap) -> Option<SecretString> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut cookies = lines.flat_map(Cookie::split_parse).flatten();
    let device = cookies.find(|cookie| cookie.name() == COOKIE_NAME)?;
    Some(SecretString::from(device.value()))
}

/// The cookie that a login sets. It outlives logouts: they say nothing against the device.
pub(crate) fn cookie<'a>(device: &'a str, config: &Config) -> Cookie<'a> {
    Cookie::build((COOKIE_NAME, device))
        .path(PATH)
        .max_age(LIFE)
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(config.secure_cookie)
        .build()
}
