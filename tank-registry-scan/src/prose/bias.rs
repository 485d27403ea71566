//! Bias: what has the agent favour one side in answers that its user takes for neutral.

use std::sync::LazyLock;

use tank_registry_core::scan::Severity;

use super::finder::Finder;
use super::reading::{Meaning, Reading};
use super::rules;
use crate::finding::Hit;

/// How much each sign says.
const WEIGHTS: [u32; 12] = [2, 2, 2, 1, 2, 1, 2, 2, 1, 2, 3, 1];

/// Signs of bias in normalised text, in the order of [`WEIGHTS`].
static FINDER: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(
        300,
        &[
            (
                &[
                    "downplay",
                    "belittl",
                    "disparag",
                    "discredit",
                    "gloss over",
                    "play down",
                    "understat",
                    "omit",
                    "ignor",
                    "hide",
                    "hiding",
                    "minimi",
                ],
                r"\b(?:downplay|belittle|disparage|discredit|gloss over|play down|understate|omit|ignore|hide|minimi[sz]e)(?:s|ing)?\b (?:[\w,'-]+ ){0,5}(?:strengths?|benefits?|advantages?|merits?|achievements?|drawbacks?|weaknesses|shortcomings|criticisms?|disadvantages|downsides|side effects|successes)\b",
            ),
            (
                &["light"],
                r"\bin an? (?:very |more |less )?(?:bad|negative|poor|better|worse|good|positive|favou?rable|unfavou?rable) light\b",
            ),
            (
                &["never "],
                r"\bnever (?:rate|rank|score|grade|recommend|portray|present|describe|place|put)\b[^.]{0,60}\b(?:lower|below|worse|better|higher|above|negatively|positively|over)\b",
            ),
            (
                &[
                    "strength",
                    "benefit",
                    "advantage",
                    "superior",
                    "virtue",
                    "over",
                    "positive",
                    "better",
                    "best",
                ],
                r"\b(?:always|must|make sure|ensure|in each|in every|in all|whenever)\b[^.]{0,60}\b(?:highlight|emphasi[sz]e|promote|praise|favou?r|recommend|prefer|endorse|push|mention|stress|portray|tout)\w*\b[^.]{0,60}\b(?:strengths?|benefits?|advantages?|superiority|virtues|over|positive|better|best|superior)\b",
            ),
            (
                &["when in doubt", "benefit of the doubt"],
                r"\bwhen in doubt,? (?:always )?(?:favou?r|prefer|recommend|side with|give)\b|\bgive (?:the )?benefit of the doubt to\b",
            ),
            (
                &[
                    "language",
                    "words",
                    "terms",
                    "tone",
                    "adjectives",
                    "framing",
                ],
                r"\buse (?:[\w,'-]+ ){0,4}(?:positive|negative|favou?rable|unfavou?rable|subjective|soft|neutral|dismissive|glowing|critical)\b,? ?(?:[\w-]+ ){0,2}(?:language|words|terms|tone|adjectives|framing)\b[^.]{0,60}\b(?:when|for|about|to describe|that favou?rs?)\b",
            ),
            (
                &["use words", "use terms", "use adjectives"],
                r"\buse (?:words|terms|adjectives) (?:like|such as) [^.]{3,120} (?:when|for) (?:describing|discussing|talking|referring|mentioning)\b|\bwhen (?:describing|discussing|talking about|mentioning) [^.]{3,60}, use (?:words|terms|adjectives) (?:like|such as)\b",
            ),
            (
                &[" over "],
                r"\b(?:promote|favou?r|recommend|prefer|push)\w* [^.,]{3,60} over (?:[\w-]+ ){0,2}(?:competitors?|alternatives?|rivals?|others?|renewable|other)\b",
            ),
            (
                &["value"],
                r"\bvalues? alignment\b|\balign(?:ed|s|ment)? with (?:company|our|corporate|the company|the following) (?:company )?values\b|\bcompany values\b",
            ),
            (
                &["include a "],
                r"\binclude a (?:statement|sentence|note|remark|disclaimer) (?:that|saying)\b[^.]{0,80}\b(?:not as good|worse|inferior|better|superior|best|unreliable|unsafe)\b",
            ),
            (
                &[
                    "secretly",
                    "subtly",
                    "covertly",
                    "quietly",
                    "discreetly",
                    "without saying",
                    "steer",
                    "nudge",
                    "bias",
                ],
                r"\b(?:secretly|subtly|covertly|quietly|discreetly|without saying so) (?:prefer|favou?r|promote|recommend|bias|steer|nudge|rank|boost|demote|push)\w*\b|\b(?:steer|nudge|bias) (?:the )?(?:users?|readers?|customers?|results?|answers?) (?:toward|in favou?r|away)",
            ),
            (
                &["regardless of", "assign ", "recommend "],
                r"\bregardless of (?:[\w-]+ ){0,3}(?:quality|merit|performance|facts|accuracy|evidence|truth)\b|\bassign (?:the )?(?:highest|lowest|top|maximum) (?:relevance|score|rank|rating|priority) to\b|\brecommend (?:that )?(?:users?|customers?|them|people) (?:to )?(?:consider|use|buy|choose|vote|invest|switch)\b",
            ),
        ],
    )
});

/// So much is said within so many bytes.
const ENOUGH: u32 = 3;
const NEAR: usize = 900;

/// Looks for bias in a text: the signs of one place together are a finding.
pub(super) fn hits(reading: &Reading<'_>, hits: &mut Vec<Hit>) {
    let text = reading.normal.text();
    let found: Vec<(usize, usize, usize, u32)> = FINDER
        .find(text)
        .into_iter()
        .filter(|(range, _)| {
            reading.meaning(range.start) != Meaning::Example && !reading.is_fenced(range.start)
        })
        .filter_map(|(range, kind)| Some((range.start, range.end, kind, *WEIGHTS.get(kind)?)))
        .collect();
    for (at, (start, _, _, _)) in found.iter().enumerate() {
        let mut seen = Vec::new();
        let mut sum = 0;
        let mut end = *start;
        for (from, until, kind, weight) in found.iter().skip(at) {
            if *from > start + NEAR {
                break;
            }
            if !seen.contains(kind) {
                seen.push(*kind);
                sum += weight;
                end = (*until).max(end);
            }
        }
        if sum >= ENOUGH {
            let message = "It has the agent favour one side (object) in answers that are taken for neutral (act).";
            let hit = reading
                .hit(&rules::BIAS, *start..end, message)
                .severity(Severity::High)
                .firm();
            hits.push(hit);
            return;
        }
    }
}
