//! The rules for scripts.

use tank_registry_core::scan::{Severity, Stage};

use crate::finding::Rule;

macro_rules! rule {
    ($name:ident, $id:literal, $kind:literal, $severity:ident, $cwe:literal, $fix:literal) => {
        pub(super) static $name: Rule = Rule {
            id: $id,
            stage: Stage::Code,
            kind: $kind,
            severity: Severity::$severity,
            cwe: $cwe,
            fix: $fix,
        };
    };
}

rule!(
    REMOTE_CODE,
    "script-remote-code",
    "remote_code_execution",
    Critical,
    "CWE-494",
    "Put the code into the skill, where it can be reviewed, instead of downloading it."
);
rule!(
    DECODED_CODE,
    "script-decoded-code",
    "obfuscated_execution",
    Critical,
    "CWE-506",
    "Write the code in the open."
);
rule!(
    HIDDEN_CALL,
    "script-hidden-call",
    "obfuscation",
    High,
    "CWE-506",
    "Call the function by its name."
);
rule!(
    DYNAMIC_CODE,
    "script-dynamic-code",
    "code_execution",
    High,
    "CWE-94",
    "Parse the input as data, or choose among functions that are known."
);
rule!(
    LITERAL_CODE,
    "script-literal-code",
    "code_execution",
    Low,
    "CWE-94",
    "Write the code in place."
);
rule!(
    MANY_WAYS,
    "script-many-ways-to-run",
    "code_execution",
    High,
    "CWE-94",
    "Run code and programs in one plain way."
);
rule!(
    SHELL_INJECTION,
    "script-shell-injection",
    "shell_injection",
    High,
    "CWE-78",
    "Pass the program and its arguments as a list, without a shell."
);
rule!(
    REVERSE_SHELL,
    "script-reverse-shell",
    "reverse_shell",
    Critical,
    "CWE-506",
    "Remove it: it hands a shell on this machine to another one."
);
rule!(
    DESERIALIZE,
    "script-deserialize",
    "insecure_deserialize",
    Medium,
    "CWE-502",
    "Use JSON, or a loader that builds plain data only."
);
rule!(
    READS_SECRET,
    "script-reads-secret",
    "sensitive_file_read",
    High,
    "CWE-522",
    "Ask the user for the one credential that is needed."
);
rule!(
    HARVESTS,
    "script-harvests-environment",
    "env_harvesting",
    High,
    "CWE-526",
    "Read the variables that are needed, by name."
);
rule!(
    EXFILTRATES,
    "script-exfiltrates",
    "data_exfiltration",
    Critical,
    "CWE-200",
    "Do not send it, or say what is sent to whom and let the user choose."
);
rule!(
    PERSISTS,
    "script-persists",
    "persistence",
    High,
    "CWE-506",
    "Leave start-up files and schedules to the user."
);
rule!(
    TAMPERS,
    "script-tampers-agent",
    "agent_tampering",
    High,
    "CWE-506",
    "Leave the agent's instructions and settings to the user."
);
rule!(
    DESTROYS,
    "script-destroys",
    "destructive",
    High,
    "CWE-506",
    "Delete only what the skill itself made, below a folder of its own."
);
rule!(
    PRIVILEGE,
    "script-raises-privilege",
    "privilege_escalation",
    Medium,
    "CWE-250",
    "Run with the rights of the user."
);
rule!(
    MINES,
    "script-mines",
    "crypto_mining",
    Critical,
    "CWE-506",
    "Remove the miner."
);
rule!(
    NO_TLS,
    "script-no-tls-check",
    "tls_disabled",
    Medium,
    "CWE-295",
    "Verify certificates."
);
rule!(
    TRIGGER,
    "script-trigger",
    "trigger_backdoor",
    High,
    "CWE-511",
    "Remove what happens only under this condition."
);
rule!(
    MANGLED,
    "script-mangled-names",
    "obfuscation",
    Medium,
    "CWE-506",
    "Publish the source as it was written."
);
rule!(
    SWAPS,
    "script-swaps-payee",
    "undisclosed_behavior",
    Critical,
    "CWE-506",
    "Remove it: it sends money to somebody else."
);
rule!(
    LOAD,
    "script-endless-load",
    "resource_abuse",
    Low,
    "CWE-400",
    "Bound the loop."
);

pub(crate) static RULES: &[&Rule] = &[
    &REMOTE_CODE,
    &DECODED_CODE,
    &HIDDEN_CALL,
    &DYNAMIC_CODE,
    &LITERAL_CODE,
    &MANY_WAYS,
    &SHELL_INJECTION,
    &REVERSE_SHELL,
    &DESERIALIZE,
    &READS_SECRET,
    &HARVESTS,
    &EXFILTRATES,
    &PERSISTS,
    &TAMPERS,
    &DESTROYS,
    &PRIVILEGE,
    &MINES,
    &NO_TLS,
    &TRIGGER,
    &MANGLED,
    &SWAPS,
    &LOAD,
];
