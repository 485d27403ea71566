//! Files that commands read and write.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::places::Secrecy;
use super::run::Run;
use super::values::{Data, Marks};
use super::words::program;
use super::{network, places, rules, steering};
use crate::finding::Capability;

/// A command reads a file: what is in it. Where it is secret, that is reported unless the command only
/// uses it.
pub(super) fn read(run: &mut Run<'_, '_>, path: &str, range: &Range<usize>, silent: bool) -> Data {
    if path.starts_with("/dev/tcp/") || path.starts_with("/dev/udp/") || path == "/dev/null" {
        return Data::default();
    }
    if let Some(stored) = run.state.stored(path) {
        return stored.clone();
    }
    let marks = places::marks_of(path);
    if let Some(secrecy) = places::secrecy(path) {
        run.fact(Capability::ReadSecret, range, path);
        if !silent {
            secret_read(run, path, secrecy, range);
        }
    } else {
        run.fact(Capability::Read, range, path);
    }
    if marks.has(Marks::SECRET | Marks::HOME | Marks::DOTENV) {
        Data::marked(marks, path)
    } else {
        Data::marked(marks, "")
    }
}

pub(super) fn secret_read(
    run: &mut Run<'_, '_>,
    path: &str,
    secrecy: Secrecy,
    range: &Range<usize>,
) {
    let severity = if secrecy == Secrecy::Tool && (own(run, path) || told_of(run, path)) {
        Severity::Medium
    } else {
        Severity::High
    };
    run.hit(
        &rules::SECRET_READ,
        range,
        severity,
        format!("Reads a store of credentials: {path}."),
    );
}

/// Whether the skill says that it is about the tool that a path belongs to.
pub(super) fn own(run: &Run<'_, '_>, path: &str) -> bool {
    const GENERIC: &[&str] = &[
        "users",
        "home",
        "library",
        "config",
        "application",
        "support",
        "login",
        "data",
        "default",
        "user",
        "json",
        "credentials",
        "history",
        "root",
        "local",
        "share",
        "profiles",
        "state",
    ];
    let said = run.skill.topic();
    path.to_ascii_lowercase()
        .split(['/', '.', '_', ' '])
        .map(|part| part.trim_end_matches('s'))
        .any(|part| {
            let short = matches!(part, "aw" | "npm" | "kube");
            (part.len() > 3 || short)
                && !GENERIC
                    .iter()
                    .any(|word| word.trim_end_matches('s') == part)
                && said.contains(part)
        })
}

/// Whether `SKILL.md` speaks of the tool that a path belongs to, beside naming the path.
fn told_of(run: &Run<'_, '_>, path: &str) -> bool {
    const TOOLS: [(&str, &str); 13] = [
        (".aws", "AWS"),
        ("gcloud", "Google Cloud"),
        (".kube", "Kubernetes"),
        (".docker", "Docker"),
        (".npmrc", "npm"),
        (".pypirc", "PyPI"),
        (".azure", "Azure"),
        ("netrc", "netrc"),
        ("git-credentials", "GitHub"),
        (".openclaw", "OpenClaw"),
        (".clawdbot", "Clawdbot"),
        (".claude", "Claude"),
        (".codex", "Codex"),
    ];
    let Some((_, name)) = TOOLS.iter().find(|(part, _)| path.contains(part)) else {
        return false;
    };
    let content = run
        .skill
        .skill_md()
        .and_then(|document| document.content.as_deref())
        .unwrap_or_default();
    content.matches(name).take(3).count() == 3
}

/// A program is given a path: a fact, no more.
pub(super) fn note_use(run: &mut Run<'_, '_>, path: &str, range: &Range<usize>) {
    if places::secrecy(path).is_some() {
        run.fact(Capability::ReadSecret, range, path);
    }
}

/// Output goes to a file.
pub(super) fn written(
    run: &mut Run<'_, '_>,
    path: &str,
    data: &Data,
    append: bool,
    range: &Range<usize>,
) {
    if matches!(
        path,
        "/dev/null" | "/dev/stdout" | "/dev/stderr" | "/dev/tty"
    ) {
        return;
    }
    if path.starts_with("/dev/tcp/") || path.starts_with("/dev/udp/") {
        network::device(run, path, data, range);
        return;
    }
    run.fact(Capability::Write, range, path);
    steering::wrote(run, path, data, append, range);
    if data.marks.has(Marks::ENVIRONMENT) {
        run.fact(Capability::WholeEnvironment, range, path);
        let hidden = program(path).starts_with('.')
            || path.starts_with("/tmp")
            || path.starts_with("/var/tmp");
        let severity = if hidden {
            Severity::High
        } else {
            Severity::Medium
        };
        run.hit(
            &rules::ENVIRONMENT_DUMP,
            range,
            severity,
            format!("Writes the whole environment, with every key in it, to {path}."),
        );
    }
    let mut kept = data.clone();
    if append && let Some(before) = run.state.stored(path) {
        kept.add_marks(&before.clone());
    }
    run.state.store(path, kept);
}
