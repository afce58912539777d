//! Where a request came from.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::{FORWARDED, VIA};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::app::App;

/// What each proxy adds the address to of whom it had the request from.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address, if the server was started so as to know the other end of the connection
/// (`into_make_service_with_connect_info::<SocketAddr>()`).
pub(crate) struct Peer(pub(crate) Option<IpAddr>);

impl FromRequestParts<App> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let connected = connected(&parts.extensions);
        Ok(Self(
            connected.map(|address| Way::back(address, &parts.headers, &app.config.trusted_proxies).client),
        ))
    }
}

/// The client's address, if it is known and nothing speaks against it: every proxy on the way is a trusted one, and said
/// whom it had the request from. A proxy on the same machine that is not trusted would else lend its address to anybody.
pub(crate) fn beyond_doubt(
    extensions: &Extensions,
    headers: &HeaderMap,
    trusted: &[IpNet],
) -> Option<IpAddr> {
    let way = Way::back(connected(extensions)?, headers, trusted);
    let untold = !headers.contains_key(FORWARDED_FOR) && headers.keys().any(is_of_a_proxy);
    // What this header says isn't read, so a proxy that has written it may have left another one as a client sent it.
    let unread = headers.contains_key(FORWARDED);
    (way.is_whole && !untold && !unread).then_some(way.client)
}

fn connected(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

/// Whether it tells that a proxy handed the request on.
fn is_of_a_proxy(name: &HeaderName) -> bool {
    *name == VIA || name.as_str() == "x-real-ip" || name.as_str().starts_with("x-forwarded-")
}

/// The way that a request came.
struct Way {
    client: IpAddr,
    /// Whether nothing is said of a way before that.
    is_whole: bool,
}

impl Way {
    /// Goes back from the other end of the connection for as long as a trusted proxy says whom it had the request from.
    /// What stands before that anybody may have written.
    fn back(connected: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let lines = headers.get_all(FORWARDED_FOR).iter().collect::<Vec<_>>().into_iter().rev();
        let mut senders = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(',').map(address));
        // A dual-stack socket writes an IPv4 address in IPv6: it is the same machine.
        let mut client = connected.to_canonical();
        while trusted.iter().any(|network| network.contains(&client)) {
            match senders.next() {
                Some(Some(sender)) => client = sender,
                Some(None) => return Self { client, is_whole: false },
                None => break,
            }
        }
        Self { client, is_whole: senders.next().is_none() }
    }
}

/// Some proxies add the port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text.parse().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn proxies_are_believed_only_as_far_as_they_are_trusted() {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        for (connected, forwarded, expected) in [
            ("203.0.113.7", vec!["198.51.100.1"], "203.0.113.7"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.1"], "198.51.100.1"),
            ("::ffff:10.0.0.1", vec!["::ffff:198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", vec!["192.0.2.1, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", vec!["192.0.2.1", "198.51.100.1,fd00::1"], "198.51.100.1"),
            ("10.0.0.1", vec!["198.51.100.1:4711"], "198.51.100.1"),
            ("10.0.0.1", vec!["[2001:db8::1]:4711"], "2001:db8::1"),
            ("10.0.0.1", vec!["192.0.2.1, unknown, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", vec!["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ] {
            let lines = forwarded.iter().map(|line| HeaderValue::from_static(line));
            let headers = lines.map(|line| (FORWARDED_FOR.parse().unwrap(), line)).collect();
            let found = Way::back(connected.parse().unwrap(), &headers, &trusted).client;
            assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{connected} {forwarded:?}");
        }
    }

    #[test]
    fn an_address_is_beyond_doubt_only_where_every_proxy_told_of_it() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        for (connected, headers, expected) in [
            ("203.0.113.7", vec![], Some("203.0.113.7")),
            ("::ffff:203.0.113.7", vec![], Some("203.0.113.7")),
            // One who came past the proxy, from its own machine.
            ("10.0.0.1", vec![], Some("10.0.0.1")),
            ("10.0.0.1", vec![(FORWARDED_FOR, "127.0.0.1")], Some("127.0.0.1")),
            ("10.0.0.1", vec![(FORWARDED_FOR, "127.0.0.1, 10.0.0.2")], Some("127.0.0.1")),
            (
                "10.0.0.1",
                vec![(FORWARDED_FOR, "127.0.0.1"), ("x-forwarded-proto", "https")],
                Some("127.0.0.1"),
            ),
            // No proxy that is trusted wrote it.
            ("127.0.0.1", vec![(FORWARDED_FOR, "127.0.0.1")], None),
            ("127.0.0.1", vec![(FORWARDED_FOR, "")], None),
            ("127.0.0.1", vec![("forwarded", "for=127.0.0.1")], None),
            ("127.0.0.1", vec![("x-forwarded-proto", "https")], None),
            ("127.0.0.1", vec![("x-real-ip", "127.0.0.1")], None),
            ("127.0.0.1", vec![("via", "1.1 proxy")], None),
            ("10.0.0.1", vec![(FORWARDED_FOR, "203.0.113.7, 127.0.0.1")], None),
            // One that is trusted doesn't say whom it had it from, or not so that it is read.
            ("10.0.0.1", vec![(FORWARDED_FOR, "unknown")], None),
            ("10.0.0.1", vec![(FORWARDED_FOR, "\u{e9}")], None),
            ("10.0.0.1", vec![("x-forwarded-proto", "https")], None),
            ("10.0.0.1", vec![("forwarded", "for=203.0.113.7")], None),
            ("10.0.0.1", vec![("forwarded", "for=203.0.113.7"), (FORWARDED_FOR, "127.0.0.1")], None),
        ] {
            let mut extensions = Extensions::new();
            extensions.insert(ConnectInfo(SocketAddr::new(connected.parse().unwrap(), 4711)));
            let lines = headers.iter().map(|(name, value)| {
                (name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
            });
            let found = beyond_doubt(&extensions, &lines.collect(), &trusted);
            assert_eq!(found, expected.map(|address| address.parse().unwrap()), "{connected} {headers:?}");
        }
        assert_eq!(beyond_doubt(&Extensions::new(), &HeaderMap::new(), &trusted), None);
    }
}
