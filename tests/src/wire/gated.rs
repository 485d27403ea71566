//! A registry with a scanner and a gate, and what administrators do with its versions.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tank_registry_core::model::{OrgRole, VersionKey, VersionState};
use tank_registry_core::scan::{Gate, ScanReport, Severity};
use tank_registry_core::store::{AuditEvent, Reads as _, VersionBrief, VersionRecord};
use tank_registry_core::{PublicUrl, Registry, RegistryBuilder, Settings};

use super::{
    Answer, FaultyBlobs, FaultyStore, InlineWorkers, PUBLIC_URL, TestRegistry, TestScanner,
    finding, manifest, report, skill_name,
};

/// The gate that a registry with a scanner has.
pub const QUARANTINE: Gate = Gate::Quarantine { hold_flagged: true };

/// Ada owns acme and publishes versions of `@acme/tools`; bob is a member.
#[derive(Debug)]
pub struct Gated {
    pub scanner: Arc<TestScanner>,
    pub store: FaultyStore,
    pub blobs: FaultyBlobs,
    pub test: TestRegistry,
    pub ada: String,
    pub bob: String,
    gate: Gate,
}

impl Gated {
    pub async fn new() -> Self {
        Self::with(QUARANTINE, TestScanner::new(report(vec![]))).await
    }

    pub async fn with(gate: Gate, scanner: Arc<TestScanner>) -> Self {
        Self::over(gate, scanner, Duration::ZERO).await
    }

    /// The store is opened by other processes too, which agree on this settle time.
    pub async fn over(gate: Gate, scanner: Arc<TestScanner>, settle: Duration) -> Self {
        let store = FaultyStore {
            settle,
            ..FaultyStore::default()
        };
        let blobs = FaultyBlobs::default();
        let test = TestRegistry::over(
            Arc::new(store.clone()),
            Arc::new(blobs.clone()),
            |builder| set_up(builder, &scanner, gate),
        )
        .await;
        let (ada, bob) = (test.user("ada").await, test.user("bob").await);
        test.org("acme", "ada").await;
        test.member("acme", "bob", OrgRole::Member).await;
        Self {
            scanner,
            store,
            blobs,
            test,
            ada,
            bob,
            gate,
        }
    }

    /// Another process with the same stores and the same kind of scanner.
    pub async fn node(&self, scanner: &Arc<TestScanner>, gate: Gate) -> TestRegistry {
        let url = PublicUrl::parse(PUBLIC_URL).unwrap();
        let store = Arc::new(self.store.clone());
        let builder = Registry::builder(store, Arc::new(self.blobs.clone()), url);
        let builder = set_up(builder.clock(self.test.clock.clone()), scanner, gate);
        TestRegistry {
            registry: builder.build().await.unwrap(),
            ..self.test.clone()
        }
    }

    /// Another process, all the same.
    pub async fn another_node(&self) -> TestRegistry {
        self.node(&self.scanner, self.gate).await
    }

    /// Publishes a version whose scan answers this.
    pub async fn published(&self, version: &str, scan: Option<ScanReport>) {
        let manifest = manifest("@acme/tools", version);
        self.published_as(&manifest, scan).await;
    }

    pub async fn published_as(&self, manifest: &Value, scan: Option<ScanReport>) {
        self.scanner.set(scan);
        self.test.published(&self.ada, manifest).await;
    }

    /// What an administrator is answered who has a version scanned again, and the scan answers this.
    pub async fn rescan(&self, version: &str, scan: Option<ScanReport>) -> Answer {
        self.scanner.set(scan);
        self.moderate(
            &format!("@acme/tools/versions/{version}/rescan"),
            &json!({}),
        )
        .await
    }

    pub async fn rescanned(&self, version: &str, scan: Option<ScanReport>) {
        let answer = self.rescan(version, scan).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// What an administrator is answered who releases a version.
    pub async fn release(&self, version: &str, body: &Value) -> Answer {
        self.moderate(&format!("@acme/tools/versions/{version}/release"), body)
            .await
    }

    pub async fn released(&self, version: &str) {
        let answer = self.release(version, &json!({ "reason": "Read it" })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    pub async fn moderate(&self, tail: &str, body: &Value) -> Answer {
        let path = format!("/api/admin/packages/{tail}");
        self.test.post(Some(&self.test.admin), &path, body).await
    }

    pub async fn brief(&self, version: &str) -> VersionBrief {
        self.record(version).await.brief
    }

    pub async fn state(&self, version: &str) -> VersionState {
        self.brief(version).await.state
    }

    pub async fn record(&self, version: &str) -> VersionRecord {
        let name = skill_name("@acme/tools");
        let skill = self.store.inner.skill(&name).await.unwrap().unwrap();
        let key = VersionKey::parse(version).unwrap();
        let found = self.store.inner.version(skill.id, &key).await.unwrap();
        found.unwrap()
    }

    /// What anybody sees of the skill, and of one of its versions.
    pub async fn seen(&self, version: &str) -> (Answer, Answer) {
        let path = "/api/v1/skills/@acme/tools";
        (
            self.test.get(None, path).await,
            self.test.get(None, &format!("{path}/{version}")).await,
        )
    }

    /// The audited events of one kind, the oldest first.
    pub fn audited(&self, action: &str) -> Vec<AuditEvent> {
        let log = self.store.inner.audit_log().into_iter();
        log.map(|line| line.event)
            .filter(|event| event.action == action)
            .collect()
    }
}

fn set_up(builder: RegistryBuilder, scanner: &Arc<TestScanner>, gate: Gate) -> RegistryBuilder {
    let mut settings = Settings::default();
    // For as many scans at a time as are let.
    settings.confirm_memory *= 4;
    let builder = builder.workers(Arc::new(InlineWorkers)).settings(settings);
    builder.scanner(scanner.clone()).gate(gate)
}

/// A report that finds nothing.
pub fn clean() -> ScanReport {
    report(vec![])
}

/// A report with a finding of each of these kinds, which alone would have a version held.
pub fn bad(kinds: &[&str]) -> ScanReport {
    let findings = kinds.iter().map(|kind| {
        let mut finding = finding(Severity::Critical);
        (*kind).clone_into(&mut finding.kind);
        finding
    });
    report(findings.collect())
}

/// A report that did not look at everything, and says so as a scanner does.
pub fn incomplete(mut report: ScanReport) -> ScanReport {
    let mut skipped = finding(Severity::High);
    "stage_incomplete".clone_into(&mut skipped.kind);
    report.findings.push(skipped);
    report.complete = false;
    report
}
