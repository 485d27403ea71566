//! The gzip layer: one member, read as a stream, counted.

use std::io::{self, Read as _};

use flate2::bufread::GzDecoder;

use super::refusal::{Refusal, Rule};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The inflated stream of an archive. Reading stops with a refusal at its limit.
#[derive(Debug)]
pub(super) struct Inflate<'a> {
    gzip: GzDecoder<&'a [u8]>,
    left: u64,
    limit: u64,
}

impl<'a> Inflate<'a> {
    pub(super) fn new(archive: &'a [u8], limit: u64) -> Self {
        Self {
            gzip: GzDecoder::new(archive),
            left: limit,
            limit,
        }
    }

    /// Fills the buffer, or as much of it as the stream still holds.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, Refusal> {
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.gzip.read(rest) {
                Ok(0) => break,
                Ok(read) => {
                    self.count(read)?;
                    filled += read;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(broken(&error)),
            }
        }
        Ok(filled)
    }

    /// Fills the whole buffer; a stream that ends before is refused.
    pub(super) fn fill_all(&mut self, buffer: &mut [u8]) -> Result<(), Refusal> {
        if self.fill(buffer)? == buffer.len() {
            return Ok(());
        }
        Err(Refusal::archive(
            Rule::Malformed,
            "the tar archive is cut short in the middle of an entry",
        ))
    }

    /// Passes over so many bytes.
    pub(super) fn skip(&mut self, bytes: u64) -> Result<(), Refusal> {
        let mut scratch = [0; 4096];
        let mut left = bytes;
        while left > 0 {
            let part = usize::try_from(left)
                .unwrap_or(usize::MAX)
                .min(scratch.len());
            self.fill_all(&mut scratch[..part])?;
            left -= part as u64;
        }
        Ok(())
    }

    /// Reads what follows the end of the tar archive: zeros to the end of a checked gzip member, and
    /// nothing after that.
    pub(super) fn finish(mut self) -> Result<(), Refusal> {
        let mut scratch = [0; 4096];
        loop {
            let read = self.fill(&mut scratch)?;
            if read == 0 {
                break;
            }
            if scratch[..read].iter().any(|byte| *byte != 0) {
                return Err(Refusal::archive(
                    Rule::Malformed,
                    "bytes follow the end of the tar archive",
                ));
            }
        }
        let trailing = self.gzip.into_inner();
        if trailing.is_empty() {
            return Ok(());
        }
        let reason = if trailing.starts_with(&GZIP_MAGIC) {
            "a second gzip member follows the first; one is expected"
        } else {
            "bytes follow the end of the gzip stream"
        };
        Err(Refusal::archive(Rule::Malformed, reason))
    }

    fn count(&mut self, read: usize) -> Result<(), Refusal> {
        let limit = self.limit;
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| {
            Refusal::archive(
                Rule::Size,
                format!("the archive inflates to more than {limit} bytes"),
            )
        })?;
        Ok(())
    }
}

fn broken(error: &io::Error) -> Refusal {
    let reason = if error.kind() == io::ErrorKind::UnexpectedEof {
        "the gzip stream is cut short"
    } else {
        "the gzip stream is corrupt, or its checksum does not match"
    };
    Refusal::archive(Rule::Malformed, reason)
}
