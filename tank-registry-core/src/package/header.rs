//! One tar header, read strictly: whatever two readers could take for different things is refused.

use tar::EntryType;

/// Where a ustar header holds times instead of the last bytes of the prefix, this byte of the prefix is zero
/// (a layout of `star` that node-tar writes and reads).
const SHORT_PREFIX: usize = 130;

/// What a header says, before extension headers are taken into account.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) kind: EntryType,
    pub(super) path: Vec<u8>,
    pub(super) link: Vec<u8>,
    /// Bytes of data that follow, as claimed.
    pub(super) size: u64,
    /// Permission bits, as in `chmod`.
    pub(super) mode: u32,
}

impl Header {
    /// Reads a block of 512 bytes; the error says what is wrong with it.
    pub(super) fn parse(block: &tar::Header) -> Result<Self, &'static str> {
        let fields = block.as_old();
        if octal(&fields.cksum) != Some(checksum(block.as_bytes())) {
            return Err("its checksum does not match");
        }
        let size = octal(&fields.size)
            .ok_or("its size is not an octal number: missing, negative or huge")?;
        let mode = if blank(&fields.mode) {
            Some(0)
        } else {
            octal(&fields.mode)
        };
        let mode = mode
            .and_then(|mode| u32::try_from(mode).ok())
            .ok_or("its mode is not an octal number")?;
        let name = text(&fields.name).ok_or("bytes follow the end of its name")?;
        let link = text(&fields.linkname).ok_or("bytes follow the end of its link target")?;

        let prefix = prefix(block)?;
        let path = if prefix.is_empty() {
            name.to_vec()
        } else {
            [prefix, b"/", name].concat()
        };
        Ok(Self {
            kind: block.entry_type(),
            path,
            link: link.to_vec(),
            size,
            mode: mode & 0o7777,
        })
    }
}

/// The first part of a long path in the ustar format. The GNU and the oldest format have other things, or
/// nothing, in its place; some readers take those for a prefix all the same.
fn prefix(block: &tar::Header) -> Result<&[u8], &'static str> {
    if let Some(ustar) = block.as_ustar() {
        let field = match ustar.prefix.split_at(SHORT_PREFIX) {
            (short, [0, ..]) => short,
            _ => &ustar.prefix,
        };
        return text(field).ok_or("bytes follow the end of its path prefix");
    }
    // From the magic on: 8 bytes of magic and version, 80 of names and device numbers, then the prefix.
    let rest = &block.as_old().pad;
    if block.as_gnu().is_none() && rest[..8].iter().any(|byte| *byte != 0) {
        return Err("it is of an unknown format; ustar, PAX and GNU are supported");
    }
    if rest[88] != 0 {
        return Err("it has times where other readers expect a path prefix; pack without them");
    }
    Ok(&[])
}

/// The sum of all bytes, with blanks in place of the checksum itself.
fn checksum(bytes: &[u8; 512]) -> u64 {
    let blanks = 8 * u64::from(b' ');
    bytes
        .iter()
        .enumerate()
        .filter(|(at, _)| !(148..156).contains(at))
        .map(|(_, byte)| u64::from(*byte))
        .sum::<u64>()
        + blanks
}

/// A number in octal digits, with blanks before and blanks or NULs after it.
fn octal(field: &[u8]) -> Option<u64> {
    let field = field.trim_ascii_start();
    let end = field
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(field.len());
    let (digits, rest) = field.split_at(end);
    if digits.is_empty() || !blank(rest) {
        return None;
    }
    u64::from_str_radix(str::from_utf8(digits).ok()?, 8).ok()
}

fn blank(field: &[u8]) -> bool {
    field.iter().all(|byte| matches!(byte, 0 | b' '))
}

/// A text that ends at the first NUL, or fills its field. Nothing may hide after the NUL.
fn text(field: &[u8]) -> Option<&[u8]> {
    let end = field
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(field.len());
    let (text, rest) = field.split_at(end);
    rest.iter().all(|byte| *byte == 0).then_some(text)
}
