//! Names of skills: `@org/base`, or `base` alone.

use std::fmt;

use super::text::{longer_than, trim, wire_string};

/// Longest name, scope included.
const MAX_CHARS: usize = 214;

/// Unscoped names that a route of the API would swallow.
const RESERVED: [&str; 5] = ["confirm", "top", "access", "compare", "star"];

/// The name of a skill, lower-cased and trimmed, with or without a scope.
///
/// A `SkillName` is fit for *reading*. Whether it may be *published* is asked by [`SkillName::parse_for_publish`], since
/// that depends on the registry's settings.
///
/// ```
/// use tank_registry_core::model::SkillName;
///
/// let name = SkillName::parse(" @Acme/Tools ")?;
/// assert_eq!(name.as_str(), "@acme/tools");
/// assert_eq!((name.scope(), name.base()), (Some("acme"), "tools"));
/// # Ok::<(), tank_registry_core::model::NameErrors>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SkillName(Box<str>);

/// Which names may be published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct NameRule {
    /// Refuses names without a scope, as the original registry does.
    pub require_scope: bool,
}

/// One reason why a text is no name. Displays as the contract's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NameError {
    /// Nothing is left after trimming.
    #[error("Name must not be empty")]
    Empty,
    /// More than 214 characters.
    #[error("Name must be 214 characters or fewer")]
    TooLong,
    /// Neither `name` nor `@org/name`.
    #[error("Name must be name or @org/name, lowercase alphanumeric and hyphens")]
    Form,
    /// Not `@org/name`, where a scope is required.
    #[error("Name must be scoped (@org/name), lowercase alphanumeric and hyphens")]
    ScopedForm,
    /// An unscoped name that a route of the API would swallow.
    #[error("Name is reserved")]
    Reserved,
}

/// Every reason why a text is no name, in the order in which clients list them. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NameErrors(Vec<NameError>);

impl SkillName {
    /// Reads a name for looking something up: any scope or none, reserved names included.
    pub fn parse(text: &str) -> Result<Self, NameErrors> {
        let text = normalise(text);
        let errors = faults(&text, NameRule::default());
        if errors.is_empty() {
            Ok(Self(text.into()))
        } else {
            Err(NameErrors(errors))
        }
    }

    /// Reads a name that something shall be published under.
    pub fn parse_for_publish(text: &str, rule: NameRule) -> Result<Self, NameErrors> {
        let text = normalise(text);
        let mut errors = faults(&text, rule);
        if !errors.is_empty() {
            return Err(NameErrors(errors));
        }
        let name = Self(text.into());
        if name.is_reserved() {
            errors.push(NameError::Reserved);
            return Err(NameErrors(errors));
        }
        Ok(name)
    }

    /// The whole name, `@acme/tools` or `tools`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The scope without its `@`. Its form is wider than that of an organization's slug, so an organization of that name
    /// need not even be possible.
    pub fn scope(&self) -> Option<&str> {
        let (scope, _) = self.0.split_once('/')?;
        scope.strip_prefix('@')
    }

    /// The part that the scope does not belong to, `tools` of `@acme/tools`.
    pub fn base(&self) -> &str {
        self.0.split_once('/').map_or(&*self.0, |(_, base)| base)
    }

    /// Whether nothing may be published under this name because a route of the API would swallow it.
    pub fn is_reserved(&self) -> bool {
        RESERVED.contains(&self.as_str())
    }
}

wire_string!(SkillName, NameErrors);

impl NameErrors {
    /// The reasons, the first being the one to show where there is room for one.
    pub fn as_slice(&self) -> &[NameError] {
        &self.0
    }

    /// The contract's messages, in order.
    pub fn messages(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(ToString::to_string)
    }
}

impl fmt::Display for NameErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for NameErrors {}

fn normalise(text: &str) -> String {
    trim(text).to_lowercase()
}

fn faults(name: &str, rule: NameRule) -> Vec<NameError> {
    let mut errors = Vec::new();
    if name.is_empty() {
        errors.push(NameError::Empty);
    }
    if longer_than(name, MAX_CHARS) {
        errors.push(NameError::TooLong);
    }
    if rule.require_scope && !is_scoped(name) {
        errors.push(NameError::ScopedForm);
    } else if !is_scoped(name) && !is_base(name) {
        errors.push(NameError::Form);
    }
    errors
}

fn is_scoped(name: &str) -> bool {
    let Some((scope, base)) = name.strip_prefix('@').and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    !scope.is_empty() && scope.bytes().all(is_name_byte) && is_base(base)
}

fn is_base(base: &str) -> bool {
    !base.is_empty() && !base.starts_with('-') && base.bytes().all(is_name_byte)
}

const fn is_name_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SCOPED: NameRule = NameRule {
        require_scope: true,
    };

    fn messages(result: Result<SkillName, NameErrors>) -> Vec<String> {
        result.unwrap_err().messages().collect()
    }

    #[test]
    fn a_name_is_trimmed_and_lower_cased_first() {
        let name = SkillName::parse("\t@Acme/Invoice-Tools \u{feff}").unwrap();
        assert_eq!(name.to_string(), "@acme/invoice-tools");
        assert_eq!(name.scope(), Some("acme"));
        assert_eq!(name.base(), "invoice-tools");
    }

    #[test]
    fn a_name_without_a_scope_can_be_read() {
        let name = SkillName::parse("tools").unwrap();
        assert_eq!((name.scope(), name.base()), (None, "tools"));
    }

    #[test]
    fn a_scope_may_look_unlike_a_slug() {
        assert_eq!(SkillName::parse("@-a-/b-").unwrap().scope(), Some("-a-"));
    }

    #[test]
    fn what_has_not_the_form_is_refused() {
        for wrong in [
            "@acme",
            "@/tools",
            "@acme/",
            "@acme/-tools",
            "-tools",
            "acme/tools",
            "@acme/a/b",
            "@a_b/c",
            "a.b",
            "@@a/b",
            "@a/é",
            "a b",
            "..",
            "@acme/..",
            "a\0",
            "a\u{85}",
        ] {
            assert_eq!(
                messages(SkillName::parse(wrong)),
                ["Name must be name or @org/name, lowercase alphanumeric and hyphens"],
                "{wrong:?}"
            );
            assert_eq!(
                messages(SkillName::parse_for_publish(wrong, SCOPED)),
                ["Name must be scoped (@org/name), lowercase alphanumeric and hyphens"],
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn an_empty_name_is_told_both_reasons() {
        assert_eq!(
            messages(SkillName::parse("  ")),
            [
                "Name must not be empty",
                "Name must be name or @org/name, lowercase alphanumeric and hyphens"
            ]
        );
        assert_eq!(
            messages(SkillName::parse_for_publish("", SCOPED)),
            [
                "Name must not be empty",
                "Name must be scoped (@org/name), lowercase alphanumeric and hyphens"
            ]
        );
    }

    #[test]
    fn a_name_has_at_most_214_characters() {
        let longest = format!("@acme/{}", "a".repeat(208));
        assert!(SkillName::parse(&longest).is_ok());
        assert!(SkillName::parse(&format!("  {longest}  ")).is_ok());
        assert_eq!(
            messages(SkillName::parse(&format!("{longest}a"))),
            ["Name must be 214 characters or fewer"]
        );
        assert_eq!(
            messages(SkillName::parse(&"_".repeat(215))),
            [
                "Name must be 214 characters or fewer",
                "Name must be name or @org/name, lowercase alphanumeric and hyphens"
            ]
        );
    }

    #[test]
    fn a_reserved_name_can_be_read_but_not_published() {
        for reserved in ["confirm", "top", "access", "compare", "Star"] {
            assert!(SkillName::parse(reserved).unwrap().is_reserved());
            assert_eq!(
                messages(SkillName::parse_for_publish(reserved, NameRule::default())),
                ["Name is reserved"]
            );
        }
        assert!(SkillName::parse_for_publish("@acme/confirm", NameRule::default()).is_ok());
    }

    #[test]
    fn a_required_scope_refuses_names_without_one() {
        assert!(SkillName::parse_for_publish("tools", NameRule::default()).is_ok());
        assert_eq!(
            messages(SkillName::parse_for_publish("tools", SCOPED)),
            ["Name must be scoped (@org/name), lowercase alphanumeric and hyphens"]
        );
    }

    #[test]
    fn serde_speaks_the_plain_string_and_checks_it() {
        let name: SkillName = serde_json::from_str(r#""@Acme\/tools""#).unwrap();
        assert_eq!(serde_json::to_string(&name).unwrap(), r#""@acme/tools""#);
        assert!(serde_json::from_str::<SkillName>(r#""@acme""#).is_err());
        assert!(serde_json::from_str::<SkillName>("3").is_err());
    }

    proptest! {
        #[test]
        fn every_well_formed_name_parses_and_reads_back(scope in "[a-z0-9-]{1,39}", base in "[a-z0-9][a-z0-9-]{0,60}") {
            let text = format!("@{scope}/{base}");
            let name = SkillName::parse(&text).unwrap();
            prop_assert_eq!(name.as_str(), &text);
            prop_assert_eq!(name.scope(), Some(&*scope));
            prop_assert_eq!(name.base(), &base);
            prop_assert!(SkillName::parse(&base).unwrap().scope().is_none());
        }

        #[test]
        fn any_text_is_a_stable_name_or_an_error(text in any::<String>()) {
            if let Ok(name) = SkillName::parse(&text) {
                prop_assert_eq!(SkillName::parse(name.as_str()), Ok(name));
            }
        }

        #[test]
        fn case_and_outer_blanks_never_matter(text in "[ ]{0,2}@?[a-zA-Z0-9/-]{0,20}[ ]{0,2}") {
            prop_assert_eq!(SkillName::parse(&text), SkillName::parse(text.trim().to_uppercase().as_str()));
        }
    }
}
