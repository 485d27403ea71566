//! What the files of a package are, before anybody reads them: programs, archives in the archive,
//! files that are not what their name says. An archive that breaks a rule of the registry never gets
//! here.

mod inside;
mod magic;
mod names;
mod rules;
#[cfg(test)]
mod tests;
mod trailer;

use tank_registry_core::package::Fact;
use tank_registry_core::scan::Severity;

pub(crate) use self::magic::Magic;
use self::names::{extension, is_blocked, is_media, is_office, is_text};
pub(crate) use self::rules::RULES;
use self::rules::{
    APPENDED_DATA, BLOCKED_FILE, BLOCKED_NAME, ENCRYPTED_ARCHIVE, LARGE_FILE, NESTED_ARCHIVE,
    SET_ID, TEST_VIRUS, TYPE_MISMATCH, VENDORED_TREE,
};
use crate::budget::{Budget, OutOfTime};
use crate::document::{Document, Encoding};
use crate::finding::{Found, Hit, Rule};
use crate::language::Language;
use crate::pattern::pattern;
use crate::skill::Skill;

/// Bytes of a file that are worth a word.
const LARGE: usize = 5 << 20;

pub(crate) fn look(
    skill: &Skill<'_>,
    budget: &mut Budget,
    found: &mut Found,
) -> Result<(), OutOfTime> {
    for fact in skill.package.facts() {
        if let Fact::SetId { path, .. } = fact {
            let file = skill.documents.iter().position(|doc| doc.path == *path);
            found.hits.push(Hit::whole(
                &SET_ID,
                file,
                "The file asks to be run with the rights of its owner or group.",
            ));
        }
    }
    vendored(skill, found);
    for (file, document) in skill.documents.iter().enumerate() {
        found.hits.extend(size(file, document));
        if is_test_virus(&document.bytes) {
            let message = "The file is the one that tests antivirus programs.";
            found
                .hits
                .push(Hit::whole(&TEST_VIRUS, Some(file), message));
        }
        programs_and_archives(skill, file, document, found);
        budget.check_time()?;
    }
    Ok(())
}

/// What is to be said about the size of a file.
fn size(file: usize, document: &Document) -> Option<Hit> {
    let size = document.bytes.len();
    let hit = |message: String| Hit::whole(&LARGE_FILE, Some(file), message);
    if !document.whole {
        let hit = hit("The file is too large to be scanned in full.".to_owned());
        Some(hit.severity(Severity::High))
    } else if size > LARGE {
        Some(hit(format!("The file has {size} bytes.")))
    } else if document.language.is_code() && size > Budget::PARSED {
        Some(hit("The code is too large to be read closely.".to_owned()))
    } else {
        None
    }
}

fn programs_and_archives(skill: &Skill<'_>, file: usize, document: &Document, found: &mut Found) {
    let extension = extension(document);
    let bytes = &*document.bytes;
    let magic = Magic::of(bytes);
    let mut hit = |rule, message: String| {
        found.hits.push(Hit::whole(rule, Some(file), message));
    };
    match magic {
        Some(magic) if magic.is_program() => {
            hit(
                &BLOCKED_FILE,
                format!(
                    "The file is a {} program, which nobody can read.",
                    magic.name()
                ),
            );
            if is_media(&extension) || is_text(&extension) {
                hit(
                    &TYPE_MISMATCH,
                    format!(
                        "A {} program goes by the name of a '.{extension}' file.",
                        magic.name()
                    ),
                );
            }
        }
        _ if is_blocked(&extension) && !bytes.is_empty() => {
            if document.encoding == Encoding::Binary {
                hit(
                    &BLOCKED_FILE,
                    format!("A '.{extension}' file is run or loaded, and nobody can read it."),
                );
            } else {
                hit(
                    &BLOCKED_NAME,
                    format!("The file is text, but is called '.{extension}' like a program."),
                );
            }
        }
        Some(magic) if magic.is_archive() => {
            nested(magic, document, &extension, &mut hit);
        }
        _ => {}
    }
    if is_media(&extension) || is_text(&extension) {
        disguised(skill, document, &extension, magic, &mut hit);
    }
    if let Some(rest) = magic.and_then(|magic| trailer::appended(magic, bytes)) {
        hit(
            &APPENDED_DATA,
            format!("{rest} bytes stand behind the end of the file, where nothing shows them."),
        );
    }
}

fn nested(
    magic: Magic,
    document: &Document,
    extension: &str,
    hit: &mut impl FnMut(&'static Rule, String),
) {
    let office = magic == Magic::Zip && is_office(extension);
    let entries = inside::entries(magic, &document.bytes);
    if entries.iter().any(|entry| entry.encrypted) {
        hit(
            &ENCRYPTED_ARCHIVE,
            "The file is an encrypted archive, so that nobody can see what is in it.".to_owned(),
        );
    } else if !office {
        hit(
            &NESTED_ARCHIVE,
            format!(
                "The file is a {} archive within the package ({} entries listed).",
                magic.name(),
                entries.len()
            ),
        );
    }
    let program = entries.iter().find(|entry| {
        let named = entry
            .path
            .rsplit_once('.')
            .is_some_and(|(_, extension)| is_blocked(&extension.to_ascii_lowercase()));
        entry.magic.is_some_and(Magic::is_program) || named && !office
    });
    if let Some(program) = program {
        hit(
            &BLOCKED_FILE,
            format!("The archive holds a program: '{}'.", program.path),
        );
    }
}

/// Code, or an archive, under the name of something that is only looked at.
fn disguised(
    skill: &Skill<'_>,
    document: &Document,
    extension: &str,
    magic: Option<Magic>,
    hit: &mut impl FnMut(&'static Rule, String),
) {
    if magic.is_some_and(Magic::is_archive) {
        hit(
            &TYPE_MISMATCH,
            format!("An archive goes by the name of a '.{extension}' file."),
        );
        return;
    }
    let Some(content) = document.content.as_deref() else {
        return;
    };
    let script = content.starts_with("#!") || content.starts_with("<?php");
    let suspicious = if is_media(extension) {
        script || Language::guess(content).is_code() && !content.trim_start().starts_with('<')
    } else {
        // A script in a text file is an example, unless somebody runs it.
        matches!(extension, "txt" | "md" | "log" | "json" | "csv" | "text")
            && script
            && (document.executable || is_run(skill, document))
    };
    if suspicious {
        hit(
            &TYPE_MISMATCH,
            format!("A script goes by the name of a '.{extension}' file."),
        );
    }
}

/// Whether a text orders to run a file as a script.
fn is_run(skill: &Skill<'_>, document: &Document) -> bool {
    pattern!(
        RUNS,
        r"(?:\b(?:ba|z|da|k)?sh|\bpython[\d.]*|\bnode|\bperl|\bruby|\bphp|\bsource|\bchmod \+x|\bosascript|(?:^|\s)\.)\s+\S*$"
    );
    let name = document.name();
    skill.documents.iter().any(|other| {
        other.content.as_deref().is_some_and(|content| {
            content.match_indices(name).any(|(at, _)| {
                let from = content[..at].rfind('\n').map_or(0, |line| line + 1);
                RUNS.is_match(&content[from..at])
            })
        })
    })
}

/// The 68 bytes on which antivirus programs agree, in two parts so that this file holds them not.
fn is_test_virus(bytes: &[u8]) -> bool {
    bytes.starts_with(br"X5O!P%@AP[4\PZX54(P^)7CC)7}$")
        && bytes
            .get(28..64)
            .is_some_and(|rest| rest.starts_with(b"EICAR-STANDARD") && rest.contains(&b'!'))
}

/// One finding for each tree that somebody forgot.
fn vendored(skill: &Skill<'_>, found: &mut Found) {
    for (folder, what) in [
        ("node_modules", "installed packages"),
        (".git", "the history of version control"),
    ] {
        let inside = |document: &Document| {
            let mut folders = document.path.split('/');
            folders.next_back();
            folders.any(|part| part == folder)
        };
        let count = skill.documents.iter().filter(|doc| inside(doc)).count();
        if let Some(file) = skill.documents.iter().position(inside) {
            found.hits.push(Hit::whole(
                &VENDORED_TREE,
                Some(file),
                format!("The package holds {what} ('{folder}', {count} files)."),
            ));
        }
    }
}
