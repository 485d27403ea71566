//! On a terminal.

use std::fmt::Write as _;

use super::{Notes, score};
use crate::table::{HEADINGS, Table};

/// The table with aligned columns.
pub(crate) fn text(table: &Table) -> String {
    let notes = Notes::of(table);
    let mut lines = vec![HEADINGS.map(str::to_owned)];
    for row in &table.rows {
        let mut cells = row.cells();
        if let Some(number) = notes.number(row) {
            let _ = write!(cells[0], " [{number}]");
        }
        lines.push(cells);
    }
    let mut widths = [0; HEADINGS.len()];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.chars().count());
        }
    }

    let mut text = format!("{}\n", table.machine.line());
    let mut group = "";
    for (position, cells) in lines.iter().enumerate() {
        if let Some(row) = position.checked_sub(1).map(|row| &table.rows[row])
            && row.group != group
        {
            group = &row.group;
            let _ = writeln!(text, "\n{group}");
        }
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            let _ = write!(line, "{cell:<width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push('\n');
    for (number, note) in notes.numbered() {
        let _ = writeln!(text, "[{number}] {note}");
    }
    let (met, aims) = score(table);
    let _ = writeln!(text, "{met} of {aims} aims met");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn columns_are_aligned_and_notes_numbered() {
        let expected = "\
2026-03-01, A Processor, 2 cores, 8 GiB of memory, Linux 6.1
what                  measured  beside               ratio  aim

reads
cached [1]            30,000/s  40,000/s bare hyper  0.75   ratio ≥ 0.7  met
uncached [2]          8,000/s   40,000/s bare hyper  0.20   ratio ≥ 0.5  missed

search
a | word, 100 skills  0.50 ms   0.05 ms bare hyper   10.00  < 1.00 ms    met

[1] 16 connections.
[2] Missed: it reads the disk.
2 of 3 aims met
";
        assert_eq!(text(&samples::table()), expected);
    }
}
