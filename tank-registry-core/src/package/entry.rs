//! One file out of the derived zip.

use std::io;

use bytes::{Buf as _, Bytes};
use flate2::{Decompress, FlushDecompress, Status};
use sha2::{Digest as _, Sha256};

use super::FileRow;

/// Most bytes of a file that are inflated at once.
const PIECE: usize = 64 * 1024;

/// Inflates the data of one file, piece by piece, and compares it with the index: what it hands out
/// has the size and the digest of the row, or the last piece is an error.
#[derive(Debug)]
pub(crate) struct Inflater {
    inflate: Decompress,
    hash: Sha256,
    left: u64,
    sha256: [u8; 32],
}

impl Inflater {
    pub(crate) fn new(row: &FileRow) -> Self {
        Self {
            inflate: Decompress::new(false),
            hash: Sha256::new(),
            left: row.size,
            sha256: row.sha256,
        }
    }

    /// Whether all of the file has been handed out.
    pub(crate) fn is_done(&self) -> bool {
        self.left == 0
    }

    /// The next piece of the file, taking from the front of `input` what it needs. An empty one
    /// means that more input is needed.
    pub(crate) fn inflate(&mut self, input: &mut Bytes) -> io::Result<Bytes> {
        let room = usize::try_from(self.left).unwrap_or(PIECE).min(PIECE);
        let mut piece = vec![0; room];
        let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self
            .inflate
            .decompress(input, &mut piece, FlushDecompress::None)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let count = |from: u64, to: u64| usize::try_from(to - from).map_err(io::Error::other);
        input.advance(count(read, self.inflate.total_in())?);
        piece.truncate(count(written, self.inflate.total_out())?);
        self.left -= piece.len() as u64;
        self.hash.update(&piece);
        let is_wrong = if self.left == 0 {
            self.hash.finalize_reset()[..] != self.sha256
        } else {
            status == Status::StreamEnd
        };
        if is_wrong {
            let text = "a file in the zip differs from its row in the index";
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        Ok(piece.into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::DeflateEncoder};
    use proptest::prelude::*;

    use super::*;

    fn row(contents: &[u8]) -> FileRow {
        FileRow {
            path: "a".to_owned(),
            size: contents.len() as u64,
            sha256: Sha256::digest(contents).into(),
            offset: 0,
            compressed_size: 0,
            text: false,
            executable: false,
        }
    }

    fn deflate(contents: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
        encoder.write_all(contents).unwrap();
        encoder.finish().unwrap()
    }

    /// What comes out when the data goes in in parts of `step` bytes.
    fn inflate(row: &FileRow, data: &[u8], step: usize) -> io::Result<Vec<u8>> {
        let (mut inflater, mut all) = (Inflater::new(row), Vec::new());
        let mut parts = data.chunks(step).map(Bytes::copy_from_slice);
        let mut input = Bytes::new();
        while !inflater.is_done() {
            let piece = inflater.inflate(&mut input)?;
            assert!(piece.len() <= PIECE);
            if piece.is_empty() {
                input = parts.next().ok_or(io::ErrorKind::UnexpectedEof)?;
            }
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }

    #[test]
    fn a_file_of_many_pieces_comes_out_whole_however_its_data_is_cut() {
        let contents: Vec<u8> = (0..300_000_u32)
            .flat_map(|at| (at / 7).to_le_bytes())
            .collect();
        let data = deflate(&contents);
        for step in [1000, 4096, data.len()] {
            assert_eq!(inflate(&row(&contents), &data, step).unwrap(), contents);
        }
    }

    #[test]
    fn a_bomb_gives_no_more_than_its_row_says() {
        let data = deflate(&vec![0; 8 << 20]);
        let refused = inflate(&row(b"small"), &data, data.len());
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    proptest! {
        #[test]
        fn what_was_deflated_comes_out_again(contents in proptest::collection::vec(any::<u8>(), 1..2000), step in 1_usize..64) {
            let out = inflate(&row(&contents), &deflate(&contents), step);
            prop_assert_eq!(out.unwrap(), contents);
        }

        #[test]
        fn damaged_data_never_comes_out_as_a_whole_file(
            contents in proptest::collection::vec(0_u8..4, 1..500), at in any::<proptest::sample::Index>(), flip in 1_u8..,
        ) {
            let mut data = deflate(&contents);
            let at = at.index(data.len());
            data[at] ^= flip;
            // Bits of the padding at the end may differ and mean nothing.
            if let Ok(out) = inflate(&row(&contents), &data, 16) {
                prop_assert_eq!(out, contents);
            }
        }

        #[test]
        fn data_that_is_cut_short_never_ends_well(contents in proptest::collection::vec(any::<u8>(), 1..500)) {
            let data = deflate(&contents);
            let half = &data[..data.len() / 2];
            prop_assert!(inflate(&row(&contents), half, 16).is_err());
        }
    }
}
