//! False prerequisites: a text claims that something has to be installed first, and has the reader
//! download and run what no registry knows.

use std::net::Ipv4Addr;
use std::ops::Range;
use std::sync::LazyLock;

use tank_registry_core::scan::Severity;

use super::finder::Finder;
use super::reading::Reading;
use super::rules;
use crate::finding::Hit;

/// What such texts have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sign {
    /// An archive or a program to download from a page of somebody's own.
    Download,
    /// One of those on a page of releases.
    Release,
    /// The password that opens an archive beside it.
    Password,
    /// A script on a page where anybody pastes text.
    PasteSite,
    /// A command to copy into a terminal.
    PastedCommand,
    /// A command that is encoded.
    Encoded,
    /// A command that prints a trusted address before it does something else.
    Decoy,
    /// An address of a machine without a name.
    BareAddress,
    /// To switch off what would stop it.
    ProtectionOff,
    /// That it is needed.
    Required,
    /// That a program is to be run by hand.
    RunByHand,
}

impl Sign {
    fn as_str(self) -> &'static str {
        match self {
            Self::Download => "a download",
            Self::Release => "a release of somebody's",
            Self::Password => "an archive's password",
            Self::PasteSite => "a script on a paste site",
            Self::PastedCommand => "a command to paste into a terminal",
            Self::Encoded => "an encoded command",
            Self::Decoy => "a trusted address printed before another command",
            Self::BareAddress => "an address without a name",
            Self::ProtectionOff => "protection switched off",
            Self::Required => "a claim that it is required",
            Self::RunByHand => "a program to run by hand",
        }
    }

    /// Whether it means something without the others.
    fn is_strong(self) -> bool {
        matches!(
            self,
            Self::Password | Self::PasteSite | Self::Encoded | Self::Decoy | Self::ProtectionOff
        )
    }
}

const SIGNS: [Sign; 11] = [
    Sign::Release,
    Sign::Download,
    Sign::Password,
    Sign::PasteSite,
    Sign::PastedCommand,
    Sign::Encoded,
    Sign::Decoy,
    Sign::BareAddress,
    Sign::ProtectionOff,
    Sign::Required,
    Sign::RunByHand,
];

/// The signs, in the order of [`SIGNS`].
static FINDER: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(
        600,
        &[
            (
                &["/releases/download/"],
                r#"(?i)https?://[^\s)>\]"'`]{1,200}/releases/download/[^\s)>\]"'`]{1,200}\.(?:zip|rar|7z|exe|msi|dmg|pkg|scr)\b"#,
            ),
            (
                &[
                    ".zip",
                    ".rar",
                    ".7z",
                    ".exe",
                    ".msi",
                    ".dmg",
                    ".pkg",
                    ".scr",
                    ".iso",
                    ".bat",
                    ".cmd",
                    ".vbs",
                    ".apk",
                    "/releases/download/",
                ],
                r#"(?i)https?://[^\s)>\]"'`]{1,300}(?:\.(?:zip|rar|7z|exe|msi|dmg|pkg|scr|iso|bat|cmd|vbs|apk)\b|/releases/download/)"#,
            ),
            (
                &["pass", "pwd", "pw:", "pw ="],
                r#"(?i)(?:extract|unzip|unpack|decompress|archive|\.zip|\.rar|\.7z|\.exe)[^\n]{0,160}\b(?:pass|password|passcode|passphrase|pwd|pw)\b(?:\s*(?:is|[:=])\s*|\s+[`"'])[`"'*]*[\w!@#$%.-]{2,24}"#,
            ),
            (
                &[
                    "glot.io",
                    "pastebin",
                    "rentry",
                    "hastebin",
                    "ghostbin",
                    "paste.",
                    "pastes.",
                    "dpaste",
                    "privatebin",
                    "0bin",
                    "justpaste",
                    "controlc",
                    "telegra.ph",
                    "write.as",
                    "termbin",
                    "ix.io",
                    "sprunge",
                    "transfer.sh",
                    "file.io",
                    "anonfile",
                    "mediafire",
                    "mega.nz",
                    "catbox",
                    "temp.sh",
                    "bashupload",
                    "0x0.st",
                    "snippet.host",
                    "cl1p",
                    "cdn.discordapp",
                ],
                r"(?i)\b(?:glot\.io|pastebin\.com|rentry\.(?:co|org)|hastebin\.\w+|ghostbin\.\w+|paste\.(?:ee|rs|gg|mozilla\.org|debian\.net)|dpaste\.\w+|privatebin\.\w+|0bin\.net|justpaste\.it|controlc\.com|telegra\.ph|write\.as|termbin\.com|ix\.io|sprunge\.us|transfer\.sh|file\.io|gofile\.io|anonfiles?\.\w+|mediafire\.com|mega\.nz|catbox\.moe|temp\.sh|bashupload\.com|0x0\.st|pastes\.\w+|snippet\.host|cl1p\.net|cdn\.discordapp\.com)/",
            ),
            (
                &[
                    "terminal",
                    "powershell",
                    "command prompt",
                    "run dialog",
                    "console",
                    "shell",
                    "win + r",
                    "win+r",
                    "windows + r",
                    "windows+r",
                    "key + r",
                    "key+r",
                    " cmd",
                ],
                r"(?i)copy\b[^\n]{0,100}\b(?:paste|run|execute)\b[^\n]{0,80}\b(?:terminal|powershell|command prompt|cmd|console|shell|run dialog)\b|\bpaste\b[^\n]{0,40}\b(?:into|in|to)\b[^\n]{0,30}\b(?:terminal|powershell|command prompt|run dialog)\b|\brun this (?:command|script)\b[^\n]{0,40}\bterminal\b|\bwin(?:dows)?(?: key)?\s*\+\s*r\b",
            ),
            (
                &["base64", "powershell"],
                r"(?i)base64['\x22]?\s+(?:-d\b|--decode\b)[^\n]{0,60}\|\s*(?:sudo\s+)?(?:/bin/)?(?:ba|z|da|k)?sh\b|powershell[^\n]{0,80}\s-e(?:nc|ncodedcommand)?\s+[a-z0-9+/=]{24,}|frombase64string\s*\([^\n]{0,400}\b(?:iex|invoke-expression)\b",
            ),
            (
                &["echo"],
                r#"(?i)\becho\s+(?:-e\s+)?["'][^"'\n]{0,80}https?://[^"'\n]{1,200}["']\s*(?:&&|;|\|\|)\s*[^\n]{0,200}\b(?:base64|curl|wget|bash|sh|eval|python3?|osascript|powershell)\b"#,
            ),
            (
                &["http://", "https://"],
                r"(?i)https?://\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b",
            ),
            (
                &[
                    "virus",
                    "defender",
                    "smartscreen",
                    "gatekeeper",
                    "protection",
                    "security software",
                    "firewall",
                ],
                r"(?i)\b(?:disable|turn off|switch off|pause|deactivate|whitelist|add an? exclusion)\b[^\n]{0,60}\b(?:anti-?virus|defender|smartscreen|gatekeeper|real-?time protection|security software|firewall)\b",
            ),
            (
                &[
                    "require",
                    "prerequisite",
                    "must",
                    "mandatory",
                    "will not",
                    "won",
                    "without",
                    "before",
                    "to be installed",
                    "to be running",
                ],
                r"(?i)\brequire(?:s|d|ments?)?\b|\bprerequisites?\b|\bmust (?:be |first )?(?:install|run|download)|\bmandatory\b|\bwill not (?:work|function)\b|\bwon['’]t (?:work|function)\b|\bwithout (?:it|this|completing)\b|\bbefore (?:using|proceeding|starting|you (?:can|start))\b|\bto be installed\b|\bneeds? to be (?:installed|running)\b",
            ),
            (
                &[
                    "executable",
                    "installer",
                    ".exe",
                    ".msi",
                    ".pkg",
                    ".dmg",
                    ".scr",
                    ".bat",
                    "the file",
                    "the program",
                    "the utility",
                    "the tool",
                    "the agent",
                ],
                r"(?i)\b(?:run|execute|launch|open|start|double-?click)\b[^\n.]{0,40}(?:\bexecutable\b|\binstaller\b|\.(?:exe|msi|pkg|dmg|scr|bat)\b|\bthe (?:file|program|utility|tool|agent)\b)",
            ),
        ],
    )
});

/// Signs that stand so near belong to one claim, in bytes.
const NEAR: usize = 1500;

/// Looks for claims in a text: the most telling one is a finding.
pub(super) fn hits(reading: &Reading<'_>, hits: &mut Vec<Hit>) {
    let content = &*reading.text.content;
    let found: Vec<(usize, usize, Sign)> = FINDER
        .find(content)
        .into_iter()
        .filter_map(|(range, pattern)| {
            let sign = *SIGNS.get(pattern)?;
            let counts = sign != Sign::BareAddress
                || is_public(content.get(range.clone()).unwrap_or_default());
            counts.then_some((range.start, range.end, sign))
        })
        .collect();
    let mut best: Option<(Severity, Range<usize>, Vec<Sign>)> = None;
    for (at, (start, _, _)) in found.iter().enumerate() {
        let mut signs: Vec<Sign> = Vec::new();
        let mut shown = *start..*start;
        for (from, until, sign) in found.iter().skip(at) {
            if *from > start + NEAR {
                break;
            }
            if !signs.contains(sign) {
                signs.push(*sign);
            }
            if shown.is_empty() && !matches!(sign, Sign::Required | Sign::RunByHand) {
                shown = *from..*until;
            }
        }
        signs.sort_unstable();
        let Some(severity) = severity(&signs) else {
            continue;
        };
        if best.as_ref().is_none_or(|(most, _, _)| severity > *most) {
            best = Some((severity, shown, signs));
        }
    }
    let Some((severity, range, signs)) = best else {
        return;
    };
    let named: Vec<&str> = signs
        .iter()
        .filter(|sign| **sign != Sign::Release)
        .map(|sign| sign.as_str())
        .collect();
    let message = format!(
        "It has the reader fetch and run something that no registry knows: {}.",
        named.join(", ")
    );
    let mut hit = reading
        .source_hit(&rules::PREREQUISITE, range, message)
        .severity(severity);
    if severity == Severity::Critical {
        hit = hit.firm().confidence(95);
    }
    hits.push(hit);
}

/// How bad signs are together.
fn severity(signs: &[Sign]) -> Option<Severity> {
    let has = |sign: Sign| signs.contains(&sign);
    let strong = signs.iter().filter(|sign| sign.is_strong()).count();
    let claimed = has(Sign::Required) || has(Sign::RunByHand);
    let weak = usize::from(has(Sign::Download) && (claimed || strong > 0))
        + usize::from(has(Sign::PastedCommand))
        + usize::from(has(Sign::BareAddress));
    // A paste site is named for other reasons too.
    let named_only = has(Sign::PasteSite) && strong == 1 && weak == 0 && !claimed;
    match (strong, weak) {
        _ if named_only => None,
        (0, 0..=1) => {
            let by_hand = has(Sign::Download) && has(Sign::RunByHand) && has(Sign::Required);
            by_hand.then_some(if has(Sign::Release) {
                Severity::High
            } else {
                Severity::Medium
            })
        }
        (0, _) | (1, 0) => Some(Severity::High),
        _ => Some(Severity::Critical),
    }
}

/// Whether an address of four numbers is one of the open internet.
fn is_public(url: &str) -> bool {
    url.rsplit('/')
        .next()
        .and_then(|host| host.parse::<Ipv4Addr>().ok())
        .is_some_and(|address| {
            !address.is_private()
                && !address.is_loopback()
                && !address.is_link_local()
                && !address.is_unspecified()
                && !address.is_documentation()
                && !address.is_broadcast()
        })
}
