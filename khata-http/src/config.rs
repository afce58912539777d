//! How to set up the router.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use khata_core::keys::KeyRing;

const LOOPBACK_V4: IpNet = IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8));
const LOOPBACK_V6: IpNet = IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128));

/// The settings of a [`router`](crate::router). The default suits a server that only its own machine can reach.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who authenticates requests.
    pub authentication: Authentication,
    /// Whether the description of the API is served, at `/openapi.json` and `/docs`.
    pub docs: bool,
    /// Whether the state of the server is served, at `/healthz` and `/readyz`.
    pub health: bool,
    /// Whether metrics are served, at `/metrics`, to the clients in `metrics_from`.
    pub metrics: bool,
    /// Where clients find the server, if it isn't simply where they sent the request. A browser's request that
    /// carries the cookie must come from there.
    pub public_url: Option<PublicUrl>,
    /// Sites whose scripts may call the API from browsers (CORS), with a token that they send themselves: the cookie stays
    /// with the server's own site.
    pub cors_origins: Vec<PublicUrl>,
    /// The proxies whose word counts on whom they had a request from (`X-Forwarded-For`). Failed logins are counted by
    /// that too, so that without it all who come through a proxy share one count.
    pub trusted_proxies: Vec<IpNet>,
    /// The networks whose clients `/metrics` answers; to all others it is a path that isn't there. It must be asked for by an
    /// address, by the host of `public_url`, or by a name that exists in the network alone: one without a dot, or under
    /// `.local`, `.internal` or `.localhost`. Through a proxy it
    /// answers only if that is a trusted one which says whom it had the request from; one that isn't, and adds no
    /// header either, can't be told from a client.
    pub metrics_from: Vec<IpNet>,
    /// Whether browsers may send the cookie over TLS only. It must be so wherever there is TLS.
    pub secure_cookie: bool,
    /// What the cursors of lists are signed with; the same for all processes that serve one database, which
    /// [`CursorKey::of`] derives from their keys.
    pub cursor_key: CursorKey,
    /// How long a request may take before it is answered with a 503. More than Khata's own write timeout, or that
    /// never gets to say what it knows.
    pub request_timeout: Duration,
    /// Maximum number of requests to the API that run at once. Requests beyond it are answered with a 503 immediately. One
    /// shop may have half of them; its further requests are answered with a 429. Requests that wait for an entry are counted
    /// apart: there may be a quarter as many, of which one shop may have an eighth.
    pub concurrency_limit: usize,
    /// How much each shop may ask for in a minute.
    pub rates: Rates,
}

/// How much a shop may ask for in a minute. It may ask for all of it at once; then what it has asked for is allowed again
/// evenly over a minute. What is beyond is answered with a 429.
///
/// The counts are in the memory of a router: with several processes, a shop has as many shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Maximum number of requests, without logins and registrations; none is no limit.
    pub requests: Option<NonZeroU32>,
    /// Maximum number of those that write; none is no limit.
    pub writes: Option<NonZeroU32>,
    /// Maximum size in bytes of the bodies of requests; none is no limit. A body that doesn't say how long it is counts as
    /// 1 MiB.
    pub bytes: Option<NonZeroU32>,
}

impl Rates {
    /// No limits.
    pub const UNLIMITED: Self = Self { requests: None, writes: None, bytes: None };
}

impl Default for Rates {
    /// 1,200,000 requests, 600,000 writes and 4,095 MiB: what stops a program that runs wild, and no import or load test.
    fn default() -> Self {
        Self {
            requests: NonZeroU32::new(1_200_000),
            writes: NonZeroU32::new(600_000),
            bytes: NonZeroU32::new(4095 * 1024 * 1024),
        }
    }
}

impl Default for Config {
    /// Tokens of its own, every part served, no public URL, no other sites, no proxies, metrics for this machine only, a
    /// cookie that needs no TLS, a new cursor key, 30 seconds, 1024 requests, generous rates.
    fn default() -> Self {
        Self {
            authentication: Authentication::Tokens,
            docs: true,
            health: true,
            metrics: true,
            public_url: None,
            cors_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            metrics_from: vec![LOOPBACK_V4, LOOPBACK_V6],
            secure_cookie: false,
            cursor_key: CursorKey::generate(),
            request_timeout: Duration::from_secs(30),
            concurrency_limit: 1024,
            rates: Rates::default(),
        }
    }
}

/// Who authenticates requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// Khata, by the tokens that its own login gives out.
    Tokens,
    /// The app that the router is a part of. It inserts the [`Shop`](khata_core::Shop) into the extensions of each
    /// request that it has authenticated; others are answered with a 401. Registering, logging in and logging out are
    /// not served then, and protection against cross-site requests is up to the app.
    External,
}

/// A key for the cursors of lists, and those that were used before it. It can't be printed.
#[derive(Clone)]
pub struct CursorKey {
    signing: [u8; 32],
    old: Vec<[u8; 32]>,
}

impl CursorKey {
    /// The key with these bytes, which must be hard to guess.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self { signing: bytes, old: Vec::new() }
    }

    /// The key that belongs to a ring of keys. Cursors that were signed before the ring was rotated stay valid, as tokens do.
    #[must_use]
    pub fn of(keys: &KeyRing) -> Self {
        let mut derived = keys.derive_all("cursor");
        let signing = derived.next().expect("a ring has at least one key");
        Self { signing, old: derived.collect() }
    }

    /// A random key. Cursors signed with it end with the process.
    ///
    /// # Panics
    /// If the system has no source of randomness.
    #[must_use]
    pub fn generate() -> Self {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).expect("the system has a source of randomness");
        Self::from_bytes(bytes)
    }

    /// The key that signs.
    pub(crate) fn signing(&self) -> &[u8] {
        &self.signing
    }

    /// All keys that verify.
    pub(crate) fn verifying(&self) -> impl Iterator<Item = &[u8]> {
        [&self.signing].into_iter().chain(&self.old).map(<[u8; 32]>::as_slice)
    }
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey(..)")
    }
}

/// Where clients find the server: a scheme and an authority, such as `https://khata.example`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    scheme: Scheme,
    /// In lower case, without the scheme's own port: as browsers write it in `Origin`.
    authority: String,
    host_length: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn prefix(self) -> &'static str {
        match self {
            Self::Http => "http://",
            Self::Https => "https://",
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl PublicUrl {
    /// Reads `http://` or `https://`, a host, and a port where it isn't the scheme's own; a slash may follow.
    ///
    /// # Errors
    /// [`InvalidPublicUrl`] for anything else, a path included.
    pub fn parse(text: &str) -> Result<Self, InvalidPublicUrl> {
        let lower = text.trim().to_ascii_lowercase();
        let (scheme, rest) = [Scheme::Http, Scheme::Https]
            .into_iter()
            .find_map(|scheme| lower.strip_prefix(scheme.prefix()).map(|rest| (scheme, rest)))
            .ok_or(InvalidPublicUrl)?;
        let authority: axum::http::uri::Authority =
            rest.strip_suffix('/').unwrap_or(rest).parse().map_err(|_| InvalidPublicUrl)?;
        let port = authority.port_u16();
        let beyond_host = authority.as_str().strip_prefix(authority.host()).ok_or(InvalidPublicUrl)?;
        let sound = !authority.host().is_empty() && (beyond_host.is_empty() || port.is_some());
        let host = authority.host();
        let authority = match port {
            _ if !sound => return Err(InvalidPublicUrl),
            Some(port) if port != scheme.port() => format!("{host}:{port}"),
            _ => host.to_owned(),
        };
        Ok(Self { scheme, host_length: host.len(), authority })
    }

    /// The host, without a port.
    pub(crate) fn host(&self) -> &str {
        &self.authority[..self.host_length]
    }

    /// Whether clients reach it over TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.scheme.prefix(), self.authority)
    }
}

impl std::str::FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// The text is not a [`PublicUrl`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a scheme and a host, such as https://khata.example, without a path")]
pub struct InvalidPublicUrl;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_written_as_browsers_write_an_origin() {
        for (text, origin) in [
            ("https://khata.example", "https://khata.example"),
            ("HTTPS://Khata.Example:443/", "https://khata.example"),
            ("http://khata.example:80", "http://khata.example"),
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
            ("https://[::1]:8443/", "https://[::1]:8443"),
        ] {
            assert_eq!(PublicUrl::parse(text).unwrap().to_string(), origin);
        }
        assert!(PublicUrl::parse("https://a").unwrap().is_https());
        assert!(!PublicUrl::parse("http://a").unwrap().is_https());
    }

    #[test]
    fn a_public_url_has_a_scheme_a_host_and_no_more() {
        for text in [
            "",
            "khata.example",
            "ftp://khata.example",
            "https://",
            "https:///",
            "https://:443",
            "https://khata.example/app",
            "https://khata.example?x",
            "https://khata.example#x",
            "https://ravi@khata.example",
            "https://khata.example:",
            "https://khata.example:99999",
            "https://kha ta",
        ] {
            assert_eq!(PublicUrl::parse(text), Err(InvalidPublicUrl), "{text}");
        }
    }

    #[test]
    fn the_cursor_key_is_not_printed() {
        let cursor_key = CursorKey::from_bytes([7; 32]);
        let config = Config { cursor_key, ..Config::default() };
        assert!(!format!("{config:?}").contains("7, 7"));
    }
}
