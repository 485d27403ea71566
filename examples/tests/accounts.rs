//! The example with accounts and teams of the host's own: no key of the registry is ever used.

mod common;

use common::Example;
use serde_json::Value;

struct Person<'a> {
    example: &'a Example,
    session: String,
}

impl<'a> Person<'a> {
    fn signed_in(example: &'a Example, login: &str) -> Self {
        let (status, session) = example.call("POST", "/login", &[], login);
        assert_eq!(status, 200, "{session}");
        Self { example, session }
    }

    /// As a browser does.
    fn call(&self, method: &str, path: &str) -> (u16, Value) {
        let cookie = format!("theme=dark; session={}", self.session);
        let (status, body) = self.example.call(method, path, &[("cookie", &cookie)], "");
        (status, serde_json::from_str(&body).unwrap_or_default())
    }

    fn reads(&self, path: &str) -> u16 {
        self.call("GET", path).0
    }
}

const SKILL: &str = "/registry/api/v1/skills/@acme/deploy";

/// Publishes a private skill of the team.
fn publish(example: &Example, person: &Person<'_>) {
    let skill = tempfile::tempdir().unwrap();
    std::fs::write(
        skill.path().join("tank.json"),
        r#"{"name":"@acme/deploy","version":"1.0.0","visibility":"private"}"#,
    )
    .unwrap();
    std::fs::write(skill.path().join("SKILL.md"), "# Deploy\n").unwrap();
    let arguments = ["publish.py", skill.path().to_str().unwrap()];
    // As a program does: the session stands where a key would.
    let published = example.python_as(&person.session, &arguments);
    assert_eq!(published, "published @acme/deploy 1.0.0\n");
}

#[test]
fn somebody_of_the_host_publishes_and_only_the_team_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let example = Example::start(env!("CARGO_BIN_EXE_accounts"), folder.path());
    let [ada, bob, eve] = ["ada", "bob", "eve"].map(|login| Person::signed_in(&example, login));
    publish(&example, &ada);

    let (status, who) = bob.call("GET", "/registry/api/v1/auth/whoami");
    assert_eq!((status, &who["name"]), (200, &Value::from("bob")));
    assert_eq!(ada.call("GET", SKILL).1["publisher"]["name"], "ada");
    assert_eq!(bob.reads(SKILL), 200);
    assert_eq!(eve.reads(SKILL), 404);
    assert_eq!(example.call("GET", SKILL, &[], "").0, 404);
    let invented = Person {
        example: &example,
        session: "0".repeat(32),
    };
    assert_eq!(invented.reads("/registry/api/v1/auth/whoami"), 401);
}

#[test]
fn who_leaves_a_team_of_the_host_has_left_the_organization_on_the_next_request() {
    let folder = tempfile::tempdir().unwrap();
    let example = Example::start(env!("CARGO_BIN_EXE_accounts"), folder.path());
    let [ada, bob] = ["ada", "bob"].map(|login| Person::signed_in(&example, login));
    publish(&example, &ada);

    let (status, detail) = bob.call("GET", &format!("{SKILL}/1.0.0"));
    assert_eq!(status, 200);
    let link = detail["downloadUrl"].as_str().unwrap();
    let link = link.strip_prefix(&example.address).unwrap();
    assert_eq!(example.call("GET", link, &[], "").0, 200);

    assert_eq!(bob.call("DELETE", "/teams/acme/bob").0, 404);
    assert_eq!(ada.call("DELETE", "/teams/acme/bob").0, 204);
    assert_eq!(bob.reads(SKILL), 404);
    // The link that bob was given before ends with it.
    assert_eq!(example.call("GET", link, &[], "").0, 404);
    assert_eq!(ada.reads(SKILL), 200);
}

#[test]
fn teams_of_the_host_are_organizations_that_only_the_host_changes() {
    let folder = tempfile::tempdir().unwrap();
    let example = Example::start(env!("CARGO_BIN_EXE_accounts"), folder.path());
    let [ada, bob, eve] = ["ada", "bob", "eve"].map(|login| Person::signed_in(&example, login));
    // The registry knows whom it has seen.
    assert_eq!(bob.reads("/registry/api/v1/orgs"), 200);

    let (status, acme) = ada.call("GET", "/registry/api/v1/orgs/acme");
    assert_eq!((status, &acme["name"]), (200, &Value::from("Acme")));
    let members = acme["members"].as_array().unwrap().iter();
    let members: Vec<_> = members.map(|one| (&one["name"], &one["role"])).collect();
    let expected = [("ada", "owner"), ("bob", "member")].map(|(n, r)| (n.into(), r.into()));
    assert_eq!(
        members,
        expected.each_ref().map(|(n, r): &(Value, Value)| (n, r))
    );
    assert_eq!(eve.reads("/registry/api/v1/orgs/acme"), 404);

    let cookie = format!("session={}", ada.session);
    let create = r#"{"name":"Another","slug":"another"}"#;
    let headers = [("cookie", &*cookie), ("content-type", "application/json")];
    let (status, refusal) = example.call("POST", "/registry/api/v1/orgs", &headers, create);
    let refusal: Value = serde_json::from_str(&refusal).unwrap();
    assert_eq!(
        (status, &refusal["error"]),
        (403, &Value::from("Organizations are managed elsewhere"))
    );
}
