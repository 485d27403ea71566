//! One scan, from a package to a report.

use std::cmp::Reverse;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tank_registry_core::package::Package;
use tank_registry_core::scan::{
    Finding, STAGE_INCOMPLETE, ScanContext, ScanError, ScanReport, Severity, Stage, StageRun,
};
use tank_registry_core::{Scanner, Workers};

use crate::budget::{Budget, OutOfTime};
use crate::finding::Found;
use crate::settings::ScanSettings;
use crate::skill::Skill;
use crate::{
    archive, code, cross, decode, dependencies, house, judge, permissions, prose, secrets,
    structure,
};

/// The guard of time: budgets of bytes and nodes end a scan long before.
const LONGEST: Duration = Duration::from_secs(5);

/// A [`Scanner`] that applies the rules of this crate, in process.
pub struct RuleScanner {
    settings: Arc<ScanSettings>,
    workers: Arc<dyn Workers>,
}

impl RuleScanner {
    /// A scanner with these settings. Scans run through `workers`, which bounds how many run at once.
    pub fn new(settings: ScanSettings, workers: Arc<dyn Workers>) -> Self {
        Self {
            settings: Arc::new(settings),
            workers,
        }
    }
}

impl fmt::Debug for RuleScanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuleScanner")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Scanner for RuleScanner {
    async fn scan(
        &self,
        package: Arc<Package>,
        context: ScanContext,
    ) -> Result<ScanReport, ScanError> {
        let settings = Arc::clone(&self.settings);
        let result = Arc::new(std::sync::Mutex::new(None));
        let job = {
            let result = Arc::clone(&result);
            Box::new(move || {
                let report = scan_within(&package, &context, &settings, Some(LONGEST));
                if let Ok(mut slot) = result.lock() {
                    *slot = Some(report);
                }
            })
        };
        self.workers.run(job).await.map_err(ScanError::new)?;
        let report = result.lock().ok().and_then(|mut slot| slot.take());
        report
            .ok_or_else(|| ScanError::new("the scan left no report"))?
            .map_err(ScanError::new)
    }

    fn rules_version(&self) -> String {
        self.settings.rules_version()
    }
}

/// Scans a package, whatever time it takes. Synchronous and bound by the processor.
///
/// ```
/// use tank_registry_core::scan::{ScanContext, Verdict};
/// use tank_registry_scan::{Input, ScanSettings, scan};
///
/// let folder = tempfile::tempdir()?;
/// std::fs::write(
///     folder.path().join("SKILL.md"),
///     "---\nname: tidy\ndescription: Sorts lines\n---\n# Tidy\n\nRun `sort`.\n",
/// )?;
/// let input = Input::folder(folder.path())?;
/// let report = input.scan(&ScanSettings::default());
/// assert_eq!(Verdict::of(&report.findings), Verdict::Pass);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn scan(package: &Package, context: &ScanContext, settings: &ScanSettings) -> ScanReport {
    // Without a deadline no scan runs out of time.
    scan_within(package, context, settings, None).unwrap_or_else(|OutOfTime| {
        let mut report = ScanReport::new(settings.rules_version());
        report.complete = false;
        report.findings.push(incomplete(&["time"]));
        report
    })
}

type Look = fn(&Skill<'_>, &mut Budget, &mut Found) -> Result<(), OutOfTime>;

/// The parts of a scan, in order; those of one stage follow each other.
const LOOKS: [(Stage, Look); 9] = [
    (Stage::Archive, archive::look),
    (Stage::Structure, structure::look),
    (Stage::Code, code::look),
    (Stage::Code, decode::look),
    (Stage::Code, permissions::look),
    (Stage::Injection, prose::look),
    (Stage::Injection, cross::look),
    (Stage::Secrets, secrets::look),
    (Stage::Dependencies, dependencies::look),
];

pub(crate) fn scan_within(
    package: &Package,
    context: &ScanContext,
    settings: &ScanSettings,
    time: Option<Duration>,
) -> Result<ScanReport, OutOfTime> {
    let started = Instant::now();
    let mut budget = Budget::new(time);
    let skill = Skill::read(package, context, settings, &mut budget)?;
    let mut found = Found::new();
    let mut stages: Vec<StageRun> = Vec::new();
    for (stage, look) in LOOKS {
        let begun = Instant::now();
        look(&skill, &mut budget, &mut found)?;
        match stages.last_mut() {
            Some(run) if run.stage == stage => run.duration += begun.elapsed(),
            _ => stages.push(StageRun::new(stage, begun.elapsed())),
        }
        budget.check_time()?;
    }
    let mut report = ScanReport::new(settings.rules_version());
    report.findings = judge::judge(&skill, found.hits);
    if !settings.patterns.is_empty() {
        report
            .findings
            .extend(house::findings(&skill, &mut budget)?);
        report
            .findings
            .sort_by_key(|finding| (finding.stage, Reverse(finding.severity)));
    }
    report.permissions = found.permissions;
    report.capabilities = found.capabilities;
    report.configuration = settings.lines();
    report.stages = stages;
    if !budget.exhausted().is_empty() {
        report.complete = false;
        report.findings.push(incomplete(budget.exhausted()));
    }
    report.duration = started.elapsed();
    Ok(report)
}

/// What says that a pass would be worth nothing.
fn incomplete(what: &[&str]) -> Finding {
    let mut finding = Finding::new(
        Stage::Archive,
        Severity::High,
        STAGE_INCOMPLETE,
        format!(
            "The skill is too large to be scanned in full: {}.",
            what.join(", ")
        ),
    );
    finding.tool = Some("tank-scan/stage-incomplete".to_owned());
    finding.remediation = Some("Split the skill, or leave out generated files.".to_owned());
    finding
}
