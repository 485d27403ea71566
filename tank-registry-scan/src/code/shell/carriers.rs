//! Programs that carry data without being made for requests: names, copies, repositories.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::hosts::Url;
use super::leaving::{PRIVATE, leaves};
use super::network::is_url;
use super::run::{Arg, Run};
use super::touched::read;
use super::values::{Data, Marks};
use super::{places, rules};
use crate::finding::Capability;

/// A name is looked up, or a machine is pinged: data can hide in it.
pub(super) fn asked(run: &mut Run<'_, '_>, name: &str, args: &[Arg], range: &Range<usize>) {
    const PRIVATE: Marks = Marks::SECRET;
    let hidden = PRIVATE
        | Marks::ENVIRONMENT
        | Marks::KEY
        | Marks::ENCODED
        | Marks::FILE
        | Marks::IDENTITY
        | Marks::HOME
        | Marks::DOTENV;
    for arg in args {
        let text = arg.text();
        let marks = arg.data.marks;
        // What it is told to look up starts with data and ends with somebody's domain.
        let below = text.rsplit_once('.').is_some_and(|(_, end)| {
            end.len() > 1 && end.bytes().all(|byte| byte.is_ascii_alphabetic())
        });
        let pattern = name == "ping" && args.iter().any(|arg| arg.text() == "-p");
        if marks.has(hidden) && (below || pattern) && !marks.has(Marks::DOWNLOAD) {
            let only_identity = !marks.has(
                PRIVATE
                    | Marks::ENVIRONMENT
                    | Marks::KEY
                    | Marks::ENCODED
                    | Marks::FILE
                    | Marks::HOME,
            );
            let severity = if only_identity {
                Severity::High
            } else {
                Severity::Critical
            };
            run.hit(
                &rules::EXFILTRATION,
                range,
                severity,
                format!("Hides data in a name that is looked up: {text}."),
            );
            run.fact(Capability::Send, range, "");
            return;
        }
    }
    if let Some(host) = args
        .iter()
        .map(Arg::text)
        .find(|text| text.contains('.') && !text.starts_with(['-', '@', '+']))
    {
        run.fact(Capability::Network, range, host.to_ascii_lowercase());
    }
}

/// Programs that carry files elsewhere.
pub(super) fn copied_out(
    run: &mut Run<'_, '_>,
    name: &str,
    args: &[Arg],
    stdin: &Data,
    range: &Range<usize>,
) {
    let remote = args.iter().map(Arg::text).find(|text| {
        text.contains("://")
            || text.contains('@') && text.contains('.')
            || text.split_once(':').is_some_and(|(host, path)| {
                !host.contains('/') && host.len() > 1 && !path.is_empty()
            })
    });
    let remote = remote.unwrap_or_default().to_owned();
    let host = Url::read(remote.split('@').next_back().unwrap_or_default())
        .host
        .to_ascii_lowercase();
    let verb = args.first().map(Arg::text).unwrap_or_default();
    if !matches!(name, "gh" | "aws" | "az" | "gcloud") {
        run.fact(Capability::Network, range, &*host);
    }
    if name == "ssh"
        && args.iter().any(|arg| {
            arg.text().starts_with("-R") || arg.text().ends_with('R') && arg.text().starts_with('-')
        })
    {
        run.hit(
            &rules::LISTENER,
            range,
            Severity::Medium,
            "Opens a way from another machine back to this one.",
        );
    }
    let sends = match name {
        "aws" => args
            .iter()
            .any(|arg| matches!(arg.text(), "cp" | "sync" | "mv" | "put-object")),
        "gh" => matches!(verb, "gist" | "issue" | "release" | "api"),
        "az" | "gcloud" => args
            .iter()
            .any(|arg| matches!(arg.text(), "upload" | "cp" | "upload-batch")),
        _ => true,
    };
    if !sends {
        return;
    }
    let mut all = stdin.clone();
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        at += 1;
        let text = arg.text();
        if matches!(
            text,
            "-i" | "-e" | "-F" | "-o" | "--rsh" | "--profile" | "--ca-bundle" | "-S"
        ) {
            at += 1;
            continue;
        }
        if text.starts_with('-') && !text.contains('=') {
            continue;
        }
        all.add_marks(&Data {
            marks: arg
                .data
                .marks
                .without(Marks::KEY | Marks::IDENTITY | Marks::DOWNLOAD),
            ..arg.data.clone()
        });
        let copies = !matches!(name, "ssh" | "mail" | "mailx" | "sendmail");
        let path = text.trim_start_matches('@');
        // The last word of a copy is where it goes to.
        let source = at < args.len() || remote.is_empty();
        if copies
            && source
            && path != remote
            && (path.starts_with(['/', '~', '.', '$']) || run.state.stored(path).is_some())
        {
            let data = read(run, path, range, true);
            all.add_marks(&data);
        }
    }
    // Ordinary copies of homes go to backups: only credentials count here.
    let all = Data {
        marks: all
            .marks
            .without(Marks::HOME | Marks::DOTENV | Marks::IDENTITY | Marks::KEY),
        ..all
    };
    if all.marks != Marks::default() {
        run.fact(Capability::Send, range, &*host);
        leaves(run, &all, &remote, range, "with a copy");
    }
}

pub(super) fn git(run: &mut Run<'_, '_>, args: &[Arg], range: &Range<usize>) {
    let words: Vec<&str> = args
        .iter()
        .map(Arg::text)
        .filter(|text| !text.starts_with('-'))
        .collect();
    let texts: Vec<&str> = args.iter().map(Arg::text).collect();
    if let Some(url) = texts.iter().find(|text| is_url(text)) {
        let host = Url::read(url).host.to_ascii_lowercase();
        run.fact(Capability::Network, range, host);
    }
    if texts.contains(&"http.sslVerify=false")
        || texts
            .windows(2)
            .any(|pair| pair == ["http.sslVerify", "false"])
    {
        run.hit(
            &rules::NO_TLS,
            range,
            Severity::Medium,
            "Connects without checking whom to.",
        );
    }
    match words.first().copied() {
        Some("add") => {
            for arg in args.iter().skip(1) {
                let stored = run
                    .state
                    .stored(arg.text())
                    .map(|data| (data.marks, data.secret.clone()));
                let (marks, secret) =
                    stored.unwrap_or_else(|| (places::marks_of(arg.text()), arg.text().to_owned()));
                if marks.has(PRIVATE | Marks::ENVIRONMENT) {
                    run.state.staged = Some(secret);
                }
            }
            let all = texts
                .iter()
                .any(|text| matches!(*text, "." | "-A" | "--all"));
            if all
                && let Some(secret) = run
                    .state
                    .files
                    .values()
                    .find(|data| data.marks.has(PRIVATE | Marks::ENVIRONMENT))
                    .map(|data| data.secret.clone())
            {
                run.state.staged = Some(secret);
            }
        }
        Some("clone") => {
            let url = texts
                .iter()
                .find(|text| is_url(text))
                .copied()
                .unwrap_or_default();
            let folder = words.last().copied().unwrap_or_default();
            let name = folder
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .trim_end_matches(".git");
            let folder = if is_url(folder) { name } else { folder };
            if !url.is_empty() && run.state.cloned.len() < 16 {
                run.state.cloned.push((folder.to_owned(), url.to_owned()));
            }
        }
        Some("push") => {
            run.fact(Capability::Network, range, "");
            if let Some(secret) = run.state.staged.clone() {
                let data = Data::marked(PRIVATE, secret);
                let remote = words.get(1).copied().unwrap_or_default().to_owned();
                leaves(run, &data, &remote, range, "with a push");
            }
        }
        Some("config") => {
            let key = words.get(1).copied().unwrap_or_default();
            let value = words.get(2).copied().unwrap_or_default();
            let runs = matches!(key, "core.fsmonitor" | "core.sshCommand") && value.contains(' ')
                || key.starts_with("alias.") && value.starts_with('!') && value.contains("curl");
            if runs {
                run.hit(
                    &rules::PERSISTENCE,
                    range,
                    Severity::Medium,
                    "Makes git run a command whenever it is used.",
                );
            }
            if key == "core.hooksPath" {
                run.fact(Capability::Persist, range, "git hooks");
            }
        }
        _ => {}
    }
}
