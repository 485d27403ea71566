//! A skill goes into a real server and comes out again.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tank_registry_tests::server::{Client, Place, Server, done, tool, until, workspace};
use tank_registry_tests::wire::{integrity, manifest, noise, pack};

/// Packs a folder with the tar of the system, naming these of its entries.
fn packed(folder: &Path, entries: &[&str]) -> Vec<u8> {
    let archive = tempfile::NamedTempFile::new().unwrap();
    let mut tar = tool("tar");
    tar.arg("czf").arg(archive.path()).arg("-C").arg(folder);
    done(tar.args(entries));
    fs::read(archive.path()).unwrap()
}

/// A folder with a skill of this manifest.
fn skill_folder(manifest: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| fs::write(folder.path().join(path), text).unwrap();
    write("tank.json", &manifest.to_string());
    write("SKILL.md", "# Tools\n");
    fs::create_dir(folder.path().join("references")).unwrap();
    write("references/größe.md", "Grüße\n");
    folder
}

#[test]
fn a_folder_packed_by_the_system_tar_comes_back_byte_for_byte() {
    let server = Server::new();
    let ada = server.client(&server.place.user("ada"));
    for (version, entries) in [
        ("1.0.0", &["."][..]),
        ("1.0.1", &["./SKILL.md", "./tank.json", "./references"]),
        ("1.0.2", &["SKILL.md", "references", "tank.json"]),
    ] {
        let manifest = manifest("tools", version);
        let archive = packed(skill_folder(&manifest).path(), entries);
        let answer = ada.publish_archive(&manifest, &archive);
        assert_eq!(answer.status, 200, "{answer:?}");
        let detail = server.anonymous().version("tools", version);
        assert_eq!(detail.text("integrity"), integrity(&archive));
        assert_eq!(detail.json["fileCount"], 3);
        assert_eq!(detail.json["tarballSize"], archive.len());
        assert_eq!(detail.text("readme"), "# Tools\n");
        assert_eq!(server.anonymous().download("tools", version), archive);
    }
    let skill = server.anonymous().skill("tools");
    assert_eq!(skill.text("latestVersion"), "1.0.2");
}

#[test]
fn the_example_is_published_by_the_example() {
    let server = Server::new();
    server
        .place
        .admin("org create acme --name Acme --owner admin");
    let mut publish = tool("python3");
    publish
        .current_dir(workspace())
        .args(["examples/publish.py", "examples/hello"])
        .env("TANK_REGISTRY_URL", &server.url)
        .env("TANK_TOKEN", server.place.first_key());
    assert_eq!(done(&mut publish), "published @acme/hello 1.0.0\n");

    let skill = server.anonymous().skill("%40acme%2Fhello");
    assert_eq!(skill.text("latestVersion"), "1.0.0");
    let archive = server.anonymous().download("@acme/hello", "1.0.0");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hello.tgz");
    fs::write(&file, archive).unwrap();
    let mut unpack = tool("tar");
    unpack.arg("xzf").arg(&file).arg("-C").arg(folder.path());
    done(&mut unpack);
    for path in ["tank.json", "SKILL.md", "references/names.md"] {
        let (there, here) = (folder.path(), workspace().join("examples/hello"));
        let there = fs::read(there.join(path)).unwrap();
        assert_eq!(there, fs::read(here.join(path)).unwrap(), "{path}");
    }
    // Publishing it again is refused in words.
    let again = publish.output().unwrap();
    assert!(!again.status.success());
    let complaint = String::from_utf8(again.stderr).unwrap();
    assert!(
        complaint.contains("409") && complaint.contains("already exists"),
        "{complaint}"
    );
}

#[test]
fn a_skill_with_200_files_and_20_mib_goes_through() {
    let server = Server::new();
    let manifest = manifest("heavy", "1.0.0");
    let mut files = vec![
        ("SKILL.md".to_owned(), b"# Heavy\n".to_vec()),
        ("tank.json".to_owned(), manifest.to_string().into_bytes()),
    ];
    for seed in 0..198 {
        let length = if seed < 5 { 4 << 20 } else { 1 << 10 };
        files.push((format!("data/{seed:03}"), noise(length, seed)));
    }
    let archive = pack(&files);
    assert!(archive.len() > 20 << 20);
    let answer = server.administrator().publish_archive(&manifest, &archive);
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(server.anonymous().download("heavy", "1.0.0") == archive);
    let detail = server.anonymous().version("heavy", "1.0.0");
    assert_eq!(detail.json["fileCount"], 200);
}

#[test]
fn a_restart_keeps_everything() {
    /// Everything a caller sees of a skill; the server's address in links may change.
    fn seen(client: &Client) -> [Value; 3] {
        let mut detail = client.version("tools", "1.0.0").json;
        detail["downloadUrl"].take();
        let versions = client.skill("tools/versions").json;
        [client.skill("tools").json, versions, detail]
    }
    let server = Server::new();
    let key = server.place.user("ada");
    let ada = server.client(&key);
    let archive = ada.publish_private("tools", "1.0.0");
    let open = ada.start(&manifest("tools", "1.1.0"));
    let link = ada.link("tools", "1.0.0");
    assert_eq!(ada.get(&link).bytes, archive);
    let before = seen(&ada);
    let (url, place) = (server.url.clone(), server.place.clone());
    assert_eq!(server.stop().status, Some(0));

    let server = place.start();
    let ada = server.client(&key);
    assert_eq!(seen(&ada), before);
    assert_eq!(before[0]["downloads"], 1);
    assert_eq!(server.anonymous().skill("tools").status, 404);
    // Links are signed with a secret that stays, uploads go on where they were.
    let moved = |link: &str| link.replace(&url, &server.url);
    assert_eq!(ada.get(&moved(&link)).bytes, archive);
    let files = tank_registry_tests::wire::skill_files(&manifest("tools", "1.1.0"));
    let archive = pack(&files);
    let put = ada.put(&moved(open.text("uploadUrl")), &archive);
    assert_eq!(put.status, 200, "{put:?}");
    let confirmed = ada.confirm(open.text("versionId"), &integrity(&archive));
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
}

#[test]
fn the_commands_to_try_next_work_as_they_are_printed() {
    let server = Place::new().in_workspace().start();
    let commands = until("three commands are printed", || {
        let told = server.told();
        let (_, next) = told.split_once("Try next:\n\n")?;
        let lines = next.lines().map_while(|line| line.strip_prefix("    "));
        let commands: Vec<String> = lines.map(ToOwned::to_owned).collect();
        (commands.len() == 3).then_some(commands)
    });
    let printed: Vec<String> = commands
        .iter()
        .map(|command| done(tool("sh").current_dir(workspace()).args(["-c", command])))
        .collect();
    assert_eq!(printed[0], "organization acme is there, owned by admin\n");
    assert_eq!(printed[1], "published @acme/hello 1.0.0\n");
    let read: Value = serde_json::from_str(&printed[2]).unwrap();
    assert_eq!(read["name"], json!("@acme/hello"));
}

#[cfg(unix)]
#[test]
fn the_first_key_is_its_owners_alone_and_only_its_path_is_printed() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::new();
    let (data, key) = (server.place.data(), server.place.first_key());
    for (path, mode) in [(data.clone(), 0o700), (data.join("first-key"), 0o600)] {
        let found = fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(found & 0o777, mode);
    }
    let me = server.client(&key).whoami();
    assert_eq!((me.status, me.text("name")), (200, "admin"));
    let place = server.place.clone();
    let text = server.stop().stderr;
    assert!(text.contains(&data.join("first-key").display().to_string()));
    assert!(!text.contains(&key));
    // The next start has nothing to tell of it.
    assert!(!place.start().stop().stderr.contains("first-key"));
    assert_eq!(place.first_key(), key);
}
