//! Where a picture or an archive ends: what stands behind it is shown by nothing and read by who
//! knows.

use super::inside;
use super::magic::Magic;

/// Bytes that cameras and editors leave behind the end.
const PADDING: usize = 64;

/// How many bytes stand behind the end of a file of this format; `None` where that is nothing to
/// speak of, or not known.
pub(super) fn appended(magic: Magic, bytes: &[u8]) -> Option<usize> {
    let end = match magic {
        Magic::Png => png_end(bytes)?,
        Magic::Gif => gif_end(bytes)?,
        Magic::Jpeg => jpeg_end(bytes)?,
        Magic::Zip => inside::zip_length(bytes)?,
        _ => return None,
    };
    let rest = bytes.get(end..)?;
    let counts = rest.len() > PADDING
        && rest
            .iter()
            .any(|byte| !matches!(byte, 0 | b' ' | b'\n' | b'\r' | 0xFF));
    counts.then_some(rest.len())
}

fn png_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 8_usize;
    loop {
        let length = bytes.get(at..at.checked_add(4)?)?;
        let length = u32::from_be_bytes(length.try_into().ok()?);
        let kind = bytes.get(at + 4..at + 8)?;
        let next = at
            .checked_add(12)?
            .checked_add(usize::try_from(length).ok()?)?;
        if kind == b"IEND" {
            return Some(next);
        }
        at = next;
    }
}

fn gif_end(bytes: &[u8]) -> Option<usize> {
    let table = |flags: u8| {
        if flags & 0x80 == 0 {
            0
        } else {
            3 << ((flags & 7) + 1)
        }
    };
    let mut at = 13 + table(*bytes.get(10)?);
    loop {
        match bytes.get(at)? {
            0x3B => return Some(at + 1),
            0x21 => at = blocks_end(bytes, at + 2)?,
            0x2C => at = blocks_end(bytes, at + 11 + table(*bytes.get(at + 9)?))?,
            _ => return None,
        }
    }
}

/// Behind a row of blocks that say their lengths.
fn blocks_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

/// The marker that ends the picture: behind the segments that say their lengths, and behind the
/// data, in which a marker is never written by accident.
fn jpeg_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        if *bytes.get(at)? != 0xFF {
            return None;
        }
        match *bytes.get(at + 1)? {
            0xFF => at += 1,
            0xD9 => return Some(at + 2),
            0x01 | 0xD0..=0xD8 => at += 2,
            marker => {
                let length = bytes.get(at + 2..at + 4)?;
                at += 2 + usize::from(u16::from_be_bytes(length.try_into().ok()?));
                if marker == 0xDA {
                    // Data until a marker that is no restart and no stuffed byte.
                    loop {
                        at += memchr::memchr(0xFF, bytes.get(at..)?)?;
                        match *bytes.get(at + 1)? {
                            0 | 0xD0..=0xD7 => at += 2,
                            _ => break,
                        }
                    }
                }
            }
        }
    }
}
