//! Bias: what has the agent favour one side in answers that its user takes for neutral.

use std::sync::LazyLock;

use regex::Regex;
use tank_registry_core::scan::Severity;

use super::reading::{Meaning, Reading};
use super::rules;
use crate::finding::Hit;

/// A sign of bias: how much it says, and its pattern in normalised text.
type Sign = (u32, LazyLock<Regex>);

macro_rules! sign {
    ($weight:expr, $regex:expr) => {
        (
            $weight,
            LazyLock::new(|| {
                #[allow(clippy::expect_used)] // The pattern is constant and tests run it.
                Regex::new($regex).expect("a valid pattern")
            }),
        )
    };
}

static SIGNS: [Sign; 12] = [
    sign!(
        2,
        r"\b(?:downplay|belittle|disparage|discredit|gloss over|play down|understate|omit|ignore|hide|minimi[sz]e)(?:s|ing)?\b (?:[\w,'-]+ ){0,5}(?:strengths?|benefits?|advantages?|merits?|achievements?|drawbacks?|weaknesses|shortcomings|criticisms?|disadvantages|downsides|side effects|successes)\b"
    ),
    sign!(
        2,
        r"\bin an? (?:very |more |less )?(?:bad|negative|poor|better|worse|good|positive|favou?rable|unfavou?rable) light\b"
    ),
    sign!(
        2,
        r"\bnever (?:rate|rank|score|grade|recommend|portray|present|describe|place|put)\b[^.]{0,60}\b(?:lower|below|worse|better|higher|above|negatively|positively|over)\b"
    ),
    sign!(
        1,
        r"\b(?:always|must|make sure|ensure|in each|in every|in all|whenever)\b[^.]{0,60}\b(?:highlight|emphasi[sz]e|promote|praise|favou?r|recommend|prefer|endorse|push|mention|stress|portray|tout)\w*\b[^.]{0,60}\b(?:strengths?|benefits?|advantages?|superiority|virtues|over|positive|better|best|superior)\b"
    ),
    sign!(
        2,
        r"\bwhen in doubt,? (?:always )?(?:favou?r|prefer|recommend|side with|give)\b|\bgive (?:the )?benefit of the doubt to\b"
    ),
    sign!(
        1,
        r"\buse (?:[\w,'-]+ ){0,4}(?:positive|negative|favou?rable|unfavou?rable|subjective|soft|neutral|dismissive|glowing|critical)\b,? ?(?:[\w-]+ ){0,2}(?:language|words|terms|tone|adjectives|framing)\b[^.]{0,60}\b(?:when|for|about|to describe|that favou?rs?)\b"
    ),
    sign!(
        2,
        r"\buse (?:words|terms|adjectives) (?:like|such as) [^.]{3,120} (?:when|for) (?:describing|discussing|talking|referring|mentioning)\b|\bwhen (?:describing|discussing|talking about|mentioning) [^.]{3,60}, use (?:words|terms|adjectives) (?:like|such as)\b"
    ),
    sign!(
        2,
        r"\b(?:promote|favou?r|recommend|prefer|push)\w* [^.,]{3,60} over (?:[\w-]+ ){0,2}(?:competitors?|alternatives?|rivals?|others?|renewable|other)\b"
    ),
    sign!(
        1,
        r"\bvalues? alignment\b|\balign(?:ed|s|ment)? with (?:company|our|corporate|the company|the following) (?:company )?values\b|\bcompany values\b"
    ),
    sign!(
        2,
        r"\binclude a (?:statement|sentence|note|remark|disclaimer) (?:that|saying)\b[^.]{0,80}\b(?:not as good|worse|inferior|better|superior|best|unreliable|unsafe)\b"
    ),
    sign!(
        3,
        r"\b(?:secretly|subtly|covertly|quietly|discreetly|without saying so) (?:prefer|favou?r|promote|recommend|bias|steer|nudge|rank|boost|demote|push)\w*\b|\b(?:steer|nudge|bias) (?:the )?(?:users?|readers?|customers?|results?|answers?) (?:toward|in favou?r|away)"
    ),
    sign!(
        1,
        r"\bregardless of (?:[\w-]+ ){0,3}(?:quality|merit|performance|facts|accuracy|evidence|truth)\b|\bassign (?:the )?(?:highest|lowest|top|maximum) (?:relevance|score|rank|rating|priority) to\b|\brecommend (?:that )?(?:users?|customers?|them|people) (?:to )?(?:consider|use|buy|choose|vote|invest|switch)\b"
    ),
];

/// So much is said within so many bytes.
const ENOUGH: u32 = 3;
const NEAR: usize = 900;

/// Looks for bias in a text: the signs of one place together are a finding.
pub(super) fn hits(reading: &Reading<'_>, hits: &mut Vec<Hit>) {
    let text = reading.normal.text();
    let mut found = Vec::new();
    for (kind, (weight, regex)) in SIGNS.iter().enumerate() {
        for range in regex.find_iter(text).take(64) {
            let example = reading.meaning(range.start()) == Meaning::Example;
            if !example && !reading.is_fenced(range.start()) {
                found.push((range.start(), range.end(), kind, *weight));
            }
        }
    }
    found.sort_unstable();
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
