//! The parts of a form, one at a time and within bounds.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use futures_util::stream::BoxStream;
use multer::{Field, Multipart};

use crate::error::Error;

/// Bytes before the first part, between two, and of the head of one.
const MAX_BETWEEN: u64 = 16 << 10;

/// Bytes that are looked at together.
const PIECE: usize = 16 << 10;

/// A boundary may have so many characters, as the standard says.
const MAX_BOUNDARY: usize = 70;

const INVALID: &str = "Invalid multipart body";

/// The parts of a form.
pub(crate) struct Form {
    parts: Multipart<'static>,
    between: Arc<AtomicU64>,
}

/// One part.
pub(crate) struct Part<'a> {
    field: Field<'static>,
    between: &'a AtomicU64,
}

impl Form {
    /// Reads the type of a body, which holds the boundary between its parts.
    pub(crate) fn new(
        content_type: &str,
        pieces: BoxStream<'static, Result<Bytes, Error>>,
    ) -> Result<Self, Error> {
        let boundary = multer::parse_boundary(content_type).ok();
        let boundary = boundary
            .filter(|boundary| !boundary.is_empty() && boundary.len() <= MAX_BOUNDARY)
            .ok_or_else(|| invalid("its type names no boundary"))?;
        let between = Arc::new(AtomicU64::new(0));
        let pieces = Measured {
            pieces,
            rest: Bytes::new(),
            between: Arc::clone(&between),
            has_yielded: false,
        };
        Ok(Self {
            parts: Multipart::new(pieces, boundary),
            between,
        })
    }

    /// The next part; the one before must have been read to its end.
    pub(crate) async fn next(&mut self) -> Result<Option<Part<'_>>, Error> {
        self.between.store(0, Ordering::Relaxed);
        let field = self.parts.next_field().await.map_err(refusal)?;
        self.between.store(IN_A_PART, Ordering::Relaxed);
        let between = &*self.between;
        Ok(field.map(|field| Part { field, between }))
    }
}

impl Part<'_> {
    /// Its name; `""` where it has none.
    pub(crate) fn name(&self) -> &str {
        self.field.name().unwrap_or_default()
    }

    /// The next of its bytes.
    pub(crate) async fn piece(&mut self) -> Result<Option<Bytes>, Error> {
        self.field.chunk().await.map_err(refusal)
    }

    /// All of its bytes, at most `limit`.
    pub(crate) async fn read(mut self, limit: usize) -> Result<Bytes, Error> {
        let mut bytes = BytesMut::new();
        while let Some(piece) = self.piece().await? {
            if bytes.len() + piece.len() > limit {
                return Err(Error::BodyTooLarge);
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.freeze())
    }
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        self.between.store(0, Ordering::Relaxed);
    }
}

/// Says that bytes belong to a part, so that they are not counted here.
const IN_A_PART: u64 = u64::MAX;

/// A body in small pieces, one a turn. The parser searches all that it holds whenever something
/// comes, so that it must never hold much: what stands between parts is counted.
struct Measured {
    pieces: BoxStream<'static, Result<Bytes, Error>>,
    rest: Bytes,
    between: Arc<AtomicU64>,
    has_yielded: bool,
}

impl Stream for Measured {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.has_yielded) {
            // The parser takes pieces as long as there are some, and looks at them then.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        while self.rest.is_empty() {
            match ready!(self.pieces.as_mut().poll_next(cx)) {
                Some(Ok(piece)) => self.rest = piece,
                end => return Poll::Ready(end),
            }
        }
        let counted = self.between.load(Ordering::Relaxed);
        if counted != IN_A_PART {
            if counted > MAX_BETWEEN {
                return Poll::Ready(Some(Err(invalid("too much stands between its parts"))));
            }
            self.between.store(
                counted + self.rest.len().min(PIECE) as u64,
                Ordering::Relaxed,
            );
        }
        self.has_yielded = true;
        let length = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(length))))
    }
}

fn invalid(reason: &str) -> Error {
    Error::InvalidValue(format!("{INVALID}: {reason}"))
}

fn refusal(error: multer::Error) -> Error {
    match error {
        multer::Error::StreamReadFailed(source) => match source.downcast::<Error>() {
            Ok(error) => *error,
            Err(source) => Error::internal("reading a form", source),
        },
        multer::Error::IncompleteStream | multer::Error::IncompleteFieldData { .. } => {
            invalid("it ends early")
        }
        _ => invalid("the head of a part cannot be read"),
    }
}
