//! Archives, small ones from memory and large ones from disk.

use crate::Fault;
use crate::archive::Archive;
use crate::bench::Bench;
use crate::client::{Connection, Request, target_of};
use crate::compare::Probe;
use crate::place::Place;
use crate::process::{Build, Log, Server};
use crate::publisher::publish;
use crate::table::Aim;

use super::{allocations, processor, speed};

const GROUP: &str = "downloads";

const CHEAP: &str = "As cheap as from memory is taken to mean: within a tenth.";

const WHY: &str = "the signature of the link and who may download the version are checked, and the \
    download is counted, at every one.";

pub(super) async fn measure(bench: &mut Bench) -> Result<(), Fault> {
    let place = bench.largest().await?;
    let server = Server::registry(Build::Plain, &place.data, Log::Warnings)?;
    let mut counted = Server::registry(Build::Counted, &place.data, Log::Warnings)?;

    let name = "download of 64 KiB";
    bench.say(name);
    let link = published(&server, &place, "small-download", 64 << 10).await?;
    let small = Probe {
        requests: vec![link],
        sample: None,
        status: 200,
        connections: 16,
        count: bench.scaled(3000, 20),
    };
    let pair = bench.compare(&server, &small).await?;
    bench.add(
        speed(GROUP, name, pair)
            .aim(Aim::RatioAtLeast(0.9))
            .how(CHEAP)
            .why(WHY),
    );
    bench.add(
        processor(GROUP, name, pair)
            .aim(Aim::RatioAtMost(1.1))
            .how(CHEAP)
            .why(WHY),
    );
    let count = bench.allocations(&mut counted, &small).await?;
    bench.add(allocations(GROUP, name, count));

    let name = "download of 5 MiB";
    bench.say(name);
    let link = published(&server, &place, "large-download", 5 << 20).await?;
    let large = Probe {
        requests: vec![link],
        sample: None,
        status: 200,
        connections: 4,
        count: bench.scaled(60, 4),
    };
    let pair = bench.compare(&server, &large).await?;
    bench.add(
        speed(GROUP, name, pair)
            .how("4 connections. Read from disk, which is to say from the system's cache of it."),
    );
    bench.add(processor(GROUP, name, pair));
    Ok(())
}

/// The request that downloads a newly published archive of this size.
async fn published(
    server: &Server,
    place: &Place,
    name: &str,
    size: usize,
) -> Result<Request, Fault> {
    let mut connection = Connection::open(server.address).await?;
    let archive = Archive::of_noise(name, "1.0.0", size)?;
    publish(&mut connection, &place.key, &archive).await?;
    let detail = Request::get(format!("/api/v1/skills/{name}/1.0.0"), Some(&place.key));
    let detail = connection.fetch(&detail, 200).await?.json()?;
    let link = detail["downloadUrl"].as_str().ok_or("no link")?;
    let request = Request::get(target_of(link)?, None);
    let body = connection.fetch(&request, 200).await?.body;
    if body == archive.bytes {
        Ok(request)
    } else {
        Err(format!("{name}: {} other bytes came back", body.len()).into())
    }
}
