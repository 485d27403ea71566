//! `SKILL.md` and its front matter: whether they are there, what they claim, and what they run.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::rules;
use crate::document::Document;
use crate::finding::{Found, Hit};
use crate::frontmatter;
use crate::language::Language;
use crate::skill::Skill;
use crate::text::{Role, Text};

/// A description that wants to be used for everything.
#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static EVERYTHING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        \b(?:for|on|in|with|before|after|to|at\ the\ (?:start|beginning)\ of)\s+(?:every|any\ and\ all|each\ and\ every|all|absolutely\ any)\s+(?:single\s+)?
          (?:user\s+)?(?:tasks?|requests?|conversations?|messages?|prompts?|sessions?|questions?|quer(?:y|ies)|interactions?|responses?)\b
      | \b(?:always|must\s+always)\s+(?:use|load|invoke|call|activate|run|select|choose)\s+this\b
      | \buse\s+this\s+(?:skill\s+)?(?:first|always|for\s+everything|by\s+default\s+for)\b
      | \bmust\s+be\s+(?:used|invoked|loaded|called)\s+(?:first|always|before\s+(?:any|all|every)|for\s+(?:any|all|every))\b
      | \binstead\s+of\s+(?:any|all)\s+other\s+(?:skills?|tools?)\b
      | \b(?:takes?\s+precedence|priority)\s+over\s+(?:any|all)\s+other\s+(?:skills?|tools?|instructions?)\b",
    )
    .expect("a valid pattern")
});

/// Looks at `SKILL.md` as a whole.
pub(super) fn look(skill: &Skill<'_>, found: &mut Found) {
    let Some(file) = skill
        .documents
        .iter()
        .position(|document| document.path.eq_ignore_ascii_case("SKILL.md"))
    else {
        let message = "There is no SKILL.md at the root of the package.";
        found
            .hits
            .push(Hit::whole(&rules::MISSING_SKILL, None, message));
        return;
    };
    let Some(front) = &skill.front_matter else {
        let message = "SKILL.md has no front matter that can be read.";
        found
            .hits
            .push(Hit::whole(&rules::FRONT_MATTER, Some(file), message));
        return;
    };
    let absent = ["name", "description"].into_iter().find(|field| {
        front
            .get(field)
            .and_then(Value::as_str)
            .is_none_or(|text| text.trim().is_empty())
    });
    if let Some(field) = absent {
        let message = format!("The front matter of SKILL.md has no {field}.");
        found
            .hits
            .push(Hit::whole(&rules::FRONT_MATTER, Some(file), message));
    }
    if let Some(tool) = broad_tool(front) {
        let message = format!("The front matter allows {tool} without limits.");
        found
            .hits
            .push(Hit::whole(&rules::BROAD_TOOLS, Some(file), message).evidence(tool));
    }
    let description = front.get("description").and_then(Value::as_str);
    if let Some(hijack) = description.and_then(|text| EVERYTHING.find(text)) {
        let message = "The description wants the skill to be used whatever the task is.";
        found
            .hits
            .push(Hit::whole(&rules::TRIGGER, Some(file), message).evidence(hijack.as_str()));
    }
}

/// A tool that is allowed without limits.
fn broad_tool(front: &Value) -> Option<&'static str> {
    let tools = front.get("allowed-tools").or_else(|| front.get("tools"))?;
    let list: Vec<&str> = match tools {
        Value::String(text) => text.split([',', ' ']).map(str::trim).collect(),
        Value::Array(items) => items
            .iter()
            .filter_map(Value::as_str)
            .map(str::trim)
            .collect(),
        _ => return None,
    };
    list.iter().find_map(|tool| match *tool {
        "*" | "all" => Some("every tool"),
        "Bash" | "bash" | "Bash(*)" | "Bash(*:*)" | "Bash(:*)" => Some("Bash"),
        _ => None,
    })
}

/// What front matter has run: hooks, MCP servers, entries of installation.
pub(crate) fn front_matter_commands(documents: &[Document], texts: &[Text]) -> Vec<Text> {
    /// More commands than anybody writes.
    const MOST: usize = 200;
    let mut commands = Vec::new();
    for (file, document) in documents.iter().enumerate() {
        let range = document
            .markdown
            .as_ref()
            .and_then(|markdown| markdown.front_matter.clone());
        let (Some(content), Some(range)) = (&document.content, range) else {
            continue;
        };
        let Some(source) = content.get(range.clone()) else {
            continue;
        };
        if !["command", "hooks", "install", "mcp", "script", "run"]
            .iter()
            .any(|word| source.contains(word))
        {
            continue;
        }
        let whole = texts
            .iter()
            .find(|text| text.file == file && text.role == Role::File);
        let (Some(front), Some(whole)) = (frontmatter::parse(source), whole) else {
            continue;
        };
        for command in ordered(&front) {
            if commands.len() >= MOST {
                return commands;
            }
            // YAML may write it otherwise: then the line of the front matter has to do.
            let words: String = command.chars().take(24).collect();
            let at = source.find(words.trim()).unwrap_or(0) + range.start;
            let line = whole.place(at).line;
            let mut text = Text::new(file, command, Language::Shell, Role::Command, line);
            text.specimen = whole.specimen;
            commands.push(text);
        }
    }
    commands
}

/// Commands in a value, in order: `command` with its `args`, and what an entry has downloaded.
fn ordered(front: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![front];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items.iter().rev()),
            Value::Object(fields) => {
                let text = |name: &str| fields.get(name).and_then(Value::as_str);
                for name in [
                    "command",
                    "cmd",
                    "run",
                    "script",
                    "shell",
                    "postinstall",
                    "exec",
                ] {
                    let Some(command) = text(name) else {
                        continue;
                    };
                    let arguments = fields.get("args").and_then(Value::as_array);
                    let line = std::iter::once(command)
                        .chain(arguments.into_iter().flatten().filter_map(Value::as_str))
                        .collect::<Vec<_>>()
                        .join(" ");
                    found.push(line);
                }
                if let (Some("download"), Some(url)) = (text("kind"), text("url")) {
                    found.push(format!("curl -fLO {url}"));
                }
                open.extend(fields.values().rev());
            }
            _ => {}
        }
    }
    found
}
