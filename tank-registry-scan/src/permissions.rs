//! What the code does, against what the manifest declares.
//!
//! Declared lowers a use to nothing; it never excuses what other rules find, and no pattern covers a
//! path that is secret.

use std::collections::{BTreeMap, BTreeSet};

use tank_registry_core::model::{Manifest, Permissions};
use tank_registry_core::scan::{PermissionUse, Severity, Stage};

use crate::budget::{Budget, OutOfTime};
use crate::finding::{Capability, Fact, Found, Hit, Rule};
use crate::hosts;
use crate::skill::Skill;
use crate::text::Role;

pub(crate) static RULES: &[&Rule] = &[
    &UNDECLARED_NETWORK,
    &UNDECLARED_HOST,
    &UNDECLARED_SUBPROCESS,
    &UNDECLARED_WRITE,
    &BROAD_PERMISSION,
    &EXCESS_PERMISSION,
    &NEEDED_PERMISSIONS,
    &CAPABILITY_ADDED,
];

static UNDECLARED_NETWORK: Rule = Rule {
    id: "undeclared-network",
    stage: Stage::Code,
    kind: "undeclared_network",
    severity: Severity::High,
    cwe: "CWE-506",
    fix: "Declare the hosts in `permissions.network.outbound`, or do not connect.",
};

static UNDECLARED_HOST: Rule = Rule {
    id: "undeclared-host",
    stage: Stage::Code,
    kind: "undeclared_host",
    severity: Severity::High,
    cwe: "CWE-506",
    fix: "Add the host to `permissions.network.outbound`, or do not connect to it.",
};

static UNDECLARED_SUBPROCESS: Rule = Rule {
    id: "undeclared-subprocess",
    stage: Stage::Code,
    kind: "undeclared_subprocess",
    severity: Severity::High,
    cwe: "CWE-78",
    fix: "Set `permissions.subprocess` to true, or start no program.",
};

static UNDECLARED_WRITE: Rule = Rule {
    id: "undeclared-fs-write",
    stage: Stage::Code,
    kind: "undeclared_fs_write",
    severity: Severity::Medium,
    cwe: "CWE-506",
    fix: "Add the path to `permissions.filesystem.write`, or do not write there.",
};

static BROAD_PERMISSION: Rule = Rule {
    id: "broad-permission",
    stage: Stage::Code,
    kind: "broad_permission",
    severity: Severity::Medium,
    cwe: "",
    fix: "Name the hosts or folders that the skill needs.",
};

static EXCESS_PERMISSION: Rule = Rule {
    id: "excess-permission",
    stage: Stage::Code,
    kind: "excess_permission",
    severity: Severity::Info,
    cwe: "",
    fix: "Declare only what the skill uses.",
};

static NEEDED_PERMISSIONS: Rule = Rule {
    id: "needed-permissions",
    stage: Stage::Code,
    kind: "needed_permissions",
    severity: Severity::Info,
    cwe: "",
    fix: "Declare them in the manifest.",
};

static CAPABILITY_ADDED: Rule = Rule {
    id: "capability-added",
    stage: Stage::Code,
    kind: "capability_added",
    severity: Severity::Medium,
    cwe: "CWE-506",
    fix: "Say in the release notes why the skill needs it now.",
};

/// What code uses, as permissions name it. Each use with the first place it was seen at.
#[derive(Debug, Default)]
struct Uses<'a> {
    hosts: BTreeMap<&'a str, &'a Fact>,
    /// A connection to a host that is computed.
    anywhere: Option<&'a Fact>,
    subprocess: Option<&'a Fact>,
    writes: BTreeMap<&'a str, &'a Fact>,
}

impl<'a> Uses<'a> {
    /// Only what files do counts: a block in a text shows what somebody may run.
    fn of(skill: &Skill<'_>, facts: &'a [Fact]) -> Self {
        let mut uses = Self::default();
        for fact in facts {
            let by_code = skill
                .texts
                .get(fact.text)
                .is_some_and(|text| matches!(text.role, Role::File | Role::Command));
            let file = skill.document(fact.place.file);
            let in_code = file.is_some_and(|document| document.language.is_code());
            if !by_code && !in_code {
                continue;
            }
            match fact.capability {
                Capability::Network | Capability::Send if fact.detail.is_empty() => {
                    uses.anywhere.get_or_insert(fact);
                }
                Capability::Network | Capability::Send
                    if !hosts::is_local(&fact.detail)
                        && !skill.settings.allows_host(&fact.detail) =>
                {
                    uses.hosts.entry(&fact.detail).or_insert(fact);
                }
                Capability::Exec | Capability::Shell => {
                    uses.subprocess.get_or_insert(fact);
                }
                Capability::Write
                    if fact.detail.starts_with(['/', '~'])
                        && !fact.detail.starts_with("/tmp/")
                        && !fact.detail.starts_with("/dev/") =>
                {
                    uses.writes.entry(&fact.detail).or_insert(fact);
                }
                _ => {}
            }
        }
        uses
    }

    fn is_empty(&self) -> bool {
        self.hosts.is_empty()
            && self.anywhere.is_none()
            && self.subprocess.is_none()
            && self.writes.is_empty()
    }

    fn network(&self) -> Option<&'a Fact> {
        self.hosts.values().copied().next().or(self.anywhere)
    }
}

pub(crate) fn look(
    skill: &Skill<'_>,
    budget: &mut Budget,
    found: &mut Found,
) -> Result<(), OutOfTime> {
    let uses = Uses::of(skill, &found.facts);
    let mut hits = Vec::new();
    match skill.context.manifest.as_ref() {
        Some(manifest) => compare(&uses, manifest.permissions(), &mut hits),
        None if !uses.is_empty() => {
            let needed = needed(&uses);
            hits.push(Hit::whole(&NEEDED_PERMISSIONS, None, needed));
        }
        None => {}
    }
    let permissions = permission_use(
        &uses,
        skill.context.manifest.as_ref().map(Manifest::permissions),
    );
    let capabilities = capabilities(skill, &found.facts);
    if let Some(before) = &skill.context.capabilities_before {
        let added: Vec<&str> = capabilities
            .difference(before)
            .map(String::as_str)
            .take(10)
            .collect();
        if !added.is_empty() {
            let message = format!(
                "This version can do what the one before it could not: {}.",
                added.join(", ")
            );
            hits.push(Hit::whole(&CAPABILITY_ADDED, None, message));
        }
    }
    found.permissions = permissions;
    found.capabilities = capabilities;
    found.hits.extend(hits);
    budget.check_time()
}

fn compare(uses: &Uses<'_>, declared: &Permissions, hits: &mut Vec<Hit>) {
    let at = |rule, fact: &Fact, message: String| {
        Hit::whole(rule, Some(fact.place.file), message)
            .at(fact.place)
            .evidence(fact.detail.clone())
    };
    let outbound = declared.outbound();
    if outbound.is_empty() {
        if let Some(fact) = uses.network() {
            let message = match &*fact.detail {
                "" => "The code connects to the network, which the manifest does not declare."
                    .to_owned(),
                host => {
                    format!("The code connects to {host}; the manifest declares no network use.")
                }
            };
            hits.push(at(&UNDECLARED_NETWORK, fact, message));
        }
    } else {
        for (host, fact) in &uses.hosts {
            if !outbound.iter().any(|pattern| hosts::covers(pattern, host)) {
                let message =
                    format!("The code connects to {host}, which the manifest does not list.");
                hits.push(at(&UNDECLARED_HOST, fact, message));
            }
        }
    }
    if !declared.subprocess()
        && let Some(fact) = uses.subprocess
    {
        let message = "The code starts programs, which the manifest does not declare.";
        hits.push(at(&UNDECLARED_SUBPROCESS, fact, message.to_owned()));
    }
    let write = declared.write();
    for (path, fact) in &uses.writes {
        if !write.iter().any(|pattern| covers_path(pattern, path)) {
            let message = format!("The code writes {path}, which the manifest does not list.");
            hits.push(at(&UNDECLARED_WRITE, fact, message));
        }
    }
    let broad: Vec<&str> = outbound
        .iter()
        .filter(|host| matches!(host.as_str(), "*" | "*.*"))
        .chain(declared.read().iter().chain(write).filter(|path| {
            matches!(
                path.as_str(),
                "*" | "**" | "/**" | "~/**" | "/" | "~" | "**/*"
            )
        }))
        .map(String::as_str)
        .collect();
    if !broad.is_empty() {
        let message = format!(
            "The manifest asks for everything at once: {}.",
            broad.join(", ")
        );
        hits.push(Hit::whole(&BROAD_PERMISSION, None, message));
    }
    let mut excess = Vec::new();
    if !outbound.is_empty() && uses.network().is_none() {
        excess.push("network");
    }
    if declared.subprocess() && uses.subprocess.is_none() {
        excess.push("subprocess");
    }
    if !excess.is_empty() {
        let message = format!(
            "The manifest declares what no code uses: {}.",
            excess.join(", ")
        );
        hits.push(Hit::whole(&EXCESS_PERMISSION, None, message));
    }
}

fn needed(uses: &Uses<'_>) -> String {
    let mut needed: Vec<String> = uses
        .hosts
        .keys()
        .take(20)
        .map(|host| format!("network {host}"))
        .collect();
    if uses.anywhere.is_some() {
        needed.push("network of a computed host".to_owned());
    }
    if uses.subprocess.is_some() {
        needed.push("subprocess".to_owned());
    }
    needed.extend(
        uses.writes
            .keys()
            .take(20)
            .map(|path| format!("write {path}")),
    );
    format!(
        "The code would need these permissions: {}.",
        needed.join(", ")
    )
}

/// How what is used compares with what is declared, kind by kind.
fn permission_use(uses: &Uses<'_>, declared: Option<&Permissions>) -> PermissionUse {
    let none = Permissions::NONE;
    let declared = declared.unwrap_or(&none);
    let outbound = declared.outbound();
    let hosts_fit = uses
        .hosts
        .keys()
        .all(|host| outbound.iter().any(|pattern| hosts::covers(pattern, host)));
    let kinds = [
        (uses.network().is_some(), !outbound.is_empty(), hosts_fit),
        (uses.subprocess.is_some(), declared.subprocess(), true),
        (
            !uses.writes.is_empty(),
            !declared.write().is_empty(),
            uses.writes.keys().all(|path| {
                declared
                    .write()
                    .iter()
                    .any(|pattern| covers_path(pattern, path))
            }),
        ),
    ];
    let undeclared = kinds
        .iter()
        .any(|(used, declared, fits)| *used && !(*declared && *fits));
    // Relative paths are not seen, so that a folder declared and unused is no difference.
    let excess = kinds[..2]
        .iter()
        .any(|(used, declared, _)| *declared && !*used);
    let shared = kinds
        .iter()
        .any(|(used, declared, fits)| *used && *declared && *fits);
    match (undeclared, excess, shared) {
        (false, false, _) => PermissionUse::Matches,
        (false, true, _) | (true, _, true) => PermissionUse::Partial,
        (true, _, false) => PermissionUse::Differs,
    }
}

/// What the package can do, as the report keeps it for the next version.
fn capabilities(skill: &Skill<'_>, facts: &[Fact]) -> BTreeSet<String> {
    const MOST: usize = 500;
    facts
        .iter()
        .filter_map(|fact| {
            let name = match fact.capability {
                Capability::Network | Capability::Send => {
                    if hosts::is_local(&fact.detail) || skill.settings.allows_host(&fact.detail) {
                        return None;
                    }
                    return Some(format!("net:{}", fact.detail));
                }
                Capability::Install => return Some(format!("install:{}", fact.detail)),
                Capability::Exec | Capability::Shell => "exec",
                Capability::Eval => "eval",
                Capability::Listen => "listen",
                Capability::ReadSecret => "read_secret",
                Capability::WholeEnvironment => "environment",
                Capability::Decode => "decode",
                Capability::Persist => "persist",
                Capability::AgentConfig => "agent_config",
                Capability::Read
                | Capability::Write
                | Capability::Environment
                | Capability::Encode => return None,
            };
            Some(name.to_owned())
        })
        .collect::<BTreeSet<String>>()
        .into_iter()
        .take(MOST)
        .collect()
}

/// Whether a declared pattern covers a path: `**` any depth, `*` within a segment.
fn covers_path(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.trim_end_matches('/').split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    // Which positions of the pattern the path so far can be at: linear in both.
    let mut at = vec![false; pattern.len() + 1];
    at[0] = true;
    let spread = |at: &mut Vec<bool>| {
        for (position, part) in pattern.iter().enumerate() {
            if at[position] && *part == "**" {
                at[position + 1] = true;
            }
        }
    };
    spread(&mut at);
    for segment in path {
        let mut next = vec![false; pattern.len() + 1];
        for (position, part) in pattern.iter().enumerate() {
            if at[position] {
                if *part == "**" {
                    next[position] = true;
                } else if covers_segment(part, segment) {
                    next[position + 1] = true;
                }
            }
        }
        // A folder covers what is below it.
        next[pattern.len()] |= at[pattern.len()];
        at = next;
        spread(&mut at);
    }
    at[pattern.len()]
}

fn covers_segment(pattern: &str, segment: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == segment;
    };
    let Some(mut left) = segment.strip_prefix(first) else {
        return false;
    };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        let Some(at) = left.find(part) else {
            return false;
        };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::scanner::scan;
    use crate::settings::ScanSettings;
    use crate::testing::{blocks, package, scan_declared, scan_files, severity_of};

    const CALLS: &str = "import requests\nrequests.get('https://api.weather.example.net/now')\n";
    const STARTS: &str = "import subprocess\nsubprocess.run(['git', 'status'])\n";
    const MAIN: &str =
        "---\nname: sample\ndescription: Tells the weather\n---\n\nRun `python a.py`.\n";

    fn declared(
        code: &str,
        permissions: &serde_json::Value,
    ) -> tank_registry_core::scan::ScanReport {
        scan_declared(&[("SKILL.md", MAIN), ("a.py", code)], permissions)
    }

    #[test]
    fn what_is_declared_is_no_finding_and_scores_in_full() {
        let report = declared(
            CALLS,
            &json!({ "network": { "outbound": ["api.weather.example.net"] } }),
        );
        assert!(!blocks(&report), "{:?}", report.findings);
        assert_eq!(report.permissions, PermissionUse::Matches);
        let report = declared(
            CALLS,
            &json!({ "network": { "outbound": ["*.weather.example.net"] } }),
        );
        assert!(!blocks(&report));
        let report = declared(STARTS, &json!({ "subprocess": true }));
        assert!(!blocks(&report));
    }

    #[test]
    fn what_is_not_declared_is_told() {
        for (code, permissions, rule, severity) in [
            (CALLS, json!({}), "undeclared-network", Severity::High),
            (
                CALLS,
                json!({ "network": { "outbound": ["other.example.net"] } }),
                "undeclared-host",
                Severity::High,
            ),
            (STARTS, json!({}), "undeclared-subprocess", Severity::High),
            (
                "open('/var/data/out.txt', 'w').write('x')\n",
                json!({}),
                "undeclared-fs-write",
                Severity::Medium,
            ),
            (
                CALLS,
                json!({ "network": { "outbound": ["*"] } }),
                "broad-permission",
                Severity::Medium,
            ),
            (
                "print(1)\n",
                json!({ "subprocess": true }),
                "excess-permission",
                Severity::Info,
            ),
        ] {
            let report = declared(code, &permissions);
            assert_eq!(
                severity_of(&report, rule),
                Some(severity),
                "{rule}: {report:?}"
            );
        }
    }

    #[test]
    fn without_a_manifest_what_would_be_needed_is_listed() {
        let report = scan_files(&[("SKILL.md", MAIN), ("a.py", CALLS)]);
        assert_eq!(
            severity_of(&report, "needed-permissions"),
            Some(Severity::Info)
        );
        assert!(!blocks(&report));
    }

    #[test]
    fn a_version_that_can_do_more_says_so() {
        let files: [(&str, &[u8]); 2] =
            [("SKILL.md", MAIN.as_bytes()), ("a.py", STARTS.as_bytes())];
        let mut context = tank_registry_core::scan::ScanContext::new(None);
        let first = scan(&package(&files), &context, &ScanSettings::default());
        assert_eq!(severity_of(&first, "capability-added"), None);
        assert!(first.capabilities.contains("exec"));
        context.capabilities_before = Some(first.capabilities);
        let same = scan(&package(&files), &context, &ScanSettings::default());
        assert_eq!(severity_of(&same, "capability-added"), None);
        let more: [(&str, &[u8]); 2] = [("SKILL.md", MAIN.as_bytes()), ("a.py", CALLS.as_bytes())];
        let more = scan(&package(&more), &context, &ScanSettings::default());
        assert_eq!(
            severity_of(&more, "capability-added"),
            Some(Severity::Medium)
        );
    }

    #[test]
    fn patterns_of_paths() {
        for (pattern, path, covers) in [
            ("~/notes/**", "~/notes/a/b.md", true),
            ("~/notes", "~/notes/a.md", true),
            ("~/notes/*.md", "~/notes/a.md", true),
            ("~/notes/*.md", "~/notes/a/b.md", false),
            ("/a/x*y*z", "/a/xqyqz", true),
            ("/a/x*y*z", "/a/xqqqz", false),
            ("**", "/etc/hosts", true),
            ("/var/log/**", "/var/lib/x", false),
        ] {
            assert_eq!(covers_path(pattern, path), covers, "{pattern} {path}");
        }
    }
}
