//! The rules on dependencies.

use tank_registry_core::scan::{Severity, Stage};

use crate::finding::Rule;

macro_rules! rule {
    ($name:ident, $id:literal, $kind:literal, $severity:ident, $cwe:literal, $fix:literal) => {
        pub(super) static $name: Rule = Rule {
            id: $id,
            stage: Stage::Dependencies,
            kind: $kind,
            severity: Severity::$severity,
            cwe: $cwe,
            fix: $fix,
        };
    };
}

rule!(
    TYPOSQUATTING,
    "typosquatting",
    "typosquatting",
    High,
    "CWE-1357",
    "Check the name: it differs only slightly from that of a well-known package."
);
rule!(
    IMITATED_NAME,
    "imitated-name",
    "typosquatting",
    High,
    "CWE-1357",
    "Spell the skill's name as the word it is meant to be."
);
rule!(
    MALICIOUS_PACKAGE,
    "malicious-package",
    "malicious_package",
    Critical,
    "CWE-506",
    "Remove the package, and treat machines that installed it as taken over."
);
rule!(
    DYNAMIC_INSTALL,
    "dynamic-install",
    "dynamic_install",
    High,
    "CWE-494",
    "List the package in a file of requirements, with its version, and let people install it."
);
rule!(
    UNTRUSTED_INDEX,
    "untrusted-index",
    "dynamic_install",
    High,
    "CWE-494",
    "Install from the public registry, or from an index over https that replaces it."
);
rule!(
    DEPENDENCY_CONFUSION,
    "dependency-confusion",
    "dependency_confusion",
    High,
    "CWE-1357",
    "Give the registry or the scope that the package comes from."
);
rule!(
    INSTALL_SCRIPT,
    "install-script",
    "install_script",
    Medium,
    "CWE-506",
    "Let people run what has to be done after installation."
);
rule!(
    DIRECT_URL,
    "direct-url-dependency",
    "direct_url_dependency",
    Medium,
    "CWE-494",
    "Install from a registry, or pin the commit and the digest."
);
rule!(
    UNPINNED,
    "unpinned-dependency",
    "unpinned_dependency",
    Low,
    "CWE-1357",
    "Give the version of every package."
);
rule!(
    LOOSE_RANGE,
    "loose-version-range",
    "loose_version_range",
    Info,
    "",
    "Give a range that ends before the next major version."
);
rule!(
    UNKNOWN_RUN,
    "runs-unknown-package",
    "dynamic_install",
    Low,
    "CWE-494",
    "Give the version of what is run, and say who publishes it."
);

pub(crate) static RULES: &[&Rule] = &[
    &TYPOSQUATTING,
    &IMITATED_NAME,
    &MALICIOUS_PACKAGE,
    &DYNAMIC_INSTALL,
    &UNTRUSTED_INDEX,
    &DEPENDENCY_CONFUSION,
    &INSTALL_SCRIPT,
    &DIRECT_URL,
    &UNPINNED,
    &LOOSE_RANGE,
    &UNKNOWN_RUN,
];
