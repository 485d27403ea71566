//! What is going on on one connection.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};

#[derive(Debug, Default)]
pub(super) struct Activity {
    running: AtomicUsize,
    changed: Notify,
    has_unread: AtomicBool,
    /// Since when pieces of answers have been waiting to be taken, by answer.
    waiting: Mutex<HashMap<u64, Instant>>,
    answers: AtomicU64,
}

impl Activity {
    /// A request has begun; it runs until the answer's body is gone.
    pub(super) fn begin(self: &Arc<Self>) -> Running {
        self.running.fetch_add(1, Ordering::Relaxed);
        self.changed.notify_one();
        Running(Arc::clone(self))
    }

    /// Ready once no request has run for so long.
    pub(super) async fn idle(&self, limit: Duration) {
        loop {
            let changed = self.changed.notified();
            if self.running.load(Ordering::Relaxed) > 0 {
                changed.await;
            } else if timeout(limit, changed).await.is_err() {
                return;
            }
        }
    }

    /// Ready once a piece of some answer has been waiting for so long. Writing to the socket does
    /// not tell: over HTTP/2 the other end can hold one answer back and keep the rest alive.
    pub(super) async fn stalled(&self, limit: Duration) {
        loop {
            let oldest = self.waiting().values().min().copied();
            let due = oldest.unwrap_or_else(Instant::now) + limit;
            if oldest.is_some() && due <= Instant::now() {
                return;
            }
            sleep_until(due).await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, Instant>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The other end may still be sending what nobody will read.
    pub(super) fn leave_unread(&self) {
        self.has_unread.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_unread(&self) -> bool {
        self.has_unread.load(Ordering::Relaxed)
    }
}

/// A request that runs.
#[derive(Debug)]
pub(super) struct Running(Arc<Activity>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
        self.0.changed.notify_one();
    }
}

/// The body of an answer; its request runs as long as this is there.
///
/// Where answers share a connection it is handed out in small pieces, and each has to be taken in
/// time: see [`Activity::stalled`].
pub(super) struct RunningBody<B> {
    body: Pin<Box<B>>,
    /// What is left of a frame that was too large for one piece.
    rest: Bytes,
    /// Its number among the answers that are watched.
    watched: Option<u64>,
    running: Running,
}

/// Small enough for the slowest of clients to take in time.
const PIECE: usize = 16 * 1024;

impl<B> RunningBody<B> {
    pub(super) fn new(body: B, running: Running, shares_connection: bool) -> Self {
        let activity = &running.0;
        let watched = shares_connection.then(|| activity.answers.fetch_add(1, Ordering::Relaxed));
        let this = Self {
            body: Box::pin(body),
            rest: Bytes::new(),
            watched,
            running,
        };
        this.wait_to_be_taken(true);
        this
    }

    fn wait_to_be_taken(&self, is_waiting: bool) {
        let Some(number) = self.watched else { return };
        let mut waiting = self.running.0.waiting();
        if is_waiting {
            waiting.insert(number, Instant::now());
        } else {
            waiting.remove(&number);
        }
    }
}

impl<B> Drop for RunningBody<B> {
    fn drop(&mut self) {
        self.wait_to_be_taken(false);
    }
}

impl<B: Body<Data = Bytes>> Body for RunningBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        if this.watched.is_none() {
            return this.body.as_mut().poll_frame(cx);
        }
        if this.rest.is_empty() {
            let frame = match this.body.as_mut().poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => frame,
                // Whoever makes the answer takes its time, not the other end.
                other => {
                    this.wait_to_be_taken(false);
                    return other;
                }
            };
            match frame.into_data() {
                Ok(data) => this.rest = data,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        this.wait_to_be_taken(true);
        let piece = this.rest.split_to(this.rest.len().min(PIECE));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (body, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(body.lower() + rest);
        if let Some(upper) = body.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}
