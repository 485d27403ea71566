//! From what rules noticed to findings: context, settings, merging, order.

use std::collections::BTreeMap;

use tank_registry_core::scan::{Confidence, Finding, Severity, Stage};

use crate::finding::{Hit, Place, lowered, raised};
use crate::secrets;
use crate::skill::Skill;

/// At most so many findings are reported.
const MOST: usize = 200;

/// Judges what rules noticed.
pub(crate) fn judge(skill: &Skill<'_>, hits: Vec<Hit>) -> Vec<Finding> {
    let hits = hits
        .into_iter()
        .filter(|hit| !skill.settings.off.contains(hit.rule.id))
        .map(|hit| weighed(skill, hit))
        .collect();
    let mut hits = merged(hits);
    hits.sort_by(|a, b| order(skill, a).cmp(&order(skill, b)));
    let more = hits.len().saturating_sub(MOST);
    // Those that are left out are the mildest, whatever their stage.
    if more > 0 {
        let mut by_severity: Vec<Severity> = hits.iter().map(|(hit, _)| hit.severity).collect();
        by_severity.sort_unstable_by(|a, b| b.cmp(a));
        let least = by_severity[MOST - 1];
        let mut spare = by_severity[..MOST].iter().filter(|s| **s == least).count();
        hits.retain(|(hit, _)| {
            hit.severity > least
                || hit.severity == least && {
                    let kept = spare > 0;
                    spare = spare.saturating_sub(1);
                    kept
                }
        });
    }
    let mut findings: Vec<Finding> = hits
        .into_iter()
        .map(|(hit, count)| finding(skill, &hit, count))
        .collect();
    if more > 0 {
        findings.push(Finding::new(
            Stage::Structure,
            Severity::Info,
            "more_findings",
            format!("{more} more findings, none worse than these, are not listed."),
        ));
    }
    findings
}

/// Severity with what stands around it, then as the operator rates it.
fn weighed(skill: &Skill<'_>, mut hit: Hit) -> Hit {
    if let Some(severity) = skill.settings.severities.get(hit.rule.id) {
        hit.severity = *severity;
        return hit;
    }
    if !hit.chain.is_empty() && hit.severity >= Severity::Medium {
        hit.severity = raised(hit.severity);
    }
    if hit.context_counts && hit.specimen {
        hit.severity = lowered(hit.severity);
        // What nothing leads to is read by nobody, and what is quoted in text is not run.
        let dormant = hit
            .place
            .is_some_and(|place| !skill.live.contains(&place.file));
        let spoken = hit.rule.stage != Stage::Code;
        if (dormant || spoken) && hit.severity == Severity::High {
            hit.severity = lowered(hit.severity);
        }
    }
    hit
}

/// Same rule in the same file is one finding with a count; on one place the strongest of a stage and
/// type stays. Only within a stage, so that no stage swallows what another saw.
fn merged(hits: Vec<Hit>) -> Vec<(Hit, usize)> {
    let mut by_rule: BTreeMap<(&str, Option<usize>), (Hit, usize)> = BTreeMap::new();
    for hit in hits {
        let key = (hit.rule.id, hit.place.map(|place| place.file));
        match by_rule.get_mut(&key) {
            Some((kept, count)) => {
                *count += 1;
                let better = (hit.severity, std::cmp::Reverse(hit.place), hit.confidence)
                    > (
                        kept.severity,
                        std::cmp::Reverse(kept.place),
                        kept.confidence,
                    );
                if better {
                    *kept = hit;
                }
            }
            None => {
                by_rule.insert(key, (hit, 1));
            }
        }
    }
    let mut strongest: BTreeMap<(Stage, &str, Place), Severity> = BTreeMap::new();
    for (hit, _) in by_rule.values() {
        if let Some(place) = hit.place {
            let severity = strongest
                .entry((hit.rule.stage, hit.rule.kind, place))
                .or_insert(hit.severity);
            *severity = (*severity).max(hit.severity);
        }
    }
    let mut told = std::collections::BTreeSet::new();
    let mut hits: Vec<(Hit, usize)> = by_rule.into_values().collect();
    // Of two that say the same, who parsed the text knows more than who saw a pattern in it.
    hits.sort_by_key(|(hit, _)| hit.rule.id.starts_with("pattern-"));
    hits.into_iter()
        .filter(|(hit, _)| {
            hit.place.is_none_or(|place| {
                let key = (hit.rule.stage, hit.rule.kind, place);
                strongest.get(&key) == Some(&hit.severity) && told.insert(key)
            })
        })
        .collect()
}

fn order<'a>(
    skill: &'a Skill<'_>,
    (hit, _): &'a (Hit, usize),
) -> (Stage, std::cmp::Reverse<Severity>, &'a str, u32, &'a str) {
    let path = hit
        .place
        .and_then(|place| skill.document(place.file))
        .map_or("", |document| &document.path);
    let line = hit.place.map_or(0, |place| place.line);
    (
        hit.rule.stage,
        std::cmp::Reverse(hit.severity),
        path,
        line,
        hit.rule.id,
    )
}

fn finding(skill: &Skill<'_>, hit: &Hit, count: usize) -> Finding {
    let mut description = shortened(secrets::masked(&hit.message));
    if !hit.chain.is_empty() {
        description = format!(
            "{} (concealed: {})",
            description.trim_end_matches('.'),
            hit.chain
        );
        description.push('.');
    }
    if count > 1 {
        description = format!(
            "{} ({count} times in this file).",
            description.trim_end_matches('.')
        );
    }
    let mut finding = Finding::new(hit.rule.stage, hit.severity, hit.rule.kind, description);
    finding.location = hit.place.and_then(|place| location(skill, place));
    finding.confidence = Some(Confidence::percent(hit.confidence));
    finding.tool = Some(format!("tank-scan/{}", hit.rule.id));
    let evidence = evidence(&hit.evidence);
    finding.evidence = Some(evidence).filter(|evidence| !evidence.is_empty());
    finding.remediation = Some(hit.rule.fix.to_owned());
    finding.cwe_id = Some(hit.rule.cwe.to_owned()).filter(|cwe| !cwe.is_empty());
    finding
}

/// Where a finding is, as it is shown.
pub(crate) fn location(skill: &Skill<'_>, place: Place) -> Option<String> {
    let path = shown(&skill.document(place.file)?.path);
    Some(if place.line == 0 {
        path
    } else {
        format!("{path}:{}", place.line)
    })
}

/// What was found, as it is shown: one line, secrets masked.
pub(crate) fn evidence(text: &str) -> String {
    one_line(&secrets::masked(text))
}

/// A sentence that quotes what it found stays one that people read.
fn shortened(mut message: String) -> String {
    const MOST: usize = 600;
    if message.len() > MOST {
        message.truncate(crate::text::floor(&message, MOST));
        message.push('…');
    }
    message
}

/// At most 200 characters on one line, none of which changes how a terminal or a page shows others.
fn one_line(text: &str) -> String {
    const MOST: usize = 200;
    let mut line = String::new();
    let mut blank = true;
    let mut count = 0;
    for c in text.chars() {
        let c = if c.is_control() || crate::text::is_invisible(c) {
            ' '
        } else {
            c
        };
        if c == ' ' && blank {
            continue;
        }
        blank = c == ' ';
        count += 1;
        if count == MOST {
            line.push('…');
            return line;
        }
        line.push(c);
    }
    line.truncate(line.trim_end().len());
    line
}

/// A path as it is shown: without what would change how a terminal shows it.
fn shown(path: &str) -> String {
    path.chars()
        .map(|c| {
            if c.is_control() || crate::text::is_invisible(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}
