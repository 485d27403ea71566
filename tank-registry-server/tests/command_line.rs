//! The command line: what it prints where, and its exit status.

mod program;

use program::{Running, done, program, run};
use serde_json::Value;

#[test]
fn an_ill_formed_command_line_is_status_2_and_touches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for line in [
        "serv",
        "--listen 8470",
        "--listen localhost:8470",
        "--public-url r.example",
        "--migrate never",
        "serve --data",
        "check-config --listen 127.0.0.1:0",
        "admin",
        "admin user create Ada --email ada@example.org",
        "admin user create ada",
        "admin user create ada --email ada",
        "admin org create -acme --name Acme --owner ada",
        "admin org add acme ada --role boss",
        "admin org add acme ada",
        "admin grant add @acme/tools",
        "admin grant add @acme/tools --user ada --org acme",
        "admin grant add @acme/ --user ada",
        "admin skill visibility @acme/tools hidden",
        "admin key create",
        "admin key create --user ada --scope skills:all",
        "admin key create --user ada --expires-in-days 0",
        "admin key create --user ada --expires-in-days 366",
        "admin key create --user ada --per-day 0",
        "admin key revoke 17",
        "admin rescan @acme/",
        "admin release @acme/tools",
        "admin release @acme/tools 1.0.0",
        "admin held @acme/tools",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let output = run(folder.path(), &args);
        assert_eq!(output.status.code(), Some(2), "{line}: {output:?}");
        assert!(
            output.stdout.is_empty() && !output.stderr.is_empty(),
            "{line}"
        );
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_key_that_is_named_by_no_id_is_told_where_ids_are() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["admin", "key", "revoke", "xyz"]);
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8(output.stderr).unwrap();
    let sentence = "'xyz' for '<ID>': expected an id as `admin key list` prints it";
    assert!(complaint.contains(sentence), "{complaint}");
}

#[test]
fn a_folder_without_a_registry_is_refused_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let sentence = "./tank-registry-data holds no registry yet: start the server on it once first";
    for command in ["key list --user admin", "migrate"] {
        let line = format!("admin {command} --json");
        let args: Vec<&str> = line.split(' ').collect();
        let output = run(folder.path(), &args);
        assert_eq!(output.status.code(), Some(1), "{line}: {output:?}");
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(complaint.contains(sentence), "{complaint}");
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(answer["error"].as_str().unwrap().contains(sentence));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn an_empty_database_is_migrated_and_no_registry_until_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tank-registry-data");
    std::fs::create_dir_all(data.join("blobs")).unwrap();
    std::fs::write(data.join("registry.db"), "").unwrap();
    let migrate = ["admin", "migrate", "--json"];
    let migrated: Value = serde_json::from_str(&done(folder.path(), &migrate)).unwrap();
    assert_eq!(migrated["from"], 0);
    let list = ["admin", "key", "list", "--user", "admin"];
    let output = run(folder.path(), &list);
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("holds no registry yet"), "{complaint}");
    let started = Running::start(folder.path(), &["--migrate", "check"]);
    assert_eq!(started.stop().0, Some(0));
    done(folder.path(), &list);
}

#[test]
fn a_start_that_only_checks_makes_no_registry_and_says_which_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let checking = ["--listen", "127.0.0.1:0", "--migrate", "check"];
    let output = run(folder.path(), &checking);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("with --migrate auto"), "{complaint}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let first = Running::start(folder.path(), &["--migrate", "auto"]);
    assert_eq!(first.stop().0, Some(0));
    let second = Running::start(folder.path(), &["--migrate", "check"]);
    assert_eq!(second.stop().0, Some(0));
}

#[test]
fn wrong_settings_are_refused_by_check_config_and_by_a_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tank.toml"), "[server]\nlisen = 1\n").unwrap();
    for command in ["check-config", "serve"] {
        let output = run(folder.path(), &[command, "--config", "tank.toml"]);
        assert_eq!(output.status.code(), Some(1));
        let expected = "tank-registry-server: tank.toml:2: unknown setting server.lisen: did you mean server.listen?\n";
        assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
        assert!(output.stdout.is_empty());
    }
    let output = program(folder.path())
        .arg("check-config")
        .env("TANK_REGISTRY_LIMITS__ANONYMOUS_PER_HOUR", "5")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let expected =
        "anonymous_per_hour = 5  # environment variable TANK_REGISTRY_LIMITS__ANONYMOUS_PER_HOUR\n";
    assert!(String::from_utf8(output.stdout).unwrap().contains(expected));
}

#[test]
fn wrong_settings_of_an_admin_command_are_an_answer_too() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = "[server]\nlisen = 1\ndatta = 2\n";
    std::fs::write(folder.path().join("tank.toml"), wrong).unwrap();
    let list = ["admin", "key", "list", "--user", "admin"];
    for flags in [&["--config", "tank.toml"][..], &["--config", "none.toml"]] {
        let args = [&list[..], flags].concat();
        let output = run(folder.path(), &args);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap();
        let json = run(folder.path(), &[&args[..], &["--json"]].concat());
        assert_eq!(json.status.code(), Some(1), "{json:?}");
        assert_eq!(String::from_utf8(json.stderr).unwrap(), told);
        let answer: Value = serde_json::from_slice(&json.stdout).unwrap();
        let error = answer["error"].as_str().unwrap();
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(error.lines().count(), lines.len(), "{error}");
        for (line, error) in lines.iter().zip(error.lines()) {
            assert_eq!(*line, format!("tank-registry-server: {error}"));
        }
    }
}

#[test]
fn administration_works_beside_a_running_server_and_doing_it_again_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = Running::start(here, &[]);
    for line in [
        "admin user create ada --email ada@example.org",
        "admin org create acme --name Acme --owner admin",
        "admin org add acme ada --role member",
        "admin user suspend ada",
        "admin user restore ada",
        "admin reindex",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        done(here, &args);
        done(here, &args);
        let json = [&args[..], &["--json"]].concat();
        let answer: Value = serde_json::from_str(&done(here, &json)).unwrap();
        assert!(answer.is_object(), "{line}");
    }
    for line in [
        "admin user create ada --email other@example.org",
        "admin user suspend nobody",
        "admin org remove acme admin",
        "admin org add other ada --role member",
        "admin skill visibility @acme/tools public",
        "admin grant add @acme/tools --user ada",
        "admin key create --user nobody",
        "admin key revoke 01a210d9-80d6-72d3-8b7d-0eee5f76a9ca",
    ] {
        let args: Vec<&str> = line.split(' ').collect();
        let output = run(here, &args);
        assert_eq!(output.status.code(), Some(1), "{line}: {output:?}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn an_address_that_another_user_has_is_warned_of_beside_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    assert_eq!(Running::start(here, &[]).stop().0, Some(0));
    for (name, address, is_warned) in [
        ("ada", "ada@example.org", false),
        // Again the same user.
        ("ada", "ada@example.org", false),
        ("bob", "bob@example.org", false),
        ("eve", "Ada@example.org", true),
    ] {
        let create = [
            "admin", "user", "create", name, "--email", address, "--json",
        ];
        let output = run(here, &create);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (&answer["name"], &answer["email"]),
            (&name.into(), &address.into())
        );
        let told = String::from_utf8(output.stderr).unwrap();
        let warning = format!("warning: another user has the address {address} too");
        assert_eq!(told.contains(&warning), is_warned, "{told}");
        assert_eq!(told.is_empty(), !is_warned, "{told}");
    }
}

#[test]
fn a_key_is_printed_alone_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    assert_eq!(Running::start(here, &[]).stop().0, Some(0));
    // Without a running server too.
    let key = done(here, &["admin", "key", "create", "--user", "admin"]);
    assert!(
        key.starts_with("tank_") && key.len() == 55 && key.ends_with('\n'),
        "{key:?}"
    );
    let line = "admin key create --user admin --json --scope skills:read --scope skills:publish --per-day 7";
    let args: Vec<&str> = line.split(' ').collect();
    let created: Value = serde_json::from_str(&done(here, &args)).unwrap();
    assert_eq!(created["perDay"], 7);
    assert_eq!(
        created["scopes"],
        serde_json::json!(["skills:read", "skills:publish"])
    );
    let (id, secret) = (
        created["id"].as_str().unwrap(),
        created["key"].as_str().unwrap(),
    );
    for flags in [&["--json"][..], &[]] {
        let args = [&["admin", "key", "list", "--user", "admin"], flags].concat();
        let listed = done(here, &args);
        assert!(listed.contains(id), "{listed}");
        assert!(!listed.contains(key.trim()) && !listed.contains(secret));
    }
    done(here, &["admin", "key", "revoke", id]);
    done(here, &["admin", "key", "revoke", id]);
    let listed = done(here, &["admin", "key", "list", "--user", "admin", "--json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let keys = listed["keys"].as_array().unwrap();
    let states: Vec<bool> = keys.iter().map(|key| key["revokedAt"].is_null()).collect();
    assert_eq!(states, [true, true, false]);
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = program(folder.path())
        .arg("check-config")
        .stdout(writer)
        .output();
    let output = output.unwrap();
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(1), &b""[..])
    );
}
