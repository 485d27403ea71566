//! From the bytes of an archive to its entries.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use tar::EntryType;

use super::{
    Fact, PackageError, PackageFile, PackageLimits,
    extension::Extensions,
    header::Header,
    inflate::Inflate,
    path,
    pax::Records,
    refusal::{Refusal, Rule},
    special,
    twins::Twins,
};

const BLOCK: u64 = 512;
/// By how much a buffer grows at a time: what a header claims is never allocated at once.
const STEP: u64 = 64 * 1024;
/// How many refusals are collected before reading stops.
const REFUSALS: usize = 50;

/// What a good archive holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The regular files in archive order, with their paths in the archive.
    pub(super) files: Vec<PackageFile>,
    pub(super) facts: Vec<Fact>,
}

/// Reads a whole archive.
pub(super) fn read(archive: &[u8], limits: &PackageLimits) -> Result<Contents, PackageError> {
    let mut walk = Walk {
        limits,
        compressed: archive.len() as u64,
        headers: 0,
        files: 0,
        unpacked: 0,
        twins: Twins::default(),
        refusals: Vec::new(),
        contents: Contents::default(),
    };
    let end = walk.run(archive);
    let Walk {
        twins,
        mut refusals,
        contents,
        ..
    } = walk;
    match end {
        Ok(()) => refusals.extend(twins.refusals()),
        Err(last) => refusals.push(last),
    }
    refusals.truncate(REFUSALS);
    PackageError::check(refusals)?;
    Ok(contents)
}

/// The state of one reading. A method's error ends it; what can be passed over goes to `refusals`.
struct Walk<'a> {
    limits: &'a PackageLimits,
    /// Bytes of the archive.
    compressed: u64,
    headers: usize,
    /// Regular files so far, and their bytes: skipped and refused ones included.
    files: usize,
    unpacked: u64,
    twins: Twins,
    refusals: Vec<Refusal>,
    contents: Contents,
}

impl Walk<'_> {
    fn run(&mut self, archive: &[u8]) -> Result<(), Refusal> {
        let limit = self.limits.compressed;
        if self.compressed > limit {
            return Err(Refusal::archive(
                Rule::Size,
                format!("the archive is larger than {limit} bytes"),
            ));
        }
        let mut stream = Inflate::new(archive, self.limits.stream);
        let mut extensions = Extensions::default();
        while let Some(header) = self.next_header(&mut stream)? {
            match header.kind {
                EntryType::XHeader => {
                    let records = self.records(&mut stream, &header)?;
                    extensions
                        .pax(records)
                        .map_err(|reason| self.malformed(reason))?;
                }
                EntryType::GNULongName => {
                    let path = self.long_name(&mut stream, &header)?;
                    extensions
                        .long_path(path)
                        .map_err(|reason| self.malformed(reason))?;
                }
                EntryType::GNULongLink => {
                    let link = self.long_name(&mut stream, &header)?;
                    extensions
                        .long_link(link)
                        .map_err(|reason| self.malformed(reason))?;
                }
                EntryType::XGlobalHeader => {
                    if self.records(&mut stream, &header)?.redefine_entries() {
                        return Err(self
                            .malformed("a PAX header for the whole archive sets a path or size"));
                    }
                    self.contents.facts.push(Fact::GlobalHeader);
                }
                _ => {
                    let header = std::mem::take(&mut extensions)
                        .apply(header)
                        .map_err(|reason| self.malformed(reason))?;
                    self.entry(&mut stream, &header)?;
                }
            }
        }
        if !extensions.is_empty() {
            return Err(self.malformed("an extension header is followed by no entry"));
        }
        stream.finish()
    }

    /// The next header, or `None` at the two blocks of zeros that end an archive.
    fn next_header(&mut self, stream: &mut Inflate<'_>) -> Result<Option<Header>, Refusal> {
        let mut block = tar::Header::new_old();
        if !next_block(stream, &mut block)? {
            if next_block(stream, &mut block)? {
                return Err(Refusal::archive(
                    Rule::Malformed,
                    "bytes follow the end of the tar archive",
                ));
            }
            return Ok(None);
        }
        self.headers += 1;
        if self.headers > self.limits.headers {
            let limit = self.limits.headers;
            return Err(Refusal::archive(
                Rule::TooManyFiles,
                format!("the archive holds more than {limit} headers"),
            ));
        }
        Header::parse(&block)
            .map(Some)
            .map_err(|reason| self.malformed(reason))
    }

    /// The data of an extension header.
    fn extension(&self, stream: &mut Inflate<'_>, header: &Header) -> Result<Vec<u8>, Refusal> {
        let limit = self.limits.extension;
        if header.size > limit {
            return Err(self.malformed(&format!(
                "an extension header holds more than {limit} bytes"
            )));
        }
        let mut data = Vec::new();
        fill_growing(stream, &mut data, header.size, |_| Ok(()))?;
        stream.skip(padding(header.size))?;
        Ok(data)
    }

    fn records(&self, stream: &mut Inflate<'_>, header: &Header) -> Result<Records, Refusal> {
        let data = self.extension(stream, header)?;
        Records::parse(&data).map_err(|reason| self.malformed(&format!("PAX header: {reason}")))
    }

    fn long_name(&self, stream: &mut Inflate<'_>, header: &Header) -> Result<Vec<u8>, Refusal> {
        let mut name = self.extension(stream, header)?;
        while name.pop_if(|last| *last == 0).is_some() {}
        Ok(name)
    }

    /// Judges an entry and reads or passes over its data.
    fn entry(&mut self, stream: &mut Inflate<'_>, header: &Header) -> Result<(), Refusal> {
        let raw = match header.kind {
            EntryType::Directory if header.path.len() > 1 => {
                header.path.strip_suffix(b"/").unwrap_or(&header.path)
            }
            _ => &header.path,
        };
        let path = match path::judge(raw) {
            Ok(path) => Some(path),
            Err(refusal) => {
                self.refuse(refusal)?;
                None
            }
        };
        if header.kind == EntryType::Regular {
            return self.file(stream, header, path);
        }
        if header.kind == EntryType::Directory {
            if let Some(path) = path.filter(|path| !path.is_empty()) {
                self.twins.folder(&path);
            }
        } else {
            self.refuse(special::refusal(header, path.as_deref()))?;
        }
        // Some readers would pass over the data, some take it for the next header.
        if header.size > 0 {
            return Err(Refusal::entry(
                &header.path,
                Rule::Malformed,
                "only a regular file may have contents",
            ));
        }
        Ok(())
    }

    fn file(
        &mut self,
        stream: &mut Inflate<'_>,
        header: &Header,
        path: Option<String>,
    ) -> Result<(), Refusal> {
        self.files += 1;
        if self.files > self.limits.files {
            let limit = self.limits.files;
            return Err(Refusal::archive(
                Rule::TooManyFiles,
                format!("the archive holds more than {limit} files"),
            ));
        }
        let mut contents = Vec::new();
        fill_growing(stream, &mut contents, header.size, |read| self.count(read))?;
        stream.skip(padding(header.size))?;

        let Some(path) = path else {
            return Ok(());
        };
        if path.is_empty() {
            return self.refuse(Refusal::entry(
                &header.path,
                Rule::Path,
                "the path names the package itself, not a file in it",
            ));
        }
        self.twins.file(&path);
        if !self.refusals.is_empty() {
            // Read on for more reasons only; nothing of the archive will be kept.
            return Ok(());
        }
        if is_litter(&path) {
            self.contents.facts.push(Fact::Skipped {
                path,
                size: header.size,
            });
            return Ok(());
        }
        if header.mode & 0o6000 != 0 {
            self.contents.facts.push(Fact::SetId {
                path: path.clone(),
                mode: header.mode,
            });
        }
        contents.shrink_to_fit();
        self.contents.files.push(PackageFile {
            path,
            executable: header.mode & 0o100 != 0,
            sha256: Sha256::digest(&contents).into(),
            text: str::from_utf8(&contents).is_ok(),
            contents: Bytes::from(contents),
        });
        Ok(())
    }

    /// Counts bytes of regular files.
    fn count(&mut self, read: u64) -> Result<(), Refusal> {
        self.unpacked += read;
        let PackageLimits {
            unpacked,
            ratio,
            ratio_from,
            ..
        } = *self.limits;
        if self.unpacked > unpacked {
            return Err(Refusal::archive(
                Rule::Size,
                format!("the files are larger than {unpacked} bytes together"),
            ));
        }
        if self.unpacked > ratio_from && self.unpacked > self.compressed.saturating_mul(ratio) {
            return Err(Refusal::archive(
                Rule::Bomb,
                format!("the archive inflates to more than {ratio} times its size"),
            ));
        }
        Ok(())
    }

    /// Collects a refusal after which reading can go on; the last one of many ends it.
    fn refuse(&mut self, refusal: Refusal) -> Result<(), Refusal> {
        if self.refusals.len() + 1 >= REFUSALS {
            return Err(refusal);
        }
        self.refusals.push(refusal);
        self.contents = Contents::default();
        Ok(())
    }

    fn malformed(&self, reason: &str) -> Refusal {
        Refusal::archive(
            Rule::Malformed,
            format!("tar header {}: {reason}", self.headers),
        )
    }
}

fn is_litter(path: &str) -> bool {
    path.rsplit('/').next() == Some(".DS_Store")
        || path.split('/').any(|segment| segment == "__MACOSX")
}

/// Reads a block; `false` if it is all zeros.
fn next_block(stream: &mut Inflate<'_>, block: &mut tar::Header) -> Result<bool, Refusal> {
    let read = stream.fill(block.as_mut_bytes())?;
    if read == 0 {
        return Err(Refusal::archive(
            Rule::Malformed,
            "the tar archive does not end in two blocks of zeros",
        ));
    }
    if read < block.as_bytes().len() {
        return Err(Refusal::archive(
            Rule::Malformed,
            "the tar archive is cut short in the middle of a block",
        ));
    }
    Ok(block.as_bytes().iter().any(|byte| *byte != 0))
}

/// Appends so many bytes of the stream, step by step, each counted before the next is allocated.
fn fill_growing(
    stream: &mut Inflate<'_>,
    buffer: &mut Vec<u8>,
    size: u64,
    mut count: impl FnMut(u64) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let mut left = size;
    while left > 0 {
        let step = left.min(STEP);
        let start = buffer.len();
        buffer.resize(start + usize::try_from(step).unwrap_or(usize::MAX), 0);
        stream.fill_all(&mut buffer[start..])?;
        count(step)?;
        left -= step;
    }
    Ok(())
}

/// Bytes from the end of data of this size to the next block.
fn padding(size: u64) -> u64 {
    size.next_multiple_of(BLOCK) - size
}
