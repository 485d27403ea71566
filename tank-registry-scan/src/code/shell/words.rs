//! What a command does, by its words: prefixes are peeled off and its program is asked.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::hosts::Url;
use super::places::{self, Secrecy};
use super::run::{Arg, Run};
use super::syntax::{Part, Pipeline};
use super::values::{Data, Marks};
use super::{files, network, programs, rules, system};
use crate::finding::Capability;
use crate::skill::Skill;
use crate::text::{Role, Text};

/// Programs that run another that follows, with options that take a value.
const PREFIXES: &[(&str, &str)] = &[
    ("sudo", "ughpCcDRrt"),
    ("doas", "uC"),
    ("env", "uCS"),
    ("nohup", ""),
    ("time", "of"),
    ("command", ""),
    ("builtin", ""),
    ("exec", "a"),
    ("nice", "n"),
    ("ionice", "cnp"),
    ("timeout", "ks"),
    ("gtimeout", "ks"),
    ("stdbuf", "ioe"),
    ("setsid", ""),
    ("xargs", "IiLlnPsdaE"),
    ("busybox", ""),
    ("toybox", ""),
    ("caffeinate", "tw"),
    ("proxychains", "f"),
    ("proxychains4", "f"),
    ("torsocks", ""),
    ("torify", ""),
    ("unbuffer", ""),
    ("watch", "n"),
    ("parallel", "jIN"),
    ("chroot", ""),
    ("RUN", ""),
    ("then", ""),
    ("do", ""),
    ("else", ""),
    ("noglob", ""),
    ("nocorrect", ""),
    ("&", ""),
    ("start", ""),
];

/// The name of a program without its folders.
pub(super) fn program(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// Runs a command: what it reads, writes and prints.
pub(super) fn run(
    run: &mut Run<'_, '_>,
    args: &[Arg],
    stdin: &Data,
    has_input: bool,
    range: &Range<usize>,
) -> Data {
    let mut args = args;
    let mut output = stdin;
    let collected;
    // Prefixes, each at most once a word.
    loop {
        let Some(first) = args.first() else {
            return Data::default();
        };
        let name = program(first.text());
        let Some((prefix, options)) = PREFIXES.iter().find(|(prefix, _)| *prefix == name) else {
            break;
        };
        if *prefix == "env" && args.len() == 1 {
            break;
        }
        if *prefix == "exec" && args.len() == 1 {
            return Data::default();
        }
        let elevated = matches!(*prefix, "sudo" | "doas");
        let rest = peeled(run, args.get(1..).unwrap_or_default(), options, *prefix);
        if rest.is_empty() {
            if *prefix == "env" {
                break;
            }
            return output.passed();
        }
        if elevated {
            run.fact(Capability::Exec, range, "sudo");
        }
        if *prefix == "xargs" && has_input {
            // What comes in becomes a word.
            let mut with_input = rest.to_vec();
            with_input.push(Arg {
                data: stdin.clone(),
                range: range.clone(),
                ..Arg::default()
            });
            collected = with_input;
            return self::run(run, &collected, &Data::default(), false, range);
        }
        args = rest;
        output = stdin;
    }
    let Some(first) = args.first() else {
        return Data::default();
    };
    if first.data.lead.has(Marks::DOWNLOAD | Marks::DECODED) {
        return run.execute(&first.data.clone(), range, "as a command");
    }
    let name = globbed(program(first.text()))
        .trim_end_matches(".exe")
        .to_owned();
    if first.broken && is_tool(&name) {
        run.hit(
            &rules::BROKEN_WORD,
            range,
            Severity::High,
            format!("Hides the name of '{name}' behind quotes or backslashes."),
        );
    }
    if name.is_empty()
        || !name.bytes().any(|byte| byte.is_ascii_alphanumeric())
            && !matches!(&*name, "." | ":" | "[")
    {
        return Data::default();
    }
    run.fact(Capability::Exec, range, &*name);
    let rest = args.get(1..).unwrap_or_default();
    system::noticed(run, &name, rest, range);
    if let Some(output) = programs::run(run, &name, rest, stdin, has_input, range) {
        return output;
    }
    if let Some(output) = network::run(run, &name, rest, stdin, has_input, range) {
        return output;
    }
    if let Some(output) = files::run(run, &name, rest, stdin, range) {
        return output;
    }
    if let Some(output) = system::run(run, &name, rest, stdin, range) {
        return output;
    }
    programs::started(run, first, range);
    for arg in rest
        .iter()
        .filter(|arg| arg.text().starts_with(['/', '~', '.', '$']))
    {
        note_use(run, arg.text(), range);
    }
    stdin.passed()
}

/// What follows a prefix, without its options, assignments and amounts.
fn peeled<'w>(run: &mut Run<'_, '_>, args: &'w [Arg], options: &str, prefix: &str) -> &'w [Arg] {
    let mut args = args;
    while let Some(arg) = args.first() {
        let text = arg.text();
        let skip = if text == "--" {
            1
        } else if let Some(flag) = text.strip_prefix('-').filter(|flag| !flag.is_empty()) {
            if prefix == "env" && flag.starts_with('S')
                || prefix == "command" && flag.starts_with(['v', 'V'])
            {
                return &[];
            }
            let valued = flag.len() == 1 && options.contains(flag);
            if valued { 2 } else { 1 }
        } else if text.split_once('=').is_some_and(|(name, _)| is_name(name))
            && matches!(prefix, "env" | "sudo" | "doas")
        {
            let (name, value) = text.split_once('=').unwrap_or_default();
            assigned(run, name, &Data::known(value), &arg.range);
            1
        } else if matches!(prefix, "timeout" | "gtimeout")
            && text.starts_with(|c: char| c.is_ascii_digit())
        {
            1
        } else {
            break;
        };
        args = args.get(skip..).unwrap_or_default();
    }
    args
}

pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Programs whose names are worth hiding.
fn is_tool(name: &str) -> bool {
    matches!(
        name,
        "curl"
            | "wget"
            | "bash"
            | "sh"
            | "zsh"
            | "nc"
            | "ncat"
            | "netcat"
            | "base64"
            | "eval"
            | "python"
            | "python3"
            | "perl"
            | "cat"
            | "chmod"
            | "rm"
            | "crontab"
            | "ssh"
            | "scp"
            | "node"
            | "socat"
            | "osascript"
            | "openssl"
    )
}

/// A name in which `?` and `*` stand for letters.
fn globbed(name: &str) -> &str {
    if !name.contains(['?', '*', '[']) || name.len() < 2 {
        return name;
    }
    [
        "curl", "wget", "bash", "cat", "nc", "sh", "base64", "python3", "chmod",
    ]
    .into_iter()
    .find(|tool| {
        tool.len() == name.len()
            && name.bytes().any(|byte| byte.is_ascii_alphabetic())
            && name
                .bytes()
                .zip(tool.bytes())
                .all(|(a, b)| a == b || a == b'?')
    })
    .unwrap_or(name)
}

/// Shapes of a whole pipeline: a shell whose input and output are those of a connection.
pub(super) fn shape(run: &mut Run<'_, '_>, pipeline: &Pipeline) {
    if pipeline.stages.len() < 2 {
        return;
    }
    let name = |stage: &super::syntax::Command| -> String {
        stage
            .words
            .iter()
            .filter_map(|word| match &*word.parts {
                [Part::Text { text, .. }, ..] => Some(program(text).to_owned()),
                _ => None,
            })
            .find(|text| !matches!(&**text, "sudo" | "nohup" | "exec"))
            .unwrap_or_default()
    };
    let connects = pipeline.stages.iter().any(|stage| {
        let name = name(stage);
        matches!(&*name, "nc" | "ncat" | "netcat" | "telnet" | "socat")
            || name == "openssl"
                && stage.words.iter().any(
                    |word| matches!(&*word.parts, [Part::Text { text, .. }] if text == "s_client"),
                )
    });
    let shell = pipeline.stages.iter().enumerate().any(|(at, stage)| {
        let name = name(stage);
        let interactive = stage
            .words
            .iter()
            .any(|word| matches!(&*word.parts, [Part::Text { text, .. }] if text == "-i"));
        (at > 0 || interactive)
            && programs::is_shell(&name)
            && !stage
                .words
                .iter()
                .any(|word| matches!(&*word.parts, [Part::Text { text, .. }] if text == "-c"))
    });
    if connects && shell {
        let range = pipeline.range.clone();
        run.hit(
            &rules::REVERSE_SHELL,
            &range,
            Severity::Critical,
            "Connects a shell to the network: whoever answers gives the commands.",
        );
    }
}

/// A variable is set, or put before a command.
pub(super) fn assigned(run: &mut Run<'_, '_>, name: &str, value: &Data, range: &Range<usize>) {
    if value.marks.has(Marks::ENVIRONMENT) {
        run.fact(Capability::WholeEnvironment, range, "");
    }
    let text = value.text.trim();
    if matches!(name, "ANTHROPIC_BASE_URL" | "OPENAI_BASE_URL" | "OPENAI_API_BASE" | "ANTHROPIC_API_URL") {
        let url = Url::read(text);
        if url.is_address() || url.is_drop() || url.plain && !crate::hosts::is_local(url.host) {
            run.hit(
                &rules::AGENT_FILES,
                range,
                Severity::High,
                format!("Sends everything that the agent says through {}.", url.host),
            );
        }
    }
    let off = match name {
        "NODE_TLS_REJECT_UNAUTHORIZED" | "PYTHONHTTPSVERIFY" => text == "0",
        "GIT_SSL_NO_VERIFY" => matches!(text, "1" | "true"),
        _ => false,
    };
    if off {
        run.hit(
            &rules::NO_TLS,
            range,
            Severity::Medium,
            format!("Switches the check of certificates off: {name}={text}."),
        );
    }
    let hides = match name {
        "HISTFILE" => text == "/dev/null",
        "HISTSIZE" | "HISTFILESIZE" => text == "0" && run.text.role != Role::Decoded,
        _ => false,
    };
    if hides {
        run.hit(
            &rules::TRACES,
            range,
            Severity::High,
            "Keeps commands out of the shell's history.",
        );
    }
    if name == "LD_PRELOAD"
        && (text.starts_with("/tmp")
            || text.starts_with("/dev/shm")
            || text.starts_with("/var/tmp"))
    {
        run.hit(
            &rules::PERSISTENCE,
            range,
            Severity::High,
            "Loads a library from a temporary folder into every program.",
        );
    }
}

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

fn secret_read(run: &mut Run<'_, '_>, path: &str, secrecy: Secrecy, range: &Range<usize>) {
    let shown = matches!(
        run.text.role,
        Role::Fence | Role::InlineCode | Role::Paragraph
    );
    let severity = match secrecy {
        Secrecy::Key if own(run, path) => Severity::Medium,
        Secrecy::Key => Severity::High,
        Secrecy::Tool if shown => Severity::Medium,
        Secrecy::Tool if own(run, path) => Severity::Medium,
        Secrecy::Tool => Severity::High,
    };
    run.hit(
        &rules::SECRET_READ,
        range,
        severity,
        format!("Reads a store of credentials: {path}."),
    );
}

/// Whether the skill says that it is about the tool that a path belongs to.
fn own(run: &Run<'_, '_>, path: &str) -> bool {
    const GENERIC: &[&str] = &[
        "users", "home", "library", "config", "application", "support", "login", "data", "default",
        "user", "json", "credentials", "history", "root", "local", "share", "profiles", "state",
    ];
    let field = |name: &str| {
        let front = run.skill.front_matter.as_ref()?;
        Some(front.get(name)?.as_str()?.to_ascii_lowercase())
    };
    let said = [field("name"), field("description")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    path.to_ascii_lowercase()
        .split(['/', '.', '_', ' '])
        .map(|part| part.trim_end_matches('s'))
        .any(|part| {
            let short = matches!(part, "aw" | "npm" | "kube");
            (part.len() > 3 || short)
                && !GENERIC.iter().any(|word| word.trim_end_matches('s') == part)
                && said.contains(part)
        })
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
    system::wrote(run, path, data, append, range);
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

/// What was downloaded is run.
pub(super) fn downloaded(run: &mut Run<'_, '_>, origin: &str, range: &Range<usize>, how: &str) {
    let Some((severity, why)) = judged_origin(run.skill, run.text, origin) else {
        return;
    };
    let shown = if origin.is_empty() {
        "something"
    } else {
        origin
    };
    let message = format!("Downloads {shown} and runs it {how}, {why}.");
    run.hit(&rules::DOWNLOAD_RUN, range, severity, message);
}

/// How bad it is to run what stands at a URL, and why; `None` where the operator trusts its host.
pub(crate) fn judged_origin(
    skill: &Skill<'_>,
    text: &Text,
    origin: &str,
) -> Option<(Severity, &'static str)> {
    let url = Url::read(origin);
    if skill.settings.allows_host(url.host) {
        return None;
    }
    let in_file = matches!(
        text.role,
        Role::File | Role::Command | Role::Decoded | Role::Hidden
    );
    Some(if origin.is_empty() || url.host.contains('$') {
        let severity = if in_file {
            Severity::High
        } else {
            Severity::Medium
        };
        (severity, "and nobody can see from where")
    } else if !url.host.contains(['.', ':']) && !url.is_local() {
        (Severity::Low, "from a place that is left open")
    } else if url.is_local() {
        (Severity::Medium, "from this machine")
    } else if url.is_address() {
        (Severity::Critical, "from a bare address")
    } else if url.is_drop() {
        (
            Severity::Critical,
            "from a place where anybody leaves anything",
        )
    } else if url.is_short() {
        (
            Severity::Critical,
            "from a shortened address that hides where it leads",
        )
    } else if url.plain {
        (
            Severity::Critical,
            "without encryption, so that anybody on the way can change it",
        )
    } else if url.host.starts_with("gist.") {
        (Severity::Critical, "from a personal gist")
    } else if runs_unseen(skill, text) {
        (
            Severity::High,
            "from where the front matter says, before anybody has read it",
        )
    } else if url.is_installer() {
        (Severity::Medium, "from a vendor who documents it so")
    } else if url.is_repository() && told_of(skill, text, &url)
        || is_homepage(skill, url.host)
        || !in_file && is_namesake(skill, url.host)
    {
        (Severity::Medium, "from the project that the text is about")
    } else {
        (Severity::High, "from a host that is no known installer's")
    })
}

/// Whether a command stands in the front matter of `SKILL.md`: what installs a skill runs it, and no
/// person has copied it.
fn runs_unseen(skill: &Skill<'_>, text: &Text) -> bool {
    text.role == Role::Command
        && skill
            .document(text.file)
            .is_some_and(|document| document.path.eq_ignore_ascii_case("SKILL.md"))
        && skill.document(text.file).and_then(|document| {
            let end = document.markdown.as_ref()?.front_matter.as_ref()?.end;
            let content = document.content.as_deref()?;
            u32::try_from(content.get(..end)?.matches('\n').count()).ok()
        }) >= Some(text.place(0).line.saturating_sub(1))
}

/// Whether the file speaks of a repository besides fetching from it.
fn told_of(skill: &Skill<'_>, text: &Text, url: &Url<'_>) -> bool {
    const GENERIC: &[&str] = &[
        "agent",
        "agents",
        "install",
        "installer",
        "scripts",
        "setup",
        "skill",
        "skills",
        "tool",
        "tools",
        "utils",
        "helper",
        "main",
    ];
    let mut parts = url.path.split('/').filter(|part| !part.is_empty());
    let Some(name) = parts.nth(1).map(str::to_ascii_lowercase) else {
        return false;
    };
    let Some(content) = skill
        .document(text.file)
        .and_then(|document| document.content.as_deref())
    else {
        return false;
    };
    name.len() >= 4
        && !GENERIC.contains(&&*name)
        && content
            .split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))
            .filter(|word| word.eq_ignore_ascii_case(&name))
            .nth(2)
            .is_some()
}

/// Whether a skill is named after whoever answers there.
fn is_namesake(skill: &Skill<'_>, host: &str) -> bool {
    let brand = crate::hosts::brand(host);
    let name = skill
        .front_matter
        .as_ref()
        .and_then(|front| front.get("name"))
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    brand.len() >= 4
        && !crate::hosts::is_documentation(host)
        && (name.eq_ignore_ascii_case(brand)
            || name.split(['-', '_']).next().is_some_and(|first| first.eq_ignore_ascii_case(brand)))
}

fn is_homepage(skill: &Skill<'_>, host: &str) -> bool {
    let Some(front) = &skill.front_matter else {
        return false;
    };
    let home = front
        .get("homepage")
        .or_else(|| front.get("metadata")?.get("homepage"))
        .and_then(serde_json::Value::as_str);
    home.is_some_and(|home| {
        let home = Url::read(home);
        !home.is_repository()
            && !home.is_example()
            && home.host.len() > 4
            && super::hosts::within(host, home.host.trim_start_matches("www."))
    })
}
