//! What is deleted, and what tells what happened.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::run::{Arg, Run};
use super::values::Marks;
use super::{places, rules};

pub(super) fn wipes(run: &mut Run<'_, '_>, args: &[Arg], range: &Range<usize>) {
    if let Some(device) = args.iter().map(Arg::text).find(|text| is_disk(text)) {
        let message = format!("Erases the disk {device}.");
        run.hit(&rules::DESTRUCTIVE, range, Severity::High, message);
    }
}

/// Whether a path is a whole disk or a part of one, and no place holder for any.
pub(super) fn is_disk(path: &str) -> bool {
    let Some(name) = path.strip_prefix("/dev/") else {
        return false;
    };
    let name = name.trim_start_matches('r');
    [
        "sda", "sdb", "hda", "vda", "xvda", "nvme0", "disk0", "mmcblk0", "mapper/",
    ]
    .iter()
    .any(|disk| name.starts_with(disk))
}

/// `rm` and its like.
pub(super) fn removes(run: &mut Run<'_, '_>, name: &str, args: &[Arg], range: &Range<usize>) {
    let deep = name == "shred"
        || name == "srm"
        || name == "wipe"
        || args.iter().any(|arg| {
            arg.text().starts_with('-')
                && !arg.text().starts_with("--")
                && arg.text().contains(['r', 'R'])
        })
        || args
            .iter()
            .any(|arg| matches!(arg.text(), "--recursive" | "--no-preserve-root"));
    for arg in args {
        let text = arg.text();
        if name == "dd" {
            if let Some(device) = text.strip_prefix("of=").filter(|path| is_disk(path)) {
                run.hit(
                    &rules::DESTRUCTIVE,
                    range,
                    Severity::High,
                    format!("Overwrites the disk {device}."),
                );
            }
            continue;
        }
        let personal = places::normal(text).starts_with("~/");
        if run.state.encrypted
            && (arg.data.marks.has(Marks::HOME | Marks::SECRET) || deep && personal)
        {
            run.hit(
                &rules::DESTRUCTIVE,
                range,
                Severity::Critical,
                "Encrypts the user's own files and deletes them.",
            );
            continue;
        }
        if text.starts_with('-') || text.is_empty() {
            continue;
        }
        let path = places::normal(text);
        if is_trace(&path) {
            run.hit(
                &rules::TRACES,
                range,
                Severity::High,
                format!("Deletes what tells what happened: {path}."),
            );
        } else if deep && places::is_system(&path) {
            run.hit(
                &rules::DESTRUCTIVE,
                range,
                Severity::Critical,
                format!("Deletes the system's own files: {path}."),
            );
        } else if deep && places::is_home(&path) {
            run.hit(
                &rules::DESTRUCTIVE,
                range,
                Severity::Critical,
                format!("Deletes the user's own files: {path}."),
            );
        } else if deep && name == "rm" {
            emptied(run, text, range);
        }
    }
}

/// `rm -rf "$NAME/"*`: with nothing in the variable that is everything.
pub(super) fn emptied(run: &mut Run<'_, '_>, text: &str, range: &Range<usize>) {
    let Some(rest) = text.strip_prefix('$') else {
        return;
    };
    let length = rest
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .count();
    let tail = rest.get(length..).unwrap_or_default();
    if length > 0 && matches!(tail, "/" | "/*" | "/.") {
        run.hit(
            &rules::DESTRUCTIVE,
            range,
            Severity::Low,
            format!(
                "Deletes everything where ${} is empty.",
                rest.get(..length).unwrap_or_default()
            ),
        );
    }
}

pub(super) fn is_trace(path: &str) -> bool {
    let history =
        path.ends_with("_history") && path.contains("/.") || path.ends_with("fish_history");
    let logs = path.trim_end_matches(['*', '/']);
    history
        || matches!(
            logs,
            "/var/log"
                | "/var/log/auth.log"
                | "/var/log/syslog"
                | "/var/log/secure"
                | "/var/log/wtmp"
                | "/var/log/lastlog"
                | "/var/log/audit"
                | "/var/log/audit/audit.log"
                | "/var/log/messages"
                | "/var/log/btmp"
        )
}
