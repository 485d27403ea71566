//! What a reader of a good package may still want to know.

/// Something noticed in an archive that is no reason to refuse it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// A regular file asks for the rights of its owner or group when run. The registry never grants them.
    SetId {
        /// The path as in listings.
        path: String,
        /// The permission bits, as in `chmod`.
        mode: u32,
    },
    /// A regular file that desktop systems leave behind (`.DS_Store`, `__MACOSX`): it counts towards the
    /// limits, but is neither listed nor served on its own. It still is in the archive, and so reaches
    /// whoever unpacks that.
    Skipped {
        /// The path in the archive.
        path: String,
        /// Its size in bytes.
        size: u64,
    },
    /// A PAX header about the whole archive, such as the commit that `git archive` notes. It is ignored.
    GlobalHeader,
}
