//! How much an archive may hold.

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// The bounds within which an archive is read. All of them are counted while reading; nothing a header
/// claims is believed, so memory stays within `unpacked` (plus names) whatever an archive says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackageLimits {
    /// Bytes of the archive as it was sent.
    pub compressed: u64,
    /// Bytes of all regular files together.
    pub unpacked: u64,
    /// Bytes of the inflated stream: files, headers and padding.
    pub stream: u64,
    /// Regular files.
    pub files: usize,
    /// Tar headers of any kind: files, folders, and the extension headers that describe them.
    pub headers: usize,
    /// Unpacked bytes per compressed byte, judged only once more than `ratio_from` bytes are unpacked.
    pub ratio: u64,
    /// Unpacked bytes up to which any ratio is fine: a small text of one letter is no bomb.
    pub ratio_from: u64,
    /// Bytes of one extension header (PAX records or a GNU long name).
    pub extension: u64,
}

impl PackageLimits {
    /// Bytes of memory that it may take to read an archive of `size` bytes and to derive its zip:
    /// the archive, what is in it, and the zip made from that. A small archive needs little: nothing
    /// that deflate packs is more than 1,032 times as large as what it was packed into.
    pub fn working_memory(&self, size: u64) -> u64 {
        const MOST_INFLATED: u64 = 1032;
        let unpacked = self.unpacked.min(size.saturating_mul(MOST_INFLATED));
        size.saturating_add(unpacked.saturating_mul(2))
    }
}

impl Default for PackageLimits {
    fn default() -> Self {
        Self {
            compressed: 50 * MIB,
            unpacked: 50 * MIB,
            stream: 64 * MIB,
            files: 1000,
            headers: 10_000,
            ratio: 100,
            ratio_from: MIB,
            extension: 64 * KIB,
        }
    }
}
