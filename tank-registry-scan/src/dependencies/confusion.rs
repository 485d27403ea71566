//! Packages that are said to come from inside an organisation and are asked for by their plain name:
//! whoever registers that name in public answers.

use std::collections::BTreeMap;

use tank_registry_core::scan::Severity;

use super::imports::{IMPORTED, is_local, is_standard, joined};
use super::names::is_popular;
use super::{DEPENDENCY_CONFUSION, Ecosystem, Source, commands};
use crate::finding::Hit;
use crate::language::Language;
use crate::pattern::pattern;
use crate::skill::Skill;
use crate::text::{Role, Text};

/// Names of a skill that are looked at.
const NAMES: usize = 500;

// Something that is not public.
pattern!(
    INSIDE,
    r"(?i)\b(?:internal(?:ly)?|private|corporate|corp|company(?:['’]s|-wide|-internal)?|in-?house|proprietary|intranet|enterprise|organi[sz]ation(?:['’]s)?)\s+(?:[\w.-]+\s+){0,2}?(?:packages?|module|library|librar(?:y|ies)|loader|sdk|client|wrapper|utils?|utilities|helper|toolkit|dependency|dependencies)\b|\b(?:package|module|library|sdk)s?\s+(?:is|are)\s+(?:internal|private|proprietary)\b"
);
// The place it comes from.
pattern!(
    REGISTRY,
    r"(?i)\b(?:install(?:ed|s)?|load(?:s|ed)?|fetch(?:es|ed)?|pull(?:s|ed)?|available|hosted|published|resolve[sd]?|comes?|import(?:s|ed)?|distributed|get)\b[^.\n]{0,50}\b(?:from|on|in|via|through|by)\s+(?:the\s+|our\s+|an?\s+|your\s+)?(?:internal|private|corporate|corp|company(?:['’]s)?|in-?house|organi[sz]ation(?:['’]s)?)\s+(?:[\w-]+\s+){0,2}?(?:registry|index|repository|repo|feed|mirror|artifactory|nexus|pypi|npm|package\s+server)\b"
);
// Words that say where that place is, or which place alone may answer.
pattern!(
    GIVEN,
    r"(?i)--(?:extra-)?index-url|--index\b|--registry|--find-links|:registry\b|\.npmrc|pip\.conf|pip\.ini|PIP_INDEX_URL|UV_INDEX|npm_config_registry|artifactory|codeartifact|pkg\.dev|npm\.pkg\.github|--no-index|tool\.uv\.(?:index|sources)|tool\.poetry\.source"
);
// Names that an organisation gives to what stays inside.
pattern!(
    AFFIX,
    r"(?i)^(?:internal|corp|company|mycorp|mycompany|my-company|acme|private|inhouse|corporate|ourcompany|enterprise)[-_.]|[-_.](?:internal|private|corp|inhouse)$"
);

/// A name that is asked for.
struct Asked<'a> {
    text: &'a Text,
    at: std::ops::Range<usize>,
    ecosystem: Ecosystem,
    /// Whether a command asks for it, rather than code that takes it for installed.
    command: bool,
}

pub(super) fn look(skill: &Skill<'_>) -> Vec<Hit> {
    let said: Vec<&Text> = skill
        .texts
        .iter()
        .filter(|text| {
            matches!(
                text.role,
                Role::Paragraph | Role::FrontMatter | Role::Comment | Role::Hidden
            ) || text.role == Role::File && text.language == Language::Prose
        })
        .collect();
    let inside: Vec<String> = said
        .iter()
        .flat_map(|text| sentences(&text.content))
        .filter(|sentence| INSIDE.is_match(sentence) || REGISTRY.is_match(sentence))
        .take(NAMES)
        .map(joined)
        .collect();
    if inside.is_empty() || skill.texts.iter().any(|text| GIVEN.is_match(&text.content)) {
        return Vec::new();
    }
    let registry = said.iter().any(|text| REGISTRY.is_match(&text.content));
    let asked = asked(skill);
    let mut hits = Vec::new();
    for (name, asked) in asked {
        if is_popular(asked.ecosystem, &name)
            || name.starts_with('@')
            || is_local(skill, &name)
            || is_standard(&name)
        {
            continue;
        }
        let named = name.len() >= 5
            && inside
                .iter()
                .any(|sentence| contains(sentence, &joined(&name)));
        let affixed = AFFIX.is_match(&name);
        let severity = if named || registry && (affixed || asked.command) {
            Severity::High
        } else if affixed {
            Severity::Medium
        } else {
            continue;
        };
        let message = format!(
            "'{name}' is said to be internal, yet it is asked for by its plain name: whoever registers that name in public gets to run code"
        );
        hits.push(
            Hit::new(&DEPENDENCY_CONFUSION, asked.text, asked.at, message).severity(severity),
        );
    }
    hits
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.split(". "))
}

/// Whether a sentence holds a name as a word.
fn contains(sentence: &str, name: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    sentence.match_indices(name).any(|(at, _)| {
        !part(sentence[..at].chars().next_back())
            && !part(sentence[at + name.len()..].chars().next())
    })
}

/// Names that commands and code ask for, each at its first place; commands before code.
fn asked<'a>(skill: &'a Skill<'_>) -> BTreeMap<String, Asked<'a>> {
    let mut names: BTreeMap<String, Asked<'a>> = BTreeMap::new();
    let texts = || {
        skill.texts.iter().filter(|text| match text.role {
            Role::Fence | Role::InlineCode | Role::Command | Role::Decoded => true,
            Role::File => text.language != Language::Markdown,
            _ => false,
        })
    };
    for text in texts() {
        for command in commands::find(text) {
            if command.index.is_some() {
                continue;
            }
            for package in command.packages {
                if package.source == Source::Registry
                    && package.ecosystem != Ecosystem::Other
                    && names.len() < NAMES
                {
                    names.entry(joined(&package.name)).or_insert(Asked {
                        text,
                        at: command.range.clone(),
                        ecosystem: package.ecosystem,
                        command: true,
                    });
                }
            }
        }
    }
    for text in texts().filter(|text| text.language.is_code()) {
        for found in IMPORTED.captures_iter(&text.content).take(NAMES) {
            let script = found.get(3);
            let Some(name) = found.get(1).or_else(|| found.get(2)).or(script) else {
                continue;
            };
            let ecosystem = if script.is_some() {
                Ecosystem::Npm
            } else {
                Ecosystem::Pypi
            };
            if names.len() < NAMES {
                names.entry(joined(name.as_str())).or_insert(Asked {
                    text,
                    at: name.range(),
                    ecosystem,
                    command: false,
                });
            }
        }
    }
    names
}
