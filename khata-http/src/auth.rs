//! Who is calling, and that no other site makes them call.

use axum::body::HttpBody;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use khata_core::Shop;

use crate::app::App;
use crate::body;
use crate::config::{Config, PublicUrl};
use crate::problem::Problem;

/// Name of the cookie where there is TLS. Browsers take it only from this very host, over TLS and for every path, so that
/// neither another host of the domain nor the network can plant one: RFC 6265bis, section 4.1.3.
pub(crate) const HOST_COOKIE: &str = "__Host-khata";

/// The same under a mount, where other paths belong to others.
pub(crate) const MOUNTED_COOKIE: &str = "__Secure-khata";

/// Name of the cookie without TLS. It is the one of the original, whose clients send it themselves.
const PLAIN_COOKIE: &str = "token";

/// The names that are read, best first.
const COOKIES: [&str; 3] = [HOST_COOKIE, MOUNTED_COOKIE, PLAIN_COOKIE];

/// The shop whose owner makes the request, as authentication left it in the request's extensions.
#[derive(Debug)]
pub(crate) struct Caller(pub(crate) Shop);

/// Lets those in who have a token that is alive. Routes that need a [`Caller`] must be behind it.
pub(crate) async fn authenticate(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let token = Token::of(request.headers()).ok_or_else(Problem::missing_token)?;
    let shop = app.khata.authenticate(token.text()).await?;
    if matches!(token, Token::Cookie(_)) && may_be_forged(&request, &app.config) {
        return Err(Problem::csrf());
    }
    request.extensions_mut().insert(shop);
    Ok(next.run(request).await)
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get().cloned().map(Self).ok_or_else(Problem::unauthenticated)
    }
}

enum Token<'a> {
    Bearer(&'a str),
    Cookie(&'a str),
}

impl<'a> Token<'a> {
    fn of(headers: &'a HeaderMap) -> Option<Self> {
        bearer(headers).map(Self::Bearer).or_else(|| cookie(headers).map(Self::Cookie))
    }

    fn text(&self) -> &'a str {
        match self {
            Self::Bearer(text) | Self::Cookie(text) => text,
        }
    }
}

/// The bearer token, empty if it isn't ASCII: then it came, but can't be right.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_first_chunk::<7>()?;
    if !scheme.eq_ignore_ascii_case(b"bearer ") {
        return None;
    }
    let token = str::from_utf8(token).unwrap_or_default();
    Some(token.trim())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let named = |name: &&str| {
        let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
        let cookies = lines.flat_map(Cookie::split_parse).flatten();
        let mut tokens = cookies.filter(|cookie| cookie.name() == *name).filter_map(|c| c.value_raw());
        tokens.find(|token| !token.is_empty())
    };
    COOKIES.iter().find_map(named)
}

/// Whether a request with the cookie may be another site's doing. `SameSite` keeps most of them away; this holds where
/// a browser doesn't know it, and against other ports and subdomains, which count as the same site.
fn may_be_forged(request: &Request, config: &Config) -> bool {
    let headers = request.headers();
    match headers.get(ORIGIN) {
        Some(origin) => !is_ours(origin, headers, config),
        // A browser lets no other site send JSON without having asked first; anything else a plain form can send.
        None => {
            let sends_json = body::is_json(headers) && !request.body().is_end_stream();
            !request.method().is_safe() && !sends_json
        }
    }
}

fn is_ours(origin: &HeaderValue, headers: &HeaderMap, config: &Config) -> bool {
    let same = |url: &PublicUrl| origin.as_bytes() == url.to_string().as_bytes();
    if let Some(url) = &config.public_url {
        return same(url);
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    ["http", "https"]
        .iter()
        .any(|scheme| PublicUrl::parse(&format!("{scheme}://{host}")).is_ok_and(|url| same(&url)))
}

/// The cookie that carries a token for as long as it lives.
pub(crate) fn session_cookie<'a>(token: &'a str, life: std::time::Duration, config: &Config) -> Cookie<'a> {
    let (name, path) = if config.secure_cookie { (HOST_COOKIE, "/") } else { (PLAIN_COOKIE, "/api") };
    Cookie::build((name, token))
        .path(path)
        .max_age(Duration::try_from(life).unwrap_or(Duration::MAX))
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(config.secure_cookie)
        .build()
}

/// The cookie that removes the one of a session.
pub(crate) fn removal_cookie(config: &Config) -> Cookie<'static> {
    session_cookie("", std::time::Duration::ZERO, config)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    fn headers(lines: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    fn token(lines: &[(HeaderName, &'static str)]) -> Option<String> {
        Token::of(&headers(lines)).map(|token| match token {
            Token::Bearer(text) => format!("bearer {text}"),
            Token::Cookie(text) => format!("cookie {text}"),
        })
    }

    #[test]
    fn a_token_comes_as_bearer_or_as_cookie() {
        assert_eq!(token(&[(AUTHORIZATION, "Bearer a.b"), (COOKIE, "token=c")]).unwrap(), "bearer a.b");
        assert_eq!(token(&[(AUTHORIZATION, "bEARER  a")]).unwrap(), "bearer a");
        assert_eq!(token(&[(AUTHORIZATION, "Bearer ")]).unwrap(), "bearer ");
        assert_eq!(token(&[(AUTHORIZATION, "Basic eDp5"), (COOKIE, "token=c")]).unwrap(), "cookie c");
        assert_eq!(token(&[(COOKIE, "a=b; token=c;d=e")]).unwrap(), "cookie c");
        assert_eq!(token(&[(COOKIE, "a=b"), (COOKIE, "token=c")]).unwrap(), "cookie c");
        assert_eq!(token(&[(COOKIE, "token=a; __Host-khata=b")]).unwrap(), "cookie b");
        assert_eq!(token(&[(COOKIE, "token=a"), (COOKIE, "__Secure-khata=b")]).unwrap(), "cookie b");
        for none in ["xtoken=c", "token", "token=", "Token=c"] {
            assert_eq!(token(&[(COOKIE, none)]), None, "{none}");
        }
        assert_eq!(token(&[(AUTHORIZATION, "Basic x")]), None);
    }

    fn ours(origin: &'static str, host: &'static str, public_url: Option<&str>) -> bool {
        let public_url = public_url.map(|url| PublicUrl::parse(url).unwrap());
        let config = Config { public_url, ..Config::default() };
        is_ours(&HeaderValue::from_static(origin), &headers(&[(HOST, host)]), &config)
    }

    #[test]
    fn an_origin_must_be_the_public_url_or_else_the_host() {
        let public = Some("https://khata.example");
        assert!(ours("https://khata.example", "10.0.0.7:5000", public));
        assert!(!ours("http://khata.example", "khata.example", public));
        assert!(!ours("https://khata.example:8443", "khata.example:8443", public));
        assert!(!ours("https://evil.example", "khata.example", public));
        assert!(!ours("null", "khata.example", public));
        assert!(ours("http://127.0.0.1:5000", "127.0.0.1:5000", None));
        assert!(ours("https://localhost", "LOCALHOST", None));
        assert!(!ours("http://127.0.0.1:3000", "127.0.0.1:5000", None));
        assert!(!ours("null", "127.0.0.1:5000", None));
        assert!(!ours("http://", "", None));
    }

    #[test]
    fn the_cookie_is_kept_from_scripts_and_other_sites() {
        let config = Config::default();
        let life = std::time::Duration::from_secs(60);
        let cookie = session_cookie("a.b", life, &config).to_string();
        assert_eq!(cookie, "token=a.b; HttpOnly; SameSite=Strict; Path=/api; Max-Age=60");
        let config = Config { secure_cookie: true, ..config };
        let cookie = session_cookie("a.b", life, &config).to_string();
        assert_eq!(cookie, "__Host-khata=a.b; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=60");
        let removal = removal_cookie(&config).to_string();
        assert_eq!(removal, "__Host-khata=; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0");
    }
}
