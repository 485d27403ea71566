//! Programs that run what they are given: shells, interpreters, and what starts others.

use std::ops::Range;

use super::hosts::Url;
use super::run::{Arg, Run};
use super::search::{files_found, found_and_run};
use super::snippet::scripted;
use super::values::{Data, Marks};
use super::words::{is_name, program};
use super::{install, origin, system, words};
use crate::finding::Capability;
use crate::language::Language;

/// The language that an interpreter reads; `None` where it is none.
pub(super) fn interpreter(name: &str) -> Option<Language> {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    Some(match name {
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "ash" | "fish" | "rbash" | "mksh" | "tcsh"
        | "csh" => Language::Shell,
        "python" | "pypy" | "ipython" => Language::Python,
        "node" | "nodejs" | "deno" | "bun" | "tsx" | "ts-node" => Language::JavaScript,
        "perl" => Language::Perl,
        "ruby" => Language::Ruby,
        "php" => Language::Php,
        "pwsh" | "powershell" => Language::PowerShell,
        "osascript" => Language::AppleScript,
        "lua" | "tclsh" | "Rscript" | "guile" => Language::Other,
        _ => return None,
    })
}

pub(super) fn is_shell(name: &str) -> bool {
    interpreter(name) == Some(Language::Shell)
}

/// What an interpreter is told to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Program {
    /// The text at this position of its words.
    Body(usize),
    /// The file at this position.
    File(usize),
    /// What comes in.
    Input,
    /// A module that is installed.
    Module(usize),
}

/// What an interpreter is told to run, by its words.
pub(super) fn told(language: Language, words: &[&str]) -> Program {
    let mut at = 0;
    while let Some(word) = words.get(at).copied() {
        if word == "-" || word == "/dev/stdin" {
            return Program::Input;
        }
        let Some(flag) = word.strip_prefix('-') else {
            if matches!((language, word), (Language::JavaScript, "eval")) {
                return Program::Body(at + 1);
            }
            if matches!(
                (language, word),
                (Language::JavaScript, "run" | "x" | "test" | "exec")
            ) && words.len() > at + 1
            {
                at += 1;
                continue;
            }
            return Program::File(at);
        };
        let lower = flag.to_ascii_lowercase();
        let short = !flag.starts_with('-');
        let body = match language {
            Language::Shell | Language::Python => short && flag.ends_with('c'),
            Language::JavaScript => matches!(flag, "e" | "-eval" | "p" | "pe" | "-print"),
            Language::Perl | Language::Ruby => {
                short && !flag.starts_with('I') && flag.ends_with(['e', 'E']) && flag.len() <= 6
            }
            Language::Php => flag == "r",
            Language::PowerShell => matches!(
                &*lower,
                "c" | "command" | "e" | "ec" | "enc" | "encodedcommand"
            ),
            _ => flag == "e",
        };
        if body {
            return Program::Body(at + 1);
        }
        if language == Language::Shell && flag == "s" {
            return Program::Input;
        }
        if language == Language::Python && flag.ends_with('m') && short {
            return Program::Module(at + 1);
        }
        let valued = match language {
            Language::Shell => matches!(flag, "o" | "O" | "-rcfile" | "-init-file"),
            Language::Python => matches!(flag, "W" | "X"),
            Language::JavaScript => matches!(flag, "r" | "-require" | "-import" | "-loader"),
            Language::AppleScript => flag == "l",
            Language::PowerShell => matches!(
                &*lower,
                "executionpolicy" | "ep" | "ex" | "w" | "windowstyle"
            ),
            _ => false,
        };
        at += if valued { 2 } else { 1 };
    }
    Program::Input
}

/// Runs a command that runs others; `None` where it is none.
pub(super) fn run(
    run: &mut Run<'_, '_>,
    name: &str,
    args: &[Arg],
    stdin: &Data,
    has_input: bool,
    range: &Range<usize>,
) -> Option<Data> {
    match name {
        "eval" => {
            let mut all = Data {
                known: true,
                ..Data::default()
            };
            for (at, arg) in args.iter().enumerate() {
                if at > 0 {
                    all.push(&Data::known(" "));
                }
                all.push(&arg.data);
            }
            run.fact(Capability::Eval, range, "");
            return Some(run.execute(&all, range, "with eval"));
        }
        "source" | "." => {
            let arg = args.first()?;
            if arg.piped {
                return Some(run.execute(&arg.data, range, "in this shell"));
            }
            if arg.text() == "/dev/stdin" && has_input {
                return Some(run.execute(stdin, range, "in this shell"));
            }
            file(run, arg.text(), Language::Shell, range);
            return Some(Data::default());
        }
        "export" | "declare" | "local" | "readonly" | "typeset" | "setenv" => {
            return Some(declared(run, args, range));
        }
        "read" => {
            for arg in args.iter().filter(|arg| is_name(arg.text())) {
                let mut data = stdin.passed();
                data.lead |= data.marks;
                run.state.remember(arg.text(), data);
            }
            return Some(Data::default());
        }
        "trap" => {
            let body = args.first()?;
            return Some(run.execute(&body.data.clone(), range, "at the end"));
        }
        "su" | "script" | "runuser" | "flock" => {
            let at = args
                .iter()
                .position(|arg| matches!(arg.text(), "-c" | "--command"))?;
            let body = args.get(at + 1)?;
            return Some(run.execute(&body.data.clone(), range, "as another user"));
        }
        "find" | "fd" => {
            files_found(run, args, range);
            return Some(found_and_run(run, args, range));
        }
        "docker" | "podman" | "kubectl" | "lxc" | "nsenter" | "wsl" => {
            let at = args.iter().position(|arg| is_shell(program(arg.text())))?;
            let inner = args.get(at..)?;
            if inner.len() < 2 {
                return None;
            }
            run.fact(Capability::Exec, range, name);
            system::noticed(run, name, args, range);
            return Some(words::run(run, inner, stdin, false, range));
        }
        _ => {}
    }
    let language = interpreter(name)?;
    Some(interpret(run, language, args, stdin, has_input, range))
}

pub(super) fn interpret(
    run: &mut Run<'_, '_>,
    language: Language,
    args: &[Arg],
    stdin: &Data,
    has_input: bool,
    range: &Range<usize>,
) -> Data {
    let texts: Vec<&str> = args.iter().map(Arg::text).collect();
    match told(language, &texts) {
        Program::Body(at) => {
            let Some(body) = args.get(at) else {
                return Data::default();
            };
            if language == Language::Shell {
                return run.execute(&body.data.clone(), range, "in a shell");
            }
            run.fact(Capability::Eval, range, "");
            if body.data.lead.has(Marks::DOWNLOAD | Marks::DECODED) {
                let data = Data {
                    text: String::new(),
                    ..body.data.clone()
                };
                run.execute(&data, range, "in an interpreter");
            }
            scripted(run, body.text(), stdin, range)
        }
        Program::File(at) => {
            let Some(arg) = args.get(at) else {
                return Data::default();
            };
            if arg.piped {
                run.execute(&arg.data.clone(), range, "in an interpreter");
            } else if arg.text().starts_with("https://") || arg.text().starts_with("http://") {
                origin::downloaded(run, arg.text(), range, "in an interpreter");
            } else {
                file(run, arg.text(), language, range);
            }
            // Output of a script of the package is not known, but what goes in comes out.
            stdin.passed()
        }
        Program::Input if has_input => {
            if language == Language::Shell {
                return run.execute(stdin, range, "in a shell");
            }
            let data = Data {
                text: String::new(),
                ..stdin.clone()
            };
            run.execute(&data, range, "in an interpreter");
            if stdin.text.is_empty() {
                stdin.passed()
            } else {
                scripted(run, &stdin.text, &Data::default(), range)
            }
        }
        Program::Input => {
            let interactive = texts.contains(&"-i");
            if interactive {
                run.fact(Capability::Shell, range, "");
            }
            Data::default()
        }
        Program::Module(at) => {
            match texts.get(at).copied() {
                Some("pip") => {
                    install::installed(run, "pip", args.get(at + 1..).unwrap_or_default(), range);
                }
                Some("http.server" | "SimpleHTTPServer") => {
                    run.fact(Capability::Listen, range, "");
                }
                _ => {}
            }
            stdin.passed()
        }
    }
}

/// `NAME=value` behind `export` and its like; without any, all variables are shown.
pub(super) fn declared(run: &mut Run<'_, '_>, args: &[Arg], range: &Range<usize>) -> Data {
    let mut any = false;
    for arg in args {
        if let Some((name, value)) = arg.text().split_once('=')
            && is_name(name)
        {
            any = true;
            let mut data = arg.data.clone();
            value.clone_into(&mut data.text);
            data.lead |= data.marks;
            words::assigned(run, name, &data, range);
            run.state.remember(name, data);
        } else if is_name(arg.text()) {
            any = true;
        }
    }
    let shows = !any
        && args
            .iter()
            .all(|arg| matches!(arg.text(), "-p" | "-x" | "-px" | "-xp"));
    if shows {
        return Data::marked(Marks::ENVIRONMENT, "the environment");
    }
    Data::default()
}

/// A file is run by an interpreter.
pub(super) fn file(run: &mut Run<'_, '_>, path: &str, language: Language, range: &Range<usize>) {
    run.fact(Capability::Exec, range, path);
    let Some(stored) = run.state.stored(path).cloned() else {
        // From an archive that was unpacked before, unless it is the package's own.
        let own = run
            .skill
            .documents
            .iter()
            .any(|document| program(&document.path) == program(path));
        let cloned = run.state.cloned.iter().find(|(folder, _)| {
            path.trim_start_matches("./").starts_with(&**folder) || path.starts_with("./")
        });
        if let Some((_, origin)) = cloned.cloned()
            && !own
        {
            let url = Url::read(&origin);
            let bad = url.is_address() || url.is_drop() || url.is_short();
            if bad || url.plain && !url.is_local() {
                origin::downloaded(run, &origin, range, "after cloning it");
            }
        }
        if let Some(origin) = run.state.unpacked.clone()
            && !own
            && path.contains('/')
        {
            let url = Url::read(&origin);
            if url.is_address() || url.is_drop() || url.is_short() || url.plain && !url.is_local() {
                origin::downloaded(run, &origin, range, "after unpacking it");
            }
        }
        return;
    };
    if stored.marks.has(Marks::DOWNLOAD | Marks::DECODED) {
        let mut data = stored;
        data.lead |= data.marks;
        data.text.clear();
        run.execute(&data, range, "from a file");
    } else if stored.known && language == Language::Shell && !stored.text.is_empty() {
        let other = stored.text.starts_with("#!")
            && !stored
                .text
                .lines()
                .next()
                .unwrap_or_default()
                .contains("sh");
        if !other {
            run.body(&stored.text, range);
        }
    }
}

/// A program is started by its path.
pub(super) fn started(run: &mut Run<'_, '_>, first: &Arg, range: &Range<usize>) {
    let path = first.text();
    if path.contains('/') || run.state.files.contains_key(path) {
        file(run, path, Language::Shell, range);
    }
}
