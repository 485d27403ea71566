//! How long a server takes to start.

use crate::Fault;
use crate::answers::Answer;
use crate::bench::Bench;
use crate::client::{Connection, Request};
use crate::process::{Build, Log, Server};
use crate::stats::{median, millis};
use crate::table::{Row, Unit};

const GROUP: &str = "start";

pub(super) async fn measure(bench: &mut Bench) -> Result<(), Fault> {
    bench.say("start");
    let full = bench.largest().await?;
    let nothing = [(
        "/".to_owned(),
        Answer {
            status: http::StatusCode::OK,
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
        },
    )];
    let (mut first, mut again, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..bench.rounds() {
        // No folder, no database, no administrator.
        let new = bench.scratch().join(format!("first-{round}"));
        for (data, figures) in [(&new, &mut first), (&full.data, &mut again)] {
            let server = Server::registry(Build::Plain, data, Log::Warnings)?;
            figures.push(millis(server.start));
            let mut connection = Connection::open(server.address).await?;
            connection
                .expect(&Request::get("/api/ready", None), 200)
                .await?;
        }
        bare.push(millis(Server::bare(Build::Plain, &nothing)?.start));
    }
    let bare = median(bare);
    let rows = [
        ("first start, in an empty folder".to_owned(), first),
        (format!("start with {} skills", full.skills), again),
    ];
    for (name, figures) in rows {
        let row = Row::new(GROUP, name, Unit::Millis, median(figures));
        bench.add(
            row.beside("bare hyper", bare)
                .how("From before the process is there until it says where it listens."),
        );
    }
    Ok(())
}
