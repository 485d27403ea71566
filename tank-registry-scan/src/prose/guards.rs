//! What else has to be true of a chain of ideas: that it is an order, that it is no defence, that what
//! is sent really leaves.

use super::idea::Idea;
use super::reading::Reading;

/// Nothing.
pub(super) fn always(_: &Reading<'_>, _: usize, _: usize) -> bool {
    true
}

/// Not a rule about what stands in other people's texts, which is how one defends against them.
pub(super) fn is_not_defence(reading: &Reading<'_>, start: usize, end: usize) -> bool {
    let after = reading.slice(end, (end + 70).min(reading.normal.sentence_end(end)));
    let found = [
        " embedded",
        " inside",
        " within",
        " contained",
        " found in",
        " in the content",
        " in content",
        " from web",
        " from tool",
        " from untrusted",
        " in tool",
        " in the page",
        " in retrieved",
        " in user-supplied",
        " from external",
        " that appear",
        " hidden in",
        " coming from",
        " in file",
        " in the file",
        " in the text",
        " from the page",
    ];
    let about = reading.words.first(Idea::About, start, end + 24).is_some();
    let whole = reading.slice(start, end);
    // "Ignore the safety of …", "system" of a computer, and rules of tools are none of an agent's.
    let other = [
        "eslint",
        "gitignore",
        "linter",
        "css",
        "system font",
        "firewall rule",
    ];
    // Of instructions one says, too, which of them hold.
    let subject = reading.slice(reading.normal.sentence_start(start), start);
    let ranks = [
        "instructions ",
        "settings ",
        "rules ",
        "prompts ",
        "flags ",
        "file ",
        "files ",
    ];
    !found.iter().any(|word| after.contains(word))
        && !ranks.iter().any(|word| subject.ends_with(word))
        && !about
        && !other.iter().any(|word| whole.contains(word))
}

/// Whether a sentence begins with it, or with what orders begin with: of other programs one says that
/// they override rules.
pub(super) fn is_plain_order(reading: &Reading<'_>, start: usize, end: usize) -> bool {
    const BEFORE: [&str; 20] = [
        "please",
        "must",
        "should",
        "now",
        "and",
        "then",
        "you",
        ",",
        ":",
        ";",
        "-",
        "\"",
        "(",
        "instead",
        "immediately",
        "always",
        "just",
        "to",
        "will",
        "important",
    ];
    let from = reading.normal.sentence_start(start);
    let before = reading
        .slice(from.max(start.saturating_sub(40)), start)
        .trim_end();
    let begins = before.is_empty() || BEFORE.iter().any(|word| before.ends_with(word));
    let verb = reading.slice(start, start + 10);
    let told =
        !verb.starts_with("overrides") && !verb.starts_with("ignores") && !verb.starts_with("use ");
    begins && told && is_not_defence(reading, start, end)
}

/// Whether something goes to another, rather than along as a proof of who asks.
pub(super) fn leaves(reading: &Reading<'_>, start: usize, end: usize) -> bool {
    let between = reading.slice(start, end);
    let sentence = reading.slice(start, reading.normal.sentence_end(end));
    let proof = [
        ".env.example",
        ".env.local",
        " with your",
        " with the",
        " with an",
        " using ",
        " via ",
        "authenticate",
        "bearer",
        "header",
        " requires ",
        "localhost",
        "127.0.0.1",
        " for your api key",
        " from http",
        " from the dashboard",
        " at http",
        " in your",
        "your api key",
        "sign up",
    ];
    !proof.iter().any(|word| between.contains(word)) && !sentence.contains("authorization:")
}

/// Whether secrets are taken that are there already, rather than made for the tool.
pub(super) fn takes(reading: &Reading<'_>, start: usize, end: usize) -> bool {
    let between = reading.slice(start, end);
    let made = [
        "your api",
        "an api",
        "your own",
        "create",
        "sign up",
        "register",
        "get your",
        "obtain",
        "set the",
        "set your",
        "make sure",
    ];
    !made.iter().any(|word| between.contains(word))
}

pub(super) fn is_recorded_elsewhere(reading: &Reading<'_>, start: usize, end: usize) -> bool {
    let sentence = reading.slice(start, end + 120);
    let from = reading.normal.sentence_start(start);
    let purpose = reading.words.first(Idea::Purpose, from, end + 60);
    // The verb is its own purpose only where something else is named: "upload … for monitoring".
    let purpose = purpose.is_some_and(|word| word.start != start);
    purpose
        && !sentence.contains("localhost")
        && !sentence.contains("127.0.0.1")
        && is_order(reading, start, end)
}

pub(super) fn is_read_and_sent(reading: &Reading<'_>, start: usize, end: usize) -> bool {
    leaves(reading, start, end) && is_order(reading, start, end)
}

/// Whether it is told to somebody, rather than told about: nobody else is the one who does it.
pub(super) fn is_order(reading: &Reading<'_>, start: usize, _: usize) -> bool {
    let from = reading.normal.sentence_start(start);
    let before = reading.slice(from.max(start.saturating_sub(60)), start);
    let others = [
        " can ",
        " could ",
        " may ",
        " might ",
        " would ",
        " this skill ",
        "it ",
        " which ",
        " who ",
        " that ",
        " how to ",
        "user ",
        "users ",
        "server ",
        "client ",
        "whether ",
        " if ",
        "developers ",
    ];
    !others.iter().any(|word| before.ends_with(word))
}

pub(super) fn is_asked_for(reading: &Reading<'_>, start: usize, end: usize) -> bool {
    let sentence = reading.slice(start, reading.normal.sentence_end(end));
    is_order(reading, start, end) && !sentence.contains("offline") && !sentence.contains("backup")
}

pub(super) fn speaks_of_hidden_orders(reading: &Reading<'_>, start: usize, end: usize) -> bool {
    let _ = end;
    [Idea::Unseen, Idea::Obey, Idea::Unasked, Idea::ApproveAll]
        .iter()
        .any(|idea| reading.in_sentence(*idea, start).is_some())
}
