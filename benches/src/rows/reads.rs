//! Metadata: from memory, not modified, not in memory.

use crate::Fault;
use crate::archive::Archive;
use crate::bench::Bench;
use crate::client::{Connection, Request};
use crate::compare::{Pair, Probe};
use crate::load::Figures;
use crate::place::Place;
use crate::process::{Build, Log, Server};
use crate::publisher::publish;
use crate::seed;
use crate::table::{Aim, Row, Unit};

use super::{allocations, processor, speed};

const GROUP: &str = "reads";
const SKILL: &str = "/api/v1/skills/read-often";
const CONNECTIONS: usize = 16;

const WHY: &str = "routing, the hash of the key, the limiter, the freshness of what is in memory, and \
    the headers that tell of limits, caching and the request's id are work that the bare server has \
    not.";

pub(super) async fn measure(bench: &mut Bench) -> Result<(), Fault> {
    let place = bench.largest().await?;
    let server = Server::registry(Build::Plain, &place.data, Log::Warnings)?;
    let etag = publish_read_often(&server, &place).await?;
    let mut counted = Server::registry(Build::Counted, &place.data, Log::Warnings)?;

    let cached = asked_again(bench, Request::get(SKILL, Some(&place.key)), 200);
    let name = "cached metadata, with a key";
    bench.say(name);
    let whole = bench.compare(&server, &cached).await?;
    bench.add(
        speed(GROUP, name, whole)
            .aim(Aim::RatioAtLeast(0.7))
            .how(
                "16 connections. Registry and bare server in turns; the log tells only of \
                 warnings, as the bare server has none.",
            )
            .why(WHY),
    );
    bench.add(
        processor(GROUP, name, whole)
            .aim(Aim::RatioBelow(2.0))
            .why(WHY),
    );
    let count = bench.allocations(&mut counted, &cached).await?;
    bench.add(
        allocations(GROUP, name, count)
            .how("On one connection, of Rust's allocator: SQLite has its own."),
    );
    logged(bench, &place, &cached).await?;

    let request = Request::get_unless(SKILL, Some(&place.key), &etag);
    let unchanged = asked_again(bench, request, 304);
    let pair = read(
        bench,
        &server,
        &mut counted,
        "not modified (304)",
        &unchanged,
    )
    .await?;
    bench.add(
        Row::new(
            GROUP,
            "not modified, beside the whole document: processor time",
            Unit::Micros,
            pair.ours.processor,
        )
        .beside("cached metadata", whole.ours.processor)
        .aim(Aim::RatioBelow(1.0)),
    );

    let detail = Request::get(format!("{SKILL}/1.2.0"), Some(&place.key));
    let detail = asked_again(bench, detail, 200);
    read(bench, &server, &mut counted, "version detail", &detail).await?;

    let uncached = asked_once(bench, &place)?;
    let name = format!("metadata not in memory, {} skills", place.skills);
    read(bench, &server, &mut counted, &name, &uncached).await?;
    Ok(())
}

/// A read without aims.
async fn read(
    bench: &mut Bench,
    server: &Server,
    counted: &mut Server,
    name: &str,
    probe: &Probe,
) -> Result<Pair<Figures>, Fault> {
    bench.say(name);
    let pair = bench.compare(server, probe).await?;
    bench.add(speed(GROUP, name, pair));
    bench.add(processor(GROUP, name, pair));
    let count = bench.allocations(counted, probe).await?;
    bench.add(allocations(GROUP, name, count));
    Ok(pair)
}

/// The cached read again, on a server that logs as it does when nobody sets anything.
async fn logged(bench: &mut Bench, place: &Place, probe: &Probe) -> Result<(), Fault> {
    let name = "cached metadata, a line of the log for each request";
    bench.say(name);
    let server = Server::registry(Build::Plain, &place.data, Log::Default)?;
    let pair = bench.compare(&server, probe).await?;
    bench.add(
        speed(GROUP, name, pair)
            .how("The server's default, `log.level = \"info\"`, written to /dev/null."),
    );
    bench.add(processor(GROUP, name, pair));
    Ok(())
}

fn asked_again(bench: &Bench, request: Request, status: u16) -> Probe {
    Probe {
        requests: vec![request],
        sample: None,
        status,
        connections: CONNECTIONS,
        count: bench.scaled(6000, 40),
    }
}

/// Skills of which each is asked for once, so that none is in memory.
fn asked_once(bench: &Bench, place: &Place) -> Result<Probe, Fault> {
    let mut public = (0..place.skills).filter(|number| seed::is_public(*number));
    let mut request = |number| {
        let name = seed::name(&bench.words, number);
        let name = name.replace('@', "%40").replace('/', "%2F");
        Request::get(format!("/api/v1/skills/{name}"), Some(&place.key))
    };
    let sample = public.next().map(&mut request);
    let requests: Vec<_> = public.map(request).collect();
    // The first part of a round is to warm up.
    let rounds = bench.rounds() as usize + 1;
    let count = bench.scaled(2000, 20).min(requests.len() / rounds);
    if count == 0 {
        return Err("too few skills: `--skills` is too small for so many rounds".into());
    }
    Ok(Probe {
        requests,
        sample,
        status: 200,
        connections: CONNECTIONS,
        count,
    })
}

/// Publishes three versions of the skill that is read from memory; answers its entity tag.
async fn publish_read_often(server: &Server, place: &Place) -> Result<String, Fault> {
    let mut connection = Connection::open(server.address).await?;
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        let readme = "A skill that many read.\n".repeat(60);
        let archive = Archive::new("read-often", version, &readme, &[])?;
        publish(&mut connection, &place.key, &archive).await?;
    }
    let request = Request::get(SKILL, Some(&place.key));
    let answer = connection.fetch(&request, 200).await?;
    Ok(answer.header(&http::header::ETAG)?.to_owned())
}
