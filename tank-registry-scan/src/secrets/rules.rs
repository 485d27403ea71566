//! The rules on secrets.

use tank_registry_core::scan::{Severity, Stage};

use crate::finding::Rule;

macro_rules! rule {
    ($name:ident, $id:literal, $kind:literal, $severity:ident, $cwe:literal, $fix:literal) => {
        pub(super) static $name: Rule = Rule {
            id: $id,
            stage: Stage::Secrets,
            kind: $kind,
            severity: Severity::$severity,
            cwe: $cwe,
            fix: $fix,
        };
    };
}

rule!(
    PROVIDER_KEY,
    "provider-key",
    "hardcoded_secret",
    Critical,
    "CWE-798",
    "Revoke the key at its provider and read it from the environment instead."
);
rule!(
    PRIVATE_KEY,
    "private-key",
    "private_key",
    Critical,
    "CWE-798",
    "Replace the key, and keep the new one out of the skill."
);
rule!(
    SEED_PHRASE,
    "seed-phrase",
    "private_key",
    Critical,
    "CWE-798",
    "Move what the wallet holds, and keep the new phrase out of the skill."
);
rule!(
    TOKEN,
    "signed-token",
    "hardcoded_secret",
    High,
    "CWE-798",
    "Let the token expire, and read it from the environment instead."
);
rule!(
    URL_PASSWORD,
    "password-in-address",
    "hardcoded_secret",
    High,
    "CWE-798",
    "Change the password and read it from the environment instead."
);
rule!(
    NAMED_SECRET,
    "named-secret",
    "hardcoded_secret",
    High,
    "CWE-798",
    "Replace the secret and read it from the environment instead."
);
rule!(
    WEAK_SECRET,
    "fixed-password",
    "hardcoded_secret",
    Low,
    "CWE-259",
    "Read the value from the environment instead."
);
rule!(
    ENV_FILE,
    "env-file-with-values",
    "env_file_with_values",
    High,
    "CWE-538",
    "Ship an example without values, and replace those that were in the file."
);
rule!(
    EXPOSURE,
    "credential-exposure",
    "credential_exposure",
    Medium,
    "CWE-200",
    "Pass keys in a header, from the environment, and never let the agent show them."
);

pub(crate) static RULES: &[&Rule] = &[
    &PROVIDER_KEY,
    &PRIVATE_KEY,
    &SEED_PHRASE,
    &TOKEN,
    &URL_PASSWORD,
    &NAMED_SECRET,
    &WEAK_SECRET,
    &ENV_FILE,
    &EXPOSURE,
];
