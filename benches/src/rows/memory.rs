//! What a server holds in memory: while archives arrive, and when nothing happens.

use bytes::Bytes;
use tokio::task::JoinSet;

use crate::Fault;
use crate::archive::Archive;
use crate::bench::Bench;
use crate::client::{Connection, Request};
use crate::process::{Build, Log, Server};
use crate::publisher::start;
use crate::stats::{mebibytes, median};
use crate::table::{Aim, Row, Unit};
use crate::vocabulary::Random;

const GROUP: &str = "memory";

pub(super) async fn measure(bench: &mut Bench) -> Result<(), Fault> {
    let large = bench.scaled(20 << 20, 2 << 20);
    let small = bench.scaled(1 << 20, 1 << 18);
    for uploads in [1, 32] {
        bench.say(&format!("memory of {uploads} uploads"));
        let (mut ours, mut beside) = (Vec::new(), Vec::new());
        for _ in 0..bench.rounds().min(3) {
            ours.push(growth(bench, uploads, large).await?);
            beside.push(growth(bench, uploads, small).await?);
        }
        let (name, what) = if uploads == 1 {
            ("an upload of 20 MiB", "1 MiB")
        } else {
            ("32 uploads of 20 MiB at once", "32 of 1 MiB")
        };
        bench.add(
            Row::new(GROUP, name, Unit::Mebibytes, median(ours))
                .beside(what, median(beside))
                .aim(Aim::RatioAtMost(1.5))
                .how(
                    "The most that was resident (`VmHWM`) less what was before the first byte. \
                     Independent of size is taken to mean: at most half as much again for twenty \
                     times the bytes.",
                ),
        );
    }
    idle(bench).await
}

/// How much more memory a new server has used while uploads arrive.
async fn growth(bench: &mut Bench, uploads: usize, size: usize) -> Result<f64, Fault> {
    let place = bench.new_place(0).await?;
    let server = Server::registry(Build::Plain, &place.data, Log::Warnings)?;
    // What it is does not matter before it is confirmed.
    let body = Bytes::from(Random::new(5).bytes(size));
    let mut arriving = Vec::new();
    for number in 0..uploads {
        let mut connection = Connection::open(server.address).await?;
        let archive = Archive::new(&format!("upload-{number}"), "1.0.0", "", &[])?;
        let started = start(&mut connection, &place.key, &archive).await?;
        arriving.push((connection, started.upload));
    }
    let before = server.memory()?.resident;
    let mut putting = JoinSet::new();
    for (mut connection, link) in arriving {
        let body = body.clone();
        putting.spawn(async move { connection.put(&link, &body).await });
    }
    while let Some(put) = putting.join_next().await {
        put??;
    }
    let peak = server.memory()?.peak;
    Ok(mebibytes(peak.saturating_sub(before)))
}

async fn idle(bench: &mut Bench) -> Result<(), Fault> {
    bench.say("memory of an idle server");
    let full = bench.largest().await?;
    let empty = bench.new_place(0).await?;
    let (mut ours, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds().min(3) {
        for (place, figures) in [(&*full, &mut ours), (&empty, &mut beside)] {
            let server = Server::registry(Build::Plain, &place.data, Log::Warnings)?;
            let mut connection = Connection::open(server.address).await?;
            let health = Request::get("/api/health", None);
            connection.expect(&health, 200).await?;
            figures.push(mebibytes(server.memory()?.resident));
        }
    }
    let name = format!("idle, {} skills", full.skills);
    bench.add(
        Row::new(GROUP, name, Unit::Mebibytes, median(ours))
            .beside("without a skill", median(beside)),
    );
    Ok(())
}
