//! Bodies: of answers, and of requests in pieces.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use http::Method;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http_body::{Frame, SizeHint};
use http_body_util::BodyDataStream;

use crate::blob::ByteStream;
use crate::error::Error;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// The body of an answer: some bytes at hand, or a stream of known length.
pub struct Body(Kind);

enum Kind {
    Whole(Bytes),
    Stream { pieces: ByteStream, left: u64 },
}

impl Body {
    pub(crate) fn empty() -> Self {
        Self(Kind::Whole(Bytes::new()))
    }

    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Whole(bytes.into()))
    }

    /// The bytes, if they are at hand.
    pub(crate) fn at_hand(&self) -> Option<&Bytes> {
        match &self.0 {
            Kind::Whole(bytes) => Some(bytes),
            Kind::Stream { .. } => None,
        }
    }

    pub(crate) fn stream(pieces: ByteStream, length: u64) -> Self {
        Self(Kind::Stream {
            pieces,
            left: length,
        })
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = http_body::Body::size_hint(self).lower();
        f.debug_struct("Body")
            .field("left", &left)
            .finish_non_exhaustive()
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut self.get_mut().0 {
            Kind::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Kind::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Kind::Stream { pieces, left } => match ready!(pieces.as_mut().poll_next(cx)) {
                Some(Ok(piece)) => {
                    *left = left.saturating_sub(piece.len() as u64);
                    Poll::Ready(Some(Ok(Frame::data(piece))))
                }
                Some(Err(error)) => {
                    let cause = &error as &dyn StdError;
                    tracing::error!(error = cause, "a body could not be sent to its end");
                    Poll::Ready(Some(Err(error)))
                }
                None => Poll::Ready(None),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Kind::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(match &self.0 {
            Kind::Whole(bytes) => bytes.len() as u64,
            Kind::Stream { left, .. } => *left,
        })
    }
}

/// The body of a request, in pieces. A pause of more than the time-out between two of them ends
/// it.
pub(crate) struct Pieces {
    /// The length that the client announced.
    pub(crate) declared: Option<u64>,
    pub(crate) pieces: BoxStream<'static, Result<Bytes, Error>>,
}

impl Pieces {
    pub(crate) fn new<B>(head: &Parts, body: B, pause: Duration) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        if matches!(head.method, Method::GET | Method::HEAD) {
            // No read looks at what comes with it.
            return Self {
                declared: None,
                pieces: stream::empty().boxed(),
            };
        }
        let announced = head.headers.get(CONTENT_LENGTH);
        let announced = announced.and_then(|value| value.to_str().ok()?.parse().ok());
        let declared = body.size_hint().exact().or(announced);
        let body = Box::pin(BodyDataStream::new(body));
        let pieces = stream::unfold(Some(body), move |body| async move {
            let mut body = body?;
            match tokio::time::timeout(pause, body.next()).await {
                Ok(Some(Ok(piece))) => Some((Ok(piece), Some(body))),
                Ok(Some(Err(error))) => {
                    let error: BoxError = error.into();
                    tracing::debug!(error = &*error as &dyn StdError, "a body ended early");
                    Some((Err(Error::BodyCut), None))
                }
                Ok(None) => None,
                Err(_) => Some((Err(Error::BodyTimeout), None)),
            }
        });
        Self {
            declared,
            pieces: pieces.boxed(),
        }
    }

    /// Reads all of it, at most `limit` bytes.
    pub(crate) async fn read(mut self, limit: u64) -> Result<Bytes, Error> {
        if self.declared.is_some_and(|declared| declared > limit) {
            return Err(Error::BodyTooLarge);
        }
        let mut bytes = BytesMut::new();
        while let Some(piece) = self.pieces.next().await {
            let piece = piece?;
            if bytes.len() as u64 + piece.len() as u64 > limit {
                return Err(Error::BodyTooLarge);
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.freeze())
    }
}
