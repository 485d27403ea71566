//! Names with a word in them that is almost another: `fromatter` for `formatter`. Whoever imitates a
//! name changes it where the eye glides over it: two letters swapped, one left out or doubled, a
//! digit for the letter it looks like. Endings are left alone, because languages change them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Words that names of tools are made of.
const WORDS: &str = "
agent analyzer analytics android ansible archive assistant audio automation backend backup badge balance
barcode benchmark binary bitcoin browser budget builder bundle calculator calendar camera capture cassandra
catalog certificate changelog channel checker chrome claude cleaner client clipboard cluster codec collector
command commit compare compiler compose composer compress config configuration connector console container
content context control controller convert converter counter coverage crawler creator credential crypto
currency customer dashboard database dataset debugger decoder delivery dependency deploy deployment desktop
detector developer device diagnostic diagnostics diagram dictionary directory discord docker document documentation domain download
downloader drive dynamic editor elastic electron email embedding encoder encrypt engine environment error
ethereum evaluator event excel exchange executor explorer export exporter express extension extractor
facebook factory feature fetcher figma finance finder firebase flask folder forecast format formatter
framework frontend function gateway generator github gitlab google graphics graphql handler health helper
hosting image import importer index insight inspector installer instagram integration interface inventory
invoice javascript jenkins jira keyboard kubernetes lambda language launcher library license linkedin linter
loader localhost locator logger machine mailer manager manifest mapper markdown marketing memory message
metadata metric microsoft migration mobile model module monitor mongo network newsletter notebook notebooks
notification notifier notion number openai optimizer orchestrator organizer outlook package parser password
payment performance permission photo pipeline planner platform playwright plugin podcast postgres
presentation preview printer private process processor product profile profiler program project prometheus
prompt protocol provider proxy publisher puppeteer python quality query queue random reader recorder redis
reference registry release reminder renderer report reporter repository request requests research resolver
resource response restart restaurant review reviewer router runner salesforce sample sandbox scanner schedule
scheduler schema scraper screen screenshot script search secret security selenium sender serializer server
service session setting shader shopify simulator sitemap slack slide smart snapshot social software solver
source spider splitter spotify spreadsheet sqlite standard statistics status storage stream strip stripe
structure subtitle summarizer summary support switcher symbol syntax system table target task telegram
template tensor terminal tester thread ticket timer timestamp toggle tokenizer toolkit tracker trading
training transcript transfer transform translate translator travel trello trigger twitter typescript update
uploader utility validate validator variable vector version video viewer virtual visualizer vulnerability
wallet watcher weather webhook website whatsapp widget window wizard wordpress worker workflow workspace
wrapper writer youtube zapier
";

/// Words in their own right, though one change away from others.
const OTHERS: [&str; 12] = [
    "steam", "tread", "sever", "liter", "parer", "wether", "planer", "stipe", "seder", "trail",
    "angel", "tacker",
];

static VOCABULARY: LazyLock<BTreeSet<&'static str>> =
    LazyLock::new(|| WORDS.split_whitespace().collect());

/// The word of a name that imitates another, and that one.
pub(in crate::dependencies) fn misspelt(name: &str) -> Option<(String, &'static str)> {
    name.to_ascii_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| {
            (5..=24).contains(&word.len()) && !VOCABULARY.contains(word) && !OTHERS.contains(word)
        })
        .find_map(|word| Some((word.to_owned(), imitated(word)?)))
}

fn imitated(word: &str) -> Option<&'static str> {
    VOCABULARY
        .iter()
        .find(|known| {
            known.len() >= 6 && known.len().abs_diff(word.len()) <= 1 && imitates(word, known)
        })
        .copied()
}

/// Whether one change of the kinds above, away from both ends, makes a word of the other.
fn imitates(word: &str, known: &str) -> bool {
    let (word, known) = (word.as_bytes(), known.as_bytes());
    let same = word.iter().zip(known).take_while(|(a, b)| a == b).count();
    let (rest, other) = (&word[same..], &known[same..]);
    // `validater` for `validator`.
    if let ([.., b'e', b'r'], [.., b'o', b'r']) | ([.., b'o', b'r'], [.., b'e', b'r']) =
        (word, known)
        && word.len() == known.len()
        && word[..word.len() - 2] == known[..known.len() - 2]
    {
        return true;
    }
    // The first letter is what people look at; the last ones are endings.
    if same == 0 || other.len() < 2 {
        return false;
    }
    match (rest, other) {
        // Two letters swapped.
        ([a, b, rest @ ..], [c, d, other @ ..]) if a == d && b == c && a != b => rest == other,
        // A digit for a letter.
        ([a, rest @ ..], [b, other @ ..]) if looks_like(*a, *b) => rest == other,
        // One left out, or one too many that stands beside its like.
        (rest, [_, other @ ..]) if rest == other => true,
        ([a, rest @ ..], other) if rest == other => word.get(same - 1) == Some(a),
        _ => false,
    }
}

fn looks_like(digit: u8, letter: u8) -> bool {
    matches!(
        (digit, letter),
        (b'0', b'o') | (b'1', b'l' | b'i') | (b'3', b'e') | (b'5', b's') | (b'4', b'a')
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_almost_another_is_told() {
        for (name, word) in [
            ("json-fromatter", "formatter"),
            ("githb-helper", "github"),
            ("weathr-cli", "weather"),
            ("webb-scrapper", "scraper"),
            ("g1thub-tools", "github"),
            ("markdwon-linter", "markdown"),
        ] {
            assert_eq!(misspelt(name).map(|found| found.1), Some(word), "{name}");
        }
    }

    #[test]
    fn a_skill_and_a_package_with_such_a_name_are_told() {
        use crate::testing::{scan_files, severity_of};
        use tank_registry_core::scan::Severity;

        let skill = |name: &str, command: &str| {
            let text = format!(
                "---\nname: {name}\ndescription: Sorts lines\n---\n\n```bash\n{command}\n```\n"
            );
            scan_files(&[("SKILL.md", &text)])
        };
        let report = skill("json-fromatter", "sort a");
        assert_eq!(severity_of(&report, "imitated-name"), Some(Severity::High));
        let report = skill("json-formatter", "npx --yes markdwon-tidy");
        assert_eq!(severity_of(&report, "typosquatting"), Some(Severity::High));
        let report = skill("json-formatter", "npx --yes markdown-tidy");
        assert_eq!(severity_of(&report, "typosquatting"), None);
        assert_eq!(severity_of(&report, "imitated-name"), None);
    }

    #[test]
    fn other_forms_of_a_word_and_other_words_are_not() {
        for name in [
            "json-formatters",
            "formatted",
            "format",
            "reformatter",
            "parse",
            "passer",
            "tests",
            "testing",
            "docs",
            "tracked",
            "planning",
            "contents",
            "serverless",
            "scanning",
            "modeling",
            "colour",
            "proxies",
            "images",
            "imaged",
            "pythonic",
            "reads",
            "schedules",
            "scheduled",
            "exported",
            "clients",
            "messenger",
        ] {
            assert_eq!(misspelt(name), None, "{name}");
        }
    }
}
