//! The example with a measured store.

mod common;

use common::Example;

/// How often something of the store was called, as `/metrics` says.
fn calls(example: &Example, call: &str) -> u64 {
    let (_, metrics) = example.call("GET", "/metrics", &[], "");
    let line = format!("store_seconds_count{{call={call:?}}} ");
    let count = metrics.lines().find_map(|row| row.strip_prefix(&line));
    count.map_or(0, |count| count.parse().unwrap())
}

#[test]
fn the_metered_example_counts_what_a_publish_and_reads_cost() {
    let folder = tempfile::tempdir().unwrap();
    let example = Example::start(env!("CARGO_BIN_EXE_metered"), folder.path());
    let start = r#"{"manifest":{"name":"hello","version":"1.0.0"}}"#;
    let key = format!("Bearer {}", example.key);
    let path = "/registry/api/v1/skills";
    for opened in 1..=2 {
        let (status, answer) = example.call("POST", path, &[("authorization", &key)], start);
        assert_eq!(status, 200, "{answer}");
        assert_eq!(calls(&example, "apply open_upload"), opened);
    }
    assert_eq!(calls(&example, "apply skill"), 0);

    // The key was looked up once; the second time it was in memory.
    assert_eq!(calls(&example, "principal"), 1);
    let asked = calls(&example, "skill");
    let (status, _) = example.call("GET", &format!("{path}/hello"), &[], "");
    assert_eq!((status, calls(&example, "skill")), (404, asked + 1));

    let (_, metrics) = example.call("GET", "/metrics", &[], "");
    for line in [
        r#"store_errors_total{call="skill"} 0"#,
        &format!(
            r#"store_seconds_bucket{{call="skill",le="+Inf"}} {}"#,
            asked + 1
        ),
    ] {
        assert!(metrics.lines().any(|row| row == line), "{metrics}");
    }
}
