//! Acts that a skill about something else has no use for: watching the user, wiping what is not its
//! own, loading somebody's server.

use std::sync::LazyLock;

use tank_registry_core::scan::Severity;

use super::finder::Finder;
use super::reading::{Meaning, Reading};
use super::rules;
use super::topic::Topic;
use crate::finding::Hit;
use crate::text::Text;

/// An act, and what a skill is about that has a use for it: beginnings of words.
struct Act {
    what: &'static str,
    topics: &'static [&'static str],
}

const ACTS: [Act; 7] = [
    Act {
        what: "read the clipboard",
        topics: &["clipboard", "paste", "copy", "snippet", "copies"],
    },
    Act {
        what: "take pictures of the screen",
        topics: &[
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
            "ocr",
        ],
    },
    Act {
        what: "find out where the user is",
        topics: &[
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
            "address",
        ],
    },
    Act {
        what: "record what is typed, said or seen",
        topics: &[
            "keyboard", "key", "camera", "audio", "record", "voice", "speech", "photo", "video",
            "hotkey", "shortcut", "input", "webcam", "transcri", "meeting", "sound", "macro",
            "type",
        ],
    },
    Act {
        what: "wipe what is not its own",
        topics: &[
            "delet",
            "clean",
            "wip",
            "purg",
            "remov",
            "reset",
            "destroy",
            "eras",
            "teardown",
            "unsubscrib",
        ],
    },
    Act {
        what: "load a server with requests without end",
        topics: &[
            "load", "stress", "bench", "poll", "watch", "monitor", "wait", "perform", "uptime",
            "fuzz", "crawl",
        ],
    },
    Act {
        what: "have many machines or processes flood an address",
        topics: &[
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
            "resilien",
        ],
    },
];

/// The acts, in the order of [`ACTS`].
static FINDER: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(
        240,
        &[
            (
                &[
                    "clipboard",
                    "pbpaste",
                    "xclip",
                    "xsel",
                    "pyperclip",
                    "wl-paste",
                ],
                r"(?i)\bpbpaste\b|\bxclip\b[^\n|]{0,40}\s-o\b|\bxsel\b[^\n|]{0,40}(?:\s-o\b|--output)|\bpyperclip\.paste\b|\bget-clipboard\b|clipboard\.readtext|\bwl-paste\b|\bgetclipboarddata\b|\bclipboard_get\(|\b(?:captur|log|collect|monitor|upload|send|record|stor)\w*\b (?:the |my |your |user's |users' |current |full |all |contents? |of )*clipboard\b",
            ),
            (
                &[
                    "screencapture",
                    "scrot",
                    "imagegrab",
                    "screenshot",
                    "mss",
                    "copyfromscreen",
                    "screen",
                ],
                r"(?i)\bscreencapture\b|\bscrot\b|\bgnome-screenshot\b|\bimport\s+-window\s+root\b|\bimagegrab\.grab\b|\bpyautogui\.screenshot\b|\bmss\.mss\(|\bcopyfromscreen\b|\b(?:take|capture|grab|save|upload|send)\w*\b[^\n.]{0,30}\bscreenshots?\b of (?:the |my |your )?(?:user|desktop|screen|entire|current)|\bcapture (?:the |my |your |user's )+screen\b",
            ),
            (
                &[
                    "ipinfo",
                    "ip-api",
                    "ipapi",
                    "ipgeolocation",
                    "freegeoip",
                    "geojs",
                    "corelocation",
                    "geolocation",
                    "locat",
                ],
                r"(?i)(?:https?://|curl\s[^\n]{0,40})(?:[\w-]+\.)?(?:ipinfo\.io|ip-api\.com|ipapi\.co|ipgeolocation\.\w+|freegeoip\.\w+|geojs\.io)\b|\bcorelocation(?:cli)?\b|\bnavigator\.geolocation\b|\bgeocoder\.ip\(|\bCLLocationManager\b|\b(?:collect|record|log|send|upload|determine|obtain|track|report)\w*\b (?:[\w]+ ){0,3}(?:user's |users' |user |your |their )(?:current |physical |gps |exact |precise |geographic |geo)*locations?\b",
            ),
            (
                &[
                    "keylog",
                    "keystroke",
                    "pynput",
                    "imagesnap",
                    "fswebcam",
                    "webcam",
                    "getusermedia",
                    "microphone",
                ],
                r"(?i)\bkeyloggers?\b|\bpynput\.keyboard\b|\bimagesnap\b|\bfswebcam\b|\bgetusermedia\(|\b(?:log|record|capture|collect|monitor)\w*\b[^\n.]{0,24}\b(?:keystrokes|webcam|microphone)\b",
            ),
            (
                &[
                    "delete",
                    "wipe",
                    "drop ",
                    "truncate",
                    "purge",
                    "erase",
                    "clear all",
                    "cancel all",
                    "remove all",
                    "remove every",
                ],
                r"(?i)\b(?:delete|wipe|drop|truncate|purge|erase|clear|cancel|remove)\b (?:all|every|the entire|the whole|all of the|all the) (?:of the )?(?:the |user's |users' |existing |upcoming |future |their |production )*(?:calendar|events?|meetings?|appointments?|database tables?|databases?|user data|user records|customer\w*|emails?|inbox|contacts?|photos?|backups?|user files|home directory|documents folder)\b",
            ),
            (
                &[
                    "while true",
                    "while :",
                    "while(true)",
                    "while 1",
                    "for i in {1..",
                    "seq 1",
                    "range(1000",
                ],
                r"(?i)(?:while\s*\(?(?:true|:|1)\)?|for\s+\w+\s+in\s+(?:\{1\.\.\d{4,}\}|\$\(seq (?:1 )?\d{4,}\)|range\(\d{4,}\)))[;:{\s]{1,8}(?:do\b|\{)?\s{0,20}(?:\w{0,20}\s?=\s?)?(?:curl|wget|requests\.\w+|fetch|await fetch|urlopen)\b[^\n]{0,160}(?:&|;\s*done|\n)",
            ),
            (
                &[
                    "ddos",
                    "denial of service",
                    "denial-of-service",
                    "flood",
                    "hping3",
                    "slowloris",
                    "fork bomb",
                ],
                r"(?i)\bhping3\b|\bslowloris\b|\b(?:launch|perform|start|run|initiate)\b[^\n.]{0,30}\b(?:d?dos attack|denial[- ]of[- ]service|flood of requests)\b|\bflood\b[^\n.]{0,30}\b(?:server|website|endpoint|host|api)\b",
            ),
        ],
    )
});

/// Looks for such acts in a text, prose or code.
pub(super) fn hits(
    topic: &Topic<'_>,
    text: &Text,
    reading: Option<&Reading<'_>>,
    hits: &mut Vec<Hit>,
) {
    for (range, act) in FINDER.find(&text.content) {
        let Some(act) = ACTS.get(act).filter(|act| !topic.mentions(act.topics)) else {
            continue;
        };
        let message = format!(
            "It has the agent {} (act), and the skill is about something else (topic).",
            act.what
        );
        let Some(reading) = reading else {
            // What code does with it, the readers of code tell.
            let hit = Hit::new(&rules::OFF_TOPIC, text, range, message);
            hits.push(hit.severity(Severity::Medium));
            continue;
        };
        let meaning = reading.meaning_at_source(range.start);
        if meaning == Meaning::Opposite {
            continue;
        }
        let mut hit = reading.source_hit(&rules::OFF_TOPIC, range, message);
        hit.specimen |= meaning == Meaning::Example;
        hits.push(hit);
    }
}
