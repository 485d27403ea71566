//! The examples run: mounted under a prefix they publish and serve like anywhere else, and their
//! own parts do what they are there for.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// An example that runs until it is dropped.
struct Example {
    process: Child,
    /// The administrator's, empty where another process has made the registry.
    key: String,
    address: String,
}

impl Example {
    fn start(program: &str, folder: &Path) -> Self {
        let mut process = Command::new(program)
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut next = || lines.next().unwrap().unwrap();
        let mut line = next();
        let key = line.strip_prefix("key ").unwrap_or_default().to_owned();
        if !key.is_empty() {
            line = next();
        }
        let address = line.strip_prefix("listening on ");
        let address = address.unwrap_or_else(|| panic!("{line}")).to_owned();
        Self {
            process,
            key,
            address,
        }
    }

    /// Runs Python, which the tests need anyway, with the registry's address and key.
    fn python(&self, arguments: &[&str]) -> String {
        let output = Command::new("python3")
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("TANK_REGISTRY_URL", format!("{}/registry", self.address))
            .env("TANK_TOKEN", &self.key)
            .output()
            .expect("python3 is needed: scripts/test installs it");
        let (stdout, stderr) = (output.stdout, String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{stderr}");
        String::from_utf8(stdout).unwrap()
    }

    fn fetch(&self, path: &str) -> String {
        let program =
            "import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())";
        self.python(&["-c", program, &format!("{}{path}", self.address)])
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

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
