//! Packages that code takes for installed.

use tank_registry_core::scan::Severity;

use super::names::{How, likeness};
use super::{Ecosystem, TYPOSQUATTING};
use crate::finding::{Found, Hit};
use crate::pattern::pattern;
use crate::skill::Skill;
use crate::text::Text;

/// Names of one text that are looked at.
const NAMES: usize = 500;

// A module of Python in the first two groups, one of JavaScript in the third.
pattern!(pub(super) IMPORTED, r#"(?m)^\s*(?:from\s+([A-Za-z_]\w*)[\w.]*\s+import\b|import\s+([A-Za-z_]\w*)|(?:const|let|var|import)\b[^\n]{0,100}?(?:require\(|from\s+)\s*["']([a-z@][\w@/.-]*)["'])"#);

/// Looks for modules whose names pass for others. A name in code is asked for by nobody yet, so that
/// it is a step milder than the same in a command.
pub(super) fn look(skill: &Skill<'_>, text: &Text, found: &mut Found) {
    if !text.language.is_code() {
        return;
    }
    for import in IMPORTED.captures_iter(&text.content).take(NAMES) {
        let script = import.get(3);
        let Some(name) = import.get(1).or_else(|| import.get(2)).or(script) else {
            continue;
        };
        let ecosystem = if script.is_some() {
            Ecosystem::Npm
        } else {
            Ecosystem::Pypi
        };
        let written = name.as_str();
        let Some(likeness) = likeness(ecosystem, written) else {
            continue;
        };
        let severity = match likeness.how {
            How::LookAlike => Severity::High,
            How::OneLetter | How::Word => Severity::Medium,
            _ => continue,
        };
        let plain = joined(written);
        if is_standard(&plain) || is_local(skill, &plain) || written.contains('/') {
            continue;
        }
        let message = format!(
            "The module '{written}' is called nearly like '{}', which everybody knows",
            likeness.name
        );
        let hit = Hit::new(&TYPOSQUATTING, text, name.range(), message);
        found.hits.push(hit.severity(severity));
    }
}

/// A text whose names are all written with hyphens, in lower case.
pub(super) fn joined(text: &str) -> String {
    text.to_lowercase().replace(['_', '.'], "-")
}

/// Whether a file or a folder of the package goes by that name.
pub(super) fn is_local(skill: &Skill<'_>, name: &str) -> bool {
    skill.documents.iter().any(|document| {
        document.path.split('/').any(|part| {
            let stem = part.rsplit_once('.').map_or(part, |(stem, _)| stem);
            joined(stem) == name
        })
    })
}

/// Modules that come with the language.
pub(super) fn is_standard(name: &str) -> bool {
    const MODULES: &str = " abc argparse array ast asyncio atexit base64 bisect calendar collections configparser contextlib copy crypto csv ctypes dataclasses datetime decimal difflib email enum events fnmatch fractions fs functools gc getpass glob gzip hashlib heapq hmac html http https imaplib importlib inspect io ipaddress itertools json keyword logging math mimetypes multiprocessing net numbers operator os path pathlib pickle platform plistlib pprint process queue random re readline sched secrets select shlex shutil signal site smtplib socket sqlite3 ssl stat statistics stream string struct subprocess sys tarfile tempfile textwrap threading time timeit tkinter traceback types typing unicodedata unittest url urllib util uuid venv warnings weakref webbrowser xml zipfile zlib ";
    MODULES.contains(&format!(" {name} "))
}
