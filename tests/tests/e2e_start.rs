//! How a server starts, or refuses to, and how it ends.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::fs;
use std::net::TcpStream;

use serde_json::{Value, json};
use tank_registry_tests::server::{Place, Ran, Server, until};
use tank_registry_tests::wire::{integrity, manifest, pack, skill_files};

const SECRET: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

/// That a place is refused, both by a start and by `check-config`, with all these words in one
/// line, and that nothing was made.
fn assert_refused(place: &Place, flags: &[&str], words: &[&str]) {
    let start = Ran::of(place.serving().args(flags));
    let mut all = vec![start];
    if flags.is_empty() {
        all.push(place.run("check-config"));
    }
    for ran in all {
        assert_eq!(ran.status, Some(1), "{ran:?}");
        assert_eq!(ran.stdout, "", "{ran:?}");
        let complaint = ran.stderr.strip_prefix("tank-registry-server: ");
        let complaint = complaint.unwrap_or_else(|| panic!("{ran:?}"));
        for word in words {
            assert!(complaint.contains(word), "no {word} in {complaint}");
        }
    }
    assert!(!place.data().exists());
}

#[test]
fn a_setting_that_is_unknown_or_wrong_is_refused_with_its_name_its_place_and_what_is_right() {
    for (name, value, words) in [
        (
            "server.lisen",
            "127.0.0.1:0",
            [
                "unknown setting server.lisen",
                "TANK_REGISTRY_SERVER__LISEN",
                "server.listen",
            ],
        ),
        (
            "limits.anonymous_per_hour",
            "many",
            [
                "limits.anonymous_per_hour",
                "TANK_REGISTRY_LIMITS__ANONYMOUS_PER_HOUR",
                "expected a number from 1, or \"unlimited\"",
            ],
        ),
        (
            "server.public_url",
            "r.example",
            [
                "server.public_url",
                "TANK_REGISTRY_SERVER__PUBLIC_URL",
                "https://",
            ],
        ),
    ] {
        assert_refused(&Place::with(&[(name, value)]), &[], &words);
    }
}

#[test]
fn a_line_of_the_file_that_is_unknown_or_wrong_is_refused_with_its_number() {
    let place = Place::new();
    let file = place.folder().join("tank.toml");
    let path = file.to_str().unwrap();
    for (text, words) in [
        (
            "[server]\nport = 1\n",
            ["tank.toml:2", "server.port", "listen"],
        ),
        (
            "\n\n[sqlite]\nreaders = 0\n",
            ["tank.toml:4", "sqlite.readers", "from 1 to 64"],
        ),
        ("[server\n", ["tank.toml:1", "expected TOML", ""]),
    ] {
        fs::write(&file, text).unwrap();
        assert_refused(&place, &["--config", path], &words);
        let checked = place.run("check-config --config tank.toml");
        assert_eq!((checked.status, &*checked.stdout), (Some(1), ""));
        assert!(checked.stderr.contains(words[0]), "{checked:?}");
    }
}

#[test]
fn an_address_that_others_reach_needs_a_public_url_which_then_is_in_every_link() {
    let line = "public_url = \"http://registry.example.org:8470\"";
    let words = [
        "server.listen is 0.0.0.0:8470",
        line,
        "TANK_REGISTRY_SERVER__LISTEN",
    ];
    let place = Place::with(&[("server.listen", "0.0.0.0:8470")]);
    let checked = place.run("check-config");
    assert_eq!(checked.status, Some(1));
    for word in words {
        assert!(checked.stderr.contains(word), "{checked:?}");
    }
    let start = Ran::of(place.program().arg("--data").arg(place.data()));
    assert_eq!((start.status, &start.stderr), (Some(1), &checked.stderr));
    assert!(!place.data().exists());

    let place = Place::new().listening("0.0.0.0:0");
    let server = place
        .flag("--public-url")
        .flag("https://r.example/tank")
        .start();
    let started = server.administrator().start(&manifest("tools", "1.0.0"));
    let upload = started.text("uploadUrl");
    assert!(
        upload.starts_with("https://r.example/tank/api/storage/"),
        "{upload}"
    );
}

#[test]
fn check_config_shows_what_is_in_effect_and_where_it_is_from_but_no_secret() {
    let place = Place::with(&[
        ("limits.key_per_day", "7"),
        ("storage.signing_secret", SECRET),
    ]);
    fs::write(
        place.folder().join("tank.toml"),
        "[log]\nformat = \"json\"\n",
    )
    .unwrap();
    let ran = place.run("check-config --config tank.toml");
    assert_eq!((ran.status, &*ran.stderr), (Some(0), ""));
    for line in [
        "listen = \"127.0.0.1:8470\"",
        "key_per_day = 7  # environment variable TANK_REGISTRY_LIMITS__KEY_PER_DAY",
        "format = \"json\"  # tank.toml:2",
    ] {
        assert!(ran.stdout.contains(line), "no {line} in {}", ran.stdout);
    }
    assert!(!ran.stdout.contains(SECRET));
    assert!(!place.data().exists());
}

#[test]
fn a_secret_may_be_in_a_file() {
    let place = Place::new();
    let file = place.folder().join("secret");
    fs::write(&file, format!("{SECRET}\n")).unwrap();
    let file = file.to_str().unwrap();
    let server = place
        .variable("TANK_REGISTRY_STORAGE__SIGNING_SECRET_FILE", file)
        .start();
    let archive = server.administrator().publish(&manifest("tools", "1.0.0"));
    assert_eq!(server.anonymous().download("tools", "1.0.0"), archive);
}

#[test]
fn what_clients_and_orchestrators_put_into_the_environment_is_no_setting() {
    let place = Place::new()
        .variable("TANK_REGISTRY_URL", "https://elsewhere.example")
        .variable("TANK_REGISTRY_PORT", "tcp://10.0.0.7:8470")
        .variable("TANK_REGISTRY_PORT_8470_TCP_ADDR", "10.0.0.7")
        .variable("TANK_REGISTRY_SERVICE_HOST", "10.0.0.7")
        .variable("TANK_TOKEN", "tank_other");
    assert_eq!(place.run("check-config").status, Some(0));
    let server = place.start();
    assert_eq!(server.administrator().whoami().status, 200);
}

#[test]
fn of_servers_that_start_at_once_one_makes_the_registry_and_all_serve() {
    const SERVERS: usize = 4;
    let place = Place::new();
    let servers: Vec<Server> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..SERVERS)
            .map(|_| scope.spawn(|| place.start()))
            .collect();
        starting
            .into_iter()
            .map(|one| one.join().unwrap())
            .collect()
    });
    let archive = servers[0]
        .administrator()
        .publish(&manifest("tools", "1.0.0"));
    for server in &servers {
        assert_eq!(server.administrator().whoami().text("name"), "admin");
        assert_eq!(server.anonymous().download("tools", "1.0.0"), archive);
    }
    // What one revokes, the others refuse.
    let key = place.admin_json("key create --user admin");
    let secret = key["key"].as_str().unwrap();
    let statuses = || {
        servers
            .iter()
            .map(|server| server.client(secret).whoami().status)
    };
    assert!(statuses().all(|status| status == 200));
    let id = key["id"].as_str().unwrap();
    place.admin(&format!("key revoke {id}"));
    assert!(statuses().all(|status| status == 401));
    let ended: Vec<_> = servers.into_iter().map(Server::stop).collect();
    assert!(ended.iter().all(|one| one.status == Some(0)), "{ended:?}");
    let makers = ended.iter().filter(|one| one.stderr.contains("first-key"));
    assert_eq!(makers.count(), 1, "{ended:?}");
}

#[test]
fn a_server_asked_to_end_lets_a_slow_upload_finish_and_keeps_it() {
    let server = Server::new();
    let manifest = manifest("tools", "1.0.0");
    let archive = pack(&skill_files(&manifest));
    let started = server.administrator().start(&manifest);
    let target = started.text("uploadUrl").strip_prefix(&server.url).unwrap();
    let (first, rest) = archive.split_at(archive.len() / 2);
    let mut client = server.connect();
    let length = archive.len();
    client.send(format!(
        "PUT {target} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    ));
    // Asked for its body, so the request runs.
    client.read_until("HTTP/1.1 100 Continue\r\n\r\n");
    client.send(first);
    server.signal("TERM");
    until("nobody is let in any more", || {
        TcpStream::connect(server.address()).err()
    });
    client.send(rest);
    let answer = client.read_to_end();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.ends_with(r#"{"ok":true}"#), "{answer}");
    let place = server.place.clone();
    let ended = server.wait();
    assert_eq!(ended.status, Some(0), "{ended:?}");

    let server = place.start();
    let confirmed = server
        .administrator()
        .confirm(started.text("versionId"), &integrity(&archive));
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    assert_eq!(server.anonymous().download("tools", "1.0.0"), archive);
}

#[test]
fn a_request_that_never_ends_does_not_keep_a_server_from_ending() {
    let server = Place::with(&[("server.shutdown_timeout_seconds", "1")]).start();
    let key = server.place.first_key();
    let mut client = server.connect();
    client.send(format!(
        "POST /api/v1/skills HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"
    ));
    client.read_until("HTTP/1.1 100 Continue\r\n\r\n");
    let ended = server.stop();
    assert_eq!(ended.status, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("cut"), "{ended:?}");
}

#[test]
fn a_database_is_only_brought_up_to_date_where_that_is_wanted() {
    let place = Place::new();
    let checking = place.clone().flag("--migrate").flag("check");
    let refused = Ran::of(&mut checking.serving());
    assert_eq!((refused.status, &*refused.stdout), (Some(1), ""));
    assert!(refused.stderr.contains("--migrate auto"), "{refused:?}");
    // Nothing is made by asking for what is there to be migrated.
    assert_eq!(place.run("admin migrate").status, Some(1));
    assert_eq!(place.clone().start().stop().status, Some(0));

    let migrated = place.admin_json("migrate");
    let latest = migrated["to"].as_u64().unwrap();
    assert!(latest > 0);
    assert_eq!(migrated["from"], json!(latest));
    let text = format!("the database is at version {latest} already");
    assert_eq!(place.admin("migrate"), text);
    let server = checking.start();
    assert_eq!(server.administrator().whoami().status, 200);
    // Beside a running server too.
    let again: Value = place.admin_json("migrate");
    assert_eq!(again, json!({ "from": latest, "to": latest }));
}
