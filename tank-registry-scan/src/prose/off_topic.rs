//! Acts that a skill about something else has no use for: watching the user, wiping what is not its
//! own, loading somebody's server.

use std::sync::LazyLock;

use regex::Regex;
use tank_registry_core::scan::Severity;

use super::reading::{Meaning, Reading};
use super::rules;
use super::topic::Topic;
use crate::finding::Hit;
use crate::text::Text;

/// An act, and what a skill is about that has a use for it.
struct Act {
    what: &'static str,
    /// Cheap to look for first; lower case.
    literals: &'static [&'static str],
    regex: LazyLock<Regex>,
    topics: &'static [&'static str],
    severity: Severity,
}

macro_rules! act {
    ($what:expr, $severity:expr, $literals:expr, $topics:expr, $regex:expr) => {
        Act {
            what: $what,
            literals: &$literals,
            regex: LazyLock::new(|| {
                #[allow(clippy::expect_used)] // The pattern is constant and tests run it.
                Regex::new($regex).expect("a valid pattern")
            }),
            topics: &$topics,
            severity: $severity,
        }
    };
}

static ACTS: [Act; 7] = [
    act!(
        "read the clipboard",
        Severity::High,
        [
            "clipboard",
            "pbpaste",
            "xclip",
            "xsel",
            "pyperclip",
            "wl-paste"
        ],
        ["clipboard", "paste", "copy", "snippet", "copies"],
        r"(?i)\bpbpaste\b|\bxclip\b[^\n|]{0,40}\s-o\b|\bxsel\b[^\n|]{0,40}(?:\s-o\b|--output)|\bpyperclip\.paste\b|\bget-clipboard\b|clipboard\.readtext|\bwl-paste\b|\bgetclipboarddata\b|\bclipboard_get\(|\b(?:captur|log|collect|monitor|upload|send|record|stor|append|includ)\w*\b[^\n.]{0,40}\bclipboard(?: contents?| data| history)?\b"
    ),
    act!(
        "take pictures of the screen",
        Severity::High,
        [
            "screencapture",
            "scrot",
            "imagegrab",
            "screenshot",
            "mss",
            "copyfromscreen",
            "screen"
        ],
        [
            "screen",
            "captur",
            "visual",
            "browser",
            "gui",
            "desktop",
            "interface",
            "record",
            "peek",
            "window",
            "image",
            "web",
            "design",
            "frontend",
            "front-end",
            "demo",
            "app",
            "automat",
            "test",
            "ui",
            "vision",
            "ocr"
        ],
        r"(?i)\bscreencapture\b|\bscrot\b|\bgnome-screenshot\b|\bimport\s+-window\s+root\b|\bimagegrab\.grab\b|\bpyautogui\.screenshot\b|\bmss\.mss\(|\bcopyfromscreen\b|\b(?:take|capture|grab|save|upload|send)\w*\b[^\n.]{0,30}\bscreenshots?\b of (?:the |my |your )?(?:user|desktop|screen|entire|current)|\bcapture (?:the |my |your |user's )+screen\b"
    ),
    act!(
        "find out where the user is",
        Severity::High,
        [
            "ipinfo",
            "ip-api",
            "ipapi",
            "ipgeolocation",
            "freegeoip",
            "geojs",
            "corelocation",
            "geolocation",
            "locat"
        ],
        [
            "locat",
            "geo",
            "weather",
            "map",
            "travel",
            "place",
            "network",
            "gps",
            "navigat",
            "restaurant",
            "local",
            "near",
            "timezone",
            "time zone",
            "city",
            "transport",
            "deliver",
            "ip address",
            "forecast",
            "route",
            "store",
            "trip",
            "sun",
            "address"
        ],
        r"(?i)\bipinfo\.io\b|\bip-api\.com\b|\bipapi\.co\b|\bipgeolocation\.\w+|\bfreegeoip\.\w+|\bgeojs\.io\b|\bcorelocation(?:cli)?\b|\bnavigator\.geolocation\b|\bgeocoder\.ip\(|\bCLLocationManager\b|\b(?:collect|record|log|send|upload|determine|get|obtain|track|report|include)\w*\b[^\n.]{0,30}\b(?:the |their |your )?(?:user's |users' |users )?(?:current |physical |gps |exact |precise |geographic |geo)+ ?locations?\b"
    ),
    act!(
        "record what is typed, said or seen",
        Severity::High,
        [
            "keylog",
            "keystroke",
            "pynput",
            "imagesnap",
            "fswebcam",
            "webcam",
            "getusermedia",
            "microphone"
        ],
        [
            "keyboard", "key", "camera", "audio", "record", "voice", "speech", "photo", "video",
            "hotkey", "shortcut", "input", "webcam", "transcri", "meeting", "sound", "macro",
            "type"
        ],
        r"(?i)\bkeyloggers?\b|\bpynput\.keyboard\b|\bimagesnap\b|\bfswebcam\b|\bgetusermedia\(|\b(?:log|record|capture|collect|monitor)\w*\b[^\n.]{0,24}\b(?:keystrokes|webcam|microphone)\b"
    ),
    act!(
        "wipe what is not its own",
        Severity::High,
        [
            "delete",
            "wipe",
            "drop ",
            "truncate",
            "purge",
            "erase",
            "clear all",
            "cancel all",
            "remove all",
            "remove every"
        ],
        [
            "delet",
            "clean",
            "wip",
            "purg",
            "remov",
            "reset",
            "destroy",
            "eras",
            "teardown",
            "unsubscrib"
        ],
        r"(?i)\b(?:delete|wipe|drop|truncate|purge|erase|clear|cancel|remove)\b (?:all|every|the entire|the whole|all of the|all the) (?:of the )?(?:the |user's |users' |existing |upcoming |future |their |production )*(?:calendar|events?|meetings?|appointments?|database tables?|databases?|user data|user records|customer\w*|emails?|inbox|contacts?|photos?|backups?|user files|home directory|documents folder)\b"
    ),
    act!(
        "load a server with requests without end",
        Severity::High,
        [
            "while true",
            "while :",
            "while(true)",
            "while 1",
            "for i in {1..",
            "seq 1",
            "range(1000"
        ],
        [
            "load", "stress", "bench", "poll", "watch", "monitor", "wait", "perform", "uptime",
            "fuzz", "crawl"
        ],
        r"(?i)(?:while\s*\(?(?:true|:|1)\)?|for\s+\w+\s+in\s+(?:\{1\.\.\d{4,}\}|\$\(seq (?:1 )?\d{4,}\)|range\(\d{4,}\)))[;:{\s]{1,8}(?:do\b|\{)?\s{0,20}(?:\w{0,20}\s?=\s?)?(?:curl|wget|requests\.\w+|fetch|await fetch|urlopen)\b[^\n]{0,160}(?:&|;\s*done|\n)"
    ),
    act!(
        "have many machines or processes flood an address",
        Severity::High,
        [
            "ddos",
            "denial of service",
            "denial-of-service",
            "flood",
            "hping3",
            "slowloris",
            "fork bomb"
        ],
        [
            "ddos",
            "denial",
            "security",
            "protect",
            "attack",
            "rate limit",
            "vulnerab",
            "flood",
            "audit",
            "threat",
            "resilien"
        ],
        r"(?i)\bhping3\b|\bslowloris\b|\b(?:launch|perform|start|run|initiate)\b[^\n.]{0,30}\b(?:d?dos attack|denial[- ]of[- ]service|flood of requests)\b|\bflood\b[^\n.]{0,30}\b(?:server|website|endpoint|host|api)\b"
    ),
];

/// Looks for such acts in a text, prose or code.
pub(super) fn hits(topic: &Topic, text: &Text, reading: Option<&Reading<'_>>, hits: &mut Vec<Hit>) {
    let content = &*text.content;
    let lower = content.to_ascii_lowercase();
    for act in &ACTS {
        let candidate = act
            .literals
            .iter()
            .any(|literal| memchr::memmem::find(lower.as_bytes(), literal.as_bytes()).is_some());
        if !candidate || topic.mentions(act.topics) {
            continue;
        }
        for found in act.regex.find_iter(content).take(16) {
            let message = format!(
                "It has the agent {} (act), and the skill is about something else (topic).",
                act.what
            );
            let hit = match reading {
                Some(reading) => {
                    let mut hit = reading.source_hit(&rules::OFF_TOPIC, found.range(), message);
                    match reading.meaning_at_source(found.start()) {
                        Meaning::Opposite => continue,
                        Meaning::Example => hit.specimen = true,
                        Meaning::Plain => {}
                    }
                    hit
                }
                None => Hit::new(&rules::OFF_TOPIC, text, found.range(), message),
            };
            hits.push(hit.severity(act.severity));
        }
    }
}
