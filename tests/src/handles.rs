//! Two handles on one store, as two processes or two nodes would hold.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use tank_registry_core::{BlobStore, MetadataStore};

/// Handles on a metadata store.
pub type StoreHandles = Handles<dyn MetadataStore>;

/// Handles on a blob store.
pub type BlobHandles = Handles<dyn BlobStore>;

/// Two handles on one store, and what must live as long as they do.
pub struct Handles<T: ?Sized> {
    pub one: Arc<T>,
    pub two: Arc<T>,
    /// Dropped last.
    kept: Vec<Box<dyn Any + Send + Sync>>,
}

impl<T: ?Sized> Handles<T> {
    pub fn new(one: Arc<T>, two: Arc<T>) -> Self {
        Self {
            one,
            two,
            kept: Vec::new(),
        }
    }

    /// Keeps something, such as a temporary folder, until the rule is done.
    #[must_use]
    pub fn keeping(mut self, thing: impl Any + Send + Sync) -> Self {
        self.kept.push(Box::new(thing));
        self
    }

    /// One handle or the other, by turns.
    pub fn turn(&self, number: usize) -> Arc<T> {
        Arc::clone(if number.is_multiple_of(2) {
            &self.one
        } else {
            &self.two
        })
    }

    /// Puts a wrapper around both.
    #[must_use]
    pub fn wrap(self, wrapper: impl Fn(Arc<T>) -> Arc<T>) -> Self {
        Self {
            one: wrapper(self.one),
            two: wrapper(self.two),
            kept: self.kept,
        }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Handles<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handles").field(&self.one).finish()
    }
}
