//! What a command does, by its words: prefixes are peeled off and its program is asked.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::hosts::Url;
use super::run::{Arg, Run};
use super::syntax::{Command, Part, Pipeline};
use super::touched::note_use;
use super::values::{Data, Marks};
use super::{files, network, programs, rules, system};
use crate::finding::Capability;
use crate::text::Role;

/// Programs that run another that follows, with options that take a value.
pub(super) const PREFIXES: &[(&str, &str)] = &[
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
        let rest = peeled(run, args.get(1..).unwrap_or_default(), options, prefix);
        if elevated {
            system::elevated(run, args, rest, has_input, range);
        }
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
            let reads = rest.first().is_some_and(|arg| {
                matches!(
                    program(arg.text()),
                    "cat" | "cp" | "base64" | "head" | "tail" | "tar" | "zip"
                )
            });
            if reads && stdin.marks.has(Marks::SECRET) {
                let message = "Looks for credentials and reads what it finds.";
                run.hit(&rules::SECRET_READ, range, Severity::High, message);
            }
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
pub(super) fn peeled<'w>(
    run: &mut Run<'_, '_>,
    args: &'w [Arg],
    options: &str,
    prefix: &str,
) -> &'w [Arg] {
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
pub(super) fn is_tool(name: &str) -> bool {
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
pub(super) fn globbed(name: &str) -> &str {
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
    let name = |stage: &Command| -> String {
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
    if matches!(
        name,
        "ANTHROPIC_BASE_URL" | "OPENAI_BASE_URL" | "OPENAI_API_BASE" | "ANTHROPIC_API_URL"
    ) {
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
