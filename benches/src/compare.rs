//! A read of the registry beside the same bytes from a bare server.

use std::sync::Arc;

use crate::Fault;
use crate::answers::Answer;
use crate::bench::Bench;
use crate::client::{Connection, Request};
use crate::load::{Figures, Load, Side};
use crate::process::{Build, Server};
use crate::stats::figure;

/// More different answers than these a bare server need not hold.
const SAMPLES: usize = 64;

/// A read to measure.
pub(crate) struct Probe {
    /// Asked one after the other, from the beginning again after the last.
    pub(crate) requests: Vec<Request>,
    /// Asked first, so that the bare server has something to answer. The requests themselves where
    /// they may be asked twice.
    pub(crate) sample: Option<Request>,
    pub(crate) status: u16,
    pub(crate) connections: usize,
    /// Requests of one round.
    pub(crate) count: usize,
}

/// One figure of the registry, and the bare server's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<T> {
    pub(crate) ours: T,
    pub(crate) bare: T,
}

impl Bench {
    /// Measures a read in turns on a registry and on a bare server.
    pub(crate) async fn compare(
        &self,
        registry: &Server,
        probe: &Probe,
    ) -> Result<Pair<Figures>, Fault> {
        let answers = answers(registry, probe).await?;
        let bare = Server::bare(Build::Plain, &answers)?;
        let load = Load {
            requests: Arc::new(probe.requests.clone()),
            status: probe.status,
            connections: probe.connections,
            count: probe.count,
        };
        let mut ours = Side::new(registry, &load).await?;
        let mut beside = Side::new(&bare, &load).await?;
        for side in [&mut ours, &mut beside] {
            side.warm_up(&load, probe.count / 4).await?;
        }
        for _ in 0..self.rounds() {
            ours.round(&load).await?;
            beside.round(&load).await?;
        }
        Ok(Pair {
            ours: ours.figures(),
            bare: beside.figures(),
        })
    }

    /// Counts allocations of a read, on servers that count them.
    pub(crate) async fn allocations(
        &self,
        registry: &mut Server,
        probe: &Probe,
    ) -> Result<Pair<f64>, Fault> {
        let answers = answers(registry, probe).await?;
        let mut bare = Server::bare(Build::Counted, &answers)?;
        let count = self.counted_requests();
        Ok(Pair {
            ours: count_on(registry, probe, count).await?,
            bare: count_on(&mut bare, probe, count).await?,
        })
    }
}

/// Allocations for one request.
async fn count_on(server: &mut Server, probe: &Probe, count: usize) -> Result<f64, Fault> {
    let mut connection = Connection::open(server.address).await?;
    let mut requests = probe.requests.iter().cycle();
    let mut ask = async |count: usize| {
        for request in requests.by_ref().take(count) {
            connection.expect(request, probe.status).await?;
        }
        Ok::<_, Fault>(())
    };
    ask(count / 4).await?;
    let before = server.allocations()?;
    ask(count).await?;
    let allocated = server.allocations()? - before;
    Ok(figure(allocated) / figure(count as u64))
}

async fn answers(registry: &Server, probe: &Probe) -> Result<Vec<(String, Answer)>, Fault> {
    let mut connection = Connection::open(registry.address).await?;
    let requests = match &probe.sample {
        Some(sample) => std::slice::from_ref(sample),
        None => &probe.requests,
    };
    if requests.len() > SAMPLES {
        return Err(format!("{} answers are too many to keep", requests.len()).into());
    }
    let mut answers = Vec::new();
    for request in requests {
        let answer = connection.fetch(request, probe.status).await?;
        answers.push((request.target.clone(), answer));
    }
    Ok(answers)
}
