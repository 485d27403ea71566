//! What is reported by pattern.

use tank_registry_core::scan::Severity;

use crate::code::rule;
use crate::finding::Rule;

pub(super) static DOWNLOAD_RUN: Rule = rule(
    "pattern-download-run",
    "remote_code_execution",
    Severity::Critical,
    "CWE-494",
    "Install from a package manager, or ship the code in the package so that it can be read.",
);
pub(super) static DECODE_RUN: Rule = rule(
    "pattern-decode-run",
    "obfuscated_execution",
    Severity::Critical,
    "CWE-506",
    "Write the code in the open.",
);
pub(super) static WEB_SHELL: Rule = rule(
    "pattern-web-shell",
    "remote_code_execution",
    Severity::Critical,
    "CWE-94",
    "Never run what a request brings.",
);
pub(super) static REVERSE_SHELL: Rule = rule(
    "pattern-reverse-shell",
    "reverse_shell",
    Severity::Critical,
    "CWE-506",
    "Remove it: it gives control of this machine to another.",
);
pub(super) static GUARD_OFF: Rule = rule(
    "pattern-guard-off",
    "privilege_escalation",
    Severity::Critical,
    "CWE-693",
    "Leave what protects the machine switched on.",
);
pub(super) static PERSISTENCE: Rule = rule(
    "pattern-persistence",
    "persistence",
    Severity::High,
    "CWE-506",
    "Let the user decide what starts by itself, and say what it does.",
);
pub(super) static CREDENTIALS: Rule = rule(
    "pattern-credentials",
    "sensitive_file_read",
    Severity::High,
    "CWE-522",
    "Ask for the one value that is needed, and leave stores of credentials alone.",
);
pub(super) static EXFILTRATION: Rule = rule(
    "pattern-exfiltration",
    "data_exfiltration",
    Severity::Critical,
    "CWE-200",
    "Remove it, or send only what the user has chosen, to a service that the skill names.",
);
pub(super) static DESTRUCTIVE: Rule = rule(
    "pattern-destructive",
    "destructive",
    Severity::High,
    "CWE-506",
    "Delete only what the skill made, by its full path.",
);
pub(super) static HIDDEN_WINDOW: Rule = rule(
    "pattern-hidden-window",
    "obfuscation",
    Severity::Medium,
    "CWE-506",
    "Let the user see what runs.",
);
pub(super) static MINER: Rule = rule(
    "pattern-miner",
    "crypto_mining",
    Severity::Critical,
    "CWE-506",
    "Remove it.",
);
pub(super) static DROP_HOST: Rule = rule(
    "pattern-drop-host",
    "suspicious_destination",
    Severity::Medium,
    "CWE-200",
    "Name a service that belongs to the skill.",
);
pub(super) static CODE_IN_DATA: Rule = rule(
    "pattern-code-in-data",
    "code_execution",
    Severity::High,
    "CWE-94",
    "Keep code in files of code, where it can be read.",
);
pub(super) static PRIVILEGE: Rule = rule(
    "pattern-privilege",
    "privilege_escalation",
    Severity::Medium,
    "CWE-269",
    "Use the rights that the user has, and no more.",
);

/// All of them.
pub(crate) static RULES: &[&Rule] = &[
    &DOWNLOAD_RUN,
    &DECODE_RUN,
    &WEB_SHELL,
    &REVERSE_SHELL,
    &GUARD_OFF,
    &PERSISTENCE,
    &CREDENTIALS,
    &EXFILTRATION,
    &DESTRUCTIVE,
    &HIDDEN_WINDOW,
    &MINER,
    &DROP_HOST,
    &CODE_IN_DATA,
    &PRIVILEGE,
];
