//! The confirm of an archive, beside the work that cannot be left out.

use std::fs::File;
use std::io::Write as _;
use std::time::{Duration, Instant};

use tank_registry_core::blob::Digest;
use tank_registry_core::package::{Package, PackageLimits, derive_zip};

use crate::Fault;
use crate::archive::Archive;
use crate::bench::Bench;
use crate::client::Connection;
use crate::process::{Build, Log, Server};
use crate::publisher::{confirm, start};
use crate::stats::{median, millis};
use crate::table::{Aim, Row, Unit};

const GROUP: &str = "confirm";

pub(super) async fn measure(bench: &mut Bench) -> Result<(), Fault> {
    let place = bench.largest().await?;
    let server = Server::registry(Build::Plain, &place.data, Log::Warnings)?;
    let size = bench.scaled(1 << 20, 64 << 10);
    bench.say("confirm of 1 MiB");
    let mut connection = Connection::open(server.address).await?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for round in 0..bench.rounds() {
        let version = format!("1.{round}.0");
        let archive = Archive::of_text(&bench.words, "one-mebibyte", &version, size)?;
        let started = start(&mut connection, &place.key, &archive).await?;
        connection.put(&started.upload, &archive.bytes).await?;
        let request = confirm(&started, &place.key, &archive);
        let began = Instant::now();
        connection.expect(&request, 200).await?;
        ours.push(millis(began.elapsed()));
        bare.push(millis(by_hand(bench, &archive)?));
    }
    bench.add(
        Row::new(
            GROUP,
            "confirm of a 1 MiB archive",
            Unit::Millis,
            median(ours),
        )
        .beside("its work by hand", median(bare))
        .aim(Aim::RatioAtMost(1.5))
        .how(
            "By hand, with the same calls: SHA-512 of the archive, inflating and walking it, \
                 deflating the zip, SHA-512 of that, and both in synced files. The confirm answers \
                 over HTTP, reads the staged bytes from disk and commits.",
        )
        .why(
            "the bytes are hashed once more as they are written under their digests, their folders \
                 are synced, and two commands are committed.",
        ),
    );
    Ok(())
}

/// Hashing, inflating, walking, deflating and syncing, and nothing else.
fn by_hand(bench: &Bench, archive: &Archive) -> Result<Duration, Fault> {
    let folder = tempfile::tempdir_in(bench.scratch())?;
    let began = Instant::now();
    let digest = Digest::of(&archive.bytes);
    let package = Package::read(&archive.bytes, &PackageLimits::default())?;
    let zip = derive_zip(&package)?.bytes;
    let contents = [
        (digest, &*archive.bytes),
        (Digest::of(&zip), zip.as_slice()),
    ];
    for (position, (digest, bytes)) in contents.iter().enumerate() {
        std::hint::black_box(digest);
        let mut file = File::create_new(folder.path().join(position.to_string()))?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    Ok(began.elapsed())
}
