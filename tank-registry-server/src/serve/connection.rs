//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tank_registry_core::http::ClientAddr;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::activity::{Activity, RunningBody};
use super::io::Io;
use super::{RequestBody, ServeOptions};

/// What the server is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Serving,
    /// Requests that run may end, no new one begins.
    Stopping,
    /// Nothing may go on.
    Ended,
}

pub(super) async fn run<S, B>(
    stream: TcpStream,
    peer: SocketAddr,
    service: S,
    options: Arc<ServeOptions>,
    phase: watch::Receiver<Phase>,
    permit: OwnedSemaphorePermit,
) where
    S: tower_service::Service<Request<RequestBody>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let activity = Arc::new(Activity::default());
    let io = Io::new(stream, permit, Arc::clone(&activity), &options);
    let answer = {
        let (activity, options) = (Arc::clone(&activity), Arc::clone(&options));
        move |request: Request<Incoming>| {
            let running = activity.begin();
            let shares = request.version() == Version::HTTP_2;
            let (activity, mut service) = (Arc::clone(&activity), service.clone());
            let mut request = RequestBody::wrap(request, &options, activity);
            request.extensions_mut().insert(ClientAddr(peer));
            async move {
                poll_fn(|cx| service.poll_ready(cx)).await?;
                let response = service.call(request).await?;
                Ok::<_, Infallible>(response.map(|body| RunningBody::new(body, running, shares)))
            }
        }
    };
    let builder = builder(&options);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(io), service_fn(answer)));
    let mut stopping = pin!(reached(phase.clone(), Phase::Stopping));
    let mut ended = pin!(reached(phase, Phase::Ended));
    let mut is_stopping = false;
    let mut is_closing = false;
    loop {
        tokio::select! {
            result = &mut connection => {
                if let Err(error) = result {
                    activity.leave_unread();
                    tracing::debug!(error = &*error, "a connection ended");
                }
                return;
            }
            () = &mut stopping, if !is_stopping => {
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = &mut ended => return,
            () = activity.stalled(options.write_timeout) => {
                tracing::debug!(%peer, "a connection ended: nobody takes an answer");
                return;
            }
            () = activity.idle(options.header_timeout) => {
                if is_closing {
                    return;
                }
                // Lets hyper flush and say goodbye; what is still there after as long again has
                // nothing to say.
                is_closing = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

fn builder(options: &ServeOptions) -> Builder<TokioExecutor> {
    const KIB: usize = 1024;
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(options.header_timeout)
        // Whoever closes their write side after a request still wants the answer.
        .half_close(true)
        .max_buf_size(64 * KIB);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(options.header_timeout)
        .keep_alive_timeout(options.header_timeout)
        .max_concurrent_streams(32)
        .max_header_list_size(32 * 1024)
        .max_send_buf_size(64 * KIB)
        .initial_stream_window_size(256 * 1024)
        .initial_connection_window_size(1024 * 1024);
    builder
}

async fn reached(mut phase: watch::Receiver<Phase>, wanted: Phase) {
    // A dropped sender means that the server is gone.
    let _ = phase.wait_for(|phase| *phase >= wanted).await;
}
