//! Rounds of requests, in turns on the two servers that are compared.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Fault;
use crate::client::{Connection, Request};
use crate::process::Server;
use crate::stats::{figure, median, micros};

/// What is asked, and how.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// Asked one after the other, from the beginning again after the last.
    pub(crate) requests: Arc<Vec<Request>>,
    /// What every answer must have.
    pub(crate) status: u16,
    /// Connections that ask at the same time.
    pub(crate) connections: usize,
    /// Requests of one round.
    pub(crate) count: usize,
}

/// A server under load.
#[derive(Debug)]
pub(crate) struct Side<'a> {
    server: &'a Server,
    connections: Vec<Connection>,
    /// How many requests were asked so far.
    asked: Arc<AtomicUsize>,
    rounds: Vec<Round>,
}

#[derive(Debug)]
struct Round {
    elapsed: Duration,
    processor: Duration,
    latencies: Vec<Duration>,
}

/// What came of all rounds on one server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    /// Requests a second, in the median round.
    pub(crate) per_second: f64,
    /// Processor time of the server for one request, in microseconds, over all rounds.
    pub(crate) processor: f64,
    /// Median time from a request to its whole answer, in microseconds.
    pub(crate) latency: f64,
}

impl<'a> Side<'a> {
    pub(crate) async fn new(server: &'a Server, load: &Load) -> Result<Self, Fault> {
        let mut connections = Vec::new();
        for _ in 0..load.connections {
            connections.push(Connection::open(server.address).await?);
        }
        Ok(Self {
            server,
            connections,
            asked: Arc::default(),
            rounds: Vec::new(),
        })
    }

    /// One round that counts.
    pub(crate) async fn round(&mut self, load: &Load) -> Result<(), Fault> {
        let round = self.run(load, load.count).await?;
        self.rounds.push(round);
        Ok(())
    }

    /// Some requests that do not count.
    pub(crate) async fn warm_up(&mut self, load: &Load, count: usize) -> Result<(), Fault> {
        self.run(load, count).await.map(drop)
    }

    async fn run(&mut self, load: &Load, count: usize) -> Result<Round, Fault> {
        let until = self.asked.load(Ordering::Relaxed) + count;
        let used = self.server.processor_time()?;
        let began = Instant::now();
        let mut asking = JoinSet::new();
        for connection in self.connections.drain(..) {
            let (load, asked) = (load.clone(), Arc::clone(&self.asked));
            asking.spawn(ask(connection, load, asked, until));
        }
        let mut latencies = Vec::with_capacity(count);
        while let Some(done) = asking.join_next().await {
            let (connection, taken) = done??;
            self.connections.push(connection);
            latencies.extend(taken);
        }
        let elapsed = began.elapsed();
        // Each connection went one too far.
        self.asked.store(until, Ordering::Relaxed);
        Ok(Round {
            elapsed,
            processor: self.server.processor_time()?.since(&used),
            latencies,
        })
    }

    pub(crate) fn figures(&self) -> Figures {
        let answered = |round: &Round| figure(round.latencies.len() as u64);
        let rate = |round: &Round| answered(round) / round.elapsed.as_secs_f64();
        let processor: f64 = self
            .rounds
            .iter()
            .map(|round| micros(round.processor))
            .sum();
        let answers: f64 = self.rounds.iter().map(answered).sum();
        let latencies = self.rounds.iter().flat_map(|round| &round.latencies);
        Figures {
            per_second: median(self.rounds.iter().map(rate)),
            processor: processor / answers,
            latency: median(latencies.copied().map(micros)),
        }
    }
}

async fn ask(
    mut connection: Connection,
    load: Load,
    asked: Arc<AtomicUsize>,
    until: usize,
) -> Result<(Connection, Vec<Duration>), Fault> {
    let mut latencies = Vec::new();
    loop {
        let next = asked.fetch_add(1, Ordering::Relaxed);
        if next >= until {
            return Ok((connection, latencies));
        }
        let request = &load.requests[next % load.requests.len()];
        let began = Instant::now();
        connection.expect(request, load.status).await?;
        latencies.push(began.elapsed());
    }
}
