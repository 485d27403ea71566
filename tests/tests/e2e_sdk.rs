//! The real Python client, `tank-sdk` from `PyPI`, against a real server.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use tank_registry_tests::server::{Place, Server, done, python_with};
use tank_registry_tests::wire::{integrity, manifest, pack, skill_files};

const CLIENT: &str = "tank-sdk==0.16.*";

/// What a few lines of Python print as JSON; `client` is the client, and knows the key.
fn ask(server: &Server, key: Option<&str>, lines: &str) -> Value {
    let program = format!(
        "import json, os\nimport tankpkg\nfrom tankpkg.errors import *\n\
         client = tankpkg.TankClient(token=os.environ.get('KEY'), registry_url=os.environ['URL'], \
         config_dir=os.environ['PLACE'], max_retries=0)\n{lines}\n"
    );
    let mut command = Command::new(python_with("tank-sdk", CLIENT));
    command.args(["-c", &program]).env("URL", &server.url);
    command.env("PLACE", server.place.folder());
    command.env("NO_PROXY", "*").env("no_proxy", "*");
    command.env_remove("TANK_TOKEN").env_remove("KEY");
    if let Some(key) = key {
        command.env("KEY", key);
    }
    serde_json::from_str(&done(&mut command)).unwrap()
}

#[test]
fn it_reads_what_is_there() {
    let server = Server::new();
    server
        .place
        .admin("org create acme --name Acme --owner admin");
    let mut first = manifest("@acme/tools", "1.0.0");
    first["description"] = json!("Checks invoices");
    first["permissions"] = json!({ "network": { "outbound": ["api.acme.com"] } });
    server.administrator().publish(&first);
    first["version"] = json!("1.1.0");
    let archive = server.administrator().publish(&first);

    let info = ask(
        &server,
        None,
        "print(json.dumps(client.info('@acme/tools')))",
    );
    assert_eq!(info, server.anonymous().skill("@acme/tools").json);
    assert_eq!(info["latestVersion"], "1.1.0");
    let versions = ask(
        &server,
        None,
        "print(json.dumps([v['version'] for v in client.versions('@acme/tools')['versions']]))",
    );
    assert_eq!(versions, json!(["1.1.0", "1.0.0"]));
    let detail = ask(
        &server,
        None,
        "d = client.version_detail('@acme/tools', '1.1.0')\n\
         print(json.dumps([d.name, d.version, d.integrity, d.permissions, d.description]))",
    );
    assert_eq!(
        detail,
        json!([
            "@acme/tools",
            "1.1.0",
            integrity(&archive),
            first["permissions"],
            "Checks invoices"
        ])
    );
}

#[test]
fn it_downloads_and_finds_the_bytes_intact() {
    let server = Server::new();
    let archive = server.administrator().publish_private("tools", "1.0.0");
    let key = server.place.first_key();
    let length = ask(
        &server,
        Some(&key),
        "print(len(client.download('tools', '1.0.0', dest=os.environ['PLACE'])))",
    );
    assert_eq!(length, archive.len());
    let file = server.place.folder().join("tools-1.0.0.tgz");
    assert_eq!(fs::read(file).unwrap(), archive);
}

#[test]
fn it_knows_who_a_key_belongs_to_and_that_a_dead_one_belongs_to_nobody() {
    const WHOAMI: &str = "me = client.whoami()\n\
        print(json.dumps(me and [me.name, me.email, bool(me.user_id)]))";
    let server = Server::new();
    server
        .place
        .admin("user create ada --email ada@example.org");
    let created = server.place.admin_json("key create --user ada");
    let key = created["key"].as_str().unwrap();
    let me = json!(["ada", "ada@example.org", true]);
    assert_eq!(ask(&server, Some(key), WHOAMI), me);
    let id = created["id"].as_str().unwrap();
    server.place.admin(&format!("key revoke {id}"));
    assert_eq!(ask(&server, Some(key), WHOAMI), Value::Null);
    assert_eq!(ask(&server, Some("tank_never"), WHOAMI), Value::Null);
    assert_eq!(ask(&server, None, WHOAMI), Value::Null);
}

#[test]
fn a_dead_key_still_reads_what_is_public() {
    let server = Server::new();
    server.administrator().publish(&manifest("tools", "1.0.0"));
    let name = ask(
        &server,
        Some("tank_never"),
        "print(json.dumps(client.info('tools')['name']))",
    );
    assert_eq!(name, "tools");
}

#[test]
fn what_is_not_there_or_not_to_be_seen_is_its_own_not_found_error() {
    const MISSING: &str = "answers = []\n\
        for name, version in [('tools', None), ('tools', '1.0.0'), ('nothing', None), ('open', '9.9.9')]:\n\
        \x20   try:\n\
        \x20       client.version_detail(name, version) if version else client.info(name)\n\
        \x20   except TankNotFoundError as error:\n\
        \x20       answers.append(str(error))\n\
        print(json.dumps(answers))";
    let server = Server::new();
    server.administrator().publish_private("tools", "1.0.0");
    server.administrator().publish(&manifest("open", "1.0.0"));
    let answers = ask(&server, None, MISSING);
    assert_eq!(
        answers,
        json!([
            "Skill not found",
            "Skill not found",
            "Skill not found",
            "Version 9.9.9 not found for open"
        ])
    );
}

#[test]
fn it_sees_a_spent_limit_as_a_network_error() {
    let server = Place::with(&[("limits.anonymous_per_hour", "1")]).start();
    assert_eq!(server.anonymous().skill("tools").status, 404);
    let answer = ask(
        &server,
        None,
        "try:\n    client.info('tools')\nexcept TankNetworkError as error:\n    print(json.dumps(str(error)))",
    );
    assert!(answer.as_str().unwrap().contains("429"), "{answer}");
}

#[test]
fn it_finds_skills_by_their_words_and_page_by_page() {
    let server = Server::new();
    for name in ["invoices", "invoice-tools", "weather"] {
        let mut skill = manifest(name, "1.0.0");
        skill["description"] = json!(format!("All about {name}"));
        server.administrator().publish(&skill);
    }
    let found = ask(
        &server,
        None,
        "def names(query, **page):\n\
         \x20   answer = client.search(query, **page)\n\
         \x20   return [[found['name'] for found in answer['results']], answer['total']]\n\
         print(json.dumps([names('invoice'), names('invocie'), names('weather', limit=1), names('', page=2, limit=2), names('nothing')]))",
    );
    let names = |list: &Value| {
        let mut names: Vec<String> = serde_json::from_value(list[0].clone()).unwrap();
        names.sort();
        (names.join(" "), list[1].as_u64().unwrap())
    };
    for at in [0, 1] {
        let both = ("invoice-tools invoices".to_owned(), 2);
        assert_eq!(names(&found[at]), both);
    }
    assert_eq!(found[2], json!([["weather"], 1]));
    assert_eq!(names(&found[3]).1, 3);
    assert_eq!(found[3][0].as_array().unwrap().len(), 1);
    assert_eq!(found[4], json!([[], 0]));
}

#[test]
fn it_lists_and_reads_the_files_of_a_version() {
    let server = Server::new();
    let skill = manifest("tools", "1.0.0");
    let reference = ("references/näme.md", b"# Reference\n".as_slice());
    let mut files = skill_files(&skill);
    files.push((reference.0.to_owned(), reference.1.to_vec()));
    server
        .administrator()
        .publish_archive(&skill, &pack(&files));
    let read = ask(
        &server,
        None,
        "missing = None\n\
         try:\n\
         \x20   client.read_file('tools', '1.0.0', 'absent.md')\n\
         except TankNotFoundError as error:\n\
         \x20   missing = str(error)\n\
         print(json.dumps([client.list_files('tools'), client.read_file('tools', '1.0.0', 'references/näme.md'), missing, \
         client.read_skill('tools').content]))",
    );
    let paths: Vec<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(read[0], json!(paths));
    assert_eq!(read[1], "# Reference\n");
    assert_eq!(read[2], "File not found: absent.md");
    let text = files.iter().find(|(path, _)| path == "SKILL.md").unwrap();
    assert_eq!(read[3].as_str().unwrap().as_bytes(), text.1);
}

#[test]
fn it_audits_a_version_and_knows_its_permissions() {
    let server = Server::new();
    let mut skill = manifest("tools", "1.0.0");
    skill["permissions"] = json!({ "network": { "outbound": ["api.acme.com"] } });
    server.administrator().publish(&skill);
    let known = ask(
        &server,
        None,
        "a = client.audit('tools')\n\
         print(json.dumps([a.version, a.audit_status, a.scan_findings, client.permissions('tools')]))",
    );
    let shown = server.anonymous().version("tools", "1.0.0");
    let findings = &shown.json["scanFindings"];
    let expected = json!(["1.0.0", "completed", findings, skill["permissions"]]);
    assert_eq!(known, expected);
    let found: Vec<(&Value, &Value)> = findings
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (&finding["severity"], &finding["type"]))
        .collect();
    let bare = (&json!("low"), &json!("invalid_frontmatter"));
    assert!(found.contains(&bare), "{shown:?}");
}

#[test]
fn it_stars_with_a_key_and_is_refused_without_one() {
    const STAR: &str = "def refusal(call, name):\n\
        \x20   try:\n\
        \x20       call(name)\n\
        \x20   except TankError as error:\n\
        \x20       return type(error).__name__\n\
        print(json.dumps([refusal(client.star, 'tools'), client.get_star_count('tools')['count'], \
        refusal(client.unstar, 'tools'), client.get_star_count('tools')['count'], refusal(client.star, 'hidden')]))";
    let server = Server::new();
    server.administrator().publish(&manifest("tools", "1.0.0"));
    server.administrator().publish_private("hidden", "1.0.0");
    server
        .place
        .admin("user create ada --email ada@example.org");
    let created = server.place.admin_json("key create --user ada");
    let starred = ask(&server, Some(created["key"].as_str().unwrap()), STAR);
    assert_eq!(starred, json!([null, 1, null, 0, "TankNotFoundError"]));
    for key in [None, Some("tank_never")] {
        let refused = ask(&server, key, STAR);
        let auth = "TankAuthError";
        assert_eq!(refused, json!([auth, 0, auth, 0, auth]));
    }
}

#[test]
fn a_spent_limit_outlasts_its_own_retries() {
    let server = Place::with(&[("limits.anonymous_per_hour", "1")]).start();
    assert_eq!(server.anonymous().skill("tools").status, 404);
    let answer = ask(
        &server,
        None,
        "patient = tankpkg.TankClient(registry_url=os.environ['URL'], config_dir=os.environ['PLACE'], max_retries=1)\n\
         try:\n    patient.info('tools')\nexcept TankNetworkError as error:\n    print(json.dumps(str(error)))",
    );
    assert!(answer.as_str().unwrap().contains("429"), "{answer}");
}
