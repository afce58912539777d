//! Where a request came from.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

/// The address at the other end of the connection, if the server was started so as to know it
/// (`into_make_service_with_connect_info::<SocketAddr>()`).
pub(crate) struct Peer(pub(crate) Option<IpAddr>);

impl<S: Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let info = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        // A dual-stack socket writes an IPv4 address in IPv6: it is the same machine.
        Ok(Self(info.map(|info| info.0.ip().to_canonical())))
    }
}
