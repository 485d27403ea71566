//! Whole publishes, alone and many at once, beside the same rows and files written by hand.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use tank_registry_core::package::{Package, PackageLimits, derive_zip};
use tokio::task::JoinSet;

use crate::Fault;
use crate::archive::Archive;
use crate::bench::Bench;
use crate::census::{ByHand, Census, Share};
use crate::client::Connection;
use crate::place::Place;
use crate::process::{Build, Log, Server};
use crate::publisher::publish;
use crate::stats::{figure, median, millis};
use crate::table::{Aim, Row, Unit};

const GROUP: &str = "publish";

/// Publishers at once.
const MANY: usize = 32;

pub(super) async fn measure(bench: &mut Bench) -> Result<(), Fault> {
    let place = bench.largest().await?;
    let server = Server::registry(Build::Plain, &place.data, Log::Warnings)?;
    bench.say("what a publish writes");
    let mut skills = Skills::new(bench);
    let share = share(&server, &place, &mut skills).await?;
    alone(bench, &server, &place, &mut skills, share.clone()).await?;
    at_once(bench, &server, &place, &mut skills, share).await
}

/// Small skills of names that are not taken.
struct Skills {
    words: std::sync::Arc<crate::vocabulary::Vocabulary>,
    made: u64,
}

impl Skills {
    fn new(bench: &Bench) -> Self {
        Self {
            words: bench.words.clone(),
            made: 0,
        }
    }

    fn take(&mut self, count: usize) -> Result<Vec<Archive>, Fault> {
        (0..count)
            .map(|_| {
                self.made += 1;
                Archive::small(&self.words, &format!("published-{}", self.made), self.made)
            })
            .collect()
    }
}

/// Looks at what some publishes add to the database.
async fn share(server: &Server, place: &Place, skills: &mut Skills) -> Result<Share, Fault> {
    const PUBLISHES: usize = 32;
    let mut connection = Connection::open(server.address).await?;
    let before = Census::of(&place.database())?;
    for archive in skills.take(PUBLISHES)? {
        publish(&mut connection, &place.key, &archive).await?;
    }
    Census::of(&place.database())?.since(&before, PUBLISHES)
}

async fn alone(
    bench: &mut Bench,
    server: &Server,
    place: &Place,
    skills: &mut Skills,
    share: Share,
) -> Result<(), Fault> {
    bench.say("publish alone");
    let folder = bench.scratch().join("alone");
    fs::create_dir(&folder)?;
    let mut by_hand = ByHand::new(&folder.join("by-hand.db"), share)?;
    let mut connection = Connection::open(server.address).await?;
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for archive in skills.take(bench.scaled(60, 3))? {
        let began = Instant::now();
        publish(&mut connection, &place.key, &archive).await?;
        ours.push(millis(began.elapsed()));
        let zip = zip_of(&archive)?;
        let began = Instant::now();
        write_files(&folder, &archive, &zip)?;
        bare.push(millis(began.elapsed() + by_hand.write(1)?));
    }
    bench.add(
        Row::new(
            GROUP,
            "publish of a small skill, alone",
            Unit::Millis,
            median(ours),
        )
        .beside("its rows and files by hand", median(bare))
        .how(
            "Start, upload and confirm over HTTP. By hand: as many rows as it writes, as large, \
                 in as many commits, and the staged bytes, the archive and the zip each in a \
                 synced file.",
        ),
    );
    Ok(())
}

async fn at_once(
    bench: &mut Bench,
    server: &Server,
    place: &Place,
    skills: &mut Skills,
    share: Share,
) -> Result<(), Fault> {
    bench.say("32 publishers at once");
    let of_each = bench.scaled(4, 1);
    let folder = bench.scratch().join("at-once");
    fs::create_dir(&folder)?;
    let mut by_hand = ByHand::new(&folder.join("by-hand.db"), share)?;
    let (mut ours, mut rows, mut both) = (Vec::new(), Vec::new(), Vec::new());
    let total = MANY * of_each;
    let rate = |elapsed: Duration| figure(total as u64) / elapsed.as_secs_f64();
    for _ in 0..bench.rounds() {
        let archives = skills.take(total)?;
        ours.push(rate(publish_at_once(server, &place.key, &archives).await?));
        let mut in_rows = Duration::ZERO;
        for _ in 0..of_each {
            in_rows += by_hand.write(MANY)?;
        }
        let in_files = write_at_once(&folder, &archives)?;
        rows.push(rate(in_rows));
        both.push(rate(in_rows + in_files));
    }
    let (ours, rows, both) = (median(ours), median(rows), median(both));
    let name = "32 publishers at once";
    bench.add(
        Row::new(GROUP, name, Unit::PerSecond, ours)
            .beside("their rows by hand, 32 to a commit", rows)
            .aim(Aim::RatioAtLeast(0.5))
            .why(
                "a publish also answers three requests, checks an archive, derives a zip, syncs \
                 three files and their folders, and indexes some hundred terms, which takes the one \
                 writer longer than the rows themselves; the next row has the files in it.",
            ),
    );
    bench.add(
        Row::new(GROUP, name, Unit::PerSecond, ours)
            .beside("their rows so, and their files by 32 threads", both),
    );
    Ok(())
}

async fn publish_at_once(
    server: &Server,
    key: &str,
    archives: &[Archive],
) -> Result<Duration, Fault> {
    let mut publishers = Vec::new();
    for part in archives.chunks(archives.len().div_ceil(MANY)) {
        publishers.push((Connection::open(server.address).await?, part.to_vec()));
    }
    let began = Instant::now();
    let mut publishing = JoinSet::new();
    for (mut connection, archives) in publishers {
        let key = key.to_owned();
        publishing.spawn(async move {
            for archive in archives {
                publish(&mut connection, &key, &archive).await?;
            }
            Ok::<_, Fault>(())
        });
    }
    while let Some(published) = publishing.join_next().await {
        published??;
    }
    Ok(began.elapsed())
}

fn zip_of(archive: &Archive) -> Result<Vec<u8>, Fault> {
    let package = Package::read(&archive.bytes, &PackageLimits::default())?;
    Ok(derive_zip(&package)?.bytes)
}

/// The three files of a publish: the staged bytes, the archive, the zip.
fn write_files(folder: &Path, archive: &Archive, zip: &[u8]) -> Result<(), Fault> {
    let name = archive.manifest["name"].as_str().ok_or("a name")?;
    for (end, bytes) in [
        ("staged", &*archive.bytes),
        ("tgz", &archive.bytes),
        ("zip", zip),
    ] {
        let mut file = File::create_new(folder.join(format!("{name}.{end}")))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn write_at_once(folder: &Path, archives: &[Archive]) -> Result<Duration, Fault> {
    let zips: Vec<_> = archives.iter().map(zip_of).collect::<Result<_, _>>()?;
    let files: Vec<_> = archives.iter().zip(zips).collect();
    let began = Instant::now();
    std::thread::scope(|scope| {
        let parts = files.chunks(files.len().div_ceil(MANY));
        let writing: Vec<_> = parts
            .map(|part| {
                scope.spawn(|| {
                    let mut files = part.iter();
                    files.try_for_each(|(archive, zip)| write_files(folder, archive, zip))
                })
            })
            .collect();
        for written in writing {
            written.join().map_err(|_| "a thread panicked")??;
        }
        Ok(began.elapsed())
    })
}
