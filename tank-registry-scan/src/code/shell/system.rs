//! Programs that change how the machine works: what starts by itself, what guards it, what is gone.

use std::ops::Range;
use std::path::Path;

use tank_registry_core::scan::Severity;

use super::guards::{chmod, guard_off, guards, keychain};
use super::install::installed;
use super::programs::is_shell;
use super::removal::wipes;
use super::run::{Arg, Run};
use super::starting::{aliased, scheduled, starts_later};
use super::values::{Data, Marks};
use super::words::program;
use super::{rules, words};
use crate::finding::Capability;
use crate::text::Role;

/// Programs whose only use is to mine.
pub(super) const MINERS: &[&str] = &[
    "xmrig",
    "minerd",
    "cpuminer",
    "cpuminer-multi",
    "ethminer",
    "nbminer",
    "lolminer",
    "phoenixminer",
    "ccminer",
    "xmr-stak",
    "cgminer",
    "bfgminer",
    "t-rex",
    "nanominer",
    "teamredminer",
    "xmr-stak-cpu",
    "ethdcrminer64",
    "randomx",
];

/// Agents, and options with which they ask nobody.
pub(super) const AGENTS: &[&str] = &[
    "claude",
    "codex",
    "gemini",
    "cursor-agent",
    "openclaw",
    "clawdbot",
    "opencode",
    "aider",
    "amp",
    "qwen",
    "copilot",
    "goose",
    "q",
];

pub(super) const UNATTENDED: &[&str] = &[
    "--dangerously-skip-permissions",
    "--dangerously-bypass-approvals-and-sandbox",
    "--allow-dangerously-skip-permissions",
    "--yolo",
    "--permission-mode=bypassPermissions",
    "bypassPermissions",
    "--approval-mode=yolo",
    "--allow-all-tools",
    "--trust-all-tools",
    "danger-full-access",
];

/// What any command may show by its words alone.
pub(super) fn noticed(run: &mut Run<'_, '_>, name: &str, args: &[Arg], range: &Range<usize>) {
    let lower = name.to_ascii_lowercase();
    let mines = MINERS.contains(&&*lower)
        || args.iter().any(|arg| {
            let text = arg.text();
            text.starts_with("stratum+")
                || text.contains("stratum+tcp://")
                || text.contains("stratum+ssl://")
        });
    if mines
        && !matches!(
            name,
            "grep" | "echo" | "pkill" | "killall" | "pgrep" | "rg" | "which"
        )
    {
        run.hit(
            &rules::MINER,
            range,
            Severity::Critical,
            "Mines a currency on this machine.",
        );
    }
    if AGENTS.contains(&&*lower) || name == "npx" {
        let off = args
            .iter()
            .find(|arg| UNATTENDED.contains(&arg.text()))
            .map(|arg| arg.text().to_owned());
        if let Some(option) = off {
            let topic = run.skill.topic();
            let expected = [
                "agent",
                "claude",
                "codex",
                "gemini",
                "autonom",
                "orchestr",
                "assistant",
            ]
            .iter()
            .any(|word| topic.contains(word));
            let severity = if expected {
                Severity::Medium
            } else {
                Severity::High
            };
            run.hit(
                &rules::AGENT_UNATTENDED,
                range,
                severity,
                format!("Starts an agent that asks nobody before it acts: {option}."),
            );
        }
    }
    if matches!(name, "docker" | "podman" | "nerdctl") {
        contained(run, args, range);
    }
}

/// Whether the text is shown to people, who copy from it.
pub(super) fn in_prose(run: &Run<'_, '_>) -> bool {
    matches!(
        run.text.role,
        Role::Fence | Role::InlineCode | Role::Paragraph
    )
}

/// Whether `SKILL.md` says one of these words, in lower case.
pub(super) fn speaks_of(run: &Run<'_, '_>, words: &[&str]) -> bool {
    let documents = &run.skill.documents;
    let said = documents
        .iter()
        .find(|document| document.path.eq_ignore_ascii_case("SKILL.md"))
        .and_then(|document| document.content.as_deref())
        .unwrap_or_default()
        .to_lowercase();
    words.iter().any(|word| said.contains(word))
}

/// Whether the skill says that it is about looking after machines.
pub(super) fn administers(run: &Run<'_, '_>) -> bool {
    const WORDS: [&str; 18] = [
        "server",
        "linux",
        "admin",
        "provision",
        "deploy",
        "devops",
        "infrastructure",
        "vps",
        "ansible",
        "docker",
        "container",
        "kubernetes",
        "firewall",
        "hardening",
        "monitor",
        "homelab",
        "raspberry",
        "sysadmin",
    ];
    let topic = run.skill.topic();
    WORDS.iter().any(|word| topic.contains(word))
}

/// A command with the rights of the administrator: a shell that keeps them, or a password that was
/// written down for it.
pub(super) fn elevated(
    run: &mut Run<'_, '_>,
    args: &[Arg],
    rest: &[Arg],
    has_input: bool,
    range: &Range<usize>,
) {
    let option = |wanted: char| {
        args.iter()
            .skip(1)
            .map(Arg::text)
            .take_while(|text| text.starts_with('-'))
            .any(|text| !text.starts_with("--") && text.contains(wanted))
    };
    let first = rest.first().map(|arg| program(arg.text()));
    let shell = match first {
        None => option('i') || option('s'),
        Some("su") => rest.len() <= 2,
        Some(name) => is_shell(name) && rest.len() == 1,
    };
    if option('S') && has_input {
        let message = "Hands sudo a password that was written down.";
        run.hit(&rules::PRIVILEGE, range, Severity::High, message);
    } else if shell && !administers(run) {
        let message = "Opens a shell with the administrator's rights.";
        run.hit(&rules::PRIVILEGE, range, Severity::High, message);
    }
}

/// A container that is none.
pub(super) fn contained(run: &mut Run<'_, '_>, args: &[Arg], range: &Range<usize>) {
    if !args
        .first()
        .is_some_and(|arg| matches!(arg.text(), "run" | "exec" | "create"))
    {
        return;
    }
    let privileged = args.iter().any(|arg| arg.text() == "--privileged");
    let host = args.iter().any(|arg| {
        arg.text().starts_with("/:") || arg.text().starts_with("-v/:") || arg.text() == "--pid=host"
    });
    let root = args
        .iter()
        .any(|arg| arg.text().starts_with("/:") || arg.text().starts_with("-v/:"));
    if privileged && host || root && !administers(run) {
        run.hit(
            &rules::PRIVILEGE,
            range,
            Severity::High,
            "Starts a container that holds the whole machine.",
        );
    } else if privileged || host || args.iter().any(|arg| arg.text().contains("/docker.sock:")) {
        run.hit(
            &rules::PRIVILEGE,
            range,
            Severity::Low,
            "Starts a container with rights over this machine.",
        );
    }
}

/// Runs a command that changes the system; `None` where it is none.
pub(super) fn run(
    run: &mut Run<'_, '_>,
    name: &str,
    args: &[Arg],
    stdin: &Data,
    range: &Range<usize>,
) -> Option<Data> {
    tells(run, name, args, range)
        .or_else(|| starts(run, name, args, stdin, range))
        .or_else(|| protects(run, name, args, range))
        .or_else(|| rights(run, name, args, range))
        .or_else(|| others(run, name, args, stdin, range))
}

/// What a command tells of the machine and of who uses it.
fn tells(run: &mut Run<'_, '_>, name: &str, args: &[Arg], range: &Range<usize>) -> Option<Data> {
    let has = |word: &str| args.iter().any(|arg| arg.text() == word);
    match name {
        "env" | "printenv" | "set" => {
            if name == "set" && !args.is_empty()
                || name == "printenv" && args.iter().any(|arg| words::is_name(arg.text()))
            {
                return Some(Data::default());
            }
            return Some(Data::marked(Marks::ENVIRONMENT, "the environment"));
        }
        "whoami" | "hostname" | "id" | "uname" | "ifconfig" | "ip" | "ipconfig" | "logname"
        | "sw_vers" | "system_profiler" | "ioreg" | "lsb_release" | "hostnamectl" => {
            return Some(Data::marked(Marks::IDENTITY, "the name of this machine"));
        }
        "history" => {
            if args
                .iter()
                .any(|arg| arg.text().starts_with('-') && arg.text().contains('c'))
            {
                run.hit(
                    &rules::TRACES,
                    range,
                    Severity::High,
                    "Deletes the shell's history.",
                );
            }
            return Some(Data::marked(Marks::SECRET, "the shell's history"));
        }
        // What these print is a key, whoever they are asked for.
        "gh" if has("token") && has("auth") => {
            return Some(Data::marked(Marks::SECRET, "a token of GitHub"));
        }
        "aws"
            if has("get-session-token") || has("get-secret-value") || has("export-credentials") =>
        {
            return Some(Data::marked(Marks::SECRET, "credentials of AWS"));
        }
        "gcloud" if has("print-access-token") || has("print-identity-token") => {
            return Some(Data::marked(Marks::SECRET, "a token of Google Cloud"));
        }
        "unset" => {
            if has("HISTFILE") {
                run.hit(
                    &rules::TRACES,
                    range,
                    Severity::High,
                    "Keeps commands out of the shell's history.",
                );
            }
        }
        "pbpaste" | "wl-paste" | "xsel" | "Get-Clipboard" => {
            return Some(Data::marked(Marks::CAPTURE, "the clipboard"));
        }
        "xclip" if has("-o") || has("-out") => {
            return Some(Data::marked(Marks::CAPTURE, "the clipboard"));
        }
        "screencapture" | "scrot" | "gnome-screenshot" | "grim" | "maim" | "spectacle"
        | "imagesnap" | "fswebcam" | "arecord" | "rec" => {
            captured(run, args);
            return Some(Data::marked(Marks::CAPTURE, "the screen"));
        }
        "import" if has("-window") => captured(run, args),
        "ffmpeg" if has("avfoundation") || has("x11grab") || has("gdigrab") => captured(run, args),
        _ => return None,
    }
    Some(Data::default())
}

/// What starts and stops by itself.
fn starts(
    run: &mut Run<'_, '_>,
    name: &str,
    args: &[Arg],
    stdin: &Data,
    range: &Range<usize>,
) -> Option<Data> {
    let first = args.first().map(Arg::text).unwrap_or_default();
    let has = |word: &str| args.iter().any(|arg| arg.text() == word);
    let ends = |word: &str| args.iter().any(|arg| arg.text().ends_with(word));
    match name {
        "crontab" => return Some(scheduled(run, args, stdin, range)),
        "at" | "batch" if stdin.known && !stdin.text.is_empty() => {
            starts_later(run, stdin, "a job that runs later", range, Severity::Medium);
        }
        "launchctl" => {
            if matches!(first, "unload" | "bootout" | "disable" | "remove") && guards(args) {
                guard_off(run, range, "Stops a program that guards this machine.");
            } else if matches!(first, "load" | "bootstrap" | "enable" | "submit") {
                run.fact(Capability::Persist, range, "launchd");
            }
        }
        "systemctl" | "service" | "rc-service" => {
            let stops = has("stop") || has("disable") || has("mask");
            if stops && guards(args) {
                guard_off(run, range, "Stops a program that guards this machine.");
            } else if has("enable") {
                run.fact(Capability::Persist, range, "systemd");
            }
        }
        "pkill" | "killall" | "taskkill" if guards(args) => {
            guard_off(run, range, "Stops a program that guards this machine.");
        }
        "xattr"
            if ends("com.apple.quarantine")
                || args
                    .iter()
                    .any(|arg| arg.text().starts_with('-') && arg.text().contains('c')) =>
        {
            let fetched = args.iter().any(|arg| {
                run.state
                    .stored(arg.text())
                    .is_some_and(|data| data.marks.has(Marks::DOWNLOAD))
            });
            // What has a name among the applications was put there by the user.
            let application = args.iter().any(|arg| {
                let path = Path::new(arg.text());
                path.extension()
                    .is_some_and(|kind| kind.eq_ignore_ascii_case("app"))
            });
            // A mark taken off what then is run is one thing, a hint for an installed program another.
            let target = args.last().map(Arg::text).unwrap_or_default();
            let starts = run.text.content.matches(target).take(2).count() == 2;
            let severity = if !fetched && in_prose(run) && (application || !starts) {
                Severity::Medium
            } else if fetched || !in_prose(run) {
                Severity::Critical
            } else {
                Severity::High
            };
            run.hit(
                &rules::GUARD_OFF,
                range,
                severity,
                "Takes away the mark by which the system checks what was downloaded.",
            );
        }
        _ => return None,
    }
    Some(Data::default())
}

/// What protects the machine.
fn protects(run: &mut Run<'_, '_>, name: &str, args: &[Arg], range: &Range<usize>) -> Option<Data> {
    let first = args.first().map(Arg::text).unwrap_or_default();
    let has = |word: &str| args.iter().any(|arg| arg.text() == word);
    match name {
        "spctl" if has("--master-disable") || has("--global-disable") || has("--disable") => {
            guard_off(run, range, "Switches off the check of what is started.");
        }
        "csrutil" if first == "disable" => {
            guard_off(run, range, "Switches off what protects the system's files.");
        }
        "setenforce" if matches!(first, "0" | "Permissive" | "permissive") => {
            guard_off(run, range, "Switches SELinux off.");
        }
        "ufw" if first == "disable" || args.last().is_some_and(|arg| arg.text() == "disable") => {
            let severity = if administers(run) {
                Severity::Medium
            } else {
                Severity::High
            };
            run.hit(
                &rules::GUARD_OFF,
                range,
                severity,
                "Switches the firewall off.",
            );
        }
        "iptables" if first == "-F" && args.len() == 1 => {
            let severity = if administers(run) {
                Severity::Low
            } else {
                Severity::High
            };
            let message = "Deletes all rules of the firewall.";
            run.hit(&rules::GUARD_OFF, range, severity, message);
        }
        "passwd" if first == "-d" && has("root") => {
            let message = "Lets anybody log in as the administrator.";
            run.hit(&rules::PRIVILEGE, range, Severity::High, message);
        }
        "auditctl"
            if has("-D")
                || args
                    .windows(2)
                    .any(|pair| pair[0].text() == "-e" && pair[1].text() == "0") =>
        {
            guard_off(
                run,
                range,
                "Switches off the record of what happens on this machine.",
            );
        }
        "sysctl"
            if args
                .iter()
                .any(|arg| arg.text().contains("randomize_va_space=0")) =>
        {
            run.hit(
                &rules::GUARD_OFF,
                range,
                Severity::Medium,
                "Weakens what protects programs.",
            );
        }
        "security" => return Some(keychain(run, args, range)),
        "chmod" => chmod(run, args, range),
        _ => return None,
    }
    Some(Data::default())
}

/// What may be done, and what is gone.
fn rights(run: &mut Run<'_, '_>, name: &str, args: &[Arg], range: &Range<usize>) -> Option<Data> {
    let first = args.first().map(Arg::text).unwrap_or_default();
    let has = |word: &str| args.iter().any(|arg| arg.text() == word);
    match name {
        "setcap"
            if args.iter().any(|arg| {
                arg.text().contains("cap_setuid")
                    || arg.text().contains("cap_sys_admin")
                    || arg.text().contains("cap_dac")
            }) =>
        {
            run.hit(
                &rules::PRIVILEGE,
                range,
                Severity::High,
                "Gives a program the rights of the administrator.",
            );
        }
        "usermod" | "gpasswd" | "adduser" | "useradd" | "dseditgroup" => {
            let groups = args
                .iter()
                .any(|arg| matches!(arg.text(), "sudo" | "wheel" | "root" | "admin"));
            let zero = args.windows(2).any(|pair| {
                matches!(pair[0].text(), "-u" | "-ou" | "--uid") && pair[1].text() == "0"
            });
            if groups || zero {
                let severity = if zero || !administers(run) {
                    Severity::High
                } else {
                    Severity::Medium
                };
                run.hit(
                    &rules::PRIVILEGE,
                    range,
                    severity,
                    "Makes a user an administrator.",
                );
            }
        }
        "mkfs" | "wipefs" | "newfs_msdos" => wipes(run, args, range),
        _ if name.starts_with("mkfs.") => wipes(run, args, range),
        "diskutil" if first.starts_with("erase") || first == "secureErase" => {
            run.hit(
                &rules::DESTRUCTIVE,
                range,
                Severity::Medium,
                "Erases a disk.",
            );
        }
        "journalctl"
            if args.iter().any(|arg| {
                matches!(
                    arg.text(),
                    "--vacuum-time=1s" | "--vacuum-size=1" | "--vacuum-time=0"
                )
            }) =>
        {
            run.hit(
                &rules::TRACES,
                range,
                Severity::High,
                "Deletes the system's log.",
            );
        }
        "wevtutil" if first == "cl" => run.hit(
            &rules::TRACES,
            range,
            Severity::High,
            "Deletes the system's log.",
        ),
        "kill" if has("-1") && (has("-9") || has("-KILL")) => {
            run.hit(
                &rules::DESTRUCTIVE,
                range,
                Severity::Medium,
                "Ends every program of the user.",
            );
        }
        _ => return None,
    }
    Some(Data::default())
}

/// The rest.
fn others(
    run: &mut Run<'_, '_>,
    name: &str,
    args: &[Arg],
    stdin: &Data,
    range: &Range<usize>,
) -> Option<Data> {
    match name {
        "ngrok" | "cloudflared" | "bore" | "localtunnel" | "lt" => {
            run.fact(Capability::Listen, range, name);
        }
        "alias" => aliased(run, args, range),
        "pip" | "pip3" | "pipx" | "uv" | "uvx" | "npm" | "npx" | "pnpm" | "yarn" | "bunx"
        | "brew" | "cargo" | "go" | "gem" | "apt" | "apt-get" | "dnf" | "yum" | "apk"
        | "pacman" => {
            installed(run, name, args, range);
            return Some(stdin.passed());
        }
        _ => return None,
    }
    Some(Data::default())
}

/// A picture or a recording goes to a file.
pub(super) fn captured(run: &mut Run<'_, '_>, args: &[Arg]) {
    if let Some(path) = args
        .iter()
        .rev()
        .map(Arg::text)
        .find(|text| text.contains(['.', '/']) && !text.starts_with('-'))
    {
        let path = path.to_owned();
        run.state.store(
            &path,
            Data::marked(Marks::CAPTURE | Marks::FILE, "the screen"),
        );
    }
}
