//! What `docs/operating.md` tells an operator to type does what it says.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::path::Path;

use tank_registry_tests::server::{Place, Server, done, tool};
use tank_registry_tests::wire::manifest;

const GUIDE: &str = include_str!("../../docs/operating.md");

/// The script that the guide shows under this comment.
fn script(title: &str) -> &'static str {
    let begin = format!("```sh\n# {title}: ");
    let at = GUIDE.find(&begin).unwrap() + "```sh\n".len();
    GUIDE[at..].split_once("```").unwrap().0
}

fn run(title: &str, data: &Path, backup: &Path) {
    let mut shell = tool("bash");
    shell.args(["-eu", "-c", script(title)]);
    done(shell.env("DATA", data).env("BACKUP", backup));
}

#[test]
fn every_command_of_the_guide_is_one_that_the_program_takes() {
    let place = Place::new();
    let commands: Vec<&str> = GUIDE
        .lines()
        .filter_map(|line| line.strip_prefix("$ tank-registry-server "))
        .collect();
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        let ran = place.run(&format!("{command} --help"));
        assert_eq!(ran.status, Some(0), "{command}: {}", ran.stderr);
    }
}

#[test]
fn a_backup_of_a_running_server_is_restored_as_it_was() {
    // The scripts are the guide's, which takes it for granted that this is there.
    tool("sqlite3");
    let server = Server::new();
    let administrator = server.administrator();
    let archive = administrator.publish(&manifest("hello", "1.0.0"));
    let backup = server.place.folder().join("backup");
    run("backup", &server.place.data(), &backup);
    administrator.publish(&manifest("hello", "1.1.0"));
    let key = server.place.first_key();

    let restored = Place::new();
    run("restore", &restored.data(), &backup);
    let restored = restored.start();
    let administrator = restored.client(&key);
    assert_eq!(administrator.whoami().status, 200);
    assert_eq!(administrator.download("hello", "1.0.0"), archive);
    assert_eq!(administrator.version("hello", "1.1.0").status, 404);
    // The archive that only the old database knew does no harm to whoever publishes it again.
    administrator.publish(&manifest("hello", "1.1.0"));
    assert_eq!(administrator.version("hello", "1.1.0").status, 200);
}
