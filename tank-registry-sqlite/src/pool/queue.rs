//! A bounded queue that never makes its producers wait.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tank_registry_core::store::StoreError;

use crate::fault;

/// Work that waits for a thread. A full queue refuses at once: a caller that is told so can do
/// something else, and memory stays bounded.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    arrived: Condvar,
    capacity: usize,
}

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<T>,
    closed: bool,
}

impl<T> Queue<T> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                closed: false,
            }),
            arrived: Condvar::new(),
            capacity: capacity.max(1),
        }
    }

    /// Adds one at the end.
    pub(crate) fn push(&self, item: T) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.closed {
            return Err(fault::closed());
        }
        if state.waiting.len() >= self.capacity {
            return Err(StoreError::overloaded());
        }
        state.waiting.push_back(item);
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// Waits for one; nothing once the queue is closed and empty.
    pub(crate) fn pop(&self) -> Option<T> {
        self.wait().waiting.pop_front()
    }

    /// Waits for one and takes as many more as are there, up to `most`; none once the queue is
    /// closed and empty.
    pub(crate) fn pop_batch(&self, most: usize) -> Vec<T> {
        let mut state = self.wait();
        let count = state.waiting.len().min(most);
        state.waiting.drain(..count).collect()
    }

    /// Accepts nothing more. What waits is still handed out.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.lock().waiting.len()
    }

    fn wait(&self) -> MutexGuard<'_, State<T>> {
        self.arrived
            .wait_while(self.lock(), |state| {
                state.waiting.is_empty() && !state.closed
            })
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No step under the lock can panic half-way: a poisoned queue is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes a queue and drops what waits in it when its consumer ends, however it ends: callers are
/// then told, and nobody waits for a thread that is gone.
pub(crate) struct DrainOnDrop<T>(pub(crate) Arc<Queue<T>>);

impl<T> Drop for DrainOnDrop<T> {
    fn drop(&mut self) {
        self.0.close();
        let abandoned = std::mem::take(&mut self.0.lock().waiting);
        drop(abandoned);
    }
}
