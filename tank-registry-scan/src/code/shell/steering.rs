//! Files that mean something when they are written.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::guards::guard_off;
use super::places::{Starts, Steers};
use super::removal::{is_disk, is_trace};
use super::run::Run;
use super::starting::persists;
use super::system::in_prose;
use super::values::{Data, Marks};
use super::{places, rules};
use crate::finding::Capability;

/// Output went to a path that means something.
pub(super) fn wrote(
    run: &mut Run<'_, '_>,
    path: &str,
    data: &Data,
    append: bool,
    range: &Range<usize>,
) {
    let normal = places::normal(path);
    if is_trace(&normal) && !append {
        run.hit(
            &rules::TRACES,
            range,
            Severity::High,
            format!("Empties what tells what happened: {path}."),
        );
        return;
    }
    if is_disk(path) {
        run.hit(
            &rules::DESTRUCTIVE,
            range,
            Severity::High,
            format!("Overwrites the disk {path}."),
        );
    }
    if normal == "/etc/sudoers" || normal.starts_with("/etc/sudoers.d/") {
        let all = data.text.contains("NOPASSWD");
        let severity = if all || !data.known {
            Severity::High
        } else {
            Severity::Medium
        };
        run.hit(
            &rules::PRIVILEGE,
            range,
            severity,
            "Changes who may act as administrator.",
        );
    }
    let login = [
        "PermitRootLogin yes",
        "PasswordAuthentication yes",
        "PermitEmptyPasswords yes",
    ];
    if normal.starts_with("/etc/ssh/sshd_config")
        && login.iter().any(|line| data.text.contains(line))
    {
        run.hit(
            &rules::PRIVILEGE,
            range,
            Severity::Medium,
            "Opens the machine to logins by password, or of the administrator.",
        );
    }
    let diverts = data.text.lines().any(|line| {
        let mut words = line.split_whitespace();
        let address = words.next().unwrap_or_default();
        crate::hosts::is_bare_ip(address)
            && !crate::hosts::is_documentation(words.next().unwrap_or("example"))
    });
    if normal == "/etc/hosts" && diverts {
        let message = "Leads a host's name to another address.";
        run.hit(&rules::PRIVILEGE, range, Severity::High, message);
    }
    if normal == "/etc/passwd" || normal == "/etc/shadow" {
        run.hit(
            &rules::PRIVILEGE,
            range,
            Severity::Critical,
            "Changes who may log in.",
        );
    }
    if normal == "/etc/hosts"
        && data.text.contains("127.0.0.1")
        && ["update", "virus", "defender", "security"]
            .iter()
            .any(|word| data.text.contains(word))
    {
        guard_off(
            run,
            range,
            "Keeps programs that guard this machine from their updates.",
        );
    }
    if let Some(starts) = places::starts(path) {
        run.fact(Capability::Persist, range, path);
        if matches!(starts, Starts::Shell | Starts::GitHook) && data.known && !data.text.is_empty()
        {
            run.body(&data.text.clone(), range);
        }
        persists(run, path, starts, data, range);
    }
    if let Some(steers) = places::steers(path) {
        run.fact(Capability::AgentConfig, range, path);
        steered(run, path, steers, data, append, range);
    }
}

/// Something that steers an agent was written.
pub(super) fn steered(
    run: &mut Run<'_, '_>,
    path: &str,
    steers: Steers,
    data: &Data,
    append: bool,
    range: &Range<usize>,
) {
    let fetched = data.marks.has(Marks::DOWNLOAD | Marks::DECODED);
    let text = data.text.to_lowercase();
    let opens = [
        "bypasspermissions",
        "\"hooks\"",
        "autoapprove",
        "enableallprojectmcpservers",
        "skip-permissions",
        "\"allow\": [\"*\"",
        "bash(*)",
        "approval_policy = \"never\"",
        "danger-full-access",
        "\"sandbox\": false",
    ]
    .iter()
    .any(|word| text.contains(word));
    let orders = [
        "ignore ",
        "do not tell",
        "never mention",
        "without asking",
        "always run",
        "must run",
        "curl ",
        "http://",
        "do not inform",
        "silently",
        "override",
        "skip confirmation",
        "auto-approve",
        "trusted",
    ]
    .iter()
    .filter(|word| text.contains(*word))
    .count();
    let severity = match steers {
        // A skill writes its own folder, and one that installs others says where from.
        Steers::Skill if !fetched => return,
        Steers::Skill if in_prose(run) => Severity::Medium,
        Steers::Skill => Severity::High,
        _ if fetched => Severity::Critical,
        Steers::Settings if opens => Severity::Critical,
        Steers::Words if orders >= 2 => Severity::High,
        Steers::Words if orders == 1 && !in_prose(run) => Severity::High,
        Steers::Words if !append && places::normal(path).starts_with("~/") && !in_prose(run) => {
            Severity::High
        }
        _ => Severity::Medium,
    };
    let what = match steers {
        Steers::Words => "what an agent reads before each task",
        Steers::Skill => "a skill of the agent with what it downloads",
        Steers::Settings => "what an agent runs and what it asks before",
    };
    run.hit(
        &rules::AGENT_FILES,
        range,
        severity,
        format!("Changes {what}: {path}."),
    );
}
