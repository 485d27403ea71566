//! `admin rescan`, `admin release` and `admin held`

use serde_json::{Value, json};
use tank_registry_core::ops::{Page, ReleaseVersion, Rescanned, RescannedAll};
use tank_registry_core::store::ListedVersion;
use tank_registry_core::{Error, Registry, Viewer};

use super::{AdminError, Done};
use crate::cli::{ReleaseArgs, RescanArgs};

pub(super) async fn rescan(registry: &Registry, args: RescanArgs) -> Result<Done, Error> {
    let RescanArgs { name, version } = args;
    let viewer = Viewer::Operator;
    match (&name, &version) {
        (Some(name), Some(version)) => {
            let rescanned = registry.rescan(&viewer, name, Some(version)).await?;
            Ok(Done {
                text: line(&rescanned),
                json: described(&rescanned),
            })
        }
        _ => Ok(all(&registry.rescan_all(&viewer, name.as_ref()).await?)),
    }
}

fn all(done: &RescannedAll) -> Done {
    let counted = match done.rescanned {
        1 => "1 version was scanned again".to_owned(),
        count => format!("{count} versions were scanned again"),
    };
    let changed = done.changed.iter().map(line);
    let failed = done
        .failed
        .iter()
        .map(|failed| format!("{} {}: {}", failed.name, failed.version, failed.error));
    let lines: Vec<String> = std::iter::once(counted)
        .chain(changed)
        .chain(failed)
        .collect();
    let changed: Vec<Value> = done.changed.iter().map(described).collect();
    let failed = done.failed.iter().map(|failed| {
        let error = failed.error.to_string();
        json!({ "name": failed.name, "version": failed.version, "error": error })
    });
    Done {
        text: lines.join("\n"),
        json: json!({
            "rescanned": done.rescanned,
            "changed": changed,
            "failed": failed.collect::<Vec<_>>(),
        }),
    }
}

fn line(rescanned: &Rescanned) -> String {
    let findings = match rescanned.findings {
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    let before = rescanned.verdict_before;
    let before = before.map_or("no verdict", |verdict| verdict.as_str());
    format!(
        "{} {}: {} (before: {before}), {findings}, {} (before: {})",
        rescanned.name,
        rescanned.version,
        rescanned.verdict.as_str(),
        rescanned.state.as_str(),
        rescanned.state_before.as_str(),
    )
}

fn described(rescanned: &Rescanned) -> Value {
    json!({
        "name": rescanned.name,
        "version": rescanned.version,
        "verdict": rescanned.verdict,
        "verdictBefore": rescanned.verdict_before,
        "findingsCount": rescanned.findings,
        "state": rescanned.state.as_str(),
        "stateBefore": rescanned.state_before.as_str(),
    })
}

pub(super) async fn release(registry: &Registry, args: ReleaseArgs) -> Result<Done, AdminError> {
    let request = ReleaseVersion {
        name: args.name,
        version: args.version,
        reason: args.reason,
        override_escalation: args.override_escalation,
    };
    match registry.release(&Viewer::Operator, &request).await {
        Ok(released) => Ok(Done {
            text: format!("{} {} is live", released.name, released.version),
            json: json!({
                "name": released.name,
                "version": released.version,
                "releasedAt": released.at,
                "escalation": released.escalation,
            }),
        }),
        // The sentence alone would not say what grows, nor what to do.
        Err(Error::Escalation(found)) => {
            let reasons: Vec<_> = found.into_iter().map(|found| found.reason).collect();
            let text = Error::Escalation(Vec::new()).to_string();
            let reasons = reasons.join(", ");
            Err(AdminError::Escalation(format!("{text}: {reasons}")))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn held(registry: &Registry) -> Result<Done, Error> {
    let mut versions: Vec<ListedVersion> = Vec::new();
    for number in 1.. {
        let page = Page {
            number,
            limit: Page::MAX_LIMIT,
        };
        let part = registry.held_versions(&Viewer::Operator, page).await?;
        let is_last = part.items.len() < Page::MAX_LIMIT as usize;
        versions.extend(part.items);
        if is_last {
            break;
        }
    }
    let lines = versions.iter().map(|held| {
        let brief = &held.brief;
        let waits = if brief.awaits_scan {
            "a scan"
        } else {
            "a release"
        };
        let verdict = brief
            .verdict
            .map_or("no verdict", |verdict| verdict.as_str());
        format!(
            "{} {}: {verdict}, awaits {waits}",
            held.skill, brief.version
        )
    });
    let lines: Vec<String> = lines.collect();
    let held = versions.iter().map(|held| {
        let brief = &held.brief;
        json!({
            "name": held.skill,
            "version": brief.version,
            "auditStatus": brief.audit_status,
            "scanVerdict": brief.verdict,
            "scannedAt": brief.scanned_at,
            "awaitsScan": brief.awaits_scan,
        })
    });
    Ok(Done {
        text: if lines.is_empty() {
            "nothing is held".to_owned()
        } else {
            lines.join("\n")
        },
        json: json!({ "versions": held.collect::<Vec<_>>() }),
    })
}
