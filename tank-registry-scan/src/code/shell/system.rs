//! Programs that change how the machine works: what starts by itself, what guards it, what is gone.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::places::{self, Starts, Steers};
use super::rules;
use super::run::{Arg, Run};
use super::values::{Data, Marks};
use super::words::{self, program};
use crate::finding::Capability;
use crate::text::Role;

/// Programs whose only use is to mine.
const MINERS: &[&str] = &[
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
const AGENTS: &[&str] = &[
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
const UNATTENDED: &[&str] = &[
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

/// Services that guard a machine.
const GUARDS: &[&str] = &[
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
            let severity = if in_prose(run) {
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
fn in_prose(run: &Run<'_, '_>) -> bool {
    matches!(
        run.text.role,
        Role::Fence | Role::InlineCode | Role::Paragraph
    )
}

/// Whether `SKILL.md` says one of these words, in lower case.
fn speaks_of(run: &Run<'_, '_>, words: &[&str]) -> bool {
    let documents = &run.skill.documents;
    let said = documents
        .iter()
        .find(|document| document.path.eq_ignore_ascii_case("SKILL.md"))
        .and_then(|document| document.content.as_deref())
        .unwrap_or_default()
        .to_lowercase();
    words.iter().any(|word| said.contains(word))
}

/// A container that is none.
fn contained(run: &mut Run<'_, '_>, args: &[Arg], range: &Range<usize>) {
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
    if privileged && host {
        run.hit(
            &rules::PRIVILEGE,
            range,
            Severity::High,
            "Starts a container that holds the whole machine.",
        );
    } else if privileged
        || host
        || args
            .iter()
            .any(|arg| arg.text().contains("/docker.sock:"))
    {
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
    let first = args.first().map(Arg::text).unwrap_or_default();
    let has = |word: &str| args.iter().any(|arg| arg.text() == word);
    let ends = |word: &str| args.iter().any(|arg| arg.text().ends_with(word));
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
            guard_off(run, range, "Stops a program that guards this machine.")
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
            let severity = if fetched || !in_prose(run) {
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
        "spctl" if has("--master-disable") || has("--global-disable") || has("--disable") => {
            guard_off(run, range, "Switches off the check of what is started.");
        }
        "csrutil" if first == "disable" => {
            guard_off(run, range, "Switches off what protects the system's files.")
        }
        "setenforce" if matches!(first, "0" | "Permissive" | "permissive") => {
            guard_off(run, range, "Switches SELinux off.")
        }
        "ufw" if first == "disable" || args.last().is_some_and(|arg| arg.text() == "disable") => {
            run.hit(
                &rules::GUARD_OFF,
                range,
                Severity::Medium,
                "Switches the firewall off.",
            );
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
                let severity = if zero {
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
        "visudo" if has("-c") => {}
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
        ":" if args.first().is_some_and(|arg| arg.text() == ":") => {}
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
        "ngrok" | "cloudflared" | "bore" | "localtunnel" | "lt" => {
            run.fact(Capability::Listen, range, name)
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

fn guards(args: &[Arg]) -> bool {
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

fn guard_off(run: &mut Run<'_, '_>, range: &Range<usize>, message: &str) {
    run.hit(&rules::GUARD_OFF, range, Severity::Critical, message);
}

/// A picture or a recording goes to a file.
fn captured(run: &mut Run<'_, '_>, args: &[Arg]) {
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

fn wipes(run: &mut Run<'_, '_>, args: &[Arg], range: &Range<usize>) {
    if let Some(device) = args.iter().map(Arg::text).find(|text| is_disk(text)) {
        let message = format!("Erases the disk {device}.");
        run.hit(&rules::DESTRUCTIVE, range, Severity::High, message);
    }
}

/// Whether a path is a whole disk or a part of one, and no place holder for any.
fn is_disk(path: &str) -> bool {
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

/// `security` of macOS.
fn keychain(run: &mut Run<'_, '_>, args: &[Arg], range: &Range<usize>) -> Data {
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

fn chmod(run: &mut Run<'_, '_>, args: &[Arg], range: &Range<usize>) {
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
    let root = places::is_system(&places::normal(&target));
    if setuid {
        let shell = super::programs::is_shell(program(&target))
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
        let severity = if root { Severity::High } else { Severity::Low };
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
        if run.state.encrypted && arg.data.marks.has(Marks::HOME | Marks::SECRET) {
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
fn emptied(run: &mut Run<'_, '_>, text: &str, range: &Range<usize>) {
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

fn is_trace(path: &str) -> bool {
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

/// What a program that starts by itself must not need.
fn is_shady(text: &str, data: &Data) -> bool {
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
    let login = ["PermitRootLogin yes", "PasswordAuthentication yes", "PermitEmptyPasswords yes"];
    if normal.starts_with("/etc/ssh/sshd_config") && login.iter().any(|line| data.text.contains(line)) {
        run.hit(
            &rules::PRIVILEGE,
            range,
            Severity::Medium,
            "Opens the machine to logins by password, or of the administrator.",
        );
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
        if matches!(starts, Starts::Shell | Starts::GitHook) && data.known && !data.text.is_empty() {
            run.body(&data.text.clone(), range);
        }
        persists(run, path, starts, data, range);
    }
    if let Some(steers) = places::steers(path) {
        run.fact(Capability::AgentConfig, range, path);
        steered(run, path, steers, data, append, range);
    }
}

fn persists(run: &mut Run<'_, '_>, path: &str, starts: Starts, data: &Data, range: &Range<usize>) {
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
fn started_by_shell(text: &str, known: bool) -> Option<Severity> {
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
fn starts_later(
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

fn scheduled(run: &mut Run<'_, '_>, args: &[Arg], stdin: &Data, range: &Range<usize>) -> Data {
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

fn aliased(run: &mut Run<'_, '_>, args: &[Arg], range: &Range<usize>) {
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

/// Something that steers an agent was written.
fn steered(
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

/// Packages are installed.
pub(super) fn installed(run: &mut Run<'_, '_>, manager: &str, args: &[Arg], range: &Range<usize>) {
    let texts: Vec<&str> = args.iter().map(Arg::text).collect();
    if texts.windows(2).any(|pair| pair[0] == "--trusted-host")
        || texts.windows(2).any(|pair| pair == ["strict-ssl", "false"])
    {
        run.hit(
            &rules::NO_TLS,
            range,
            Severity::Medium,
            "Installs without checking from whom.",
        );
    }
    let registry = match manager {
        "pip" | "pip3" | "pipx" | "uv" | "uvx" => "pypi",
        "npm" | "npx" | "pnpm" | "yarn" | "bunx" | "bun" => "npm",
        other => other,
    };
    let mut words = texts.iter().copied().filter(|text| !text.starts_with('-'));
    let direct = matches!(manager, "npx" | "uvx" | "bunx");
    let mut verb = if direct {
        "run"
    } else {
        words.next().unwrap_or_default()
    };
    if matches!(verb, "pip" | "tool" | "global") {
        verb = words.next().unwrap_or_default();
    }
    if !matches!(verb, "install" | "add" | "i" | "run" | "get" | "dlx")
        || manager != "npx" && !direct && verb == "run"
    {
        return;
    }
    let mut skip = false;
    let mut names = Vec::new();
    for text in &texts {
        if skip {
            skip = false;
            continue;
        }
        if matches!(
            *text,
            "-r" | "--requirement"
                | "-i"
                | "--index-url"
                | "--extra-index-url"
                | "-e"
                | "--from"
                | "-c"
                | "--registry"
                | "--python"
                | "-t"
                | "--target"
                | "--prefix"
                | "-p"
        ) && !(*text == "-e" && manager == "npm")
        {
            skip = true;
            continue;
        }
        if text.starts_with('-') || text.starts_with(['.', '/', '$', '<']) || text.contains("://") {
            continue;
        }
        names.push(*text);
        if direct && !names.is_empty() {
            break;
        }
    }
    let skipped = names
        .iter()
        .position(|name| *name == verb)
        .map_or(0, |at| at + 1);
    for name in names
        .into_iter()
        .skip(if direct { 0 } else { skipped })
        .take(64)
    {
        let end = name
            .char_indices()
            .skip(1)
            .find(|(_, c)| matches!(c, '@' | '=' | '<' | '>' | '~' | '[' | '!' | ';'))
            .map_or(name.len(), |(at, _)| at);
        let name = name.get(..end).unwrap_or(name);
        run.fact(Capability::Install, range, format!("{registry}:{name}"));
    }
}
