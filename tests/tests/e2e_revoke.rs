//! What the command line takes away beside a running server is gone on the next request.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use serde_json::json;
use tank_registry_tests::server::{Client, Server};
use tank_registry_tests::wire::manifest;

/// A server with the organization `acme` of the administrator and their private `@acme/tools`.
fn with_private_skill() -> (Server, Vec<u8>) {
    let server = Server::new();
    server
        .place
        .admin("org create acme --name Acme --owner admin");
    let archive = server
        .administrator()
        .publish_private("@acme/tools", "1.0.0");
    (server, archive)
}

/// That the private skill can't be told from one that does not exist.
fn assert_hidden(client: &Client) {
    for path in ["", "/versions", "/1.0.0"] {
        let answer = client.skill(&format!("@acme/tools{path}"));
        assert_eq!(answer.refusal(), (404, "Skill not found"), "{path}");
    }
}

fn assert_dead(client: &Client, link: &str) {
    assert_eq!(client.get(link).refusal(), (404, "File not found"));
}

#[test]
fn a_revoked_key_is_refused_and_reads_as_nobody() {
    let (server, _) = with_private_skill();
    server.administrator().publish(&manifest("open", "1.0.0"));
    let key = server
        .place
        .admin_json("key create --user admin --scope skills:publish");
    let client = server.client(key["key"].as_str().unwrap());
    assert_eq!(client.whoami().status, 200);
    assert_eq!(client.skill("@acme/tools").status, 200);
    let id = key["id"].as_str().unwrap();
    server.place.admin(&format!("key revoke {id}"));

    let refused = client.whoami();
    let words = "Unauthorized. Valid API key required.";
    assert_eq!(refused.refusal(), (401, words));
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    let start = client.start(&manifest("other", "1.0.0"));
    assert_eq!(start.refusal(), (401, words));
    assert_hidden(&client);
    assert_eq!(client.skill("open").status, 200);
    // The administrator's other key is another key.
    assert_eq!(server.administrator().whoami().status, 200);
}

#[test]
fn a_removed_member_sees_nothing_and_their_links_are_dead() {
    let (server, archive) = with_private_skill();
    let ada = server.client(&server.place.user("ada"));
    assert_hidden(&ada);
    server.place.admin("org add acme ada --role member");
    let link = ada.link("@acme/tools", "1.0.0");
    assert_eq!(ada.get(&link).bytes, archive);
    let others = server.administrator().link("@acme/tools", "1.0.0");
    let open = ada.start(&manifest("@acme/tools", "1.0.1"));

    server.place.admin("org remove acme ada");
    assert_hidden(&ada);
    assert_dead(&ada, &link);
    let words = "You are not a member of org 'acme'";
    let start = ada.start(&manifest("@acme/tools", "1.0.2"));
    assert_eq!(start.refusal(), (403, words));
    // Nor can a publish be finished that began before.
    let files = tank_registry_tests::wire::skill_files(&manifest("@acme/tools", "1.0.1"));
    let bytes = tank_registry_tests::wire::pack(&files);
    ada.put(open.text("uploadUrl"), &bytes);
    let integrity = tank_registry_tests::wire::integrity(&bytes);
    let confirm = ada.confirm(open.text("versionId"), &integrity);
    assert_eq!(confirm.refusal(), (403, words));
    assert_eq!(ada.get(&others).bytes, archive);

    server.place.admin("org add acme ada --role member");
    assert_eq!(ada.get(&link).bytes, archive);
}

#[test]
fn a_suspended_user_is_refused_until_restored() {
    let (server, archive) = with_private_skill();
    let ada = server.client(&server.place.user("ada"));
    server.place.admin("org add acme ada --role admin");
    let link = ada.link("@acme/tools", "1.0.0");
    server.place.admin("user suspend ada");
    assert_eq!(ada.whoami().status, 401);
    assert_hidden(&ada);
    assert_dead(&ada, &link);
    server.place.admin("user restore ada");
    assert_eq!(ada.whoami().status, 200);
    assert_eq!(ada.skill("@acme/tools").status, 200);
    assert_eq!(ada.get(&link).bytes, archive);
}

#[test]
fn a_grant_lets_a_user_read_until_it_is_taken_back() {
    let (server, archive) = with_private_skill();
    let ada = server.client(&server.place.user("ada"));
    let bob = server.client(&server.place.user("bob"));
    server.place.admin("grant add @acme/tools --user ada");
    let link = ada.link("@acme/tools", "1.0.0");
    assert_eq!(ada.get(&link).bytes, archive);
    assert_hidden(&bob);
    // To read is not to publish.
    assert_eq!(ada.start(&manifest("@acme/tools", "1.0.1")).status, 403);
    server.place.admin("grant remove @acme/tools --user ada");
    assert_hidden(&ada);
    assert_dead(&ada, &link);
}

#[test]
fn a_grant_to_an_organization_is_one_to_whoever_is_its_member() {
    let (server, _) = with_private_skill();
    let ada = server.client(&server.place.user("ada"));
    let bob = server.client(&server.place.user("bob"));
    let place = &server.place;
    place.admin("org create beta --name Beta --owner bob");
    place.admin("org add beta ada --role member");
    place.admin("grant add @acme/tools --org beta");
    let link = ada.link("@acme/tools", "1.0.0");
    assert_eq!(bob.skill("@acme/tools").status, 200);
    place.admin("org remove beta ada");
    assert_hidden(&ada);
    assert_dead(&ada, &link);
    assert_eq!(bob.skill("@acme/tools").status, 200);
    place.admin("grant remove @acme/tools --org beta");
    assert_hidden(&bob);
}

#[test]
fn visibility_changes_at_once_and_so_do_links_made_for_everybody() {
    let (server, archive) = with_private_skill();
    let (place, anonymous) = (&server.place, server.anonymous());
    assert_hidden(&anonymous);
    place.admin("skill visibility @acme/tools public");
    let link = anonymous.link("@acme/tools", "1.0.0");
    assert_eq!(anonymous.get(&link).bytes, archive);
    assert_eq!(
        anonymous.skill("@acme/tools").json["visibility"],
        json!("public")
    );
    place.admin("skill visibility @acme/tools private");
    assert_hidden(&anonymous);
    assert_dead(&anonymous, &link);
    let administrator = server.administrator();
    assert_eq!(administrator.download("@acme/tools", "1.0.0"), archive);
}
