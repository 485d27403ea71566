//! Rules that are a chain of ideas: one word of each, in this order, near each other.

use tank_registry_core::scan::Severity;

use super::guards::{
    always, is_asked_for, is_not_defence, is_order, is_plain_order, is_read_and_sent,
    is_recorded_elsewhere, leaves, speaks_of_hidden_orders, takes,
};
#[allow(clippy::enum_glob_use)] // The table reads as ideas.
use super::idea::Idea::{self, *};
use super::reading::{Meaning, Reading};
use super::rules;
use crate::finding::{Hit, Rule};
use crate::language::Language;

/// A chain of ideas and what it means.
struct Chain {
    rule: &'static Rule,
    severity: Severity,
    /// The idea that it begins with.
    first: &'static [Idea],
    /// What follows, and within how many bytes.
    then: &'static [(&'static [Idea], usize)],
    /// Whether all of it stands in one sentence.
    sentence: bool,
    /// What else has to be true.
    only: fn(&Reading<'_>, usize, usize) -> bool,
    message: &'static str,
}

#[rustfmt::skip]
const CHAINS: &[Chain] = &[
    Chain {
        rule: &rules::OVERRIDE, severity: Severity::Critical, sentence: true, only: is_not_defence,
        first: &[Override], then: &[(&[Prior], 40), (&[Instructions], 40)],
        message: "It tells the agent to set aside (verb) earlier or safety (object) instructions",
    },
    Chain {
        rule: &rules::OVERRIDE, severity: Severity::Critical, sentence: true, only: is_plain_order,
        first: &[Override], then: &[(&[Prior], 40), (&[Rules], 40)],
        message: "It tells the agent to set aside (verb) earlier or safety (object) rules",
    },
    Chain {
        rule: &rules::OVERRIDE, severity: Severity::Critical, sentence: true, only: is_plain_order,
        first: &[Override], then: &[(&[Any], 24), (&[Instructions], 40)],
        message: "It tells the agent to set aside (verb) its instructions (object)",
    },
    Chain {
        rule: &rules::OVERRIDE, severity: Severity::Critical, sentence: true, only: is_not_defence,
        first: &[Prior, Any], then: &[(&[Rules], 30), (&[Void], 60)],
        message: "It says that earlier instructions (object) do not hold any more (verb)",
    },
    Chain {
        rule: &rules::OVERRIDE, severity: Severity::Critical, sentence: true, only: is_not_defence,
        first: &[Everything], then: &[],
        message: "It tells the agent to set aside what it was told",
    },
    Chain {
        rule: &rules::ROLE, severity: Severity::High, sentence: true, only: always,
        first: &[Become], then: &[(&[Unbound], 60)],
        message: "It makes the agent somebody (role) whom no rules bind (object)",
    },
    Chain {
        rule: &rules::PROMPT_LEAK, severity: Severity::High, sentence: true, only: always,
        first: &[Reveal], then: &[(&[Hidden], 40)],
        message: "It tells the agent to give away (verb) what it was told (object)",
    },
    Chain {
        rule: &rules::PROMPT_LEAK, severity: Severity::Medium, sentence: true, only: always,
        first: &[Print], then: &[(&[Hidden], 24)],
        message: "It tells the agent to show (verb) its prompt (object)",
    },
    Chain {
        rule: &rules::EXFILTRATION, severity: Severity::Critical, sentence: true, only: leaves,
        first: &[Ship], then: &[(&[Stash], 80), (&[Destination], 120)],
        message: "It tells the agent to send (verb) secrets (object) elsewhere (destination)",
    },
    Chain {
        rule: &rules::EXFILTRATION, severity: Severity::High, sentence: true, only: leaves,
        first: &[Ship], then: &[(&[Secret], 60), (&[Outside], 60)],
        message: "It tells the agent to send (verb) secrets (object) to somebody else (destination)",
    },
    Chain {
        rule: &rules::EXFILTRATION, severity: Severity::Critical, sentence: true, only: leaves,
        first: &[Embed], then: &[(&[Stash], 60), (&[Destination], 100)],
        message: "It tells the agent to put (verb) secrets (object) into what is sent elsewhere (destination)",
    },
    Chain {
        rule: &rules::EXFILTRATION, severity: Severity::High, sentence: true, only: is_order,
        first: &[Embed, Put], then: &[(&[Secret, Private], 50), (&[Carrier], 60)],
        message: "It tells the agent to put (verb) secrets or what was said (object) into an address that is fetched (destination)",
    },
    Chain {
        rule: &rules::EXFILTRATION, severity: Severity::High, sentence: true, only: is_order,
        first: &[Ship], then: &[(&[Talk], 60), (&[Outside], 80)],
        message: "It tells the agent to send (verb) what was said (object) to somebody else (destination)",
    },
    Chain {
        rule: &rules::EXFILTRATION, severity: Severity::High, sentence: false, only: is_recorded_elsewhere,
        first: &[Send], then: &[(&[Private], 60), (&[Destination], 160)],
        message: "It tells the agent to send (verb) what was said or worked on (object) to a recording server (destination)",
    },
    Chain {
        rule: &rules::EXFILTRATION, severity: Severity::Critical, sentence: false, only: is_read_and_sent,
        first: &[Take], then: &[(&[Stash], 60), (&[Ship], 140), (&[Destination, Outside], 140)],
        message: "It tells the agent to read (verb) secrets (object) and to send them elsewhere (destination)",
    },
    Chain {
        rule: &rules::REMOTE_INSTRUCTIONS, severity: Severity::High, sentence: false, only: always,
        first: &[Fetch], then: &[(&[Destination], 80), (&[Obey], 200)],
        message: "It tells the agent to fetch instructions (verb) from elsewhere (source) and to follow them (act)",
    },
    Chain {
        rule: &rules::PERSISTENCE, severity: Severity::High, sentence: true, only: speaks_of_hidden_orders,
        first: &[Write], then: &[(&[Memory], 100)],
        message: "It writes (verb) orders that hide or reach out (object) into what steers the agent later (destination)",
    },
    Chain {
        rule: &rules::PERSISTENCE, severity: Severity::Medium, sentence: false, only: always,
        first: &[Write], then: &[(&[Memory], 80), (&[Forever], 120)],
        message: "It writes (verb) into what steers the agent later (destination), for all sessions",
    },
    Chain {
        rule: &rules::AUTHORITY, severity: Severity::High, sentence: false, only: always,
        first: &[Authority], then: &[(&[Override, Unasked, LetPass, Unbound, Unseen, Secret], 200)],
        message: "It speaks in the name of somebody with power (authority) to have something done (act)",
    },
    Chain {
        rule: &rules::AUTHORITY, severity: Severity::Medium, sentence: true, only: always,
        first: &[Authority], then: &[],
        message: "It speaks in the name of a vendor, an administrator or a security team",
    },
    Chain {
        rule: &rules::TO_REVIEWER, severity: Severity::High, sentence: false, only: always,
        first: &[Reviewer], then: &[(&[LetPass], 120)],
        message: "It asks whoever reviews it (addressee) to let it pass (act)",
    },
    Chain {
        rule: &rules::TO_REVIEWER, severity: Severity::High, sentence: false, only: always,
        first: &[LetPass], then: &[(&[Reviewer, Vouched], 120)],
        message: "It asks whoever reviews it (addressee) to let it pass (act)",
    },
    Chain {
        rule: &rules::TO_REVIEWER, severity: Severity::High, sentence: false, only: always,
        first: &[Vouched], then: &[(&[LetPass, Unasked], 120)],
        message: "It vouches for itself (claim) to have checks skipped (act)",
    },
    Chain {
        rule: &rules::MONEY, severity: Severity::High, sentence: true, only: is_asked_for,
        first: &[Enter], then: &[(&[Wallet], 60)],
        message: "It asks for (verb) the keys to a wallet or all that is in it (object)",
    },
    Chain {
        rule: &rules::SABOTAGE, severity: Severity::High, sentence: true, only: is_plain_order,
        first: &[Plant], then: &[(&[Weakness], 40)],
        message: "It has a weakness (object) put into (verb) the work",
    },
    Chain {
        rule: &rules::SABOTAGE, severity: Severity::High, sentence: true, only: is_plain_order,
        first: &[Corrupt], then: &[(&[Flaw], 24)],
        message: "It has a flaw (object) brought into (verb) the work",
    },
    Chain {
        rule: &rules::SABOTAGE, severity: Severity::High, sentence: true, only: is_plain_order,
        first: &[Falsify], then: &[(&[Record], 40)],
        message: "It has results (object) made untrue (verb)",
    },
    Chain {
        rule: &rules::SABOTAGE, severity: Severity::Medium, sentence: true, only: is_order,
        first: &[Skip], then: &[(&[Check], 40)],
        message: "It has a protection (object) switched off (verb)",
    },
    Chain {
        rule: &rules::SABOTAGE, severity: Severity::High, sentence: true, only: is_plain_order,
        first: &[Skip, Override], then: &[(&[Any], 12), (&[Check], 30)],
        message: "It has all protections (object) switched off (verb)",
    },
    Chain {
        rule: &rules::APPROVAL, severity: Severity::High, sentence: true, only: is_plain_order,
        first: &[ApproveAll], then: &[],
        message: "It has the agent do everything without approval",
    },
    Chain {
        rule: &rules::APPROVAL, severity: Severity::High, sentence: true, only: is_order,
        first: &[Run], then: &[(&[AnyCommand], 20), (&[Unasked], 60)],
        message: "It has the agent run (verb) whatever it is given (object) without asking",
    },
    Chain {
        rule: &rules::APPROVAL, severity: Severity::Medium, sentence: true, only: always,
        first: &[Switch], then: &[],
        message: "It starts an agent that asks nobody",
    },
    Chain {
        rule: &rules::TOOL_POISONING, severity: Severity::Critical, sentence: false, only: takes,
        first: &[BeforeTool], then: &[(&[Take, Ship], 80), (&[Stash], 80)],
        message: "A tool wants secrets (object) read or handed over (verb) before it is used (trigger)",
    },
    Chain {
        rule: &rules::TOOL_POISONING, severity: Severity::High, sentence: true, only: always,
        first: &[BeforeTool], then: &[(&[Take], 60), (&[Private], 60), (&[Parameter, Ship], 120)],
        message: "A tool wants files or what was said (object) handed over (verb) before it is used (trigger)",
    },
    Chain {
        rule: &rules::TOOL_POISONING, severity: Severity::Critical, sentence: true, only: always,
        first: &[Take, Enter], then: &[(&[Stash], 50), (&[Parameter], 60)],
        message: "It wants secrets (object) put (verb) into a parameter of a tool (destination)",
    },
];

/// What chains say about a text.
pub(super) fn hits(reading: &Reading<'_>, hits: &mut Vec<Hit>) {
    /// So many of one chain say enough.
    const ENOUGH: usize = 30;
    for chain in CHAINS {
        let mut count = 0;
        for idea in chain.first {
            for word in reading.words.with(*idea) {
                if count == ENOUGH {
                    break;
                }
                let Some(end) = reading.follow(*word, chain.then, chain.sentence) else {
                    continue;
                };
                if reading.is_code(word.start) || !(chain.only)(reading, word.start, end) {
                    continue;
                }
                count += 1;
                let message = format!("{}.", chain.message);
                let hit = reading
                    .hit(chain.rule, word.start..end, message)
                    .severity(chain.severity);
                hits.extend(weighed(reading, word.start, hit));
            }
        }
    }
}

/// Rules about what is said to an agent: within quotes or a fence it is shown instead. Acts are acts
/// even there.
static SPEECH: [&Rule; 5] = [
    &rules::OVERRIDE,
    &rules::ROLE,
    &rules::PROMPT_LEAK,
    &rules::AUTHORITY,
    &rules::TO_REVIEWER,
];

/// A hit with how it is meant: an example is one of text about attacks, the opposite is none.
pub(super) fn weighed(reading: &Reading<'_>, start: usize, mut hit: Hit) -> Option<Hit> {
    match reading.meaning(start) {
        Meaning::Opposite => return None,
        Meaning::Example => hit.specimen = true,
        Meaning::Plain => {}
    }
    let is_speech = SPEECH.iter().any(|rule| rule.id == hit.rule.id);
    let is_data = matches!(
        reading.text.language,
        Language::Json | Language::Yaml | Language::Toml
    );
    let shown = reading.is_fenced(start) || (!is_data && reading.is_quoted(start));
    hit.specimen |= is_speech && shown && !reading.text.is_concealed();
    Some(hit)
}
