//! Badges: small pictures of two texts.

use crate::ops::Standing;
use crate::scan::Verdict;

const GREEN: &str = "#4c1";
const YELLOW: &str = "#dfb317";
const ORANGE: &str = "#fe7d37";
const RED: &str = "#e05d44";
const GREY: &str = "#999";

/// What a badge tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Verdict,
    Score,
    Dependencies,
}

impl Kind {
    /// The kind that a query asks for; an unknown one is the verdict.
    pub(crate) fn parse(text: Option<&str>) -> Self {
        match text {
            Some("score") => Self::Score,
            Some("deps") => Self::Dependencies,
            _ => Self::Verdict,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Verdict | Self::Score => "tank",
            Self::Dependencies => "deps",
        }
    }
}

/// A badge of a skill; of nothing where there is none for everyone to see.
pub(crate) fn of(kind: Kind, standing: Option<&Standing>) -> String {
    let Some(standing) = standing else {
        return svg(kind.label(), "not found", GREY);
    };
    match kind {
        Kind::Verdict => {
            let (text, colour) = match standing.verdict {
                Some(Verdict::Pass) => ("PASS", GREEN),
                Some(Verdict::PassWithNotes) => ("PASS WITH NOTES", YELLOW),
                Some(Verdict::Flagged) => ("FLAGGED", ORANGE),
                Some(Verdict::Fail) => ("FAIL", RED),
                None => ("pending", GREY),
            };
            svg(kind.label(), text, colour)
        }
        Kind::Score => match standing.audit_score {
            Some(score) => {
                let colour = match score {
                    8.. => GREEN,
                    6..8 => YELLOW,
                    4..6 => ORANGE,
                    0..4 => RED,
                };
                svg(kind.label(), &format!("{score}/10"), colour)
            }
            None => svg(kind.label(), "unscored", GREY),
        },
        Kind::Dependencies => match standing.vulnerabilities {
            Some(0) => svg(kind.label(), "0 vulns", GREEN),
            Some(1) => svg(kind.label(), "1 vuln", RED),
            Some(count) => svg(kind.label(), &format!("{count} vulns"), RED),
            None => svg(kind.label(), "pending", GREY),
        },
    }
}

/// A badge for when nobody knows.
pub(crate) fn unavailable(kind: Kind) -> String {
    svg(kind.label(), "unavailable", GREY)
}

/// Two texts beside each other. `textLength` makes them as wide as computed, whatever the font.
fn svg(label: &str, value: &str, colour: &str) -> String {
    let (left, right) = (width(label), width(value));
    let all = left + right;
    let (label_length, value_length) = (left - PADDING, right - PADDING);
    let (label_at, value_at) = (PADDING / 2, left + PADDING / 2);
    let (label, value) = (escaped(label), escaped(value));
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{all}" height="20" role="img" aria-label="{label}: {value}"><title>{label}: {value}</title><rect width="{left}" height="20" fill="#555"/><rect x="{left}" width="{right}" height="20" fill="{colour}"/><g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11"><text x="{label_at}" y="14" textLength="{label_length}">{label}</text><text x="{value_at}" y="14" textLength="{value_length}">{value}</text></g></svg>"##
    )
}

/// Pixels beside a text, both sides together.
const PADDING: u32 = 12;

/// Pixels that a text takes, with the space beside it.
fn width(text: &str) -> u32 {
    let letters = text.chars().map(|letter| match letter {
        'I' | 'i' | 'l' | 'f' | 't' | 'r' | ' ' | '/' | '.' => 5,
        'W' | 'M' | 'm' | 'w' => 10,
        'A'..='Z' => 8,
        _ => 7,
    });
    PADDING + letters.sum::<u32>()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing() -> Standing {
        Standing {
            verdict: None,
            audit_score: None,
            vulnerabilities: None,
        }
    }

    fn shows(svg: &str, label: &str, value: &str, colour: &str) {
        assert!(
            svg.contains(&format!("<title>{label}: {value}</title>")),
            "{svg}"
        );
        assert!(svg.contains(&format!(">{label}</text>")), "{svg}");
        assert!(svg.contains(&format!(">{value}</text>")), "{svg}");
        assert!(svg.contains(&format!(r#"fill="{colour}""#)), "{svg}");
        assert!(svg.contains(r#"height="20""#), "{svg}");
    }

    #[test]
    fn a_verdict_has_its_words_and_its_colour() {
        for (verdict, text, colour) in [
            (Some(Verdict::Pass), "PASS", "#4c1"),
            (Some(Verdict::PassWithNotes), "PASS WITH NOTES", "#dfb317"),
            (Some(Verdict::Flagged), "FLAGGED", "#fe7d37"),
            (Some(Verdict::Fail), "FAIL", "#e05d44"),
            (None, "pending", "#999"),
        ] {
            let standing = Standing {
                verdict,
                ..standing()
            };
            shows(&of(Kind::Verdict, Some(&standing)), "tank", text, colour);
        }
        shows(&of(Kind::Verdict, None), "tank", "not found", "#999");
    }

    #[test]
    fn a_score_is_out_of_ten() {
        for (audit_score, text) in [(Some(10), "10/10"), (Some(0), "0/10"), (None, "unscored")] {
            let standing = Standing {
                audit_score,
                ..standing()
            };
            let badge = of(Kind::Score, Some(&standing));
            assert!(badge.contains(&format!(">{text}</text>")), "{badge}");
        }
        shows(&of(Kind::Score, None), "tank", "not found", "#999");
    }

    #[test]
    fn vulnerabilities_are_counted_in_words() {
        for (vulnerabilities, text, colour) in [
            (Some(0), "0 vulns", "#4c1"),
            (Some(1), "1 vuln", "#e05d44"),
            (Some(12), "12 vulns", "#e05d44"),
            (None, "pending", "#999"),
        ] {
            let standing = Standing {
                vulnerabilities,
                ..standing()
            };
            shows(
                &of(Kind::Dependencies, Some(&standing)),
                "deps",
                text,
                colour,
            );
        }
        shows(&of(Kind::Dependencies, None), "deps", "not found", "#999");
    }

    #[test]
    fn a_text_cannot_become_markup() {
        let badge = svg("a<b>&\"c'", "</svg><script>", "#999");
        assert!(badge.contains("a&lt;b&gt;&amp;&quot;c&apos;"), "{badge}");
        assert!(!badge.contains("<script>"), "{badge}");
        assert_eq!(badge.matches("</svg>").count(), 1);
    }

    #[test]
    fn the_parts_are_as_wide_as_the_whole() {
        let badge = svg("tank", "PASS", GREEN);
        let (left, right) = (width("tank"), width("PASS"));
        assert!(badge.contains(&format!(r#"width="{}" height="20" role"#, left + right)));
        assert!(width("PASS WITH NOTES") > width("PASS"));
    }
}
