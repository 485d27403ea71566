//! A clock that tests set.

use std::sync::Mutex;
use std::time::Duration;

use tank_registry_core::Clock;
use tank_registry_core::model::Timestamp;
use uuid::Uuid;

/// Stands still until it is moved.
#[derive(Debug)]
pub struct TestClock(Mutex<Timestamp>);

impl Default for TestClock {
    fn default() -> Self {
        Self(Mutex::new("2026-03-01T11:00:00.000Z".parse().unwrap()))
    }
}

impl TestClock {
    pub fn advance(&self, by: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.after(by);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}
