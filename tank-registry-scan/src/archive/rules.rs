//! The rules on files and archives.

use tank_registry_core::scan::{Severity, Stage};

use crate::finding::Rule;

macro_rules! rule {
    ($name:ident, $id:literal, $kind:literal, $severity:ident, $cwe:literal, $fix:literal) => {
        pub(super) static $name: Rule = Rule {
            id: $id,
            stage: Stage::Archive,
            kind: $kind,
            severity: Severity::$severity,
            cwe: $cwe,
            fix: $fix,
        };
    };
}

rule!(
    SET_ID,
    "set-id-bits",
    "special_file",
    Medium,
    "CWE-732",
    "Take the set-user-id and set-group-id bits from the file."
);
rule!(
    LARGE_FILE,
    "large-file",
    "large_file",
    Medium,
    "",
    "Split the file, or let people download it from where it is published."
);
rule!(
    BLOCKED_FILE,
    "blocked-file-type",
    "blocked_file_type",
    Critical,
    "CWE-506",
    "Ship source code, or let people install the program from where it is published."
);
rule!(
    BLOCKED_NAME,
    "blocked-extension",
    "blocked_file_type",
    Medium,
    "",
    "Give the file the extension of what it is."
);
rule!(
    NESTED_ARCHIVE,
    "nested-archive",
    "nested_archive",
    Medium,
    "CWE-506",
    "Put the files into the package itself."
);
rule!(
    ENCRYPTED_ARCHIVE,
    "encrypted-archive",
    "nested_archive",
    High,
    "CWE-506",
    "Put the files into the package itself, unencrypted."
);
rule!(
    TYPE_MISMATCH,
    "type-mismatch",
    "type_mismatch",
    High,
    "CWE-506",
    "Give the file the extension of what it is."
);
rule!(
    APPENDED_DATA,
    "appended-data",
    "appended_data",
    Medium,
    "CWE-506",
    "Remove what stands behind the end of the file."
);
rule!(
    VENDORED_TREE,
    "vendored-tree",
    "vendored_tree",
    Medium,
    "",
    "Leave installed packages and version control out of the skill."
);
rule!(
    TEST_VIRUS,
    "antivirus-test-file",
    "malware",
    Critical,
    "CWE-506",
    "Remove the file: every antivirus program blocks it."
);

pub(crate) static RULES: &[&Rule] = &[
    &SET_ID,
    &LARGE_FILE,
    &BLOCKED_FILE,
    &BLOCKED_NAME,
    &NESTED_ARCHIVE,
    &ENCRYPTED_ARCHIVE,
    &TYPE_MISMATCH,
    &APPENDED_DATA,
    &VENDORED_TREE,
    &TEST_VIRUS,
];
