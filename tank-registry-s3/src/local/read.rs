//! Reading objects, whole or in part.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::Path;
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
    let opened = blocking(move || open(&path, range))
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

fn open(path: &Path, range: Option<Range<u64>>) -> io::Result<Opened> {
    if stat(path)?.is_none() {
        return Ok(Opened::Missing);
    }
    let mut file = match File::open(path) {
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
    if range.start > 0 {
        file.seek(SeekFrom::Start(range.start))?;
    }
    Ok(Opened::Part(Part {
        file,
        left: range.end - range.start,
    }))
}

/// What is still to be read of an open file, from where it stands.
struct Part {
    file: File,
    left: u64,
}

impl Part {
    fn stream(self) -> ByteStream {
        stream::try_unfold(self, |mut part| async move {
            if part.left == 0 {
                return Ok(None);
            }
            blocking(move || Ok(Some((part.read()?, part)))).await
        })
        .boxed()
    }

    fn read(&mut self) -> io::Result<Bytes> {
        let wanted = usize::try_from(self.left).map_or(CHUNK, |left| left.min(CHUNK));
        let mut bytes = Vec::with_capacity(wanted);
        (&mut self.file)
            .take(wanted as u64)
            .read_to_end(&mut bytes)?;
        if bytes.len() < wanted {
            // Objects never shrink, so somebody else has cut the file.
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= wanted as u64;
        Ok(bytes.into())
    }
}
