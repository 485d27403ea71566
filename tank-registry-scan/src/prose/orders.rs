//! Orders that are addressed to an agent where people do not look.

use tank_registry_core::scan::Severity;

use super::idea::Idea;
use super::reading::{Meaning, Reading};
use super::rules;
use crate::finding::Hit;

/// Looks for an order in a hidden text: somebody who is addressed, and an act.
pub(super) fn hits(reading: &Reading<'_>, hits: &mut Vec<Hit>) {
    let words = &reading.words;
    let acts: [(Idea, &[Idea], &str); 7] = [
        (
            Idea::Send,
            &[Idea::Destination, Idea::Secret],
            "send something",
        ),
        (
            Idea::Fetch,
            &[Idea::Destination, Idea::Secret],
            "fetch or read something",
        ),
        (
            Idea::Run,
            &[Idea::Destination, Idea::Secret],
            "run something",
        ),
        (Idea::Destroy, &[Idea::Belongings], "delete something"),
        (Idea::Write, &[Idea::Memory], "change what steers it"),
        (Idea::Plant, &[Idea::Weakness], "weaken the work"),
        (Idea::Skip, &[Idea::Check], "switch a protection off"),
    ];
    for (verb, objects, what) in acts {
        for word in words.with(verb).iter().take(64) {
            let object = objects
                .iter()
                .filter_map(|object| words.first(*object, word.end, word.end + 80))
                .min();
            let Some(object) = object else {
                continue;
            };
            let from = word.start.saturating_sub(200);
            let addressed = words.first(Idea::Agent, from, object.end).is_some();
            if !addressed || reading.meaning(word.start) != Meaning::Plain {
                continue;
            }
            let message = format!(
                "A text that people do not see (place) orders the agent (addressee) to {what} (act)."
            );
            hits.push(
                reading
                    .hit(&rules::HIDDEN, word.start..object.end, message)
                    .severity(Severity::High),
            );
            return;
        }
    }
    // Without an act that is told here: what it is to do unseen is enough.
    if let Some(word) = words.with(Idea::Unseen).first()
        && words.first(Idea::Agent, 0, usize::MAX).is_some()
    {
        let message = "A text that people do not see (place) tells the agent (addressee) what the user is not to know (act).";
        hits.push(
            reading
                .hit(&rules::HIDDEN, word.start..word.end, message)
                .severity(Severity::Medium),
        );
    }
}
