//! Who is counted when a proxy stands before the registry: section 6 of the API.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::net::SocketAddr;
use std::num::NonZeroU32;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tank_registry_core::http::{ClientAddr, TrustedProxies};
use tank_registry_tests::wire::{Answer, TestRegistry, counted};

const SKILL: &str = "/api/v1/skills/tools";

/// A registry where each address has three requests, behind proxies in 10.0.0.0/8 and one of IPv6.
async fn behind_proxies() -> TestRegistry {
    TestRegistry::with_settings(|settings| {
        settings.anonymous_per_hour = NonZeroU32::new(3);
        settings.trusted_proxies = TrustedProxies::parse("10.0.0.0/8, 2001:db8:ffff::1").unwrap();
    })
    .await
}

/// A request over a connection from `peer`, with these lines of `X-Forwarded-For`.
async fn ask(test: &TestRegistry, peer: &str, lines: &[&str]) -> Answer {
    let peer: SocketAddr = peer.parse().unwrap();
    let mut request = Request::get(SKILL).extension(ClientAddr(peer));
    for line in lines {
        request = request.header("x-forwarded-for", *line);
    }
    test.send(request.body(Full::<Bytes>::default()).unwrap())
        .await
}

/// How many requests are left to whoever asks like this.
async fn left(test: &TestRegistry, peer: &str, lines: &[&str]) -> i64 {
    let answer = ask(test, peer, lines).await;
    assert!([404, 429].contains(&answer.status), "{answer:?}");
    counted(&answer).unwrap().1
}

#[tokio::test]
async fn clients_of_a_trusted_proxy_are_counted_apart() {
    let test = behind_proxies().await;
    for (address, expected) in [
        ("192.0.2.1", [2, 1, 0]),
        ("192.0.2.2", [2, 1, 0]),
        ("2001:db8::1", [2, 1, 0]),
    ] {
        for expected in expected {
            assert_eq!(left(&test, "10.0.0.1:1", &[address]).await, expected);
        }
        let spent = ask(&test, "10.0.0.1:1", &[address]).await;
        assert_eq!(spent.status, 429, "{address}");
    }
    // By whichever proxy they come, or without one.
    let other = ask(&test, "[2001:db8:ffff::1]:1", &["192.0.2.1"]).await;
    assert_eq!(other.status, 429);
    assert_eq!(ask(&test, "192.0.2.1:1", &[]).await.status, 429);
    // The proxy itself is one more caller.
    assert_eq!(left(&test, "10.0.0.1:1", &[]).await, 2);
}

#[tokio::test]
async fn a_caller_that_is_no_trusted_proxy_is_not_believed() {
    let test = behind_proxies().await;
    for (forged, expected) in [("192.0.2.1", 2), ("192.0.2.2", 1), ("10.0.0.1", 0)] {
        assert_eq!(left(&test, "198.51.100.1:1", &[forged]).await, expected);
    }
    let spent = ask(&test, "198.51.100.1:1", &["192.0.2.3"]).await;
    assert_eq!(spent.status, 429);
    // Nobody pays for what was said in their name.
    assert_eq!(left(&test, "192.0.2.1:1", &[]).await, 2);
    // A registry that was told of no proxy believes none.
    let test = TestRegistry::new().await;
    for (forged, expected) in [("192.0.2.1", 999), ("192.0.2.2", 998)] {
        assert_eq!(left(&test, "127.0.0.1:1", &[forged]).await, expected);
    }
}

#[tokio::test]
async fn what_a_client_writes_before_the_entry_of_the_proxy_counts_for_nothing() {
    let test = behind_proxies().await;
    let mut expected = 3;
    for lines in [
        &["192.0.2.1, 198.51.100.1"][..],
        &["192.0.2.2", "198.51.100.1"],
        &["nonsense, , 10.0.0.9", "10.0.0.8,198.51.100.1"],
    ] {
        expected -= 1;
        let left = left(&test, "10.0.0.1:1", lines).await;
        assert_eq!(left, expected, "{lines:?}");
    }
    let spent = ask(&test, "10.0.0.1:1", &["192.0.2.3,198.51.100.1:9"]).await;
    assert_eq!(spent.status, 429);
}

#[tokio::test]
async fn a_chain_of_two_trusted_proxies_leads_to_the_client() {
    let test = behind_proxies().await;
    let chain = ["192.0.2.9, 198.51.100.1, 10.0.0.2"];
    assert_eq!(left(&test, "10.0.0.1:1", &chain).await, 2);
    assert_eq!(
        left(&test, "10.0.0.1:1", &["198.51.100.1", "10.0.0.2"]).await,
        1
    );
    assert_eq!(left(&test, "10.0.0.2:1", &["198.51.100.1"]).await, 0);
    // A proxy on the way that nobody trusts is itself the client.
    let foreign = ["198.51.100.1, 203.0.113.1, 10.0.0.2"];
    assert_eq!(left(&test, "10.0.0.1:1", &foreign).await, 2);
    assert_eq!(left(&test, "203.0.113.1:1", &[]).await, 1);
}

#[tokio::test]
async fn what_is_no_address_leaves_the_last_one_that_is_known() {
    let test = behind_proxies().await;
    assert_eq!(left(&test, "10.0.0.1:1", &["192.0.2.1, unknown"]).await, 2);
    assert_eq!(left(&test, "10.0.0.1:1", &[""]).await, 1);
    assert_eq!(left(&test, "10.0.0.2:1", &["x, 10.0.0.1"]).await, 0);
}

#[tokio::test]
async fn an_ipv6_client_of_a_proxy_is_its_network_of_64_bits() {
    let test = behind_proxies().await;
    for (address, expected) in [
        ("2001:db8:1:2::1", 2),
        ("[2001:db8:1:2:ffff:ffff:ffff:ffff]", 1),
        ("[2001:db8:1:2::3]:4711", 0),
        ("2001:db8:1:3::1", 2),
        // IPv4 in the clothes of IPv6 is no network of 64 bits that all of IPv4 shares.
        ("::ffff:192.0.2.1", 2),
        ("192.0.2.1:4711", 1),
        ("::ffff:192.0.2.2", 2),
    ] {
        let left = left(&test, "10.0.0.1:1", &[address]).await;
        assert_eq!(left, expected, "{address}");
    }
    // The proxy too may be reached over a socket of both kinds.
    assert_eq!(left(&test, "[::ffff:10.0.0.1]:1", &["192.0.2.1"]).await, 0);
}

#[tokio::test]
async fn a_trusted_proxy_does_not_say_where_links_lead() {
    let test = behind_proxies().await;
    let ada = test.user("ada").await;
    let manifest = tank_registry_tests::wire::manifest("tools", "1.0.0");
    let start = serde_json::json!({ "manifest": manifest }).to_string();
    let request = Request::post("/api/v1/skills")
        .extension(ClientAddr("10.0.0.1:1".parse().unwrap()))
        .header("authorization", format!("Bearer {ada}"))
        .header("host", "evil.example")
        .header("x-forwarded-for", "192.0.2.1")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "http")
        .header("forwarded", "host=evil.example");
    let started = test.send(request.body(Full::from(start)).unwrap()).await;
    let url = started.text("uploadUrl");
    assert!(url.starts_with("https://registry.example/"), "{url}");
}
