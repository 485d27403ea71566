//! Files that say where each package was taken from.

use super::{DIRECT_URL, host_of, is_known_index};
use crate::document::Document;
use crate::finding::{Hit, Place};
use crate::pattern::pattern;

pattern!(
    RESOLVED,
    r#"(?m)(?:"?resolved"?:?\s+"|\btarball:\s*)((?:git\+)?(?:https?|ssh|git)://[^"\s,}]+)"#
);
// Another module in the place of the one that is asked for.
pattern!(
    REPLACED,
    r"(?m)^\s*(?:replace\s+)?[\w./-]+(?:\s+v\S+)?\s+=>\s+([\w-]+(?:\.[\w-]+)+/\S+)"
);

/// The first package that comes from somewhere else than a public registry.
pub(super) fn look(file: usize, document: &Document) -> Option<Hit> {
    let content = document.content.as_deref()?;
    let (found, message) = match document.name() {
        "package-lock.json" | "npm-shrinkwrap.json" | "yarn.lock" | "pnpm-lock.yaml" => {
            let found = RESOLVED
                .captures_iter(content)
                .filter_map(|found| found.get(1))
                .find(|url| !is_known_index(&host_of(url.as_str())))?;
            (
                found,
                "A package is taken from another place than the public registry",
            )
        }
        "go.mod" => {
            let found = REPLACED.captures(content)?.get(1)?;
            (found, "A module is replaced by another one")
        }
        _ => return None,
    };
    let before = memchr::memchr_iter(b'\n', &content.as_bytes()[..found.start()]).count();
    let line = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
    Some(
        Hit::whole(&DIRECT_URL, Some(file), message)
            .evidence(found.as_str())
            .at(Place { file, line }),
    )
}
