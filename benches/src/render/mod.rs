//! The table for people: on a terminal, in a page, as charts. The same table gives the same bytes.

mod chart;
mod markdown;
mod text;

pub(crate) use chart::charts;
pub(crate) use markdown::into_page;
pub(crate) use text::text;

use crate::table::{Row, Table};

/// Notes in the order of their first mention, each once.
struct Notes(Vec<String>);

impl Notes {
    fn of(table: &Table) -> Self {
        let mut notes = Vec::new();
        for note in table.rows.iter().filter_map(Row::note) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        Self(notes)
    }

    /// The number of a row's note.
    fn number(&self, row: &Row) -> Option<usize> {
        let note = row.note()?;
        let position = self.0.iter().position(|held| *held == note)?;
        Some(position + 1)
    }

    fn numbered(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.0.iter().map(String::as_str))
    }
}

/// Aims that are met, and aims there are.
fn score(table: &Table) -> (usize, usize) {
    let verdicts = || table.rows.iter().filter_map(Row::is_met);
    (verdicts().filter(|met| *met).count(), verdicts().count())
}

#[cfg(test)]
mod samples {
    use crate::machine::Machine;
    use crate::table::{Aim, Row, Table, Unit};

    pub(super) fn table() -> Table {
        let machine = Machine {
            date: "2026-03-01".to_owned(),
            processor: "A Processor".to_owned(),
            cores: 2,
            kernel: "6.1".to_owned(),
            memory_gib: 8,
            optimised: true,
        };
        let rows = vec![
            Row::new("reads", "cached", Unit::PerSecond, 30_000.0)
                .beside("bare hyper", 40_000.0)
                .aim(Aim::RatioAtLeast(0.7))
                .how("16 connections."),
            Row::new("reads", "uncached", Unit::PerSecond, 8_000.0)
                .beside("bare hyper", 40_000.0)
                .aim(Aim::RatioAtLeast(0.5))
                .why("it reads the disk."),
            Row::new("search", "a | word, 100 skills", Unit::Millis, 0.5)
                .beside("bare hyper", 0.05)
                .aim(Aim::Below(1.0)),
        ];
        Table { machine, rows }
    }
}
