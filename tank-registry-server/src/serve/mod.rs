//! Serving a [`Registry`](tank_registry_core::Registry), or any tower service, on a socket.
//!
//! What the loop guarantees, whatever the service does:
//!
//! - at most so many connections at a time; further ones wait to be accepted;
//! - a connection on which no request is running ends after the header time-out, be it silent,
//!   idle, or slow to send a head; one whose other end takes nothing ends after the write time-out;
//! - an answer given before the request's body was read reaches the client: the rest is read away
//!   within bounds, then the write side is closed and the connection lingers;
//! - at shutdown nothing new is accepted and running requests may end, within a bound.

mod accept;
mod activity;
mod connection;
mod drain;
mod io;

use std::convert::Infallible;
use std::error::Error as StdError;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use tokio::net::TcpListener;

pub use drain::RequestBody;

use crate::settings::Settings;

/// How connections are treated.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServeOptions {
    /// Connections at one time.
    pub max_connections: u32,
    /// How long a head may take, and how long a connection may idle.
    pub header_timeout: Duration,
    /// How long the other end may take nothing of an answer.
    pub write_timeout: Duration,
    /// How long running requests may take to end at shutdown.
    pub shutdown_timeout: Duration,
    /// How many bytes of a body that the service did not want are read away.
    pub drain_bytes: u64,
    /// How long they are read away.
    pub drain_time: Duration,
    /// How long a connection that was cut lingers for the other end to see the answer.
    pub linger_time: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self::from(&Settings::default())
    }
}

impl From<&Settings> for ServeOptions {
    fn from(settings: &Settings) -> Self {
        let server = &settings.server;
        Self {
            max_connections: server.max_connections,
            header_timeout: server.header_timeout,
            write_timeout: server.body_timeout,
            shutdown_timeout: server.shutdown_timeout,
            drain_bytes: 64 << 20,
            drain_time: Duration::from_secs(5),
            linger_time: Duration::from_secs(2),
        }
    }
}

/// Serves until `shutdown` is ready and the requests that were running then have ended, or the
/// shutdown time-out is over. Answers how many connections had to be cut.
///
/// Each request carries a [`ClientAddr`](tank_registry_core::http::ClientAddr). Dropping the
/// returned future stops accepting and ends all connections.
pub async fn serve<S, B>(
    listener: TcpListener,
    service: S,
    options: ServeOptions,
    shutdown: impl Future<Output = ()> + Send,
) -> u32
where
    S: tower_service::Service<Request<RequestBody>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    accept::run(listener, service, options, shutdown).await
}
