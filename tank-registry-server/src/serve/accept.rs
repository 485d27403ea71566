//! The accept loop.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::connection::{self, Phase};
use super::{RequestBody, ServeOptions};

pub(super) async fn run<S, B>(
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
    // A permit is held until the last trace of a connection is gone, lingering included.
    let permits = Arc::new(Semaphore::new(options.max_connections as usize));
    let (phase, in_phase) = watch::channel(Phase::Serving);
    let options = Arc::new(options);
    let mut shutdown = pin!(shutdown);
    let mut pause = Pause::default();
    loop {
        let accepted = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = &mut shutdown => break,
            both = accepted => both,
        };
        // The semaphore is never closed.
        let Ok(permit) = permit else { break };
        match accepted {
            Ok((stream, peer)) => {
                pause = Pause::default();
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(error = &error as &dyn StdError, "cannot set TCP_NODELAY");
                }
                let connection = connection::run(
                    stream,
                    peer,
                    service.clone(),
                    Arc::clone(&options),
                    in_phase.clone(),
                    permit,
                );
                tokio::spawn(connection);
            }
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn StdError,
                    "cannot accept a connection, trying again in a moment"
                );
                tokio::select! {
                    () = &mut shutdown => break,
                    () = sleep(pause.next()) => {}
                }
            }
        }
    }
    drop(listener);
    phase.send_replace(Phase::Stopping);
    let all_ended = permits.acquire_many(options.max_connections);
    if timeout(options.shutdown_timeout, all_ended).await.is_ok() {
        return 0;
    }
    let ended = u32::try_from(permits.available_permits()).unwrap_or(u32::MAX);
    phase.send_replace(Phase::Ended);
    // Long enough for the tasks to see it; what the service still holds is dropped with them.
    let _ = timeout(
        Duration::from_secs(1),
        permits.acquire_many(options.max_connections),
    )
    .await;
    options.max_connections.saturating_sub(ended)
}

/// Whether the failure is that of a connection that ended before it was accepted, rather than one
/// of the whole process, such as no file descriptor being left.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}

/// Ever longer pauses, so that a full process does not spin.
struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(Duration::from_millis(10))
    }
}

impl Pause {
    fn next(&mut self) -> Duration {
        let pause = self.0;
        self.0 = (pause * 2).min(Duration::from_secs(1));
        pause
    }
}
