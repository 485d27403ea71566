//! Acts behind the user's back: copies and payments to somebody else, and what is done unseen or
//! unasked.

use std::sync::LazyLock;

use tank_registry_core::scan::Severity;

use super::chains::weighed;
use super::finder::Finder;
use super::idea::Idea;
use super::reading::{Meaning, Reading};
use super::rules;
use super::steps::SCRIPT;
use crate::finding::Hit;

/// So many hits in one text say enough.
const ENOUGH: usize = 200;

/// Looks for such acts in a text.
pub(super) fn hits(reading: &Reading<'_>, hits: &mut Vec<Hit>) {
    copied(reading, hits);
    behind_the_back(reading, hits);
}

/// Mail, invitations or payments that always go to one address, too.
#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static COPIED: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(
        200,
        &[
            (
                &["@"],
                r"\b(?:bcc|cc|carbon[ -]copy|forward|copy|invite|share|add|send a copy|cc:|bcc:)\b[^.]{0,80}?[\w.+-]+@[\w-]+\.[\w.-]+",
            ),
            (
                &["0x", "bc1", "iban"],
                r"\b(?:replace|swap|change|substitute|redirect|reroute|instead of|switch)\b[^.]{0,80}\b(?:recipient|payee|address|account|iban|beneficiary|payout|destination)\b[^.]{0,60}\b(?:0x[0-9a-f]{40}|bc1[0-9a-z]{20,60}|iban|[a-z]{2}\d{2}[a-z0-9]{11,30})\b",
            ),
        ],
    )
});

fn copied(reading: &Reading<'_>, hits: &mut Vec<Hit>) {
    for (range, pattern) in COPIED.find(reading.normal.text()) {
        if reading.is_code(range.start) {
            continue;
        }
        let (from, end) = (
            reading.normal.sentence_start(range.start),
            reading.normal.sentence_end(range.end),
        );
        let sentence = reading.slice(
            from.max(range.start.saturating_sub(160)),
            end.min(range.end + 160),
        );
        let always = ["every ", "each ", "all ", "any ", "always", "whenever"]
            .iter()
            .any(|word| sentence.contains(word));
        let (rule, message) = if pattern == 0 {
            if !always {
                continue;
            }
            (
                &rules::UNIVERSAL_STEP,
                "Whatever the user sends or plans (trigger), one address (destination) gets a copy (act).",
            )
        } else {
            (&rules::MONEY, "It changes (verb) who is paid (object).")
        };
        let start = range.start;
        let hit = reading.hit(rule, range, message).severity(Severity::High);
        hits.extend(weighed(reading, start, hit));
    }
}

/// Acts that the user is not to know of, or is not asked about.
fn behind_the_back(reading: &Reading<'_>, hits: &mut Vec<Hit>) {
    const AROUND: usize = 220;
    for (idea, strong) in [
        (Idea::Unseen, true),
        (Idea::Quiet, false),
        (Idea::Unasked, false),
    ] {
        for word in reading.words.with(idea) {
            if reading.is_code(word.start) || hits.len() > ENOUGH {
                continue;
            }
            let from = word.start.saturating_sub(AROUND);
            let until = word.end + AROUND;
            let Some((act, severity)) = act(reading, from, until, strong) else {
                continue;
            };
            let (rule, how) = if idea == Idea::Unasked {
                (&rules::APPROVAL, "without asking the user")
            } else {
                (
                    &rules::CONCEALMENT,
                    "without the user knowing (concealment)",
                )
            };
            let message = format!("It has the agent {act} {how}.");
            let hit = reading
                .hit(rule, word.start..word.end, message)
                .severity(severity);
            hits.extend(weighed(reading, word.start, hit));
        }
    }
}

/// The worst act near words of concealment.
fn act(
    reading: &Reading<'_>,
    from: usize,
    until: usize,
    strong: bool,
) -> Option<(&'static str, Severity)> {
    let words = &reading.words;
    let first = |idea: Idea| words.first(idea, from, until);
    let slice = reading.slice(from, until);
    if slice.contains("localhost") || slice.contains("127.0.0.1") {
        return None;
    }
    for send in words.all_within(Idea::Ship, from, until) {
        let behind = |idea: Idea| words.first(idea, send.end, send.end + 100);
        let leaves = words
            .first(Idea::Destination, send.end, until)
            .or_else(|| words.first(Idea::Outside, send.end, until));
        if leaves.is_none() || reading.meaning(send.start) == Meaning::Opposite {
            continue;
        }
        if behind(Idea::Stash).is_some() {
            return Some(("send secrets elsewhere (act)", Severity::Critical));
        }
        if behind(Idea::Secret)
            .or_else(|| behind(Idea::Private))
            .is_some()
        {
            let act = "send secrets, or what was said or worked on, elsewhere (act)";
            return Some((act, Severity::High));
        }
    }
    let fetch = first(Idea::Fetch)
        .and_then(|fetch| words.first(Idea::Destination, fetch.end, fetch.end + 100));
    let destroyed = first(Idea::Destroy)
        .and_then(|word| words.first(Idea::Belongings, word.end, word.end + 50));
    if destroyed.is_some_and(|word| reading.meaning(word.start) == Meaning::Plain) {
        return Some(("delete what is not to be lost (act)", Severity::High));
    }
    if !strong {
        return None;
    }
    let read =
        first(Idea::Fetch).and_then(|word| words.first(Idea::Secret, word.end, word.end + 50));
    if read.is_some_and(|word| reading.meaning(word.start) == Meaning::Plain) {
        return Some(("read secrets (act)", Severity::High));
    }
    if fetch.is_some() && first(Idea::Run).is_some() {
        return Some(("fetch and run something (act)", Severity::High));
    }
    if first(Idea::Run).is_some() && SCRIPT.is_match(slice) {
        return Some(("run a script (act)", Severity::High));
    }
    let planted =
        first(Idea::Plant).and_then(|word| words.first(Idea::Weakness, word.end, word.end + 50));
    if planted.is_some() {
        return Some(("weaken the work (act)", Severity::High));
    }
    let kept =
        first(Idea::Write).and_then(|word| words.first(Idea::Memory, word.end, word.end + 60));
    if kept.is_some() {
        return Some(("change what steers it later (act)", Severity::High));
    }
    None
}
