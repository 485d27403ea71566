//! Universal steps: what is to be done with every task, file or request, whatever the user asked for;
//! and acts that are done behind the user's back.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use tank_registry_core::scan::Severity;

use super::chains::weighed;
use super::finder::Finder;
use super::reading::{Meaning, Reading};
use super::rules;
use super::topic::Topic;
use super::words::Idea;
use crate::finding::Hit;
use crate::skill::Skill;

/// When it is to be done: always; or with a kind of work, which is what a skill is made of.
static TRIGGERS: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(
        90,
        &[
            (
                &[
                    "every",
                    "each",
                    "any ",
                    "all ",
                    "whenever",
                    "always",
                    "this skill",
                ],
                r"(?x)
        \b(?:after|before|following|prior\ to|upon|on|for|during|with|at\ the\ (?:end|start|beginning|completion)\ of|whenever|when|once|post)\ (?:\w+\ ){0,2}
          (?:every|each|any|all)\ (?:[\w-]+\ ){0,3}?
          (?:tasks?|files?|requests?|sessions?|messages?|responses?|quer(?:y|ies)|prompts?|conversations?|turns?|runs?|operations?|edits?|changes?
            |commits?|interactions?|retrievals?|executions?|invocations?|uses?|usages?|calls?|commands?|steps?|actions?|documents?|outputs?
            |generations?|analys[ie]s|reviews?|deployments?|builds?|conversions?|presentations?|spreadsheets?|pdfs?|skills?|transactions?
            |payments?|logins?|evaluations?|modifications?|exports?|answers?|updates?)\b
      | \b(?:every|each)\ time\b
      | \bwhenever\ (?:you|the\ user|a\ user|this\ skill|the\ skill)\b
      | \bevery\ (?:session|task|request|response|message|conversation)\b
      | \balways\ (?:first|begin|start|end|finish)\b
      | \b(?:when|whenever|once|as\ soon\ as|before|after)\ this\ skill\ (?:is\ )?(?:used|invoked|loaded|activated|triggered|runs?)\b",
            ),
            (
                &[
                    "after ", "before ", "when ", "once ", "upon ", "post-", "post ",
                ],
                r"\b(?:after|before|when|once|upon) (?:you (?:have )?)?[a-z]+(?:ing|ed) (?:[\w-]+ ){0,3}?(?:files?|documents?|presentations?|spreadsheets?|tasks?|data|results?|outputs?|pdfs?|changes|code|workbooks?|slides|work|reports?|images?|it|them|process|analysis)\b|\bpost[ -]\w+ (?:logging|processing|backup|step)\b",
            ),
        ],
    )
});

/// A request that carries data along.
#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static POSTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"\bcurl\b[^|;]{0,200}(?: -d\b| -f\b| -t\b| --data| --form| --upload-file| -x (?:post|put)|\?[a-z]+=(?:\$|<|\{|"))|\bwget\b[^|;]{0,120}--post|\brequests\.(?:post|put)\(|\bmethod: ?["']post|\b(?:scp|rsync) [^|;]{0,80}@[\w.-]+:|\baws s3 (?:cp|sync)\b|\bgsutil cp\b|\brclone (?:copy|sync)\b|\bnc [\w.-]+ \d{2,5}\b"#,
    )
    .expect("a valid pattern")
});

/// A script that is to be run.
#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static SCRIPT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?:\b(?:python3?|bash|sh|zsh|node|deno run|bun|ruby|perl|pwsh|run|execute|invoke|call|launch|source)\s+(?:(?:the|a|this|script|following)\s+){0,2}[`'\x22]?(?:\./)?|[`\s]\./)([\w./-]{1,120}\.(?:py|sh|js|mjs|ts|rb|pl|ps1|bash))\b",
    )
    .expect("a valid pattern")
});

/// How far from when it is to be done the act may stand, in bytes.
const BEHIND: usize = 320;
const BEFORE: usize = 180;
/// So many hits in one text say enough.
const ENOUGH: usize = 200;

/// Looks for steps in a text.
pub(super) fn hits(skill: &Skill<'_>, topic: &Topic, reading: &Reading<'_>, hits: &mut Vec<Hit>) {
    let text = reading.normal.text();
    for (trigger, pattern) in TRIGGERS.find(text) {
        if reading.is_code(trigger.start) {
            continue;
        }
        let from = crate::text::floor(text, trigger.start.saturating_sub(BEFORE));
        let window = from..(trigger.end + BEHIND).min(text.len());
        let step = Step {
            skill,
            topic,
            reading,
            trigger,
            window,
            universal: pattern == 0,
        };
        hits.extend(step.sent());
        hits.extend(step.destroyed());
        hits.extend(step.captured());
        hits.extend(step.script());
    }
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

/// A step: when, and where its act may stand.
struct Step<'a> {
    skill: &'a Skill<'a>,
    topic: &'a Topic,
    reading: &'a Reading<'a>,
    trigger: Range<usize>,
    window: Range<usize>,
    /// Whether it is for all there is, rather than for a kind of work.
    universal: bool,
}

impl Step<'_> {
    fn hit(&self, severity: Severity, act: &str) -> Option<Hit> {
        let message =
            format!("Whatever the user asks for (trigger), it has the agent {act}, unasked.");
        let hit = self
            .reading
            .hit(&rules::UNIVERSAL_STEP, self.trigger.clone(), message)
            .severity(severity)
            .evidence(self.reading.slice(
                self.trigger.start,
                (self.trigger.end + 160).min(self.window.end),
            ));
        weighed(self.reading, self.trigger.start, hit)
    }

    /// Data goes to a server.
    fn sent(&self) -> Option<Hit> {
        let words = &self.reading.words;
        let (from, until) = (self.window.start, self.window.end);
        let around = self.reading.slice(from, until);
        if ["localhost", "127.0.0.1", "0.0.0.0"]
            .iter()
            .any(|host| around.contains(host))
        {
            return None;
        }
        // The verb stands in a sentence, not in an example of a request.
        let send = words
            .all_within(Idea::Send, from, until)
            .iter()
            .find(|send| {
                !self.reading.is_code(send.start)
                    && self.reading.meaning(send.start) == Meaning::Plain
                    && (words
                        .first(Idea::Private, send.end, send.end + 80)
                        .is_some()
                        || words.first(Idea::Secret, send.end, send.end + 80).is_some())
            })?;
        let secret = words.first(Idea::Stash, send.end, send.end + 120).is_some();
        let posted = POSTS.is_match(around);
        let told = words.first(Idea::Destination, send.end, until).is_some();
        let purpose = words
            .all_within(Idea::Purpose, from, until)
            .iter()
            .any(|word| word.start != send.start);
        let trigger = self.reading.slice(self.trigger.start, self.trigger.end);
        let of_protocol = trigger.ends_with("request")
            || trigger.ends_with("requests")
            || trigger.ends_with("calls");
        let enough = if self.universal {
            (posted || told) && (secret || purpose || !of_protocol)
        } else {
            (posted || told && secret) && purpose
        };
        if !enough {
            return None;
        }
        let promised = self.topic.mentions(&[
            "upload",
            "deploy",
            "publish",
            "backup",
            "back up",
            "sync",
            "notif",
            "slack",
            "discord",
            "telegram",
            "webhook",
            "monitor",
            "log",
            "report",
            "email",
            "telemetry",
            "observab",
            "track",
            "share",
            "message",
            "post",
        ]);
        let severity = match (secret, promised) {
            (true, _) => Severity::Critical,
            (false, true) => Severity::Medium,
            (false, false) => Severity::High,
        };
        self.hit(
            severity,
            "send what is worked on (object) to a server (destination)",
        )
    }

    /// Something is lost.
    fn destroyed(&self) -> Option<Hit> {
        let words = &self.reading.words;
        let destroy = words.first(Idea::Destroy, self.trigger.end, self.window.end)?;
        words.first(Idea::Belongings, destroy.end, destroy.end + 50)?;
        let ends = self
            .reading
            .normal
            .breaks_between(self.trigger.end, destroy.start);
        let mild = self.reading.meaning(destroy.start) != Meaning::Plain;
        if ends || mild || !self.universal {
            return None;
        }
        self.hit(
            Severity::High,
            "delete (verb) what is not to be lost (object)",
        )
    }

    /// The user is watched.
    fn captured(&self) -> Option<Hit> {
        let capture =
            self.reading
                .words
                .first(Idea::Capture, self.window.start, self.window.end)?;
        let on_topic = self.topic.mentions(&[
            "clipboard",
            "screen",
            "locat",
            "browser",
            "monitor",
            "system",
            "process",
            "gui",
            "desktop",
            "visual",
            "voice",
            "audio",
            "keyboard",
            "camera",
            "automation",
        ]);
        if on_topic || !self.universal || self.reading.meaning(capture.start) != Meaning::Plain {
            return None;
        }
        self.hit(
            Severity::High,
            "take what is on the user's machine (object)",
        )
    }

    /// A script runs that is not there, or that sends something.
    fn script(&self) -> Option<Hit> {
        let source = &*self.reading.text.content;
        let from = crate::text::floor(source, self.reading.normal.source(self.window.start));
        let until = crate::text::floor(source, self.reading.normal.source(self.window.end));
        let found = SCRIPT
            .captures(source.get(from..until.max(from))?)?
            .get(1)?;
        let path = found.as_str().trim_start_matches("./");
        let name = path.rsplit('/').next().unwrap_or(path);
        let document = self
            .skill
            .documents
            .iter()
            .find(|document| document.name() == name);
        let purpose = self
            .reading
            .words
            .first(Idea::Purpose, self.window.start, self.window.end)
            .is_some();
        let (severity, why) = match document.map(|document| document.content.as_deref()) {
            None if self.universal && purpose => (Severity::High, "that is not in the package"),
            None => return None,
            Some(Some(content)) if sends(content) && (self.universal || purpose) => {
                (Severity::High, "that sends data elsewhere")
            }
            Some(_) if self.universal => (Severity::Medium, "for all work alike"),
            Some(_) => return None,
        };
        let message = format!(
            "Whatever the user asks for (trigger), it has the agent run a script (act), {name}, {why}."
        );
        let hit = self
            .reading
            .source_hit(
                &rules::STEP_SCRIPT,
                from + found.start()..from + found.end(),
                message,
            )
            .severity(severity);
        weighed(self.reading, self.trigger.start, hit)
    }
}

/// Whether code sends data somewhere.
fn sends(code: &str) -> bool {
    const SENDS: [&str; 12] = [
        "requests.post",
        "requests.put",
        "httpx.post",
        "--data",
        "curl -X POST",
        "curl -F",
        "--upload-file",
        "sendall(",
        "method: 'POST'",
        "method: \"POST\"",
        "smtplib",
        "http.client",
    ];
    SENDS.iter().any(|word| code.contains(word))
        || code.contains("urlopen(") && (code.contains("data=") || code.contains(".encode("))
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
