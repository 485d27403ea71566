//! The rules of this stage.

use tank_registry_core::scan::{Severity, Stage};

use crate::finding::Rule;

const fn rule(
    id: &'static str,
    kind: &'static str,
    severity: Severity,
    cwe: &'static str,
    fix: &'static str,
) -> Rule {
    Rule {
        id,
        stage: Stage::Structure,
        kind,
        severity,
        cwe,
        fix,
    }
}

pub(super) static MISSING_SKILL: Rule = rule(
    "missing-skill-md",
    "missing_skill_md",
    Severity::High,
    "",
    "Put a SKILL.md at the root of the package.",
);
pub(super) static FRONT_MATTER: Rule = rule(
    "invalid-frontmatter",
    "invalid_frontmatter",
    Severity::Low,
    "",
    "Begin SKILL.md with YAML between lines of three dashes that has a name and a description.",
);
pub(super) static BROAD_TOOLS: Rule = rule(
    "broad-tools",
    "broad_tools",
    Severity::Medium,
    "CWE-250",
    "Name the commands that are needed, such as Bash(git status), instead of all of them.",
);
pub(super) static TRIGGER: Rule = rule(
    "trigger-hijack",
    "trigger_hijack",
    Severity::Medium,
    "",
    "Describe the tasks that the skill is for.",
);
pub(super) static ENCODING: Rule = rule(
    "non-utf8-encoding",
    "non_utf8_encoding",
    Severity::Medium,
    "CWE-838",
    "Save the file as UTF-8.",
);
pub(super) static HIDDEN_FILE: Rule = rule(
    "hidden-file",
    "hidden_file",
    Severity::Low,
    "",
    "Leave the file out, or give it a name that people see.",
);
pub(super) static CREDENTIAL_FILE: Rule = rule(
    "credential-file",
    "hidden_file",
    Severity::Medium,
    "CWE-538",
    "Leave the file out: programs take keys and registries from it.",
);
pub(super) static BIDI: Rule = rule(
    "bidirectional-override",
    "bidirectional_override",
    Severity::Critical,
    "CWE-1007",
    "Remove the characters that change the order in which text is shown.",
);
pub(super) static INVISIBLE: Rule = rule(
    "hidden-unicode-text",
    "hidden_unicode_text",
    Severity::Critical,
    "CWE-506",
    "Remove the invisible characters: they spell text that only programs read.",
);
pub(super) static ZERO_WIDTH: Rule = rule(
    "zero-width-char",
    "zero_width_char",
    Severity::Medium,
    "CWE-1007",
    "Remove the characters without width.",
);
pub(super) static HOMOGLYPH: Rule = rule(
    "homoglyph",
    "homoglyph",
    Severity::High,
    "CWE-1007",
    "Write the word with letters of one script.",
);
pub(super) static NFKC: Rule = rule(
    "nfkc-mismatch",
    "nfkc_mismatch",
    Severity::Low,
    "CWE-1007",
    "Write the word with plain letters.",
);
pub(super) static ESCAPE: Rule = rule(
    "terminal-escape",
    "terminal_escape",
    Severity::High,
    "CWE-150",
    "Remove the control characters, or write them as escapes in code.",
);
pub(super) static WHITESPACE: Rule = rule(
    "whitespace-hiding",
    "whitespace_hiding",
    Severity::Medium,
    "CWE-1007",
    "Move the text to where people see it.",
);

pub(crate) static RULES: &[&Rule] = &[
    &MISSING_SKILL,
    &FRONT_MATTER,
    &BROAD_TOOLS,
    &TRIGGER,
    &ENCODING,
    &HIDDEN_FILE,
    &CREDENTIAL_FILE,
    &BIDI,
    &INVISIBLE,
    &ZERO_WIDTH,
    &HOMOGLYPH,
    &NFKC,
    &ESCAPE,
    &WHITESPACE,
];
