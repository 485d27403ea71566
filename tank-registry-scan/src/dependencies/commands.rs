//! Commands that install packages, in shell, in sentences and in code.

use std::ops::Range;

use super::{Ecosystem, Package, Source, split_name};
use crate::language::Language;
use crate::pattern::pattern;
use crate::text::{Role, Text};

/// Commands of one text that are looked at.
const COMMANDS: usize = 500;
/// Packages of one command.
const PACKAGES: usize = 100;

/// A command that installs something.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) range: Range<usize>,
    pub(super) packages: Vec<Package>,
    /// Where packages are taken from, beside the public registry.
    pub(super) index: Option<Index>,
    /// Whether it runs what it installs at once: `npx`, `uvx`.
    pub(super) runs: bool,
    /// Whether code runs it, rather than a person or an agent.
    pub(super) in_code: bool,
}

/// Another place than the public registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) url: String,
    /// Beside the public registry, rather than in its place.
    pub(super) extra: bool,
}

pattern!(
    HEAD,
    r#"(?x)(?:^|[\s`"'(;&|$>!])
        (?: (?P<pypi>(?:pip[\d.]*|uv\s+pip|(?:python[\d.]*|py)\s+-m\s+pip)\s+(?:-{1,2}[\w-]+\s+)*install
              | uv\s+(?:add|tool\s+install) | pipx\s+(?:install|inject) | poetry\s+add | pdm\s+add | rye\s+add | easy_install )
          | (?P<pyrun>uvx | pipx\s+run | uv\s+tool\s+run )
          | (?P<npm>npm\s+(?:-{1,2}[\w-]+\s+)*(?:install|i|add) | pnpm\s+(?:add|install|i) | yarn\s+(?:global\s+)?add | bun\s+(?:add|install|i) )
          | (?P<npmrun>npx | npm\s+(?:exec|x) | pnpm\s+dlx | pnpx | yarn\s+dlx | bunx | bun\s+x )
          | (?P<crates>cargo\s+(?:install|add|binstall))
          | (?P<other>gem\s+install | go\s+(?:install|get) | brew\s+(?:install|tap) )
        )(?:[\x20\t]+|$)"#
);

// The same as a list of arguments.
pattern!(
    LISTED,
    r#"["'](?:(?P<pypi>pip[\d.]*["']\s*,\s*["']install)|(?P<npm>(?:npm|pnpm|yarn|bun)["']\s*,\s*[\[\s]*["'](?:install|i|add))|(?P<npmrun>npx)|(?P<pyrun>uvx))["']\s*,\s*\[?([^\])\n]{0,400})"#
);

/// The commands of a text.
pub(super) fn find(text: &Text) -> Vec<Command> {
    let content = &*text.content;
    if ![
        "pip",
        "npm",
        "npx",
        "uv",
        "yarn",
        "bun",
        "cargo",
        "gem",
        "go ",
        "brew",
        "poetry",
        "pnpx",
        "rye",
        "pdm",
        "easy_install",
    ]
    .iter()
    .any(|word| memchr::memmem::find(content.as_bytes(), word.as_bytes()).is_some())
    {
        return Vec::new();
    }
    let script = matches!(
        text.language,
        Language::Python
            | Language::JavaScript
            | Language::TypeScript
            | Language::Ruby
            | Language::Php
            | Language::Perl
    );
    let mut commands = Vec::new();
    for found in HEAD.captures_iter(content).take(COMMANDS) {
        let Some(head) = found.get(0) else { continue };
        let Some((ecosystem, runs)) = kind(&found) else {
            continue;
        };
        let line_start = content[..head.start()].rfind('\n').map_or(0, |at| at + 1);
        let line_before = content[line_start..head.start()].trim_start();
        // In code, a command is a string that is run; what a comment or a message says is advice.
        let comment = line_before.starts_with(['#', '/', '*']);
        let advice = [
            "print", "echo", "log", "warn", "error", "raise", "exit", "throw", "usage", "message",
            "hint",
        ]
        .iter()
        .any(|word| line_before.to_ascii_lowercase().contains(word));
        let arguments = arguments(content, head.end());
        let mut command = parse(ecosystem, runs, words(arguments, text.role));
        command.range = head.start() + 1.min(head.len())..head.end() + arguments.len();
        command.range.start = command.range.start.min(command.range.end);
        command.in_code = script && !comment && !advice && calls(content, head.start());
        if script && !command.in_code && text.role == Role::File && !advice && !comment {
            // A string that nothing runs.
            command.packages.truncate(1);
        }
        commands.push(command);
    }
    if script {
        for found in LISTED.captures_iter(content).take(COMMANDS) {
            let (Some(all), Some((ecosystem, runs))) = (found.get(0), kind(&found)) else {
                continue;
            };
            let list = found
                .iter()
                .last()
                .flatten()
                .map_or("", |list| list.as_str());
            let items: Vec<String> = list
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
                .map(|item| {
                    let bare = item.trim_matches(['"', '\'', '`']);
                    if bare.len() == item.len() {
                        // A name of the code, whose value is not known here.
                        format!("${bare}")
                    } else {
                        bare.to_owned()
                    }
                })
                .collect();
            let mut command = parse(ecosystem, runs, items.iter().map(String::as_str).collect());
            command.range = all.range();
            command.in_code = true;
            commands.push(command);
        }
    }
    commands
}

fn kind(found: &regex::Captures<'_>) -> Option<(Ecosystem, bool)> {
    [
        ("pypi", Ecosystem::Pypi, false),
        ("pyrun", Ecosystem::Pypi, true),
        ("npm", Ecosystem::Npm, false),
        ("npmrun", Ecosystem::Npm, true),
        ("crates", Ecosystem::Crates, false),
        ("other", Ecosystem::Other, false),
    ]
    .into_iter()
    .find(|(name, ..)| found.name(name).is_some())
    .map(|(_, ecosystem, runs)| (ecosystem, runs))
}

/// Whether what stands before runs the command.
fn calls(content: &str, at: usize) -> bool {
    pattern!(
        CALL,
        r"(?:system|popen|run|call|check_call|check_output|Popen|exec\w*|spawn\w*|execSync|shell\w*|getoutput|\$)\s*\(?\s*[\w(\[]{0,3}\s*(?:[^()\n]{0,80})$|`$"
    );
    const BEFORE: usize = 160;
    let from = crate::text::floor(content, at.saturating_sub(BEFORE));
    let until = crate::text::floor(content, at + 1);
    let before = &content[from..until];
    let line = before.rsplit('\n').next().unwrap_or(before);
    CALL.is_match(line)
}

/// The rest of a command: to the end of its line, or of what quotes it.
fn arguments(content: &str, from: usize) -> &str {
    const LONGEST: usize = 600;
    let rest = content.get(from..).unwrap_or_default();
    let mut end = 0;
    let mut escaped = false;
    for (at, c) in rest.char_indices().take(LONGEST) {
        match c {
            '\n' if !escaped => break,
            ';' | '|' | '&' | '`' | ')' => break,
            _ => {}
        }
        // A comment.
        if c == '#' && rest[..at].ends_with([' ', '\t']) {
            break;
        }
        escaped = c == '\\' || escaped && c == '\r';
        end = at + c.len_utf8();
    }
    rest.get(..end).unwrap_or_default()
}

/// The words of a command; of a sentence, only the first can be one.
fn words(arguments: &str, role: Role) -> Vec<&str> {
    let most = if matches!(role, Role::Paragraph | Role::Comment) {
        1
    } else {
        PACKAGES
    };
    arguments
        .split_whitespace()
        .filter(|word| *word != "\\")
        .map(|word| word.trim_matches(['"', '\'', ',']))
        .filter(|word| !word.is_empty())
        .scan(0, |names, word| {
            // Options do not count.
            *names += usize::from(!word.starts_with('-'));
            (*names <= most).then_some(word)
        })
        .collect()
}

fn parse(ecosystem: Ecosystem, runs: bool, words: Vec<&str>) -> Command {
    let mut command = Command {
        range: 0..0,
        packages: Vec::new(),
        index: None,
        runs,
        in_code: false,
    };
    let mut words = words.into_iter();
    let mut given = false;
    while let Some(word) = words.next() {
        if let Some(option) = word.strip_prefix('-') {
            let option = option.trim_start_matches('-');
            let (name, value) = option
                .split_once('=')
                .map_or((option, None), |(name, value)| (name, Some(value)));
            match name {
                "index-url" | "i" if ecosystem == Ecosystem::Pypi => {
                    let url = value.or_else(|| words.next());
                    command.index = index(url, false).or(command.index);
                }
                "extra-index-url" | "find-links" | "f" | "index" | "default-index"
                    if ecosystem == Ecosystem::Pypi =>
                {
                    let url = value.or_else(|| words.next());
                    command.index = index(url, name == "extra-index-url").or(command.index);
                }
                "registry" => {
                    let url = value.or_else(|| words.next());
                    command.index = index(url, false).or(command.index);
                }
                "package" | "p" | "from" | "with" if runs => {
                    if let Some(name) = value.or_else(|| words.next()) {
                        command.packages.extend(package(ecosystem, name));
                        given = true;
                    }
                }
                "r" | "requirement" | "c" | "constraint" | "t" | "target" | "e" | "editable"
                | "python" | "prefix" | "group" | "extra" | "optional" | "platform" | "git"
                | "path" | "branch" | "tag" | "rev" | "features" | "root" | "cache-dir" | "C"
                | "w" | "workspace" | "filter" | "version"
                    if value.is_none() =>
                {
                    let value = words.next();
                    // A URL behind an option is installed all the same.
                    command.packages.extend(
                        value
                            .filter(|value| value.contains("://"))
                            .and_then(|value| package(ecosystem, value)),
                    );
                }
                _ => {}
            }
            continue;
        }
        if runs && given {
            break;
        }
        command.packages.extend(package(ecosystem, word));
        // The other words are what the program is told.
        if runs || command.packages.len() >= PACKAGES {
            break;
        }
    }
    command
}

fn index(url: Option<&str>, extra: bool) -> Option<Index> {
    let url = url?.trim_matches(['"', '\'']);
    Some(Index {
        url: url.to_owned(),
        extra,
    })
}

/// A package as it is named in a command; `None` for files and for what stands for a name.
fn package(ecosystem: Ecosystem, word: &str) -> Option<Package> {
    let word = word
        .trim_matches(['"', '\'', ','])
        .trim_end_matches(['.', ':', '。', '，']);
    if word.starts_with('$') || word.contains("${") || word.contains('{') && word.ends_with('}') {
        return Some(Package::new(ecosystem, word, None, Source::Variable));
    }
    if word.is_empty() || word.starts_with(['<', '[', '{', '.', '/', '~', '(', '-', '…', '%', '*'])
    {
        return None;
    }
    if word.contains("://")
        || word.starts_with("git+")
        || word.starts_with("git@")
        || word.starts_with("github:")
    {
        return Some(Package::new(ecosystem, word, None, Source::Url));
    }
    let (name, version) = split_name(ecosystem, word);
    let fit = !name.is_empty()
        && name.len() <= 214
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '/'));
    if !fit {
        return None;
    }
    if ecosystem == Ecosystem::Npm && !name.starts_with('@') && name.contains('/') {
        // `owner/name` on a forge.
        return Some(Package::new(ecosystem, word, None, Source::Url));
    }
    let file = [".whl", ".tar.gz", ".tgz", ".zip", ".txt", ".toml"]
        .iter()
        .any(|end| name.ends_with(end));
    (!file).then(|| Package::new(ecosystem, name, version, Source::Registry))
}
