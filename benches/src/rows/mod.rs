//! The groups of rows.

mod confirm;
mod downloads;
mod memory;
mod publish;
mod reads;
mod search;
mod start;

use crate::Fault;
use crate::bench::Bench;
use crate::compare::Pair;
use crate::load::Figures;
use crate::table::{Row, Unit};

/// What stands beside reads.
const BARE: &str = "bare hyper";

/// The names of the groups, in the order of the table.
pub(crate) const GROUPS: [&str; 7] = [
    "reads",
    "downloads",
    "search",
    "publish",
    "confirm",
    "memory",
    "start",
];

/// Measures one group.
pub(crate) async fn measure(bench: &mut Bench, group: &str) -> Result<(), Fault> {
    match group {
        "reads" => reads::measure(bench).await,
        "downloads" => downloads::measure(bench).await,
        "search" => search::measure(bench).await,
        "publish" => publish::measure(bench).await,
        "confirm" => confirm::measure(bench).await,
        "memory" => memory::measure(bench).await,
        "start" => start::measure(bench).await,
        other => Err(format!("there is no group `{other}`").into()),
    }
}

/// Requests a second.
fn speed(group: &str, name: &str, pair: Pair<Figures>) -> Row {
    Row::new(group, name, Unit::PerSecond, pair.ours.per_second).beside(BARE, pair.bare.per_second)
}

/// Processor time of the server.
fn processor(group: &str, name: &str, pair: Pair<Figures>) -> Row {
    let name = format!("{name}: processor time");
    Row::new(group, name, Unit::Micros, pair.ours.processor).beside(BARE, pair.bare.processor)
}

/// Allocations of the server.
fn allocations(group: &str, name: &str, pair: Pair<f64>) -> Row {
    let name = format!("{name}: allocations");
    Row::new(group, name, Unit::Allocations, pair.ours).beside(BARE, pair.bare)
}
