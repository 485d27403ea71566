//! Scans a folder of labelled skills and prints how well the rules tell good from bad.
//!
//! ```text
//! evaluate FOLDER [--part kept|held-out|all] [--by source|family] [--list] [--only SOURCE]
//! ```
//!
//! `FOLDER` holds `labels.jsonl`, a line a skill with `id`, `label` (`malicious` or `benign`), `source`
//! and `family`, and the skills as `dev/LABEL/ID/`. A third of the families, picked by a digest of their names,
//! is held out: rules are written without looking at them.

#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use tank_registry_core::scan::{ScanReport, Severity, Verdict};
use tank_registry_scan::{Input, ScanSettings};

#[derive(Deserialize)]
struct Label {
    id: String,
    #[serde(rename = "label")]
    kind: String,
    source: String,
    family: String,
}

impl Label {
    fn is_malicious(&self) -> bool {
        self.kind == "malicious"
    }

    /// Whether its family is kept from those who write rules.
    fn is_held_out(&self) -> bool {
        let digest = Sha256::digest(self.family.as_bytes());
        u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % 3 == 0
    }
}

struct Scanned {
    label: Label,
    report: ScanReport,
    time: Duration,
}

impl Scanned {
    fn verdict(&self) -> Verdict {
        Verdict::of(&self.report.findings)
    }
}

/// What is told to be blocked, against what should be.
#[derive(Default, Clone, Copy)]
struct Counts {
    blocked_bad: u32,
    passed_bad: u32,
    blocked_good: u32,
    passed_good: u32,
}

impl Counts {
    fn add(&mut self, malicious: bool, blocked: bool) {
        let count = match (malicious, blocked) {
            (true, true) => &mut self.blocked_bad,
            (true, false) => &mut self.passed_bad,
            (false, true) => &mut self.blocked_good,
            (false, false) => &mut self.passed_good,
        };
        *count += 1;
    }

    fn ratio(part: u32, rest: u32) -> f64 {
        if part + rest == 0 {
            f64::NAN
        } else {
            f64::from(part) / f64::from(part + rest)
        }
    }

    fn f1(precision: f64, recall: f64) -> f64 {
        2.0 * precision * recall / (precision + recall)
    }

    /// Precision, recall, F1, F1 as if there were as many good as bad, share of good ones blocked.
    fn line(&self) -> String {
        let precision = Self::ratio(self.blocked_bad, self.blocked_good);
        let recall = Self::ratio(self.blocked_bad, self.passed_bad);
        let wrong = Self::ratio(self.blocked_good, self.passed_good);
        let balanced = recall / (recall + wrong);
        format!(
            "bad {:3} of {:3}  good {:3} of {:3}  precision {precision:.3}  recall {recall:.3}  \
             F1 {:.3}  balanced F1 {:.3}  good blocked {:.3}",
            self.blocked_bad,
            self.blocked_bad + self.passed_bad,
            self.blocked_good,
            self.blocked_good + self.passed_good,
            Self::f1(precision, recall),
            Self::f1(balanced, recall),
            wrong,
        )
    }
}

/// What is asked for on the command line.
struct Asked {
    folder: String,
    part: String,
    only: Option<String>,
    by_family: bool,
    list: bool,
}

impl Asked {
    fn parse() -> Result<Self, Box<dyn Error>> {
        let mut asked = Self {
            folder: String::new(),
            part: "all".to_owned(),
            only: None,
            by_family: false,
            list: false,
        };
        let mut arguments = env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut word = || arguments.next().ok_or(format!("{argument} wants a word"));
            match &*argument {
                "--part" => asked.part = word()?,
                "--only" => asked.only = Some(word()?),
                "--by" => asked.by_family = word()? == "family",
                "--list" => asked.list = true,
                _ => asked.folder = argument,
            }
        }
        if asked.folder.is_empty() {
            return Err("name a folder with labels.jsonl in it".into());
        }
        Ok(asked)
    }

    fn wants(&self, label: &Label) -> bool {
        let part = match &*self.part {
            "kept" => !label.is_held_out(),
            "held-out" => label.is_held_out(),
            _ => true,
        };
        part && self.only.as_ref().is_none_or(|only| *only == label.source)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::parse()?;
    let scanned = scan_all(&asked)?;
    print_counts(&scanned, asked.by_family);
    print_times(&scanned);
    print_rules(&scanned);
    if asked.list {
        print_wrong(&scanned);
    }
    Ok(())
}

fn scan_all(asked: &Asked) -> Result<Vec<Scanned>, Box<dyn Error>> {
    let folder = Path::new(&asked.folder);
    let settings = ScanSettings::default();
    let mut scanned = Vec::new();
    for line in fs::read_to_string(folder.join("labels.jsonl"))?.lines() {
        let label: Label = serde_json::from_str(line)?;
        if !asked.wants(&label) {
            continue;
        }
        let input = Input::folder(&folder.join("dev").join(&label.kind).join(&label.id))?;
        let started = Instant::now();
        let report = input.scan(&settings);
        scanned.push(Scanned {
            label,
            report,
            time: started.elapsed(),
        });
    }
    Ok(scanned)
}

fn print_counts(scanned: &[Scanned], by_family: bool) {
    let both: fn(Verdict) -> bool = |verdict| matches!(verdict, Verdict::Fail | Verdict::Flagged);
    let fail: fn(Verdict) -> bool = |verdict| verdict == Verdict::Fail;
    for (name, blocks) in [("fail or flagged", both), ("fail alone", fail)] {
        println!("blocked = {name}");
        let mut total = Counts::default();
        let mut groups: BTreeMap<&str, Counts> = BTreeMap::new();
        for skill in scanned {
            let (bad, blocked) = (skill.label.is_malicious(), blocks(skill.verdict()));
            let group = if by_family {
                &skill.label.family
            } else {
                &skill.label.source
            };
            total.add(bad, blocked);
            groups.entry(group).or_default().add(bad, blocked);
        }
        println!("  {:24} {}", "total", total.line());
        for (group, counts) in groups {
            println!("  {group:24} {}", counts.line());
        }
    }
}

fn print_times(scanned: &[Scanned]) {
    let mut times: Vec<Duration> = scanned.iter().map(|skill| skill.time).collect();
    times.sort_unstable();
    let at = |share: usize| {
        let position = times.len().saturating_sub(1) * share / 100;
        times
            .get(position)
            .copied()
            .unwrap_or_default()
            .as_secs_f64()
            * 1e3
    };
    println!(
        "milliseconds a skill: median {:.1}, 95th percentile {:.1}, most {:.1}",
        at(50),
        at(95),
        at(100),
    );
}

fn print_rules(scanned: &[Scanned]) {
    let mut rules: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for skill in scanned {
        for finding in &skill.report.findings {
            if finding.severity >= Severity::High {
                let rule = finding.tool.as_deref().unwrap_or_default();
                let (bad, good) = rules.entry(rule).or_default();
                let skills = if skill.label.is_malicious() {
                    bad
                } else {
                    good
                };
                skills.insert(&skill.label.id);
            }
        }
    }
    println!("rules that block: bad skills, good skills");
    for (rule, (bad, good)) in rules {
        println!("  {rule:44} {:4} {:4}", bad.len(), good.len());
    }
}

fn print_wrong(scanned: &[Scanned]) {
    println!("missed:");
    for skill in scanned {
        let blocked = matches!(skill.verdict(), Verdict::Fail | Verdict::Flagged);
        if skill.label.is_malicious() && !blocked {
            println!("  {} ({})", skill.label.id, skill.label.source);
            print_findings(&skill.report, Severity::Low);
        }
    }
    println!("wrongly blocked:");
    for skill in scanned {
        let blocked = matches!(skill.verdict(), Verdict::Fail | Verdict::Flagged);
        if !skill.label.is_malicious() && blocked {
            println!("  {} ({})", skill.label.id, skill.label.source);
            print_findings(&skill.report, Severity::High);
        }
    }
}

fn print_findings(report: &ScanReport, least: Severity) {
    for finding in &report.findings {
        if finding.severity >= least {
            println!(
                "    {:8} {} {}: {} | {}",
                finding.severity.as_str(),
                finding.tool.as_deref().unwrap_or_default(),
                finding.location.as_deref().unwrap_or_default(),
                finding.description,
                finding.evidence.as_deref().unwrap_or_default(),
            );
        }
    }
}
