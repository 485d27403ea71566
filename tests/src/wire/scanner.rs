//! A scanner that reports what a test tells it to, when the test lets it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tank_registry_core::Scanner;
use tank_registry_core::package::Package;
use tank_registry_core::scan::{Finding, ScanContext, ScanError, ScanReport, Severity, Stage};
use tokio::sync::{Notify, Semaphore};

/// Answers one report for every package until it is given another.
#[derive(Debug)]
pub struct TestScanner {
    /// `None`: the scan fails.
    report: Mutex<Option<ScanReport>>,
    rules: Mutex<String>,
    contexts: Mutex<Vec<ScanContext>>,
    waiting: AtomicU32,
    reached: Notify,
    resume: Semaphore,
}

impl TestScanner {
    /// Scans without waiting.
    pub fn new(report: ScanReport) -> Arc<Self> {
        Self::with_permits(report, Semaphore::MAX_PERMITS)
    }

    /// Stops in every scan until [`resume`](Self::resume).
    pub fn paused(report: ScanReport) -> Arc<Self> {
        Self::with_permits(report, 0)
    }

    fn with_permits(report: ScanReport, permits: usize) -> Arc<Self> {
        Arc::new(Self {
            report: Mutex::new(Some(report)),
            rules: Mutex::new("test".to_owned()),
            contexts: Mutex::new(Vec::new()),
            waiting: AtomicU32::new(0),
            reached: Notify::new(),
            resume: Semaphore::new(permits),
        })
    }

    pub fn set(&self, report: Option<ScanReport>) {
        *self.report.lock().unwrap() = report;
    }

    /// Applies other rules from now on; reports name them.
    pub fn set_rules(&self, rules: &str) {
        rules.clone_into(&mut self.rules.lock().unwrap());
    }

    /// What was said of the packages so far, in order.
    pub fn contexts(&self) -> Vec<ScanContext> {
        self.contexts.lock().unwrap().clone()
    }

    /// How many scans have begun and wait for [`resume`](Self::resume).
    pub fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Waits until a scan has begun.
    pub async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Lets one scan end.
    pub fn resume(&self) {
        self.resume.add_permits(1);
    }
}

#[async_trait]
impl Scanner for TestScanner {
    async fn scan(
        &self,
        _package: Arc<Package>,
        context: ScanContext,
    ) -> Result<ScanReport, ScanError> {
        self.reached.notify_one();
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.resume.acquire().await.unwrap().forget();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        self.contexts.lock().unwrap().push(context);
        let report = self.report.lock().unwrap().clone();
        let mut report = report.ok_or_else(|| ScanError::new(super::SECRET))?;
        report.rules_version = self.rules_version();
        Ok(report)
    }

    fn rules_version(&self) -> String {
        self.rules.lock().unwrap().clone()
    }
}

/// A complete report of these findings.
pub fn report(findings: Vec<Finding>) -> ScanReport {
    let mut report = ScanReport::new("test");
    report.findings = findings;
    report
}

pub fn finding(severity: Severity) -> Finding {
    Finding::new(Stage::Injection, severity, "test_rule", "Found by a test")
}
