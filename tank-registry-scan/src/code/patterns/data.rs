//! Commands, code and descriptions in JSON, YAML and TOML.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::frontmatter;
use crate::language::Language;
use crate::text::{Role, Text};

/// Texts that are taken from one.
const MOST: usize = 3000;
/// Longer data is no setting.
const LONGEST: usize = 1 << 20;

/// Keys whose value is run.
const RUN: &[&str] = &[
    "command",
    "cmd",
    "run",
    "script",
    "shell",
    "exec",
    "entrypoint",
    "before_script",
    "after_script",
    "postcreatecommand",
    "poststartcommand",
    "postattachcommand",
    "oncreatecommand",
    "initializecommand",
    "updatecontentcommand",
    "preinstall",
    "install",
    "postinstall",
    "prepare",
    "prepublish",
    "setup",
    "start_command",
    "startcommand",
    "buildcommand",
    "installcommand",
    "onstart",
    "exec_start",
    "init",
];

/// Keys whose value an agent reads as an instruction.
const READ: &[&str] = &[
    "description",
    "instructions",
    "instruction",
    "prompt",
    "system",
    "system_prompt",
    "systemprompt",
    "summary",
    "notes",
];

/// What a data file orders to run, code that stands in its strings, and what it tells an agent.
pub(crate) fn commands_of_data(text: &Text) -> Vec<Text> {
    let content = &*text.content;
    if content.len() > LONGEST {
        return Vec::new();
    }
    let value = match text.language {
        Language::Json => serde_json::from_str(content).ok(),
        Language::Yaml => frontmatter::parse(content),
        Language::Toml => toml::from_str(content).ok(),
        _ => None,
    };
    let Some(value) = value else {
        return Vec::new();
    };
    let mut taken = Taken {
        outer: text,
        texts: Vec::new(),
        seen: BTreeMap::new(),
    };
    let mut open: Vec<(String, &Value)> = vec![(String::new(), &value)];
    while let Some((key, value)) = open.pop() {
        if taken.texts.len() >= MOST {
            break;
        }
        match value {
            Value::String(string) => taken.string(&key, string),
            Value::Array(items) => {
                open.extend(items.iter().rev().map(|item| (key.clone(), item)));
            }
            Value::Object(fields) => {
                let whole = command_with_arguments(fields);
                if let Some((command, line)) = &whole {
                    taken.push(command, line.clone(), Language::Shell, Role::Command);
                }
                let scripts = key == "scripts";
                for (name, value) in fields.iter().rev() {
                    if whole.is_some() && matches!(name.as_str(), "command" | "cmd" | "args") {
                        continue;
                    }
                    let name = if scripts && value.is_string() {
                        "run".to_owned()
                    } else {
                        name.to_lowercase()
                    };
                    open.push((name, value));
                }
            }
            _ => {}
        }
    }
    taken.texts
}

/// `command` with its `args`, as one line of shell, and the string to find it by.
fn command_with_arguments(fields: &serde_json::Map<String, Value>) -> Option<(String, String)> {
    let command = fields
        .get("command")
        .or_else(|| fields.get("cmd"))?
        .as_str()?;
    let args = fields.get("args")?.as_array()?;
    let mut line = command.to_owned();
    let mut longest = command;
    for arg in args.iter().filter_map(Value::as_str).take(64) {
        if arg.len() > longest.len() {
            longest = arg;
        }
        line.push(' ');
        let plain = !arg.is_empty()
            && arg
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_./:@=%+,".contains(&byte));
        if plain {
            line.push_str(arg);
        } else {
            line.push('\'');
            line.push_str(&arg.replace('\'', "'\\''"));
            line.push('\'');
        }
    }
    Some((longest.to_owned(), line))
}

struct Taken<'t> {
    outer: &'t Text,
    texts: Vec<Text>,
    /// Where the search for a string goes on, where it stands there more than once.
    seen: BTreeMap<String, usize>,
}

impl Taken<'_> {
    fn string(&mut self, key: &str, string: &str) {
        let data = string.len() < 32 << 10 && string.trim_start().starts_with('{');
        if let Some(value @ Value::Object(_)) =
            data.then(|| serde_json::from_str(string).ok()).flatten()
        {
            // Data within data, one level deep.
            for (path, inner) in frontmatter::strings(&value) {
                let key = path.trim_end_matches("[]").rsplit('.').next();
                let key = key.unwrap_or_default().to_lowercase();
                if RUN.contains(&&*key) && is_command(inner) {
                    self.push(inner, inner.to_owned(), Language::Shell, Role::Command);
                }
            }
        } else if RUN.contains(&key) && is_command(string) {
            self.push(string, string.to_owned(), Language::Shell, Role::Command);
        } else if let Some(language) = code_in(string) {
            self.push(string, string.to_owned(), language, Role::Command);
        } else if READ.contains(&key) && string.len() >= 24 && string.contains(' ') {
            self.push(string, string.to_owned(), Language::Prose, Role::Literal);
        }
    }

    fn push(&mut self, needle: &str, content: String, language: Language, role: Role) {
        if self.texts.len() >= MOST {
            return;
        }
        let at = self.find(needle);
        // A block of YAML stands on as many lines as it has; an escaped string on one.
        let spans = content.contains('\n')
            && self.outer.content.get(at..).is_some_and(|rest| {
                rest.lines()
                    .next()
                    .is_some_and(|line| !line.contains("\\n"))
            });
        self.texts.push(Text::of_part(
            self.outer, at, content, language, role, spans,
        ));
    }

    /// Where a string begins, as well as that can be told.
    fn find(&mut self, string: &str) -> usize {
        const ENOUGH: usize = 60;
        let line = string
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty())
            .unwrap_or_default();
        let head = line
            .get(..crate::text::floor(line, ENOUGH))
            .unwrap_or_default();
        let escaped = serde_json::to_string(head).unwrap_or_default();
        let escaped = escaped.trim_matches('"');
        for needle in [escaped, head] {
            if needle.is_empty() {
                continue;
            }
            let from = self.seen.get(needle).copied().unwrap_or(0);
            let rest = self.outer.content.get(from..).unwrap_or_default();
            if let Some(at) = memchr::memmem::find(rest.as_bytes(), needle.as_bytes()) {
                self.seen
                    .insert(needle.to_owned(), from + at + needle.len());
                return from + at;
            }
        }
        0
    }
}

/// Whether a string is more than a name.
fn is_command(string: &str) -> bool {
    let string = string.trim();
    string.len() >= 4 && string.contains([' ', '/', '|', '$', ';']) && !string.starts_with("http")
}

/// The language of code that stands in a string; `None` where none does.
fn code_in(string: &str) -> Option<Language> {
    if string.len() < 16 || string.len() > 64 << 10 {
        return None;
    }
    let has = |words: &[&str]| words.iter().any(|word| string.contains(word));
    if has(&[
        "require(",
        "child_process",
        "process.env",
        "new Function(",
        "=> {",
        "fetch(",
        "XMLHttpRequest",
    ]) {
        Some(Language::JavaScript)
    } else if has(&[
        "import os",
        "import subprocess",
        "os.system(",
        "subprocess.",
        "__import__(",
        "exec(",
        "import requests",
    ]) {
        Some(Language::Python)
    } else if has(&[
        "| bash",
        "| sh",
        "|bash",
        "|sh",
        "/dev/tcp/",
        "$(curl",
        "<(curl",
        "base64 -d",
        "base64 -D",
    ]) {
        Some(Language::Shell)
    } else {
        None
    }
}
