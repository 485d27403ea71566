//! Where a request's processor-bound work runs.

use std::fmt::{self, Debug};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::sync::{Semaphore, oneshot};

/// A piece of work: digests, inflates, walks or scans.
pub type Job = Box<dyn FnOnce() + Send + 'static>;

/// Runs jobs, so many at once, with so many waiting.
#[async_trait]
pub trait Workers: Debug + Send + Sync + 'static {
    /// Runs `job` to its end, or answers [`WorkersError::Full`] without running it.
    async fn run(&self, job: Job) -> Result<(), WorkersError>;
}

/// Why a job has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorkersError {
    /// All slots are taken and the queue is full.
    #[error("the work queue is full")]
    Full,
    /// The job panicked, or the runtime is shutting down.
    #[error("the job did not finish")]
    Lost,
}

/// Runs a job and hands its result back.
pub(crate) async fn compute<T: Send + 'static>(
    workers: &dyn Workers,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, WorkersError> {
    let (sender, receiver) = oneshot::channel();
    workers
        .run(Box::new(move || {
            // Whoever asked may have gone; then nobody wants the result.
            let _ = sender.send(work());
        }))
        .await?;
    receiver.await.map_err(|_| WorkersError::Lost)
}

/// Jobs on tokio's blocking threads.
pub struct TokioWorkers {
    slots: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    queue: usize,
}

impl TokioWorkers {
    /// At most `slots` jobs at once and `queue` waiting.
    pub fn new(slots: usize, queue: usize) -> Self {
        let slots = Arc::new(Semaphore::new(slots.clamp(1, Semaphore::MAX_PERMITS)));
        Self {
            slots,
            waiting: Arc::default(),
            queue,
        }
    }
}

impl Default for TokioWorkers {
    /// As many slots as there are processors, and 64 waiting jobs a slot.
    fn default() -> Self {
        let slots = std::thread::available_parallelism().map_or(2, usize::from);
        Self::new(slots, slots * 64)
    }
}

impl Debug for TokioWorkers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokioWorkers")
            .field("free", &self.slots.available_permits())
            .field("waiting", &self.waiting)
            .finish_non_exhaustive()
    }
}

/// Counts a waiting job for as long as it waits, also when its future is dropped.
struct Waiting(Arc<AtomicUsize>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl Workers for TokioWorkers {
    async fn run(&self, job: Job) -> Result<(), WorkersError> {
        let slot = if let Ok(slot) = Arc::clone(&self.slots).try_acquire_owned() {
            slot
        } else {
            let before = self.waiting.fetch_add(1, Ordering::Relaxed);
            let _waiting = Waiting(Arc::clone(&self.waiting));
            if before >= self.queue {
                return Err(WorkersError::Full);
            }
            Arc::clone(&self.slots)
                .acquire_owned()
                .await
                .map_err(|_| WorkersError::Lost)?
        };
        // The slot goes with the job: a caller that gives up does not free it early.
        tokio::task::spawn_blocking(move || {
            job();
            drop(slot);
        })
        .await
        .map_err(|_| WorkersError::Lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_queue_refuses_instead_of_growing() {
        let workers = Arc::new(TokioWorkers::new(1, 1));
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let (started, running) = oneshot::channel();
        let first = tokio::spawn({
            let workers = Arc::clone(&workers);
            async move {
                compute(&*workers, move || {
                    let _ = started.send(());
                    wait.recv().unwrap();
                })
                .await
            }
        });
        running.await.unwrap();
        let second = tokio::spawn({
            let workers = Arc::clone(&workers);
            async move { compute(&*workers, || 2).await }
        });
        while workers.waiting.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(compute(&*workers, || 3).await, Err(WorkersError::Full));
        release.send(()).unwrap();
        assert_eq!(first.await.unwrap(), Ok(()));
        assert_eq!(second.await.unwrap(), Ok(2));
    }

    #[tokio::test]
    async fn a_job_that_panics_is_lost_and_frees_its_slot() {
        let workers = TokioWorkers::new(1, 1);
        let lost = compute(&workers, || panic!("on purpose")).await;
        assert_eq!(lost, Err::<(), _>(WorkersError::Lost));
        assert_eq!(compute(&workers, || 1).await, Ok(1));
    }
}
