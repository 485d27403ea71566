//! The table: what was measured, what stands beside it, and whether an aim was met.

use serde::{Deserialize, Serialize};

use crate::machine::Machine;

/// All that one run has to say.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Table {
    pub(crate) machine: Machine,
    pub(crate) rows: Vec<Row>,
}

/// One figure and what stands beside it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Rows of one group were measured together.
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) unit: Unit,
    pub(crate) measured: f64,
    pub(crate) beside: Option<Beside>,
    pub(crate) aim: Option<Aim>,
    /// How it was measured, where that is not plain.
    pub(crate) how: Option<String>,
    /// What stands in the way of the aim; shown where it is missed.
    pub(crate) why: Option<String>,
}

/// What a figure is compared with, in the same unit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Beside {
    pub(crate) what: String,
    pub(crate) value: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    PerSecond,
    Micros,
    Millis,
    Allocations,
    Mebibytes,
}

/// What a figure is to be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Aim {
    /// At least this part of what stands beside it.
    RatioAtLeast(f64),
    /// At most so many times what stands beside it.
    RatioAtMost(f64),
    /// Less than so many times what stands beside it.
    RatioBelow(f64),
    /// Less than this.
    Below(f64),
}

impl Row {
    pub(crate) fn new(group: &str, name: impl Into<String>, unit: Unit, measured: f64) -> Self {
        Self {
            group: group.to_owned(),
            name: name.into(),
            unit,
            measured,
            beside: None,
            aim: None,
            how: None,
            why: None,
        }
    }

    #[must_use]
    pub(crate) fn beside(mut self, what: impl Into<String>, value: f64) -> Self {
        let what = what.into();
        self.beside = Some(Beside { what, value });
        self
    }

    #[must_use]
    pub(crate) fn aim(mut self, aim: Aim) -> Self {
        self.aim = Some(aim);
        self
    }

    #[must_use]
    pub(crate) fn how(mut self, how: &str) -> Self {
        self.how = Some(how.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn why(mut self, why: &str) -> Self {
        self.why = Some(why.to_owned());
        self
    }

    /// The figure in parts of what stands beside it.
    pub(crate) fn ratio(&self) -> Option<f64> {
        self.beside
            .as_ref()
            .map(|beside| self.measured / beside.value)
    }

    /// Whether the aim is met, where there is one. What cannot be compared meets nothing.
    pub(crate) fn is_met(&self) -> Option<bool> {
        let ratio = self.ratio().unwrap_or(f64::NAN);
        Some(match self.aim? {
            Aim::RatioAtLeast(least) => ratio >= least,
            Aim::RatioAtMost(most) => ratio <= most,
            Aim::RatioBelow(bound) => ratio < bound,
            Aim::Below(bound) => self.measured < bound,
        })
    }

    /// The row's texts, in the order of [`HEADINGS`].
    pub(crate) fn cells(&self) -> [String; 6] {
        let beside = self
            .beside
            .as_ref()
            .map(|beside| format!("{} {}", self.unit.show(beside.value), beside.what));
        let verdict = self.is_met().map(|met| if met { "met" } else { "missed" });
        [
            self.name.clone(),
            self.unit.show(self.measured),
            beside.unwrap_or_default(),
            self.ratio()
                .map(|ratio| format!("{ratio:.2}"))
                .unwrap_or_default(),
            self.aim.map(|aim| aim.show(self.unit)).unwrap_or_default(),
            verdict.unwrap_or_default().to_owned(),
        ]
    }

    /// What a footnote says of it.
    pub(crate) fn note(&self) -> Option<String> {
        let why = self.why.as_ref().filter(|_| self.is_met() == Some(false));
        match (&self.how, why) {
            (Some(how), Some(why)) => Some(format!("{how} Missed: {why}")),
            (Some(how), None) => Some(how.clone()),
            (None, Some(why)) => Some(format!("Missed: {why}")),
            (None, None) => None,
        }
    }
}

/// What the texts of a row are.
pub(crate) const HEADINGS: [&str; 6] = ["what", "measured", "beside", "ratio", "aim", ""];

impl Unit {
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::PerSecond => format!("{}/s", thousands(value)),
            Self::Micros => format!("{} µs", significant(value)),
            Self::Millis => format!("{} ms", significant(value)),
            Self::Allocations => significant(value),
            Self::Mebibytes => format!("{} MiB", significant(value)),
        }
    }
}

impl Aim {
    pub(crate) fn show(self, unit: Unit) -> String {
        match self {
            Self::RatioAtLeast(least) => format!("ratio ≥ {least}"),
            Self::RatioAtMost(most) => format!("ratio ≤ {most}"),
            Self::RatioBelow(bound) => format!("ratio < {bound}"),
            Self::Below(bound) => format!("< {}", unit.show(bound)),
        }
    }
}

/// Three digits that count, unless more stand before the point.
fn significant(value: f64) -> String {
    match value.abs() {
        large if large >= 99.95 => thousands(value),
        large if large >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A whole number with a comma at each third digit.
fn thousands(value: f64) -> String {
    if value < 99.95 {
        return significant(value);
    }
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(measured: f64, beside: f64) -> Row {
        Row::new("reads", "a read", Unit::PerSecond, measured).beside("bare", beside)
    }

    #[test]
    fn a_figure_has_three_digits_that_count() {
        assert_eq!(Unit::Micros.show(0.1234), "0.12 µs");
        assert_eq!(Unit::Micros.show(12.34), "12.3 µs");
        assert_eq!(Unit::PerSecond.show(1_234_567.4), "1,234,567/s");
        assert_eq!(Unit::PerSecond.show(99.96), "100/s");
        assert_eq!(Unit::Mebibytes.show(640.2), "640 MiB");
    }

    #[test]
    fn an_aim_is_met_at_its_bound_or_only_below_it() {
        assert_eq!(
            row(7.0, 10.0).aim(Aim::RatioAtLeast(0.7)).is_met(),
            Some(true)
        );
        assert_eq!(
            row(6.9, 10.0).aim(Aim::RatioAtLeast(0.7)).is_met(),
            Some(false)
        );
        assert_eq!(
            row(2.0, 1.0).aim(Aim::RatioBelow(2.0)).is_met(),
            Some(false)
        );
        assert_eq!(
            row(1.5, 1.0).aim(Aim::RatioAtMost(1.5)).is_met(),
            Some(true)
        );
        assert_eq!(row(0.9, 1.0).aim(Aim::Below(1.0)).is_met(), Some(true));
        assert_eq!(row(0.9, 1.0).is_met(), None);
    }

    #[test]
    fn an_aim_with_nothing_to_compare_with_is_missed() {
        let alone = Row::new("reads", "a read", Unit::PerSecond, 1.0);
        assert_eq!(alone.aim(Aim::RatioAtLeast(0.1)).is_met(), Some(false));
        assert_eq!(
            row(1.0, f64::NAN).aim(Aim::RatioAtMost(9.0)).is_met(),
            Some(false)
        );
    }

    #[test]
    fn the_reason_stands_only_where_an_aim_is_missed() {
        let met = row(1.0, 1.0).aim(Aim::RatioAtLeast(0.7)).why("a reason");
        assert_eq!(met.note(), None);
        let missed = row(0.5, 1.0).aim(Aim::RatioAtLeast(0.7)).why("a reason");
        assert_eq!(missed.note().unwrap(), "Missed: a reason");
    }
}
