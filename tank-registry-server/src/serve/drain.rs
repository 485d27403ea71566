//! Bodies that a service did not read to their end.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::EXPECT;
use http::{Request, Version};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::ServeOptions;
use super::activity::Activity;

/// The body of a request, as the service gets it.
///
/// A client that is refused early may not look at the answer before it has sent everything, and
/// takes a connection that stops reading for a broken one. So when this is dropped before its end,
/// the rest is read away in the background, within bounds, while the answer is written.
#[derive(Debug)]
pub struct RequestBody {
    /// Nothing once the body has ended, or failed.
    rest: Option<Incoming>,
    drain: Drain,
    activity: Arc<Activity>,
}

#[derive(Debug, Clone, Copy)]
struct Drain {
    /// The client waits to be asked for the body, and reading would ask for it. HTTP/2 asks for
    /// nothing.
    is_awaited: bool,
    bytes: u64,
    time: Duration,
}

impl RequestBody {
    pub(super) fn wrap(
        request: Request<Incoming>,
        options: &ServeOptions,
        activity: Arc<Activity>,
    ) -> Request<Self> {
        let drain = Drain {
            is_awaited: request.version() < Version::HTTP_2
                && request.headers().contains_key(EXPECT),
            bytes: options.drain_bytes,
            time: options.drain_time,
        };
        request.map(|body| Self {
            rest: Some(body),
            drain,
            activity,
        })
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.drain.is_awaited = false;
        let Some(body) = &mut self.rest else {
            return Poll::Ready(None);
        };
        let frame = Pin::new(body).poll_frame(cx);
        if let Poll::Ready(None | Some(Err(_))) = frame {
            self.rest = None;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.as_ref();
        rest.map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        let rest = self.rest.take().filter(|body| !body.is_end_stream());
        let Some(rest) = rest else {
            return;
        };
        let (drain, activity) = (self.drain, Arc::clone(&self.activity));
        match Handle::try_current() {
            Ok(runtime) if !drain.is_awaited => {
                runtime.spawn(read_away(rest, drain, activity));
            }
            _ => activity.leave_unread(),
        }
    }
}

async fn read_away(mut body: Incoming, drain: Drain, activity: Arc<Activity>) {
    /// Who sends nothing for so long is waiting for the answer.
    const PAUSE: Duration = Duration::from_secs(2);
    let mut left = drain.bytes;
    let reading = async {
        loop {
            match timeout(PAUSE, body.frame()).await {
                Ok(None) => return true,
                Ok(Some(Ok(frame))) => {
                    let length = frame.data_ref().map_or(0, Bytes::len) as u64;
                    match left.checked_sub(length) {
                        Some(rest) => left = rest,
                        None => return false,
                    }
                }
                Ok(Some(Err(_))) | Err(_) => return false,
            }
        }
    };
    let is_complete = timeout(drain.time, reading).await.unwrap_or(false);
    if !is_complete {
        // Before the body goes, which makes hyper close the connection.
        activity.leave_unread();
    }
    drop(body);
}
