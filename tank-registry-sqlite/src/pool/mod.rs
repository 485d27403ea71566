//! The threads that hold the connections, and the queues in front of them.

mod queue;
mod readers;
mod writer;

use std::thread;

use tokio::sync::oneshot;

pub(crate) use queue::{DrainOnDrop, Queue};
pub(crate) use readers::{ReadJob, read_until_closed};
pub(crate) use writer::{WriteJob, Writer};

use crate::error::OpenError;

/// Runs blocking work on a thread of its own: opening may wait seconds for another process.
pub(crate) async fn on_thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> Result<T, OpenError> + Send + 'static,
) -> Result<T, OpenError> {
    let (answer, wait) = oneshot::channel();
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            // Nobody waits when the caller has given up; what was opened is then closed again.
            let _ = answer.send(work());
        })
        .map_err(OpenError::Thread)?;
    wait.await.unwrap_or_else(|_| {
        let ended = std::io::Error::other("the thread ended without an answer");
        Err(OpenError::Thread(ended))
    })
}
