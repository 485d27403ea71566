//! Laws that hold for every manifest, and for every value that is none.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const SCOPED: NameRule = NameRule {
    require_scope: true,
};

fn parse(value: &Value) -> Manifest {
    Manifest::parse(value, NameRule::default()).unwrap()
}

/// JSON whose keys and strings are mostly those that a manifest has.
fn any_json() -> impl Strategy<Value = Value> {
    let key = || {
        prop_oneof![
            prop::sample::select(vec![
                "name",
                "version",
                "description",
                "skills",
                "permissions",
                "repository",
                "visibility",
                "audit",
                "mcp_server",
                "atoms",
                "includes",
                "publish",
                "network",
                "outbound",
                "filesystem",
                "read",
                "write",
                "subprocess",
                "min_score",
                "command",
                "args",
                "env",
                "requires_auth",
                "remote",
                "kind",
                "build",
                "files",
            ])
            .prop_map(str::to_owned),
            "\\PC{0,6}",
        ]
    };
    let text = prop::sample::select(vec![
        "@a/b",
        "tools",
        "1.0.0",
        "public",
        "https://a.example",
        "tool",
        "",
        "top",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text.prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key(), inner, 0..6)
                .prop_map(|map| Value::from(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Manifests of which every field is right.
fn valid() -> impl Strategy<Value = Value> {
    let optional = [
        ("description", json!("Checks invoices")),
        ("skills", json!({"@acme/base": "^1"})),
        ("permissions", json!({"filesystem": {"read": ["b", "a"]}})),
        ("repository", json!("git:x")),
        ("visibility", json!("public")),
        ("audit", json!({"min_score": 3})),
        (
            "mcp_server",
            json!({"remote": "https://a.example", "requires_auth": true}),
        ),
        ("atoms", json!([{"kind": "rule"}])),
        ("includes", json!([])),
    ];
    let count = optional.len();
    let name = "@[a-z]{1,5}/[a-z][a-z-]{0,5}";
    (
        name,
        "[0-9]\\.[0-9]\\.[0-9](-rc\\.[1-9])?",
        prop::sample::subsequence(optional.to_vec(), 0..=count),
    )
        .prop_map(|(name, version, fields)| {
            let mut manifest = json!({"name": name, "version": version});
            for (field, value) in fields {
                manifest[field] = value;
            }
            manifest
        })
}

proptest! {
    #[test]
    fn any_json_is_a_manifest_or_a_list_of_faults(value in any_json(), scoped: bool) {
        match Manifest::parse(&value, NameRule { require_scope: scoped }) {
            Ok(manifest) => prop_assert_eq!(parse(&manifest.to_value()), manifest),
            Err(errors) => {
                prop_assert!(!errors.fields().is_empty());
                prop_assert!(errors.fields().values().all(|messages| !messages.is_empty()));
            }
        }
    }

    #[test]
    fn one_arbitrary_field_spoils_only_itself(sent in valid(), field in prop::sample::select(vec![
        "description", "skills", "permissions", "repository", "visibility", "audit", "mcp_server", "atoms", "includes", "x",
    ]), value in any_json()) {
        let mut sent = sent;
        sent[field] = value;
        match Manifest::parse(&sent, SCOPED) {
            Ok(manifest) => prop_assert_eq!(parse(&manifest.to_value()), manifest),
            Err(errors) => prop_assert_eq!(errors.into_fields().into_keys().collect::<Vec<_>>(), [field]),
        }
    }

    #[test]
    fn a_valid_manifest_is_given_back_as_sent(sent in valid()) {
        let manifest = parse(&sent);
        prop_assert_eq!(&manifest.to_value(), &sent);
        prop_assert_eq!(&serde_json::from_value::<Manifest>(sent).unwrap(), &manifest);
        prop_assert_eq!(manifest.disagreement(&manifest), []);
    }
}
