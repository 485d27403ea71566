//! Searches, one at a time: how long a person waits for a page.

use crate::Fault;
use crate::bench::Bench;
use crate::client::{Connection, Request};
use crate::compare::Probe;
use crate::place::Place;
use crate::process::{Build, Log, Server};
use crate::table::{Aim, Row, Unit};
use crate::vocabulary::Vocabulary;

use super::{BARE, allocations, processor};

const GROUP: &str = "search";

/// From how many skills on the aims hold.
const AIMED_AT: usize = 100_000;

/// Different questions of one kind.
const QUESTIONS: usize = 16;

const WHY: &str = "the list is taken up to its bound of 1,000 to tell the total, one class of names after \
    the other, each name that may contain the question is looked at, the index is asked once for each \
    of its segments, and 200 hits are read and ranked.";

/// A kind of question.
struct Kind {
    name: &'static str,
    /// Milliseconds that half of the answers take less than.
    aim: f64,
    questions: Vec<String>,
}

pub(super) async fn measure(bench: &mut Bench) -> Result<(), Fault> {
    let kinds = kinds(&bench.words)?;
    for size in bench.sizes() {
        let place = bench.place(size).await?;
        let server = Server::registry(Build::Plain, &place.data, Log::Warnings)?;
        let mut counted = Server::registry(Build::Counted, &place.data, Log::Warnings)?;
        for kind in &kinds {
            ask(bench, &place, &server, &mut counted, kind).await?;
        }
    }
    Ok(())
}

async fn ask(
    bench: &mut Bench,
    place: &Place,
    server: &Server,
    counted: &mut Server,
    kind: &Kind,
) -> Result<(), Fault> {
    let name = format!("{}, {} skills", kind.name, place.skills);
    bench.say(&name);
    let mut requests = Vec::new();
    for question in &kind.questions {
        let target = format!("/api/v1/search?q={}&limit=20", question.replace(' ', "+"));
        let request = Request::get(target, Some(&place.key));
        if is_answered(server, &request).await? {
            requests.push(request);
        }
    }
    // In a small registry some rare words do not occur.
    if requests.len() < kind.questions.len().min(place.skills / 20) / 2 {
        return Err(format!("{name}: only {} questions found anything", requests.len()).into());
    }
    let probe = Probe {
        requests,
        sample: None,
        status: 200,
        connections: 1,
        count: bench.scaled(160, 4),
    };
    let pair = bench.compare(server, &probe).await?;
    let half = |latency: f64| latency / 1000.0;
    let row = Row::new(GROUP, &name, Unit::Millis, half(pair.ours.latency))
        .beside(BARE, half(pair.bare.latency));
    bench.add(if place.skills >= AIMED_AT {
        row.aim(Aim::Below(kind.aim)).why(WHY)
    } else {
        row
    });
    bench.add(processor(GROUP, &name, pair));
    let count = bench.allocations(counted, &probe).await?;
    bench.add(allocations(GROUP, &name, count));
    Ok(())
}

/// Whether a question finds anything; an answer that is none is a fault.
async fn is_answered(server: &Server, request: &Request) -> Result<bool, Fault> {
    let mut connection = Connection::open(server.address).await?;
    let answer = connection.fetch(request, 200).await?.json()?;
    let results = answer["results"].as_array();
    let results = results.ok_or_else(|| format!("{}: no results in {answer}", request.target))?;
    Ok(!results.is_empty())
}

fn kinds(words: &Vocabulary) -> Result<Vec<Kind>, Fault> {
    let numbers = 0..QUESTIONS;
    let owned = |rank: usize| words.ranked(rank).to_owned();
    let long = |from: usize| {
        (from..)
            .map(|rank| words.ranked(rank))
            .filter(|word| word.len() >= 6)
            .take(QUESTIONS)
    };
    let typos = long(400).map(|word| words.misspelt(word));
    let typos: Option<Vec<_>> = typos.collect();
    Ok(vec![
        Kind {
            name: "common word",
            aim: 1.0,
            questions: numbers.clone().map(owned).collect(),
        },
        Kind {
            name: "rare word",
            aim: 1.0,
            questions: words.rare(QUESTIONS).map(str::to_owned).collect(),
        },
        Kind {
            name: "two words",
            aim: 1.0,
            questions: numbers
                .map(|rank| format!("{} {}", owned(rank), owned(60 + rank)))
                .collect(),
        },
        Kind {
            name: "beginning of a word",
            aim: 1.0,
            questions: long(200).map(|word| word[..4].to_owned()).collect(),
        },
        Kind {
            name: "misspelt word",
            aim: 3.0,
            questions: typos.ok_or("a word that cannot be misspelt")?,
        },
    ])
}
