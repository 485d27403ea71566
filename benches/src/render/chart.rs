//! As pictures.

use std::fmt::Write as _;

use crate::table::{Aim, Row, Table, Unit};

const WIDTH: f64 = 860.0;
/// Where the bars begin: names stand before them.
const LEFT: f64 = 380.0;
/// Longest bar: figures stand behind it.
const LONGEST: f64 = 380.0;
const STEP: f64 = 28.0;
const TOP: f64 = 48.0;

struct Bar {
    name: String,
    value: f64,
    text: String,
    /// Where it should end, and whether it does on the right side of that.
    aim: Option<(f64, bool)>,
}

/// The charts that a table has rows for, each with the name of its file.
pub(crate) fn charts(table: &Table) -> Vec<(&'static str, String)> {
    let speeds: Vec<_> = table.rows.iter().filter_map(speed).collect();
    let searches: Vec<_> = table.rows.iter().filter_map(search).collect();
    let note = &table.machine.date;
    let charts = [
        (
            "speed.svg",
            format!("Requests a second, in parts of bare hyper's ({note})"),
            speeds,
        ),
        (
            "search.svg",
            format!("Median time of a search, in milliseconds ({note})"),
            searches,
        ),
    ];
    charts
        .into_iter()
        .filter(|(_, _, bars)| !bars.is_empty())
        .map(|(file, title, bars)| (file, draw(&title, &bars)))
        .collect()
}

fn speed(row: &Row) -> Option<Bar> {
    let beside = row.beside.as_ref()?;
    if row.unit != Unit::PerSecond || beside.what != "bare hyper" {
        return None;
    }
    let value = row.ratio()?;
    Some(Bar {
        name: row.name.clone(),
        value,
        text: format!("{value:.2}"),
        aim: match row.aim {
            Some(Aim::RatioAtLeast(least)) => Some((least, row.is_met()?)),
            _ => None,
        },
    })
}

fn search(row: &Row) -> Option<Bar> {
    if row.unit != Unit::Millis || row.group != "search" {
        return None;
    }
    Some(Bar {
        name: row.name.clone(),
        value: row.measured,
        text: row.unit.show(row.measured),
        aim: match row.aim {
            Some(Aim::Below(bound)) => Some((bound, row.is_met()?)),
            _ => None,
        },
    })
}

fn draw(title: &str, bars: &[Bar]) -> String {
    let ends = bars.iter().flat_map(|bar| {
        let aim = bar.aim.map(|(aim, _)| aim);
        std::iter::once(bar.value).chain(aim)
    });
    let most = ends.fold(f64::MIN_POSITIVE, f64::max);
    let scale = |value: f64| value / most * LONGEST;
    let rows = bars.iter().fold(0.0, |sum, _| sum + STEP);
    let height = TOP + rows + 34.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"16\" y=\"28\" font-size=\"16\" fill=\"#111\">{}</text>\n",
        escaped(title)
    );
    let mut y = TOP;
    for bar in bars {
        let colour = match bar.aim {
            Some((_, false)) => "#c2410c",
            Some((_, true)) => "#15803d",
            None => "#64748b",
        };
        let (long, base) = (scale(bar.value), y + 14.0);
        // The figure gives way to an aim that stands where it would be.
        let aim = bar.aim.map_or(0.0, |(aim, _)| scale(aim));
        let end = if (long..long + 70.0).contains(&aim) {
            aim
        } else {
            long
        };
        let _ = write!(
            svg,
            "<text x=\"{:.0}\" y=\"{base:.0}\" text-anchor=\"end\" fill=\"#111\">{}</text>\n\
             <rect x=\"{LEFT:.0}\" y=\"{y:.0}\" width=\"{long:.1}\" height=\"18\" fill=\"{colour}\"/>\n\
             <text x=\"{:.1}\" y=\"{base:.0}\" fill=\"#111\">{}</text>\n",
            LEFT - 10.0,
            escaped(&bar.name),
            LEFT + end + 8.0,
            escaped(&bar.text),
        );
        if let Some((aim, _)) = bar.aim {
            let _ = writeln!(
                svg,
                "<path d=\"M{:.1} {:.0}v24\" stroke=\"#111\" stroke-width=\"2\" stroke-dasharray=\"3 2\"/>",
                LEFT + scale(aim),
                y - 3.0,
            );
        }
        y += STEP;
    }
    let _ = write!(
        svg,
        "<text x=\"16\" y=\"{:.0}\" font-size=\"12\" fill=\"#555\">Dashed: the aim. Green: met. \
         Red: missed. Grey: without an aim.</text>\n</svg>\n",
        y + 20.0
    );
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn each_chart_has_a_bar_for_each_of_its_rows() {
        let charts = charts(&samples::table());
        let names: Vec<_> = charts.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["speed.svg", "search.svg"]);
        let bars = |chart: &str| chart.matches("height=\"18\"").count();
        assert_eq!(bars(&charts[0].1), 2);
        assert_eq!(bars(&charts[1].1), 1);
        // The longest of bars and aims is as long as a bar can be.
        assert!(charts[0].1.contains("width=\"380.0\""));
        assert!(charts[1].1.contains("width=\"190.0\""));
    }

    #[test]
    fn a_table_without_such_rows_has_no_such_chart() {
        let mut table = samples::table();
        table.rows.truncate(2);
        assert_eq!(charts(&table).len(), 1);
    }

    #[test]
    fn names_cannot_break_the_picture() {
        assert_eq!(escaped("a < b & c"), "a &lt; b &amp; c");
    }
}
