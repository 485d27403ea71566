//! Data that leaves: what it is, and where it goes.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::hosts::{Url, is_foreign};
use super::rules;
use super::run::Run;
use super::values::{Data, Marks};
use crate::finding::Capability;

/// What nobody sends by accident.
pub(super) const PRIVATE: Marks = Marks::SECRET;

/// Whether a store of credentials belongs to a host: `~/.npmrc` and `registry.npmjs.org`.
pub(super) fn names_agree(path: &str, host: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let owners: &[(&str, &str)] = &[
        ("npmrc", "npm"),
        ("docker", "docker"),
        ("gh/hosts", "github"),
        ("gcloud", "google"),
        ("azure", "azure"),
        ("kube", ""),
        ("pypirc", "pypi"),
        ("codex", "openai"),
        ("claude", "anthropic"),
        ("claude", "claude"),
        ("openclaw", "localhost"),
        ("openclaw", "127.0.0.1"),
        ("vault", ""),
        ("gemini", "google"),
    ];
    owners
        .iter()
        .any(|(store, owner)| path.contains(store) && host.contains(owner))
}

/// Data leaves: that is judged by what it is and by where it goes.
pub(super) fn leaves(
    run: &mut Run<'_, '_>,
    data: &Data,
    target: &str,
    range: &Range<usize>,
    how: &str,
) {
    let url = Url::read(target);
    let marks = data.marks;
    let shown = if target.is_empty() {
        "another machine"
    } else {
        target
    };
    let what = if data.secret.is_empty() {
        "what it read"
    } else {
        &*data.secret
    };
    let what = what.to_owned();
    if url.is_local() && !marks.has(PRIVATE | Marks::ENVIRONMENT) {
        return;
    }
    let found = if marks.has(PRIVATE) {
        Some((
            Severity::Critical,
            format!("Sends credentials ({what}) {how} to {shown}."),
        ))
    } else if marks.has(Marks::ENVIRONMENT) {
        run.fact(Capability::WholeEnvironment, range, "");
        Some((
            Severity::Critical,
            format!("Sends the whole environment {how} to {shown}."),
        ))
    } else if marks.has(Marks::HOME) && !url.is_local() {
        Some((
            Severity::Critical,
            format!("Sends the user's own files ({what}) {how} to {shown}."),
        ))
    } else if marks.has(Marks::DOTENV) {
        Some((
            Severity::High,
            format!("Sends a file of keys ({what}) {how} to {shown}."),
        ))
    } else if marks.has(Marks::CAPTURE) {
        Some((
            Severity::High,
            format!("Sends what the user sees or copies {how} to {shown}."),
        ))
    } else if marks.has(Marks::KEY) {
        keys_leave(data, &url, target, how)
    } else if marks.has(Marks::IDENTITY) && !marks.has(Marks::DOWNLOAD) {
        let collects = url.is_drop() || url.is_address() || url.plain || marks.has(Marks::ENCODED);
        let severity = if collects {
            Severity::High
        } else {
            Severity::Medium
        };
        Some((
            severity,
            format!("Tells who and where this machine is {how} to {shown}."),
        ))
    } else if data.text.to_ascii_lowercase().contains("credential")
        && !url.is_local()
        && !run.skill.topic().contains(crate::hosts::brand(url.host))
    {
        Some((
            Severity::High,
            format!("Sends what it calls credentials {how} to {shown}."),
        ))
    } else if url.is_drop() {
        let severity = if marks.has(Marks::FILE | Marks::ENCODED) {
            Severity::High
        } else {
            Severity::Medium
        };
        Some((
            severity,
            format!("Sends data {how} to a place where anybody collects it: {shown}."),
        ))
    } else if url.is_address() && marks.has(Marks::FILE) && marks.has(Marks::ENCODED) {
        Some((
            Severity::High,
            format!("Packs files and sends them {how} to a bare address: {shown}."),
        ))
    } else {
        None
    };
    if let Some((severity, message)) = found {
        run.hit(&rules::EXFILTRATION, range, severity, message);
    }
}

/// Keys in a body or a URL: to their own vendor that is how some services take them.
pub(super) fn keys_leave(
    data: &Data,
    url: &Url<'_>,
    target: &str,
    how: &str,
) -> Option<(Severity, String)> {
    let keys = data.keys.join(", ");
    let foreign: Vec<&String> = data
        .keys
        .iter()
        .filter(|key| is_foreign(key, url.host))
        .collect();
    let unknown = url.host.is_empty() || url.host.contains('$');
    if url.is_drop() || url.is_address() || url.is_short() {
        return Some((
            Severity::Critical,
            format!("Sends keys ({keys}) {how} to {target}."),
        ));
    }
    if foreign.len() >= 2 {
        return Some((
            Severity::Critical,
            format!("Sends keys of several services ({keys}) {how} to {target}."),
        ));
    }
    if !foreign.is_empty() && !unknown {
        return Some((
            Severity::High,
            format!("Sends a key ({keys}) {how} to {target}, whose it is not."),
        ));
    }
    (url.plain && !url.is_local()).then(|| {
        (
            Severity::Medium,
            format!("Sends a key ({keys}) {how} without encryption to {target}."),
        )
    })
}
