//! Reading objects, whole or in part.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use tank_registry_core::blob::{BlobError, BlobErrorKind, BlobKey, BlobStat, ByteStream};
use tank_registry_core::model::Timestamp;

use super::layout::Layout;
use super::{CHUNK, blocking, error};

/// What is known of the object in a file; none, if there is no file.
pub(super) fn stat(path: &Path) -> io::Result<Option<BlobStat>> {
    let found = match fs::symlink_metadata(path) {
        // A folder, a symbolic link or a device is nothing that this store has written.
        Ok(found) if !found.is_file() => return Ok(None),
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Without its folder we cannot know: that is a failure of the disk.
            return path
                .parent()
                .map_or(Ok(()), |folder| fs::metadata(folder).map(drop))
                .map(|()| None);
        }
        Err(error) => return Err(error),
    };
    let since = found.modified()?.duration_since(UNIX_EPOCH);
    let millis = since.unwrap_or_default().as_millis();
    Ok(Some(BlobStat {
        size: found.len(),
        modified: Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)),
    }))
}

pub(super) async fn get(
    layout: &Layout,
    key: &BlobKey,
    range: Option<Range<u64>>,
) -> Result<ByteStream, BlobError> {
    let path = layout.object(key);
    // Content never changes, so that its file can be opened again for every piece: a client that
    // takes its time holds no open file. Staged bytes may be replaced, and are read from one file.
    let changes = !matches!(key, BlobKey::Content(_));
    let opened = blocking(move || open(path, range, changes))
        .await
        .map_err(|error| error::of_key(key, error))?;
    match opened {
        Opened::Part(part) => Ok(part.stream()),
        Opened::Missing => Err(BlobError::bare(BlobErrorKind::NotFound, key)),
        Opened::Outside { size } => {
            let error = format!("the object has {size} bytes; a range must lie within them");
            Err(BlobError::new(BlobErrorKind::Range, key, error))
        }
    }
}

enum Opened {
    Part(Part),
    Missing,
    Outside { size: u64 },
}

fn open(path: PathBuf, range: Option<Range<u64>>, changes: bool) -> io::Result<Opened> {
    if stat(&path)?.is_none() {
        return Ok(Opened::Missing);
    }
    let file = match File::open(&path) {
        Ok(file) => file,
        // Deleted since.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Opened::Missing),
        Err(error) => return Err(error),
    };
    // The open file's own size: a staged object may have been replaced since.
    let size = file.metadata()?.len();
    let range = range.unwrap_or(0..size);
    if range.start > range.end || range.end > size {
        return Ok(Opened::Outside { size });
    }
    Ok(Opened::Part(Part {
        source: if changes {
            Source::Held(file)
        } else {
            Source::Named(path)
        },
        left: range,
    }))
}

/// What is still to be read of a file.
struct Part {
    source: Source,
    left: Range<u64>,
}

enum Source {
    /// Open until all is read.
    Held(File),
    /// Opened for every piece.
    Named(PathBuf),
}

impl Part {
    fn stream(self) -> ByteStream {
        stream::try_unfold(self, |mut part| async move {
            if part.left.is_empty() {
                return Ok(None);
            }
            blocking(move || Ok(Some((part.read()?, part)))).await
        })
        .boxed()
    }

    fn read(&mut self) -> io::Result<Bytes> {
        let left = self.left.end - self.left.start;
        let wanted = usize::try_from(left).map_or(CHUNK, |left| left.min(CHUNK));
        let bytes = match &self.source {
            Source::Held(file) => read_at(file, self.left.start, wanted),
            Source::Named(path) => read_at(&File::open(path)?, self.left.start, wanted),
        }?;
        self.left.start += wanted as u64;
        Ok(bytes.into())
    }
}

fn read_at(mut file: &File, start: u64, wanted: usize) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::with_capacity(wanted);
    file.take(wanted as u64).read_to_end(&mut bytes)?;
    if bytes.len() < wanted {
        // Objects never shrink, so somebody else has cut the file.
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}
