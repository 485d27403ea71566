//! Rate limits, body limits and clients that behave badly, against a real server.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::time::{SystemTime, UNIX_EPOCH};

use http::Method;
use serde_json::{Value, json};
use tank_registry_tests::server::{Client, Place, Server, done, tool};
use tank_registry_tests::wire::{Answer, manifest};

fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs()
}

fn number(answer: &Answer, header: &str) -> u64 {
    let text = answer.header(header);
    let text = text.unwrap_or_else(|| panic!("no {header} in {answer:?}"));
    text.parse().unwrap()
}

/// The headers of an answer of a bucket that five requests spend, each of which takes `period`
/// seconds to be earned again.
fn assert_counted(answer: &Answer, remaining: u64, period: u64) {
    assert_eq!(number(answer, "x-ratelimit-limit"), 5, "{answer:?}");
    assert_eq!(number(answer, "x-ratelimit-remaining"), remaining);
    let (reset, full) = (
        number(answer, "x-ratelimit-reset"),
        (5 - remaining) * period,
    );
    let expected = now() + full;
    assert!(
        (expected - 60..=expected + 1).contains(&reset),
        "{answer:?}"
    );
}

/// A 429 that says when to come again.
fn assert_spent(answer: &Answer, period: u64) {
    assert_eq!(answer.status, 429, "{answer:?}");
    let after = number(answer, "retry-after");
    assert!(after <= period && after > period - 60, "{answer:?}");
    let expected = json!({ "error": "Rate limit exceeded", "retryAfter": after });
    assert_eq!(answer.json, expected);
    assert_counted(answer, 0, period);
}

fn assert_unlimited(answer: &Answer) {
    assert_eq!(answer.header("x-ratelimit-limit"), None, "{answer:?}");
}

#[test]
fn an_address_has_its_number_of_requests_whatever_they_are_answered() {
    const PERIOD: u64 = 3600 / 5;
    let server = Place::with(&[("limits.anonymous_per_hour", "5")]).start();
    let anonymous = server.anonymous();
    let answers = [
        anonymous.skill("nothing"),
        anonymous.get("/api/nothing"),
        anonymous.whoami(),
        anonymous.call(Method::DELETE, "/api/v1/skills/nothing", None),
        // An unknown key where none is needed is nobody's.
        server.client("tank_unknown").skill("nothing"),
    ];
    for (answer, (status, remaining)) in
        answers
            .iter()
            .zip([(404, 4), (404, 3), (401, 2), (405, 1), (404, 0)])
    {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_counted(answer, remaining, PERIOD);
    }
    for _ in 0..2 {
        assert_spent(&anonymous.skill("nothing"), PERIOD);
        assert_spent(&anonymous.whoami(), PERIOD);
    }
    let health = anonymous.get("/api/health");
    assert_eq!(health.status, 200);
    assert_unlimited(&health);
    assert_eq!(server.administrator().whoami().status, 200);
}

#[test]
fn each_key_has_its_own_number_of_requests() {
    const PERIOD: u64 = 24 * 3600 / 5;
    let server = Server::new();
    server.administrator().publish(&manifest("open", "1.0.0"));
    let key = || server.place.admin("key create --user admin --per-day 5");
    let (one, other) = (server.client(&key()), server.client(&key()));
    for remaining in (0..5).rev() {
        let answer = one.skill("open");
        assert_eq!(answer.status, 200);
        assert_counted(&answer, remaining, PERIOD);
    }
    // A spent key is not nobody's: it is refused where nobody is served.
    assert_spent(&one.skill("open"), PERIOD);
    assert_spent(&one.whoami(), PERIOD);
    assert_counted(&other.whoami(), 4, PERIOD);
    assert_eq!(server.anonymous().skill("open").status, 200);
    // Links are not counted.
    let link = server.anonymous().link("open", "1.0.0");
    let download = one.get(&link);
    assert_eq!(download.status, 200);
    assert_unlimited(&download);
}

#[test]
fn an_unlimited_key_has_no_rate_headers() {
    let server = Server::new();
    let key = server
        .place
        .admin("key create --user admin --per-day unlimited");
    let answer = server.client(&key).whoami();
    assert_eq!(answer.status, 200);
    assert_unlimited(&answer);
    let server = Place::with(&[("limits.anonymous_per_hour", "unlimited")]).start();
    assert_unlimited(&server.anonymous().skill("nothing"));
}

/// The status of a request that comes with this line of `X-Forwarded-For`, and what is left then.
fn forwarded(server: &Server, list: &str) -> (u16, u64) {
    let mut raw = server.connect();
    raw.send(format!(
        "GET /api/v1/skills/nothing HTTP/1.1\r\nHost: registry\r\nX-Forwarded-For: {list}\r\nConnection: close\r\n\r\n"
    ));
    let answer = raw.read_to_end();
    let after = |text: &str| {
        let (_, rest) = answer.split_once(text).unwrap();
        let end = rest.find(|letter: char| !letter.is_ascii_digit());
        rest[..end.unwrap()].parse::<u64>().unwrap()
    };
    let status = u16::try_from(after("HTTP/1.1 ")).unwrap();
    (status, after("x-ratelimit-remaining: "))
}

#[test]
fn a_trusted_proxy_tells_its_clients_apart_and_nobody_else_does() {
    let settings = [
        ("limits.anonymous_per_hour", "2"),
        ("limits.trusted_proxies", "10.0.0.0/8, 127.0.0.1"),
    ];
    let server = Place::with(&settings).start();
    for (list, expected) in [
        ("192.0.2.1", (404, 1)),
        ("192.0.2.2", (404, 1)),
        ("192.0.2.9, 192.0.2.1, 10.0.0.1", (404, 0)),
        ("192.0.2.1:4711", (429, 0)),
        ("192.0.2.2", (404, 0)),
        ("2001:db8::1", (404, 1)),
        ("[2001:db8::2]:4711", (404, 0)),
    ] {
        assert_eq!(forwarded(&server, list), expected, "{list}");
    }
    let server = Place::with(&[("limits.anonymous_per_hour", "2")]).start();
    for (list, expected) in [
        ("192.0.2.1", (404, 1)),
        ("192.0.2.2", (404, 0)),
        ("192.0.2.3", (429, 0)),
    ] {
        assert_eq!(forwarded(&server, list), expected, "{list}");
    }
}

#[test]
fn unknown_keys_and_scans_have_the_numbers_that_were_set() {
    let settings = [
        ("limits.failed_authentications_per_minute", "1"),
        ("limits.anonymous_scans_per_hour", "2"),
        ("limits.scans_per_hour", "3"),
    ];
    let server = Place::with(&settings).start();
    let (unknown, administrator) = (server.client("tank_unknown"), server.administrator());
    assert_eq!(unknown.whoami().status, 401);
    let spent = unknown.whoami();
    assert_eq!(
        (spent.status, number(&spent, "x-ratelimit-limit")),
        (429, 1)
    );
    assert!((1..=60).contains(&number(&spent, "retry-after")));
    assert_eq!(server.anonymous().whoami().status, 401);
    assert_eq!(administrator.whoami().status, 200);
    let body = json!({ "url": "https://skills.sh/a" });
    for (client, limit) in [(server.anonymous(), 2), (administrator, 3)] {
        for remaining in (0..limit).rev() {
            let answer = client.post("/api/v1/scan", &body);
            let expected = (503, "Scanner service not configured");
            assert_eq!(answer.refusal(), expected);
            assert_eq!(number(&answer, "x-ratelimit-limit"), limit);
            assert_eq!(number(&answer, "x-ratelimit-remaining"), remaining);
        }
        assert_eq!(client.post("/api/v1/scan", &body).status, 429);
    }
}

/// Bodies over their limits: what they are sent to, how large they are, whether their length is
/// said before.
fn too_large(client: &Client) -> Vec<Value> {
    let started = client.start(&manifest("large", "1.0.0"));
    let upload = started.text("uploadUrl");
    let start = "/api/v1/skills";
    [
        ("POST", start, (4 << 20) + 1, false),
        ("POST", start, 8 << 20, true),
        ("PUT", upload, (50 << 20) + 1, false),
        ("PUT", upload, 51 << 20, true),
    ]
    .into_iter()
    .map(|(method, target, length, chunked)| {
        json!({ "method": method, "target": target, "length": length, "chunked": chunked })
    })
    .collect()
}

/// Runs a client several times over all bodies; each time it must see the refusal.
fn assert_seen(server: &Server, program: &str, arguments: [&str; 2]) {
    let client = server.administrator();
    for body in too_large(&client).iter().cycle().take(8) {
        let mut command = tool(program);
        command.args(arguments).env("URL", &server.url);
        command.env("KEY", server.place.first_key());
        let seen = done(command.env("BODY", body.to_string()));
        let seen: Value = serde_json::from_str(&seen).unwrap();
        let expected = json!([413, { "error": "Request body too large" }]);
        assert_eq!(seen, expected, "{body}");
    }
    assert_eq!(client.whoami().status, 200);
}

#[test]
fn the_fetch_of_node_sees_that_a_body_is_too_large() {
    const FETCH: &str = r"
        const { method, target, length, chunked } = JSON.parse(process.env.BODY);
        const url = new URL(target, process.env.URL);
        async function* pieces() {
            for (let sent = 0; sent < length; sent += 65536) yield Buffer.alloc(65536, 32);
        }
        const body = chunked ? pieces() : Buffer.alloc(length, 32);
        const headers = { authorization: `Bearer ${process.env.KEY}` };
        fetch(url, { method, headers, body, duplex: 'half' })
            .then(async answer => console.log(JSON.stringify([answer.status, await answer.json()])));
    ";
    assert_seen(&Server::new(), "node", ["-e", FETCH]);
}

#[test]
fn the_http_client_of_python_sees_that_a_body_is_too_large() {
    const REQUEST: &str = r"
import http.client, json, os, urllib.parse
case = json.loads(os.environ['BODY'])
url = urllib.parse.urlsplit(urllib.parse.urljoin(os.environ['URL'], case['target']))
connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
headers = {'Authorization': 'Bearer ' + os.environ['KEY']}
body = b' ' * case['length']
if case['chunked']:
    body = (b' ' * 65536 for _ in range(case['length'] // 65536))
target = url.path + ('?' + url.query if url.query else '')
connection.request(case['method'], target, body=body, headers=headers)
answer = connection.getresponse()
print(json.dumps([answer.status, json.loads(answer.read())]))
";
    assert_seen(&Server::new(), "python3", ["-c", REQUEST]);
}

#[test]
fn what_cannot_be_understood_is_refused_in_words() {
    let server = Server::new();
    let client = server.administrator();
    let post = |body: &[u8]| client.call(Method::POST, "/api/v1/skills", Some(body));
    for body in [
        &b"{"[..],
        b"",
        b"[]",
        b"{\"manifest\":{},\"manifest\":{}}",
        b"\xff",
        "[".repeat(100_000).as_bytes(),
    ] {
        assert_eq!(post(body).refusal(), (400, "Invalid JSON body"), "{body:?}");
    }
    let unknown = client.get("/api/v1/nothing/at/all");
    assert_eq!(unknown.refusal(), (404, "Not found"));
    assert_eq!(client.get("/").refusal(), (404, "Not found"));
    let wrong = client.call(Method::DELETE, "/api/v1/auth/whoami", None);
    assert_eq!(wrong.refusal(), (405, "Method not allowed"));
    let allowed = wrong.header("allow").unwrap();
    assert!(
        allowed.contains("GET") && !allowed.contains("DELETE"),
        "{allowed}"
    );
    let encoding = client.get("/api/v1/skills/%25zz%zz");
    assert_eq!(encoding.refusal(), (400, "Invalid path encoding"));
    for answer in [unknown, wrong, encoding, post(b"{")] {
        assert!(answer.header("x-request-id").is_some(), "{answer:?}");
    }
}
