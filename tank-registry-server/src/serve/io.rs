//! The socket of a connection: writing that must move on, and an end that the other side sees.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep, timeout};

use super::ServeOptions;
use super::activity::Activity;

/// A socket. When it is dropped while the other end may still be sending, only the write side is
/// closed, and for a while what arrives is read away: closing at once would reset the connection,
/// and the other end would lose an answer that it has not read yet.
pub(super) struct Io {
    /// Nothing only while it is being dropped.
    open: Option<(TcpStream, OwnedSemaphorePermit)>,
    activity: Arc<Activity>,
    has_ended: bool,
    write_timeout: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    linger_time: Duration,
}

impl Io {
    pub(super) fn new(
        stream: TcpStream,
        permit: OwnedSemaphorePermit,
        activity: Arc<Activity>,
        options: &ServeOptions,
    ) -> Self {
        Self {
            open: Some((stream, permit)),
            activity,
            has_ended: false,
            write_timeout: options.write_timeout,
            stalled: None,
            linger_time: options.linger_time,
        }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        match &mut self.open {
            Some((stream, _)) => Ok(Pin::new(stream)),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Fails a write that has been waiting for too long.
    fn watched<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let limit = self.write_timeout;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(limit)));
        if stalled.as_mut().poll(cx).is_ready() {
            self.has_ended = true;
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl AsyncRead for Io {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let has_room = buf.remaining() > 0;
        let read = self.stream()?.poll_read(cx, buf);
        match &read {
            Poll::Ready(Ok(())) if has_room && buf.filled().len() == before => {
                self.has_ended = true;
            }
            Poll::Ready(Err(_)) => self.has_ended = true,
            Poll::Ready(Ok(())) | Poll::Pending => {}
        }
        read
    }
}

impl AsyncWrite for Io {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream()?.poll_write(cx, buf);
        self.watched(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream()?.poll_write_vectored(cx, bufs);
        self.watched(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(cx)
    }
}

impl Drop for Io {
    fn drop(&mut self) {
        let Some((stream, permit)) = self.open.take() else {
            return;
        };
        let has_unread =
            self.activity.has_unread() || stream.try_read(&mut [0]).is_ok_and(|read| read > 0);
        if self.has_ended || !has_unread {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            let limit = self.linger_time;
            runtime.spawn(async move {
                // However it ends, the socket is closed now.
                let _ = timeout(limit, linger(stream)).await;
                drop(permit);
            });
        }
    }
}

async fn linger(mut stream: TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    let mut sink = vec![0; 64 * 1024];
    while stream.read(&mut sink).await? > 0 {}
    Ok(())
}
