//! Entries that are neither file nor folder.

use tar::EntryType;

use super::{
    header::Header,
    path::leaves_root,
    refusal::{Refusal, Rule},
};

/// Why this entry is refused. `path` is its path, where that passed.
pub(super) fn refusal(header: &Header, path: Option<&str>) -> Refusal {
    match header.kind {
        EntryType::Symlink => {
            let parent = path
                .and_then(|path| path.rsplit_once('/'))
                .map_or("", |(parent, _)| parent);
            link(header, parent)
        }
        // The target of a hard link is a path in the archive.
        EntryType::Link => link(header, ""),
        kind => Refusal::entry(&header.path, Rule::Special, special(kind)),
    }
}

fn link(header: &Header, from: &str) -> Refusal {
    let (rule, reason) = if leaves_root(from, &header.link) {
        (
            Rule::LinkOutside,
            "the entry is a link to a place outside the package; pack a copy of the file",
        )
    } else {
        (
            Rule::Link,
            "the entry is a link, which clients cannot install; pack a copy of the file",
        )
    };
    Refusal::entry(&header.path, rule, reason)
}

fn special(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Char | EntryType::Block => {
            "the entry is a device; only regular files and folders are allowed"
        }
        EntryType::Fifo => "the entry is a fifo; only regular files and folders are allowed",
        EntryType::GNUSparse => "the entry is a sparse file; pack it in full",
        _ => "the entry is of a special kind; only regular files and folders are allowed",
    }
}
