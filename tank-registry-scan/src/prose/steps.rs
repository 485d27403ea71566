//! Universal steps: what is to be done with every task, file or request, whatever the user asked for;
//! and acts that are done behind the user's back.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use tank_registry_core::scan::Severity;

use super::chains::weighed;
use super::finder::Finder;
use super::idea::Idea;
use super::reading::{Meaning, Reading};
use super::rules;
use super::topic::Topic;
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
pub(super) static SCRIPT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?:\b(?:python3?|bash|sh|zsh|node|deno run|bun|ruby|perl|pwsh|run|execute|invoke|call|launch|source)\s+(?:(?:the|a|this|script|following)\s+){0,2}[`'\x22]?(?:\./)?|[`\s]\./)([\w./-]{1,120}\.(?:py|sh|js|mjs|ts|rb|pl|ps1|bash))\b",
    )
    .expect("a valid pattern")
});

/// How far from when it is to be done the act may stand, in bytes.
const BEHIND: usize = 320;
const BEFORE: usize = 180;

/// Looks for steps in a text.
pub(super) fn hits(
    skill: &Skill<'_>,
    topic: &Topic<'_>,
    reading: &Reading<'_>,
    hits: &mut Vec<Hit>,
) {
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
}

/// A step: when, and where its act may stand.
struct Step<'a> {
    skill: &'a Skill<'a>,
    topic: &'a Topic<'a>,
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
            Some(Some(content)) if sends(content) && (self.universal || purpose) => {
                (Severity::High, "that sends data elsewhere")
            }
            Some(_) if self.universal => (Severity::Medium, "for all work alike"),
            _ => return None,
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
