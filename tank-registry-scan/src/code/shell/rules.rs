//! What the shell reader reports.

use tank_registry_core::scan::Severity;

use crate::code::rule;
use crate::finding::Rule;

pub(super) static DOWNLOAD_RUN: Rule = rule(
    "shell-download-run",
    "remote_code_execution",
    Severity::Critical,
    "CWE-494",
    "Install from a package manager, or ship the code in the package so that it can be read.",
);
pub(super) static DECODE_RUN: Rule = rule(
    "shell-decode-run",
    "obfuscated_execution",
    Severity::Critical,
    "CWE-506",
    "Write the command in the open.",
);
pub(super) static REVERSE_SHELL: Rule = rule(
    "shell-reverse-shell",
    "reverse_shell",
    Severity::Critical,
    "CWE-506",
    "Remove it: it gives control of this machine to another.",
);
pub(super) static BROKEN_WORD: Rule = rule(
    "shell-disguised-command",
    "obfuscation",
    Severity::High,
    "CWE-506",
    "Write the name of the command as it is.",
);
pub(super) static SECRET_READ: Rule = rule(
    "shell-secret-read",
    "sensitive_file_read",
    Severity::High,
    "CWE-522",
    "Ask for the one value that is needed, and leave stores of credentials alone.",
);
pub(super) static EXFILTRATION: Rule = rule(
    "shell-exfiltration",
    "data_exfiltration",
    Severity::Critical,
    "CWE-200",
    "Remove it, or send only what the user has chosen, to a service that the skill names.",
);
pub(super) static ENVIRONMENT_DUMP: Rule = rule(
    "shell-environment-dump",
    "env_harvesting",
    Severity::High,
    "CWE-526",
    "Read the variables that are needed by name.",
);
pub(super) static PERSISTENCE: Rule = rule(
    "shell-persistence",
    "persistence",
    Severity::High,
    "CWE-506",
    "Let the user decide what starts by itself, and say what it does.",
);
pub(super) static AGENT_FILES: Rule = rule(
    "shell-agent-files",
    "agent_tampering",
    Severity::High,
    "CWE-506",
    "Leave what steers the agent to its user.",
);
pub(super) static AGENT_UNATTENDED: Rule = rule(
    "shell-agent-unattended",
    "agent_tampering",
    Severity::High,
    "CWE-862",
    "Start agents with approvals on.",
);
pub(super) static DESTRUCTIVE: Rule = rule(
    "shell-destructive",
    "destructive",
    Severity::High,
    "CWE-506",
    "Delete only what the skill made, by its full path.",
);
pub(super) static TRACES: Rule = rule(
    "shell-covers-tracks",
    "destructive",
    Severity::High,
    "CWE-506",
    "Leave histories and logs as they are.",
);
pub(super) static PRIVILEGE: Rule = rule(
    "shell-privilege",
    "privilege_escalation",
    Severity::Medium,
    "CWE-269",
    "Use the rights that the user has, and no more.",
);
pub(super) static GUARD_OFF: Rule = rule(
    "shell-guard-off",
    "privilege_escalation",
    Severity::Critical,
    "CWE-693",
    "Leave what protects the machine switched on.",
);
pub(super) static MINER: Rule = rule(
    "shell-miner",
    "crypto_mining",
    Severity::Critical,
    "CWE-506",
    "Remove it.",
);
pub(super) static NO_TLS: Rule = rule(
    "shell-tls-off",
    "tls_disabled",
    Severity::Medium,
    "CWE-295",
    "Let certificates be checked; trust a private authority by name.",
);
pub(super) static LISTENER: Rule = rule(
    "shell-listener",
    "network_listener",
    Severity::Medium,
    "CWE-668",
    "Listen on the loopback address only, and say so.",
);

/// All of them.
pub(crate) static RULES: &[&Rule] = &[
    &DOWNLOAD_RUN,
    &DECODE_RUN,
    &REVERSE_SHELL,
    &BROKEN_WORD,
    &SECRET_READ,
    &EXFILTRATION,
    &ENVIRONMENT_DUMP,
    &PERSISTENCE,
    &AGENT_FILES,
    &AGENT_UNATTENDED,
    &DESTRUCTIVE,
    &TRACES,
    &PRIVILEGE,
    &GUARD_OFF,
    &MINER,
    &NO_TLS,
    &LISTENER,
];
