//! What starts by itself.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::places::Starts;
use super::run::{Arg, Run};
use super::system::{in_prose, speaks_of};
use super::values::{Data, Marks};
use super::{rules, words};
use crate::finding::Capability;

/// What a program that starts by itself must not need.
pub(super) fn is_shady(text: &str, data: &Data) -> bool {
    let fetches = [
        "curl ",
        "wget ",
        "/dev/tcp",
        "base64 -d",
        "base64 --decode",
        "base64 -D",
        "nc -",
        "ncat ",
        "socat ",
        "Invoke-WebRequest",
        "urlopen",
        "| sh",
        "| bash",
        "|sh",
        "|bash",
        "osascript -e",
        "eval \"$(echo",
        "python -c",
        "python3 -c",
        "perl -e",
    ]
    .iter()
    .any(|word| text.contains(word));
    let hidden = [
        "/tmp/",
        "/var/tmp/",
        "/dev/shm/",
        "/.cache/.",
        "/.local/.",
        "/.config/.",
    ]
    .iter()
    .any(|part| text.contains(part));
    fetches || hidden || data.marks.has(Marks::DOWNLOAD | Marks::DECODED)
}

pub(super) fn persists(
    run: &mut Run<'_, '_>,
    path: &str,
    starts: Starts,
    data: &Data,
    range: &Range<usize>,
) {
    match starts {
        Starts::Keys => {
            let own = data.text.contains(".pub") || data.secret.contains(".pub");
            let foreign = data.known && data.text.contains("ssh-")
                || data.marks.has(Marks::DOWNLOAD | Marks::DECODED);
            if !own {
                let severity = if foreign {
                    Severity::Critical
                } else {
                    Severity::Medium
                };
                run.hit(
                    &rules::PERSISTENCE,
                    range,
                    severity,
                    "Lets the holder of another key log in.",
                );
            }
        }
        Starts::Shell => {
            let severity = if is_shady(&data.text, data) {
                Some(Severity::Critical)
            } else {
                started_by_shell(&data.text, data.known)
            };
            if let Some(severity) = severity {
                run.hit(
                    &rules::PERSISTENCE,
                    range,
                    severity,
                    format!("Makes every shell run something: {path}."),
                );
            }
        }
        Starts::Loader => {
            run.hit(
                &rules::PERSISTENCE,
                range,
                Severity::High,
                format!("Makes every program load something: {path}."),
            );
        }
        Starts::GitHook => starts_later(run, data, "a git hook", range, Severity::Low),
        Starts::Service => starts_later(run, data, path, range, Severity::Medium),
    }
}

/// How bad it is that every shell runs these lines: paths, completions, keys and names are what
/// start-up files are for.
pub(super) fn started_by_shell(text: &str, known: bool) -> Option<Severity> {
    let mut worst = None;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let ordinary = line.starts_with('#')
            || [
                "export ",
                "alias ",
                "source ",
                ". ",
                "eval \"$(",
                "eval $(",
                "[ ",
                "[[ ",
                "if ",
                "fi",
                "fpath",
                "autoload",
                "compinit",
                "setopt",
                "bindkey",
                "plugins",
                "PATH=",
                "set -",
                "complete ",
                "}",
                "then",
                "else",
                "function ",
                "zstyle",
                "$env",
                "typeset ",
            ]
            .iter()
            .any(|word| line.starts_with(word))
            || line
                .split_once('=')
                .is_some_and(|(name, _)| words::is_name(name));
        let hooks = line.contains("PROMPT_COMMAND=")
            || line.contains("DEBUG") && line.starts_with("trap")
            || line.contains("LD_PRELOAD=")
            || line.contains("DYLD_INSERT");
        let masks = [
            "alias sudo=",
            "alias ssh=",
            "alias git=",
            "alias su=",
            "alias gpg=",
            "sudo()",
            "ssh()",
        ]
        .iter()
        .any(|mask| line.starts_with(mask))
            && line.contains(['/', ';', '|']);
        let starts = line.ends_with('&')
            || line.starts_with("nohup ")
            || line.starts_with('(') && line.contains('&');
        if hooks || masks || starts {
            return Some(Severity::High);
        }
        if !ordinary {
            worst = Some(Severity::Medium);
        }
    }
    if !known && text.trim().is_empty() {
        Some(Severity::Low)
    } else {
        worst
    }
}

/// Something will run by itself: how bad that is depends on what it is.
pub(super) fn starts_later(
    run: &mut Run<'_, '_>,
    data: &Data,
    what: &str,
    range: &Range<usize>,
    ordinary: Severity,
) {
    let severity = if is_shady(&data.text, data) {
        Severity::Critical
    } else {
        ordinary
    };
    run.fact(Capability::Persist, range, what);
    run.hit(
        &rules::PERSISTENCE,
        range,
        severity,
        format!("Makes something start by itself: {what}."),
    );
}

pub(super) fn scheduled(
    run: &mut Run<'_, '_>,
    args: &[Arg],
    stdin: &Data,
    range: &Range<usize>,
) -> Data {
    if args.iter().any(|arg| arg.text() == "-l") {
        return Data {
            known: true,
            ..Data::default()
        };
    }
    if args.iter().any(|arg| arg.text() == "-r") {
        run.hit(
            &rules::DESTRUCTIVE,
            range,
            Severity::Medium,
            "Deletes all jobs of the user.",
        );
        return Data::default();
    }
    if args.iter().any(|arg| arg.text() == "-e") || args.is_empty() {
        return Data::default();
    }
    let data = match args
        .iter()
        .map(Arg::text)
        .find(|text| !text.starts_with('-'))
    {
        Some(path) => run.state.stored(path).cloned().unwrap_or_default(),
        None => stdin.clone(),
    };
    let severity = if in_prose(run) || speaks_of(run, &["cron", "schedul"]) {
        Severity::Medium
    } else {
        Severity::High
    };
    starts_later(run, &data, "a cron job", range, severity);
    Data::default()
}

pub(super) fn aliased(run: &mut Run<'_, '_>, args: &[Arg], range: &Range<usize>) {
    for arg in args {
        let Some((name, value)) = arg.text().split_once('=') else {
            continue;
        };
        if matches!(name, "sudo" | "su" | "ssh" | "gpg")
            && (value.contains("curl") || value.contains("read -s") || value.contains("tee "))
        {
            run.hit(
                &rules::PERSISTENCE,
                range,
                Severity::High,
                format!("Puts something else in place of {name}."),
            );
        }
    }
}
