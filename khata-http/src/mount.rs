//! Following the path that somebody's app has nested the router at.

use axum::http::header::{Entry, LINK, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use cookie::Cookie;

use crate::auth::{HOST_COOKIE, MOUNTED_COOKIE};

/// The path that the router is nested at, such as `/khata`; empty at the root.
pub(crate) fn path<'a>(original: &'a Uri, nested: &Uri) -> &'a str {
    original.path().strip_suffix(nested.path()).unwrap_or_default()
}

/// The same as the path of a cookie has it, which a semicolon would end.
pub(crate) fn path_of_cookie(original: &Uri, nested: &Uri) -> String {
    path(original, nested).replace(';', "%3B")
}

/// Completes the paths in the headers of a response. Handlers write them as if the router were at the root.
pub(crate) fn complete(headers: &mut HeaderMap, mount: &str) {
    let complete_path = |path: &str| path.starts_with('/').then(|| format!("{mount}{path}"));
    let complete_link = |link: &str| link.strip_prefix("</").map(|rest| format!("<{mount}/{rest}"));
    let complete_cookie = |cookie: &str| {
        let mut cookie = Cookie::parse(cookie).ok()?;
        let mut path = format!("{mount}{}", cookie.path()?);
        if cookie.name() == HOST_COOKIE {
            // That name is for every path of a host, and here only some are Khata's.
            cookie.set_name(MOUNTED_COOKIE);
            path = format!("{mount}/api");
        }
        cookie.set_path(path);
        Some(cookie.to_string())
    };
    replace(headers, LOCATION, complete_path);
    replace(headers, LINK, complete_link);
    replace(headers, SET_COOKIE, complete_cookie);
}

fn replace(headers: &mut HeaderMap, name: HeaderName, complete: impl Fn(&str) -> Option<String>) {
    let Entry::Occupied(mut lines) = headers.entry(name) else { return };
    for value in lines.iter_mut() {
        if let Some(text) = value.to_str().ok().and_then(&complete) {
            *value = HeaderValue::from_str(&text).expect("a path in front of one leaves a header sound");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mount_is_what_is_in_front_of_the_routers_own_path() {
        let path = |original: &'static str, nested| {
            path(&Uri::from_static(original), &Uri::from_static(nested)).to_owned()
        };
        assert_eq!(path("/api/entries?after=1", "/api/entries?after=1"), "");
        assert_eq!(path("/khata/api/entries", "/api/entries"), "/khata");
        assert_eq!(path("/shops/a%20b/khata/", "/"), "/shops/a%20b/khata");
        assert_eq!(path("/khata", "/"), "");
    }

    #[test]
    fn paths_in_headers_follow_the_mount() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (LOCATION, "/api/invoices/17"),
            (LINK, "</api/invoices/shop?cursor=x>; rel=\"next\""),
            (SET_COOKIE, "token=a.b; HttpOnly; SameSite=Strict; Secure; Path=/api; Max-Age=60"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.append(SET_COOKIE, HeaderValue::from_static("device=c; Path=/api/shopowners/login"));
        complete(&mut headers, "/khata");
        assert_eq!(headers[LOCATION], "/khata/api/invoices/17");
        assert_eq!(headers[LINK], "</khata/api/invoices/shop?cursor=x>; rel=\"next\"");
        let cookies: Vec<_> = headers.get_all(SET_COOKIE).iter().collect();
        let session = "token=a.b; HttpOnly; SameSite=Strict; Secure; Path=/khata/api; Max-Age=60";
        assert_eq!(cookies, [session, "device=c; Path=/khata/api/shopowners/login"]);

        headers.insert(LOCATION, HeaderValue::from_static("https://khata.example/"));
        let cookie = "__Host-khata=a.b; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=60";
        headers.insert(SET_COOKIE, HeaderValue::from_static(cookie));
        complete(&mut headers, "/khata");
        assert_eq!(headers[LOCATION], "https://khata.example/");
        let cookie = "__Secure-khata=a.b; HttpOnly; SameSite=Strict; Secure; Path=/khata/api; Max-Age=60";
        assert_eq!(headers[SET_COOKIE], cookie);
    }
}
