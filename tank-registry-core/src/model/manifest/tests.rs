//! What is accepted as a manifest, and what is said about the rest.

use serde_json::json;

use super::*;

const SCOPED: NameRule = NameRule {
    require_scope: true,
};

fn parse(value: &Value) -> Manifest {
    Manifest::parse(value, NameRule::default()).unwrap()
}

fn errors(value: &Value) -> Value {
    let errors = Manifest::parse(value, NameRule::default()).unwrap_err();
    serde_json::to_value(errors).unwrap()
}

/// A small valid manifest with one field set.
fn with(field: &str, value: Value) -> Value {
    let mut manifest = json!({"name": "@acme/tools", "version": "1.0.0"});
    manifest[field] = value;
    manifest
}

/// The messages for a wrong value of one field.
fn messages(field: &str, value: Value) -> Vec<String> {
    let errors = Manifest::parse(&with(field, value), NameRule::default()).unwrap_err();
    assert_eq!(errors.fields().len(), 1, "{errors}");
    errors.into_fields().remove(field).unwrap()
}

fn full() -> Value {
    json!({
        "name": "@acme/tools",
        "version": "1.0.0-rc.1+build.5",
        "description": "Checks invoices",
        "skills": {"@acme/base": "^1.0.0", "anything": "any text"},
        "permissions": {"network": {"outbound": ["api.acme.com"]}},
        "repository": "git:x",
        "visibility": "private",
        "audit": {"min_score": 7.5},
        "mcp_server": {"command": "node", "args": [], "env": {"K": "v"}, "requires_auth": false},
        "atoms": [{"kind": "tool", "free": [1, {"form": null}]}],
        "includes": ["docs/*"],
    })
}

#[test]
fn every_field_is_kept_and_given_back() {
    let manifest = parse(&full());
    assert_eq!(manifest.to_value(), full());
    assert_eq!(
        serde_json::from_value::<Manifest>(full()).unwrap(),
        manifest
    );
    assert_eq!(manifest.name().as_str(), "@acme/tools");
    assert_eq!(manifest.version().key(), "1.0.0-rc.1");
    assert_eq!(manifest.description(), Some("Checks invoices"));
    assert_eq!(manifest.skills().unwrap()["@acme/base"], "^1.0.0");
    assert_eq!(manifest.permissions().outbound(), ["api.acme.com"]);
    assert_eq!(manifest.repository(), Some("git:x"));
    assert_eq!(manifest.visibility(), Some(Visibility::Private));
    assert_eq!(manifest.audit().unwrap().min_score().to_string(), "7.5");
    assert!(
        matches!(manifest.mcp_server(), Some(McpServer::Local { command, .. }) if command == "node")
    );
    assert_eq!(manifest.atoms().len(), 1);
    assert_eq!(manifest.includes(), ["docs/*"]);
}

#[test]
fn a_name_and_a_version_are_enough() {
    let manifest = parse(&json!({"name": " @Acme/Tools ", "version": "1.0.0"}));
    assert_eq!(
        manifest.to_value(),
        json!({"name": "@acme/tools", "version": "1.0.0"})
    );
    assert_eq!(manifest.permissions(), &Permissions::NONE);
    assert_eq!(
        (
            manifest.declared_permissions(),
            manifest.visibility(),
            manifest.skills()
        ),
        (None, None, None)
    );
}

#[test]
fn publish_is_checked_and_not_stored() {
    let manifest = parse(&with("publish", json!({"build": "make", "files": ["a"]})));
    assert_eq!(
        manifest.to_value(),
        json!({"name": "@acme/tools", "version": "1.0.0"})
    );
    let wrong = json!({"build": "", "files": ["", 3], "dir": "."});
    assert_eq!(
        messages("publish", wrong),
        [
            "Too small: expected string to have >=1 characters",
            "Too small: expected string to have >=1 characters",
            "Invalid input: expected string, received number",
            "Unrecognized key: \"dir\"",
        ]
    );
}

#[test]
fn the_contracts_example_is_refused_word_for_word() {
    let value = json!({"name": "", "permissions": {"exec": true}});
    let errors = Manifest::parse(&value, SCOPED).unwrap_err();
    assert_eq!(
        serde_json::to_value(errors).unwrap(),
        json!({
            "name": ["Name must not be empty", "Name must be scoped (@org/name), lowercase alphanumeric and hyphens"],
            "version": ["Invalid input: expected string, received undefined"],
            "permissions": ["Unrecognized key: \"exec\""],
        })
    );
}

#[test]
fn names_follow_the_rule_of_the_registry() {
    let unscoped = json!({"name": "tools", "version": "1.0.0"});
    assert!(Manifest::parse(&unscoped, NameRule::default()).is_ok());
    assert!(Manifest::parse(&unscoped, SCOPED).is_err());
    assert_eq!(
        messages("name", json!("a b")),
        ["Name must be name or @org/name, lowercase alphanumeric and hyphens"]
    );
    assert_eq!(messages("name", json!("top")), ["Name is reserved"]);
    assert_eq!(
        messages("name", json!("a".repeat(215))),
        ["Name must be 214 characters or fewer"]
    );
}

#[test]
fn a_stored_manifest_outlives_the_rule() {
    let stored = json!({"name": "tools", "version": "1.0.0"});
    assert_eq!(
        serde_json::from_value::<Manifest>(stored.clone())
            .unwrap()
            .to_value(),
        stored
    );
}

#[test]
fn a_bad_version_has_one_message() {
    assert_eq!(
        messages("version", json!("1.0")),
        ["Version must be valid semver"]
    );
    assert_eq!(
        messages("version", json!(1)),
        ["Invalid input: expected string, received number"]
    );
}

#[test]
fn null_is_not_absent() {
    for (field, message) in [
        ("name", "Invalid input: expected string, received null"),
        ("version", "Invalid input: expected string, received null"),
        (
            "description",
            "Invalid input: expected string, received null",
        ),
        ("skills", "Invalid input: expected record, received null"),
        (
            "permissions",
            "Invalid input: expected object, received null",
        ),
        (
            "repository",
            "Invalid input: expected string, received null",
        ),
        (
            "visibility",
            "Invalid option: expected one of \"public\"|\"private\"",
        ),
        ("audit", "Invalid input: expected object, received null"),
        ("mcp_server", "Invalid input"),
        ("atoms", "Invalid input: expected array, received null"),
        ("includes", "Invalid input: expected array, received null"),
        ("publish", "Invalid input: expected object, received null"),
    ] {
        assert_eq!(messages(field, json!(null)), [message], "{field}");
    }
}

#[test]
fn a_description_has_at_most_500_characters() {
    assert!(Manifest::parse(&with("description", json!("\u{1f980}".repeat(250))), SCOPED).is_ok());
    assert_eq!(
        messages("description", json!("\u{1f980}".repeat(251))),
        ["Description must be 500 characters or fewer"]
    );
}

#[test]
fn a_repository_is_an_absolute_url_of_any_scheme() {
    for url in [
        "https://r.example/a",
        "git:x",
        "ssh://git@host/a",
        " git+https://h/a ",
        "mailto:a",
        "urn:a",
    ] {
        let manifest = parse(&with("repository", json!(url)));
        assert_eq!(manifest.repository(), Some(url.trim()));
    }
    for wrong in [
        "",
        "acme/tools",
        "//host/a",
        "https://",
        "http://a b",
        "git@host:a",
    ] {
        assert_eq!(
            messages("repository", json!(wrong)),
            ["Repository must be a valid URL"],
            "{wrong:?}"
        );
    }
}

#[test]
fn a_visibility_is_one_of_two_words() {
    for wrong in [json!("hidden"), json!(1), json!("Public")] {
        assert_eq!(
            messages("visibility", wrong),
            ["Invalid option: expected one of \"public\"|\"private\""]
        );
    }
}

#[test]
fn an_audit_names_a_score_from_0_to_10() {
    for score in [json!(0), json!(10), json!(7.25)] {
        assert!(Manifest::parse(&with("audit", json!({"min_score": score})), SCOPED).is_ok());
    }
    assert_eq!(
        messages("audit", json!({"min_score": 10.5})),
        ["Too big: expected number to be <=10"]
    );
    assert_eq!(
        messages("audit", json!({"min_score": -1, "max": 2})),
        [
            "Too small: expected number to be >=0",
            "Unrecognized key: \"max\""
        ]
    );
    assert_eq!(
        messages("audit", json!({})),
        ["Invalid input: expected number, received undefined"]
    );
}

#[test]
fn dependencies_are_strings_under_any_key() {
    assert!(
        Manifest::parse(
            &with("skills", json!({"": "", "x y": "not a range"})),
            SCOPED
        )
        .is_ok()
    );
    assert_eq!(
        messages("skills", json!(["a"])),
        ["Invalid input: expected record, received array"]
    );
    assert_eq!(
        messages("skills", json!({"a": 1, "b": "^1", "c": null})),
        [
            "Invalid input: expected string, received number",
            "Invalid input: expected string, received null"
        ]
    );
}

#[test]
fn atoms_are_objects_with_any_content() {
    assert!(Manifest::parse(&with("atoms", json!([{}, {"kind": 3, "x": null}])), SCOPED).is_ok());
    assert_eq!(
        messages("atoms", json!([3])),
        ["Invalid input: expected object, received number"]
    );
    assert_eq!(
        messages("includes", json!([[]])),
        ["Invalid input: expected string, received array"]
    );
}

#[test]
fn kinds_of_atoms_are_distinct_and_in_first_seen_order() {
    let atoms =
        ["tool", "hook", "tool", "spaceship", "prompt", "hook"].map(|kind| json!({"kind": kind}));
    assert_eq!(
        parse(&with("atoms", json!(atoms))).atom_kinds(),
        ["tool", "hook", "prompt"]
    );
    let all = [
        "instruction",
        "hook",
        "tool",
        "agent",
        "rule",
        "resource",
        "prompt",
    ];
    assert_eq!(
        parse(&with("atoms", json!(all.map(|kind| json!({"kind": kind}))))).atom_kinds(),
        all
    );
    for none in [json!([]), json!([{"kind": "spaceship"}, {"kind": 3}, {}])] {
        assert_eq!(parse(&with("atoms", none)).atom_kinds(), ["skill"]);
    }
}

#[test]
fn an_unknown_field_is_listed_under_its_own_name() {
    let value =
        json!({"name": "@acme/tools", "version": "1.0.0", "license": "MIT", "author": "Ada"});
    assert_eq!(
        errors(&value),
        json!({"license": ["Unrecognized key: \"license\""], "author": ["Unrecognized key: \"author\""]})
    );
}

#[test]
fn a_thousand_unknown_fields_give_a_readable_answer() {
    let value: Map<_, _> = (0..1000)
        .map(|number| (number.to_string(), json!(0)))
        .collect();
    let errors = Manifest::parse(&value.into(), NameRule::default()).unwrap_err();
    assert_eq!(errors.fields().len(), 2 + 64);
}

#[test]
fn what_is_no_object_is_refused_as_a_whole() {
    for (value, word) in [
        (json!([]), "array"),
        (json!(null), "null"),
        (json!("{}"), "string"),
    ] {
        assert_eq!(
            errors(&value),
            json!({"manifest": [format!("Invalid input: expected object, received {word}")]})
        );
    }
}

#[test]
fn every_fault_is_told_at_once() {
    let value = json!({"name": 1, "version": "x", "skills": 1, "audit": {}, "extra": 1});
    let errors = Manifest::parse(&value, SCOPED).unwrap_err();
    let fields: Vec<_> = errors.fields().keys().map(String::as_str).collect();
    assert_eq!(fields, ["audit", "extra", "name", "skills", "version"]);
    assert!(
        errors
            .to_string()
            .starts_with("audit: Invalid input: expected number, received undefined; extra: ")
    );
}

#[test]
fn a_field_without_limits_of_its_own_may_not_weigh_too_much() {
    let with = |field: &str, value: Value| {
        let manifest = json!({ "name": "a", "version": "1.0.0", field: value });
        Manifest::parse(&manifest, NameRule::default())
    };
    let text = "x".repeat(256 * 1024);
    for (field, fits, heavy) in [
        (
            "atoms",
            json!(vec![json!({ "": 0 }); 900]),
            json!(vec![json!({ "": 0 }); 1000]),
        ),
        ("includes", json!(vec!["x"; 1999]), json!(vec!["x"; 2000])),
        ("includes", json!([text]), json!([text, "x"])),
        (
            "atoms",
            json!([{ "kind": "tool" }]),
            json!([{ "kind": [text, "x"] }]),
        ),
    ] {
        assert!(with(field, fits).is_ok(), "{field}");
        let errors = with(field, heavy).unwrap_err();
        assert!(errors.fields()[field][0].starts_with("Too big"), "{errors}");
    }
}
