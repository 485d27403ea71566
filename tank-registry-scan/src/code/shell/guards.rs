//! What guards a machine, and who may do what on it.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::run::{Arg, Run};
use super::values::{Data, Marks};
use super::words::program;
use super::{places, programs, rules, system};
use crate::finding::Capability;

/// Services that guard a machine.
pub(super) const GUARDS: &[&str] = &[
    "apparmor",
    "auditd",
    "clamav",
    "clamd",
    "clamav-daemon",
    "crowdstrike",
    "falcon-sensor",
    "falcond",
    "osqueryd",
    "ossec",
    "wazuh-agent",
    "mdatp",
    "sentinelone",
    "sentinelone-agent",
    "cbdaemon",
    "fail2ban",
    "littlesnitch",
    "lulu",
    "santad",
    "xprotect",
    "selinux",
    "defender",
    "carbonblack",
    "cylance",
    "sophos",
    "esets",
];

pub(super) fn guards(args: &[Arg]) -> bool {
    args.iter().any(|arg| {
        let text = arg.text().to_ascii_lowercase();
        GUARDS.iter().any(|guard| {
            text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
                .any(|word| word.trim_end_matches(".service") == *guard)
        }) || text.contains("crowdstrike")
            || text.contains("sentinelone")
            || text.contains("falcon-sensor")
    })
}

pub(super) fn guard_off(run: &mut Run<'_, '_>, range: &Range<usize>, message: &str) {
    run.hit(&rules::GUARD_OFF, range, Severity::Critical, message);
}

/// `security` of macOS.
pub(super) fn keychain(run: &mut Run<'_, '_>, args: &[Arg], range: &Range<usize>) -> Data {
    let first = args.first().map(Arg::text).unwrap_or_default();
    let shows = args
        .iter()
        .any(|arg| arg.text().starts_with('-') && arg.text().contains(['w', 'g', 'd']));
    let foreign = args.iter().any(|arg| {
        let text = arg.text().to_ascii_lowercase();
        [
            "chrome",
            "brave",
            "safe storage",
            "edge",
            "firefox",
            "login",
            "icloud",
            "wifi",
            "airport",
        ]
        .iter()
        .any(|word| text.contains(word))
    });
    let severity = match first {
        "dump-keychain" | "export" => Severity::High,
        "find-generic-password" | "find-internet-password" if shows && foreign => Severity::High,
        "add-trusted-cert" => {
            run.hit(
                &rules::NO_TLS,
                range,
                Severity::Medium,
                "Trusts another authority for certificates.",
            );
            return Data::default();
        }
        "find-internet-password" if shows => Severity::Medium,
        // A tool keeps its own key there: that is what it is for.
        _ => return Data::default(),
    };
    run.fact(Capability::ReadSecret, range, "keychain");
    run.hit(
        &rules::SECRET_READ,
        range,
        severity,
        "Reads passwords from the keychain.",
    );
    Data::marked(Marks::SECRET, "the keychain")
}

pub(super) fn chmod(run: &mut Run<'_, '_>, args: &[Arg], range: &Range<usize>) {
    let Some(mode) = args
        .iter()
        .map(Arg::text)
        .find(|text| !text.starts_with('-') || text.len() == 2 && text.ends_with('s'))
    else {
        return;
    };
    let setuid = mode.contains('s') && mode.contains('+') && !mode.contains('/')
        || mode.len() == 4
            && mode.starts_with(['4', '6'])
            && mode.bytes().all(|byte| byte.is_ascii_digit());
    let target = args.last().map(Arg::text).unwrap_or_default().to_owned();
    let root = places::is_system(&places::normal(&target))
        || ["/etc/", "/usr/", "/bin/", "/root/", "/boot/", "/lib/"]
            .iter()
            .any(|folder| target.starts_with(folder));
    if setuid {
        let shell = programs::is_shell(program(&target))
            || target.starts_with("/tmp")
            || target.starts_with("/var/tmp")
            || run.state.stored(&target).is_some();
        let severity = if shell {
            Severity::Critical
        } else {
            Severity::High
        };
        run.hit(
            &rules::PRIVILEGE,
            range,
            severity,
            format!("Lets everybody run {target} with its owner's rights."),
        );
    } else if matches!(mode, "777" | "0777" | "a+rwx" | "ugo+rwx") {
        let hidden = target.starts_with("/tmp/.") || target.starts_with("/var/tmp/.");
        let shared = ["/opt/", "/srv/", "/mnt/"]
            .iter()
            .any(|folder| target.starts_with(folder));
        let severity = if root || hidden || shared && !system::administers(run) {
            Severity::High
        } else {
            Severity::Low
        };
        run.hit(
            &rules::PRIVILEGE,
            range,
            severity,
            format!("Lets everybody change {target}."),
        );
    } else if places::secrecy(&target) == Some(places::Secrecy::Key)
        && matches!(mode, "644" | "666" | "755" | "a+r" | "o+r")
    {
        run.hit(
            &rules::PRIVILEGE,
            range,
            Severity::Medium,
            format!("Lets everybody read {target}."),
        );
    }
}
