//! The rules of this stage.

use tank_registry_core::scan::{Severity, Stage};

use crate::finding::Rule;

const fn rule(id: &'static str, severity: Severity, fix: &'static str) -> Rule {
    Rule {
        id,
        stage: Stage::Injection,
        kind: "prompt_injection_pattern",
        severity,
        cwe: "CWE-1427",
        fix,
    }
}

const REWRITE: &str =
    "Say what the skill does, and leave to the user and the agent's own rules what they decide.";
const TELL: &str = "Say openly what is sent, where to and why, and let the user ask for it.";

pub(super) static OVERRIDE: Rule = rule("override", Severity::Critical, REWRITE);
pub(super) static ROLE: Rule = rule("unbound-role", Severity::High, REWRITE);
pub(super) static CONCEALMENT: Rule = rule(
    "concealment",
    Severity::High,
    "Let the user see every step that reads, sends or changes something.",
);
pub(super) static EXFILTRATION: Rule = rule("prose-exfiltration", Severity::High, TELL);
pub(super) static UNIVERSAL_STEP: Rule = rule("universal-step", Severity::High, TELL);
pub(super) static STEP_SCRIPT: Rule = rule(
    "universal-step-script",
    Severity::Medium,
    "Ship the script with the skill, and run it only for the task that needs it.",
);
pub(super) static PREREQUISITE: Rule = rule(
    "false-prerequisite",
    Severity::High,
    "Name a package of a known registry with its version instead of a download or a command to paste.",
);
pub(super) static APPROVAL: Rule = rule(
    "approval-bypass",
    Severity::High,
    "Leave it to the user which actions need approval.",
);
pub(super) static PERSISTENCE: Rule = rule(
    "agent-persistence",
    Severity::High,
    "Leave an agent's memory and settings to its user; ship instructions with the skill.",
);
pub(super) static REMOTE_INSTRUCTIONS: Rule = rule(
    "remote-instructions",
    Severity::High,
    "Ship the instructions with the skill, so that they can be reviewed and do not change later.",
);
pub(super) static AUTHORITY: Rule = rule(
    "fake-authority",
    Severity::Medium,
    "Remove claims about who approved the skill: a registry and its users judge that.",
);
pub(super) static TO_REVIEWER: Rule = rule(
    "speaks-to-reviewer",
    Severity::High,
    "Remove what is addressed to scanners and reviewers; it has no effect.",
);
pub(super) static FORMAT: Rule = rule(
    "chat-markup",
    Severity::High,
    "Put examples of chat or tool markup into a fenced block.",
);
pub(super) static PROMPT_LEAK: Rule = rule("prompt-leak", Severity::High, REWRITE);
pub(super) static OFF_TOPIC: Rule = rule(
    "off-topic-act",
    Severity::High,
    "Remove what the skill's description does not promise, or promise it.",
);
pub(super) static MONEY: Rule = rule(
    "money",
    Severity::High,
    "Never ask for keys or phrases of wallets, and let users enter who is paid.",
);
pub(super) static SABOTAGE: Rule = rule(
    "sabotage",
    Severity::High,
    "Remove the instruction to do the work badly.",
);
pub(super) static BIAS: Rule = rule(
    "bias",
    Severity::High,
    "Remove the instruction to favour one side in what users take for a neutral answer.",
);
pub(super) static LINK_CHANNEL: Rule = rule("link-channel", Severity::High, TELL);
pub(super) static TOOL_POISONING: Rule = rule(
    "tool-poisoning",
    Severity::Critical,
    "Describe what a tool does; never ask for files or credentials that it does not need.",
);
pub(super) static PROCEDURE: Rule = rule(
    "spelled-out-procedure",
    Severity::High,
    "Write down what is to be done instead of how to put it together.",
);
pub(super) static CREDENTIALS: Rule = Rule {
    id: "credential-in-output",
    stage: Stage::Injection,
    kind: "credential_exposure",
    severity: Severity::Medium,
    cwe: "CWE-522",
    fix: "Let programs read keys from the environment; never print them or put them into a URL.",
};
pub(super) static HIDDEN: Rule = Rule {
    id: "hidden-instruction",
    stage: Stage::Injection,
    kind: "hidden_instruction",
    severity: Severity::High,
    cwe: "CWE-506",
    fix: "Say it where people see it, or remove it.",
};

pub(crate) static RULES: &[&Rule] = &[
    &OVERRIDE,
    &ROLE,
    &CONCEALMENT,
    &EXFILTRATION,
    &UNIVERSAL_STEP,
    &STEP_SCRIPT,
    &PREREQUISITE,
    &APPROVAL,
    &PERSISTENCE,
    &REMOTE_INSTRUCTIONS,
    &AUTHORITY,
    &TO_REVIEWER,
    &FORMAT,
    &PROMPT_LEAK,
    &OFF_TOPIC,
    &MONEY,
    &SABOTAGE,
    &BIAS,
    &LINK_CHANNEL,
    &TOOL_POISONING,
    &PROCEDURE,
    &CREDENTIALS,
    &HIDDEN,
];
