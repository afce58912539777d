//! Where a request came from.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
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
        let info = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(info.map(|info| client(info.0.ip(), &parts.headers, &app.config.trusted_proxies))))
    }
}

/// Goes back from the other end of the connection for as long as a trusted proxy says whom it had the request from.
/// What stands before that anybody may have written.
fn client(connected: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let lines = headers.get_all(FORWARDED_FOR).iter().collect::<Vec<_>>().into_iter().rev();
    let mut senders = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(',').map(address));
    // A dual-stack socket writes an IPv4 address in IPv6: it is the same machine.
    let mut peer = connected.to_canonical();
    while trusted.iter().any(|network| network.contains(&peer)) {
        match senders.next().flatten() {
            Some(sender) => peer = sender,
            None => break,
        }
    }
    peer
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
            let found = client(connected.parse().unwrap(), &headers, &trusted);
            assert_eq!(found, expected.parse::<IpAddr>().unwrap(), "{connected} {forwarded:?}");
        }
    }
}
