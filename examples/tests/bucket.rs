//! The example of a registry on S3 runs, against a server that checks its signatures.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use tank_registry_tests::s3::{KEY, s3s_fs};
use tank_registry_tests::server::{Client, done, tool, workspace};

/// Ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_s3_example_keeps_its_packages_in_a_bucket_and_sends_clients_there() {
    let folder = tempfile::tempdir().unwrap();
    let (bucket, endpoint) = (s3s_fs().bucket().bucket, s3s_fs().url());
    let example = Command::new(env!("CARGO_BIN_EXE_s3"))
        .arg(folder.path())
        .args([&bucket, endpoint])
        .env("AWS_ACCESS_KEY_ID", KEY.0)
        .env("AWS_SECRET_ACCESS_KEY", KEY.1)
        .env_remove("AWS_SESSION_TOKEN")
        .env("AWS_REGION", "us-east-1")
        .stdout(Stdio::piped())
        .spawn();
    let mut example = Process(example.unwrap());
    let mut lines = BufReader::new(example.0.stdout.take().unwrap()).lines();
    let mut next = |prefix: &str| {
        let line = lines.next().unwrap().unwrap();
        let rest = line.strip_prefix(prefix).map(ToOwned::to_owned);
        rest.unwrap_or_else(|| panic!("{line}"))
    };
    let (key, url) = (next("key "), next("listening on "));

    let skill = folder.path().join("skill");
    std::fs::create_dir(&skill).unwrap();
    let manifest = r#"{"name":"hello","version":"1.0.0"}"#;
    std::fs::write(skill.join("tank.json"), manifest).unwrap();
    std::fs::write(skill.join("SKILL.md"), "# Hello\n").unwrap();
    let mut publish = tool("python3");
    publish.arg(workspace().join("examples/publish.py"));
    publish.arg(&skill).env("TANK_REGISTRY_URL", &url);
    assert_eq!(
        done(publish.env("TANK_TOKEN", key)),
        "published hello 1.0.0\n"
    );

    let client = Client::new(&url, None);
    assert!(client.link("hello", "1.0.0").starts_with(endpoint));
    client.download("hello", "1.0.0");
}
