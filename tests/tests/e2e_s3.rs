//! A real server that keeps its packages in a bucket.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::fs;

use tank_registry_tests::s3::{KEY, S3, moto, s3s_fs};
use tank_registry_tests::server::{Place, Ran, Server, done, tool, workspace};
use tank_registry_tests::wire::{integrity, manifest, pack, skill_files};

/// A place whose packages are in a bucket that nobody has used.
fn place(server: &S3, settings: &[(&str, &str)]) -> Place {
    let bucket = server.bucket();
    let mut all = vec![
        ("storage.kind", "s3"),
        ("s3.bucket", &*bucket.bucket),
        ("s3.endpoint", server.url()),
        ("s3.region", "us-east-1"),
        ("s3.prefix", &*bucket.prefix),
        ("s3.allow_http", "true"),
        ("s3.access_key_id", KEY.0),
        ("s3.secret_access_key", KEY.1),
    ];
    all.extend(settings);
    Place::with(&all)
}

const PRESIGNED: [(&str, &str); 2] = [
    ("s3.presigned_uploads", "true"),
    ("s3.presigned_downloads", "true"),
];

#[test]
fn what_the_example_publishes_is_read_from_the_bucket_also_after_a_restart() {
    let server = place(s3s_fs(), &[]).start();
    let mut example = tool("python3");
    example
        .args(["examples/publish.py", "examples/hello"])
        .current_dir(workspace())
        .env("TANK_REGISTRY_URL", &server.url)
        .env("TANK_TOKEN", server.place.first_key());
    server
        .place
        .admin("org create acme --name Acme --owner admin");
    done(&mut example);
    let archive = server.anonymous().download("@acme/hello", "1.0.0");
    let place = server.place.clone();
    // All that is left here is the database.
    assert!(!place.data().join("blobs").exists());
    server.stop();
    let server = place.start();
    let again = server.anonymous().download("@acme/hello", "1.0.0");
    assert_eq!(again, archive);
    let link = server.anonymous().link("@acme/hello", "1.0.0");
    assert!(link.starts_with(&server.url), "{link}");
}

#[test]
fn archives_go_to_the_bucket_and_come_from_it_where_that_is_switched_on() {
    for bucket in [s3s_fs(), moto()] {
        let server = place(bucket, &PRESIGNED).start();
        let client = server.administrator();
        let started = client.start(&manifest("tools", "1.0.0"));
        let link = started.text("uploadUrl");
        assert!(link.starts_with(bucket.url()), "{link}");
        let archive = client.publish(&manifest("tools", "1.0.0"));
        let reader = server.anonymous();
        let link = reader.link("tools", "1.0.0");
        assert!(link.starts_with(bucket.url()), "{link}");
        assert_eq!(reader.get(&link).bytes, archive);
        // Confirmed is confirmed, whatever the old link is still good for.
        let put = client.put(started.text("uploadUrl"), b"something else");
        assert_eq!(put.status, 200);
        assert_eq!(reader.download("tools", "1.0.0"), archive);
    }
}

#[test]
fn a_private_archive_is_kept_by_no_shared_cache() {
    let server = place(moto(), &PRESIGNED).start();
    let client = server.administrator();
    let caching = |name: &str| {
        let answer = client.get(&client.link(name, "1.0.0"));
        assert_eq!(answer.headers["content-type"], "application/gzip");
        assert!(!answer.headers.contains_key("content-encoding"));
        answer.headers["cache-control"].clone()
    };
    client.publish(&manifest("open", "1.0.0"));
    client.publish_private("hidden", "1.0.0");
    assert_eq!(caching("open"), "public, max-age=3600, immutable");
    assert_eq!(caching("hidden"), "private, no-store");
    assert_eq!(server.anonymous().version("hidden", "1.0.0").status, 404);
}

#[test]
fn what_went_to_the_bucket_unseen_is_measured_before_it_is_read() {
    let settings = [PRESIGNED[0], ("limits.archive_bytes", "64 KiB")];
    let settings = [&settings[..], &[("limits.max_staged_bytes", "96 KiB")]].concat();
    let server = place(s3s_fs(), &settings).start();
    let client = server.administrator();
    let start = |version| client.start(&manifest("tools", version));
    let started = start("1.0.0");
    let large = vec![b'x'; 65 << 10];
    assert_eq!(client.put(started.text("uploadUrl"), &large).status, 200);
    let refused = client.confirm(started.text("versionId"), &integrity(&large));
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_eq!(refused.text("error"), "Invalid package");
    // A small one may follow, and a larger one behind it is counted as what it is.
    for (bytes, expected) in [(10 << 10, 400), (60 << 10, 400)] {
        let body = vec![b'x'; bytes];
        assert_eq!(client.put(started.text("uploadUrl"), &body).status, 200);
        let refused = client.confirm(started.text("versionId"), &integrity(&body));
        assert_eq!(refused.status, expected, "{refused:?}");
    }
    let second = start("1.0.1");
    let body = vec![b'x'; 40 << 10];
    assert_eq!(client.put(second.text("uploadUrl"), &body).status, 200);
    let refused = client.confirm(second.text("versionId"), &integrity(&body));
    assert_eq!(
        refused.status, 429,
        "60 and 40 KiB are more than 96: {refused:?}"
    );
    let archive = pack(&skill_files(&manifest("tools", "1.0.0")));
    assert_eq!(client.put(started.text("uploadUrl"), &archive).status, 200);
    let confirmed = client.confirm(started.text("versionId"), &integrity(&archive));
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_large_upload_takes_the_memory_of_one_part() {
    let server = place(s3s_fs(), &[]).start();
    let client = server.administrator();
    client.publish(&manifest("warm", "1.0.0"));
    let before = peak_memory(server.pid());
    let started = client.start(&manifest("tools", "1.0.0"));
    let put = client.put(started.text("uploadUrl"), &vec![b'x'; 48 << 20]);
    assert_eq!(put.status, 200, "{put:?}: {}", server.told());
    let grown = peak_memory(server.pid()) - before;
    assert!(grown < 24, "{grown} MiB for 48");
}

/// The most memory that a process ever held, in MiB.
#[cfg(target_os = "linux")]
fn peak_memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.unwrap().parse::<u64>().unwrap() >> 10
}

#[test]
fn a_bucket_that_does_not_work_ends_the_start_with_one_sentence() {
    let wrong = place(s3s_fs(), &[("s3.secret_access_key", "wrong")]);
    let missing = place(s3s_fs(), &[("s3.bucket", "missing")]);
    for (place, sentence) in [
        (wrong, "correct the secret of the access key"),
        (missing, "there is no bucket `missing`"),
    ] {
        let ran = Ran::of(&mut place.serving());
        assert_eq!((ran.status, &*ran.stdout), (Some(1), ""));
        assert!(ran.stderr.contains(sentence), "{}", ran.stderr);
        assert!(!ran.stderr.contains(KEY.1), "{}", ran.stderr);
    }
}

#[test]
fn commands_of_an_operator_do_not_need_the_bucket() {
    let server = place(moto(), &[]).start();
    let nowhere = server
        .place
        .clone()
        .variable("TANK_REGISTRY_S3__ENDPOINT", "http://127.0.0.1:9");
    let created = nowhere.admin_json("user create ada --email ada@example.org");
    assert_eq!(created["name"], "ada", "{created}");
}

#[test]
fn wrong_settings_of_a_bucket_say_where_they_came_from() {
    for (name, value, sentence) in [
        ("s3.endpoint", "http://192.0.2.1:9000", "is not encrypted"),
        ("s3.endpoint", "s3.example.org", "is no endpoint"),
        ("s3.prefix", "a/../b", "is no prefix"),
        ("s3.bucket", "a/b", "is no name of a bucket"),
        ("s3.access_key_id", "half", "an id and a secret"),
    ] {
        let settings = [("storage.kind", "s3"), ("s3.bucket", "b")];
        let place = Place::with(&[&settings[..], &[(name, value)]].concat());
        let ran = place.run("check-config");
        assert_eq!(ran.status, Some(1), "{name}: {ran:?}");
        assert!(ran.stderr.contains(sentence), "{name}: {}", ran.stderr);
        let variable = name.replace('.', "__").to_ascii_uppercase();
        let is_named = ran.stderr.contains(&variable) || name == "s3.access_key_id";
        assert!(is_named, "{name}: {}", ran.stderr);
    }
    let none = Place::with(&[("storage.kind", "s3")]).run("check-config");
    assert!(none.stderr.contains("s3.bucket"), "{none:?}");
}

#[test]
fn a_secret_may_lie_in_a_file_and_is_never_shown() {
    let place = place(moto(), &[]);
    let file = place.folder().join("secret");
    fs::write(&file, "from-a-file\n").unwrap();
    let shown = place.run("check-config");
    assert_eq!(shown.status, Some(0), "{shown:?}");
    assert!(shown.stdout.contains("kind = \"s3\""), "{shown:?}");
    assert!(!shown.stdout.contains(KEY.1), "{shown:?}");
    let twice = place
        .variable(
            "TANK_REGISTRY_S3__SECRET_ACCESS_KEY_FILE",
            file.to_str().unwrap(),
        )
        .run("check-config");
    assert!(twice.stderr.contains("given twice"), "{twice:?}");
}

#[test]
fn two_servers_share_a_bucket() {
    let first = place(moto(), &[]).start();
    let archive = first.administrator().publish(&manifest("tools", "1.0.0"));
    let second: Server = first.place.start();
    assert_eq!(second.anonymous().download("tools", "1.0.0"), archive);
    second.administrator().publish(&manifest("tools", "1.0.1"));
    first.anonymous().download("tools", "1.0.1");
}
