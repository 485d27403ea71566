//! Whether the manifest in an archive is the one that was declared.

use std::fmt::Display;

use super::Manifest;

impl Manifest {
    /// Where `inside`, the manifest found in the archive, says something else than this one, which was declared at the
    /// start of the publish: field and reason of each, empty when they agree.
    ///
    /// Compared are `name`, `version`, `permissions` and `skills`, as the values that they have once parsed, the order of
    /// list entries included. Absent `permissions` and `skills` equal empty ones (`{}`), which mean the same and which
    /// a client may fill in on one side; nothing deeper is made equal. Other fields may differ, `visibility` too: it is
    /// overridden on the command line.
    pub fn disagreement(&self, inside: &Self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        if self.name != inside.name {
            found.push(("name", differs(&self.name, &inside.name)));
        }
        if self.version != inside.version {
            found.push(("version", differs(&self.version, &inside.version)));
        }
        if self.permissions() != inside.permissions() {
            found.push((
                "permissions",
                "Declared permissions differ from those of the manifest in the package".to_owned(),
            ));
        }
        let nothing = &std::collections::BTreeMap::new();
        if self.skills().unwrap_or(nothing) != inside.skills().unwrap_or(nothing) {
            found.push((
                "skills",
                "Declared skills differ from those of the manifest in the package".to_owned(),
            ));
        }
        found
    }
}

fn differs(declared: &impl Display, inside: &impl Display) -> String {
    format!("Declared as {declared}, but the manifest in the package says {inside}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::NameRule;

    fn manifest(more: &Value) -> Manifest {
        let mut value = json!({"name": "@acme/tools", "version": "1.0.0"});
        for (key, field) in more.as_object().unwrap() {
            value[key] = field.clone();
        }
        Manifest::parse(&value, NameRule::default()).unwrap()
    }

    fn fields(declared: &Value, inside: &Value) -> Vec<&'static str> {
        let found = manifest(declared).disagreement(&manifest(inside));
        found.into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn each_field_that_differs_is_named_with_a_reason() {
        let declared = manifest(&json!({}));
        let inside = manifest(&json!({
            "name": "@acme/other", "version": "1.0.0+b", "skills": {"a": "1"}, "permissions": {"subprocess": true},
        }));
        let expected = [
            (
                "name",
                "Declared as @acme/tools, but the manifest in the package says @acme/other",
            ),
            (
                "version",
                "Declared as 1.0.0, but the manifest in the package says 1.0.0+b",
            ),
            (
                "permissions",
                "Declared permissions differ from those of the manifest in the package",
            ),
            (
                "skills",
                "Declared skills differ from those of the manifest in the package",
            ),
        ];
        assert_eq!(
            declared.disagreement(&inside),
            expected.map(|(field, reason)| (field, reason.to_owned()))
        );
    }

    #[test]
    fn names_are_compared_after_lower_casing() {
        assert!(fields(&json!({}), &json!({"name": "@Acme/Tools"})).is_empty());
    }

    #[test]
    fn visibility_and_what_else_is_not_bound_may_differ() {
        let inside = json!({"visibility": "private", "description": "x", "publish": {}, "repository": "git:x", "atoms": []});
        assert!(fields(&json!({"visibility": "public"}), &inside).is_empty());
    }

    #[test]
    fn absent_permissions_and_skills_equal_empty_ones_and_nothing_deeper_does() {
        assert!(fields(&json!({}), &json!({"permissions": {}, "skills": {}})).is_empty());
        assert_eq!(
            fields(&json!({}), &json!({"permissions": {"subprocess": false}})),
            ["permissions"]
        );
    }

    #[test]
    fn the_order_of_a_list_counts_and_that_of_keys_does_not() {
        let list = |entries: [&str; 2]| json!({"permissions": {"network": {"outbound": entries}}});
        assert_eq!(
            fields(&list(["a", "b"]), &list(["b", "a"])),
            ["permissions"]
        );
        assert!(
            fields(
                &json!({"skills": {"a": "1", "b": "2"}}),
                &json!({"skills": {"b": "2", "a": "1"}})
            )
            .is_empty()
        );
    }
}
