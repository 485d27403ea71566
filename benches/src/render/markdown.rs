//! In a page.

use std::fmt::Write as _;

use super::{Notes, score};
use crate::Fault;
use crate::table::{HEADINGS, Table};

const BEGIN: &str = "<!-- table -->\n";
const END: &str = "<!-- end of table -->";

/// The table in Markdown.
pub(crate) fn markdown(table: &Table) -> String {
    let notes = Notes::of(table);
    let mut text = format!(
        "{}.\n\n| {} |\n",
        table.machine.line(),
        HEADINGS.join(" | ")
    );
    text.push_str("|---|--:|--:|--:|---|---|\n");
    let mut group = "";
    for row in &table.rows {
        if row.group != group {
            group = &row.group;
            let _ = writeln!(text, "| **{group}** | | | | | |");
        }
        let mut cells = row.cells().map(|cell| cell.replace('|', "\\|"));
        if let Some(number) = notes.number(row) {
            let _ = write!(cells[0], " <sup>{number}</sup>");
        }
        if row.is_met() == Some(false) {
            cells[5] = format!("**{}**", cells[5]);
        }
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text.push('\n');
    for (number, note) in notes.numbered() {
        let _ = writeln!(text, "{number}. {note}");
    }
    let (met, aims) = score(table);
    let _ = writeln!(text, "\n{met} of {aims} aims met.");
    text
}

/// A page with another table between its two marks.
pub(crate) fn into_page(page: &str, table: &Table) -> Result<String, Fault> {
    let parts = page
        .split_once(BEGIN)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts.ok_or("the page has no marks for a table")?;
    Ok(format!("{before}{BEGIN}{}{END}{after}", markdown(table)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn a_row_of_the_page_says_what_was_measured_beside_what() {
        let text = markdown(&samples::table());
        let rows = [
            "| **reads** | | | | | |",
            "| cached <sup>1</sup> | 30,000/s | 40,000/s bare hyper | 0.75 | ratio ≥ 0.7 | met |",
            "| uncached <sup>2</sup> | 8,000/s | 40,000/s bare hyper | 0.20 | ratio ≥ 0.5 | **missed** |",
            "| a \\| word, 100 skills | 0.50 ms | 0.05 ms bare hyper | 10.00 | < 1.00 ms | met |",
            "2. Missed: it reads the disk.",
            "2 of 3 aims met.",
        ];
        for row in rows {
            assert!(
                text.lines().any(|line| line == row),
                "{row} is not in\n{text}"
            );
        }
    }

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let page = format!("before\n\n{BEGIN}old\n{END}\n\nafter\n");
        let page = into_page(&page, &samples::table()).unwrap();
        assert!(page.starts_with("before\n") && page.ends_with("\nafter\n"));
        assert!(page.contains("A Processor") && !page.contains("old"));
        assert_eq!(into_page(&page, &samples::table()).unwrap(), page);
        assert!(into_page("no marks", &samples::table()).is_err());
    }
}
