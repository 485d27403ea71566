//! The examples run: mounted under a prefix they publish and serve like anywhere else, and their
//! own parts do what they are there for.

mod common;

use common::Example;

fn publishes_and_serves(program: &str) -> Example {
    let folder = tempfile::tempdir().unwrap();
    let example = Example::start(program, folder.path());
    let skill = folder.path().join("skill");
    std::fs::create_dir(&skill).unwrap();
    std::fs::write(
        skill.join("tank.json"),
        r#"{"name":"hello","version":"1.0.0"}"#,
    )
    .unwrap();
    std::fs::write(skill.join("SKILL.md"), "# Hello\n").unwrap();
    let published = example.python(&["publish.py", skill.to_str().unwrap()]);
    assert_eq!(published, "published hello 1.0.0\n");
    let detail: serde_json::Value =
        serde_json::from_str(&example.fetch("/registry/api/v1/skills/hello/1.0.0")).unwrap();
    let prefix = format!("{}/registry/api/storage/download?t=", example.address);
    let link = detail["downloadUrl"].as_str().unwrap();
    assert!(link.starts_with(&prefix), "{link}");
    let length = example.python(&[
        "-c",
        "import sys, urllib.request as u; print(len(u.urlopen(sys.argv[1]).read()))",
        link,
    ]);
    assert_eq!(length.trim(), detail["tarballSize"].to_string());
    example
}

#[test]
fn the_axum_example_mounts_a_registry_beside_its_own_page() {
    let example = publishes_and_serves(env!("CARGO_BIN_EXE_axum"));
    assert_eq!(example.fetch("/").trim(), "the application's own page");
}

#[test]
fn the_hyper_example_mounts_a_registry_under_a_prefix() {
    publishes_and_serves(env!("CARGO_BIN_EXE_hyper"));
}

/// The status of a request, and how many of its kind are left.
fn asked(example: &Example, method: &str, path: &str) -> String {
    const PROGRAM: &str = "
import sys, urllib.error, urllib.request
method, url = sys.argv[1:]
try:
    answer = urllib.request.urlopen(urllib.request.Request(url, method=method))
except urllib.error.HTTPError as error:
    answer = error
print(answer.status, answer.headers['X-RateLimit-Remaining'])
";
    let url = format!("{}{path}", example.address);
    let asked = example.python(&["-c", PROGRAM, method, &url]);
    asked.trim().to_owned()
}

#[test]
fn the_limiter_example_counts_in_one_table_and_leaves_the_internal_network_out() {
    let folder = tempfile::tempdir().unwrap();
    let one = Example::start(env!("CARGO_BIN_EXE_limiter"), folder.path());
    let other = Example::start(env!("CARGO_BIN_EXE_limiter"), folder.path());
    for (example, expected) in [
        (&one, "503 2"),
        (&other, "503 1"),
        (&one, "503 0"),
        (&other, "429 0"),
        (&one, "429 0"),
    ] {
        assert_eq!(asked(example, "POST", "/api/v1/scan"), expected);
    }
    for example in [&one, &other, &one] {
        let read = asked(example, "GET", "/api/v1/skills/hello");
        assert_eq!(read, "404 1000");
    }
}
