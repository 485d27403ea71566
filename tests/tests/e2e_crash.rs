//! The process is killed while skills are published: what was acknowledged stays, nothing is ever
//! half there, and what was not acknowledged can be finished.
//!
//! `TANK_TEST_CRASH_ROUNDS` says how many rounds, `TANK_TEST_CRASH_SEED` repeats a run's choices.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Method;
use serde_json::{Value, json};
use tank_registry_tests::server::{Client, Place, Server};
use tank_registry_tests::wire::{Answer, integrity, manifest, pack, skill_files};

const PUBLISHERS: u64 = 4;
const SKILLS: u64 = 3;

/// One version that somebody publishes.
struct Publish {
    skill: String,
    version: String,
    archive: Vec<u8>,
    key: String,
    /// The session, once a start was answered.
    session: Option<String>,
}

impl Publish {
    fn new(round: u64, publisher: u64, number: u64, key: &str, random: &mut Random) -> Self {
        let skill = format!("@acme/skill-{}", number % SKILLS);
        let version = format!("{round}.{publisher}.{number}");
        let mut files = skill_files(&manifest(&skill, &version));
        files.push(("noise".to_owned(), random.bytes()));
        Self {
            archive: pack(&files),
            key: key.to_owned(),
            session: None,
            skill,
            version,
        }
    }

    /// Start, upload, confirm; the answer that ended it, or nothing when the server went away.
    fn run(&mut self, url: &str) -> Option<Answer> {
        let client = Client::new(url, Some(&self.key));
        let body = json!({ "manifest": manifest(&self.skill, &self.version) }).to_string();
        let start = client.try_call(Method::POST, "/api/v1/skills", Some(body.as_bytes()));
        let start = start.ok()?;
        if start.status != 200 {
            return Some(start);
        }
        self.session = Some(start.text("versionId").to_owned());
        let put = client.try_call(Method::PUT, start.text("uploadUrl"), Some(&self.archive));
        let put = put.ok()?;
        if put.status != 200 {
            return Some(put);
        }
        self.confirm(url)
    }

    fn confirm(&self, url: &str) -> Option<Answer> {
        let client = Client::new(url, Some(&self.key));
        let body = json!({ "versionId": self.session, "integrity": integrity(&self.archive) });
        let body = body.to_string();
        let path = "/api/v1/skills/confirm";
        client
            .try_call(Method::POST, path, Some(body.as_bytes()))
            .ok()
    }

    /// What a client does that got no answer: the same confirm once more, else all of it again.
    fn retry(&mut self, url: &str) {
        if self.session.is_some() {
            let again = self.confirm(url).unwrap();
            match (again.status, again.json["error"].as_str()) {
                (200, _) => return,
                (404, Some("Skill version not found"))
                | (400, Some("Tarball was not uploaded" | "Integrity mismatch")) => {}
                _ => panic!("{} {}: {again:?}", self.skill, self.version),
            }
        }
        let answer = self.run(url).unwrap();
        // A 409 is success where the version is there with these bytes, which is checked next.
        assert!(matches!(answer.status, 200 | 409), "{answer:?}");
    }
}

/// Everything that may be there, by skill and version.
#[derive(Default)]
struct Ledger(BTreeMap<(String, String), Vec<u8>>);

impl Ledger {
    fn add(&mut self, publish: Publish) {
        let Publish {
            skill,
            version,
            archive,
            ..
        } = publish;
        self.0.insert((skill, version), archive);
    }

    /// That the acknowledged versions are listed, and besides them only what somebody published;
    /// answers what is listed.
    fn check(&self, client: &Client, pending: &[Publish]) -> Vec<(String, String)> {
        let mut listed = Vec::new();
        for skill in (0..SKILLS).map(|number| format!("@acme/skill-{number}")) {
            let document = client.skill(&skill);
            let expected = self.0.keys().filter(|(name, _)| *name == skill);
            if document.status == 404 {
                assert_eq!(expected.count(), 0, "{skill} is lost");
                continue;
            }
            let versions = client.skill(&format!("{skill}/versions"));
            assert_eq!(document.json["versions"], versions.json["versions"]);
            let versions = versions.json["versions"].as_array().unwrap();
            let versions: Vec<&str> = versions.iter().map(version_of).collect();
            for (_, version) in expected {
                assert!(versions.contains(&&**version), "{skill} {version} is lost");
            }
            let highest = versions.iter().max_by_key(|version| parts(version));
            assert_eq!(document.json["latestVersion"], **highest.unwrap());
            for version in versions {
                let entry = (skill.clone(), version.to_owned());
                let is_pending =
                    |publish: &Publish| (&publish.skill, &publish.version) == (&entry.0, &entry.1);
                let known = self.0.contains_key(&entry) || pending.iter().any(is_pending);
                assert!(known, "nobody published {entry:?}");
                listed.push(entry);
            }
        }
        listed
    }
}

fn version_of(line: &Value) -> &str {
    line["version"].as_str().unwrap()
}

fn parts(version: &str) -> Vec<u64> {
    let parts = version.split('.').map(|part| part.parse().unwrap());
    parts.collect()
}

/// Numbers that follow from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    /// Small files mostly, some that take a while to write.
    fn bytes(&mut self) -> Vec<u8> {
        let length = match self.below(8) {
            0 => 256 << 10,
            _ => self.below(8 << 10),
        };
        std::iter::repeat_with(|| self.below(256).to_le_bytes()[0])
            .take(usize::try_from(length).unwrap())
            .collect()
    }
}

/// What one publisher did until the server went away: what it has an answer for, and what not.
struct Work {
    acknowledged: Vec<Publish>,
    cut: Option<Publish>,
}

fn publish_until_killed(
    url: &str,
    ended: &AtomicBool,
    mut next: impl FnMut(u64) -> Publish,
) -> Work {
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let mut publish = next(number);
        let Some(answer) = publish.run(url) else {
            assert!(ended.load(Ordering::SeqCst), "it broke off by itself");
            let cut = Some(publish);
            return Work { acknowledged, cut };
        };
        assert_eq!(answer.status, 200, "{answer:?}");
        acknowledged.push(publish);
    }
    unreachable!("a server lives for seconds at most")
}

/// Publishes from several threads and kills the server at a moment of its choice.
fn crash(server: Server, round: u64, keys: &[String], random: &mut Random) -> Vec<Work> {
    let moment = Duration::from_millis(random.below(400));
    let seeds: Vec<u64> = (0..PUBLISHERS).map(|_| random.below(u64::MAX)).collect();
    let url = server.url.clone();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let publishers: Vec<_> = (0..PUBLISHERS)
            .zip(seeds)
            .zip(keys.iter().cycle())
            .map(|((publisher, seed), key)| {
                let (url, ended) = (&url, &ended);
                let mut random = Random(seed);
                scope.spawn(move || {
                    publish_until_killed(url, ended, |number| {
                        Publish::new(round, publisher, number, key, &mut random)
                    })
                })
            })
            .collect();
        // Not a wait for anything: the moment is what this test is about.
        std::thread::sleep(moment);
        ended.store(true, Ordering::SeqCst);
        server.kill();
        let ended = publishers.into_iter().map(|one| one.join().unwrap());
        ended.collect()
    })
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable}={text}: expected a number")),
    )
}

#[test]
fn a_kill_at_any_moment_loses_nothing_acknowledged_and_leaves_nothing_half_visible() {
    let rounds = number("TANK_TEST_CRASH_ROUNDS").unwrap_or(20);
    let seed = number("TANK_TEST_CRASH_SEED").unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        now.subsec_nanos().into()
    });
    println!("TANK_TEST_CRASH_SEED={seed} TANK_TEST_CRASH_ROUNDS={rounds}");
    let mut random = Random(seed);
    let place = Place::new();
    let mut server = place.start();
    place.admin("org create acme --name Acme --owner admin");
    let keys = ["ada", "bob"].map(|name| {
        let key = place.user(name);
        place.admin(&format!("org add acme {name} --role member"));
        key
    });
    let mut ledger = Ledger::default();
    let (mut acknowledged, mut cut, mut committed) = (0, 0, 0);
    for round in 1..=rounds {
        let work = crash(server, round, &keys, &mut random);
        server = place.start();
        let client = server.client(&keys[0]);
        let mut pending = Vec::new();
        let mut fresh = Vec::new();
        for work in work {
            acknowledged += work.acknowledged.len();
            for publish in work.acknowledged {
                fresh.push((publish.skill.clone(), publish.version.clone()));
                ledger.add(publish);
            }
            pending.extend(work.cut);
        }
        let listed = ledger.check(&client, &pending);
        for publish in &pending {
            let entry = (publish.skill.clone(), publish.version.clone());
            if listed.contains(&entry) {
                // Committed, and the answer was lost: then it is there whole.
                committed += 1;
                let bytes = client.download(&entry.0, &entry.1);
                assert_eq!(bytes, publish.archive, "{entry:?}");
            }
        }
        cut += pending.len();
        for mut publish in pending {
            publish.retry(&server.url);
            fresh.push((publish.skill.clone(), publish.version.clone()));
            ledger.add(publish);
        }
        for entry in fresh {
            let bytes = client.download(&entry.0, &entry.1);
            assert_eq!(bytes, ledger.0[&entry], "round {round}: {entry:?}");
        }
    }
    let client = server.client(&keys[1]);
    assert_eq!(ledger.check(&client, &[]).len(), ledger.0.len());
    for ((skill, version), archive) in &ledger.0 {
        assert_eq!(
            client.download(skill, version),
            archive,
            "{skill} {version}"
        );
    }
    println!("{acknowledged} acknowledged, {cut} cut, {committed} of these committed");
    assert!(acknowledged > 0 || rounds < 20, "nothing was published");
}
