//! The staged archive: read once, compared with what was declared, and made ready to be stored.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

use crate::blob::{BlobErrorKind, BlobKey, Digest, read_to_bytes};
use crate::error::{Error, PackageFault};
use crate::json;
use crate::model::{Integrity, Manifest, NameRule};
use crate::package::{FileRow, Package, derive_zip};
use crate::registry::Registry;
use crate::store::{Actor, Command, Outcome, Staged, Upload};
use crate::workers::compute;

/// What was found in an archive, and made of it.
pub(super) struct CheckedArchive {
    pub(super) archive: Bytes,
    pub(super) integrity: Integrity,
    pub(super) package: Arc<Package>,
    pub(super) zip: Bytes,
    pub(super) zip_digest: Digest,
    pub(super) files: Vec<FileRow>,
    /// What all of this takes. It goes with the work: a client that hangs up frees nothing early.
    _memory: OwnedSemaphorePermit,
}

impl Registry {
    /// Reads the staged bytes of a session, within the memory that is reserved for them; whoever
    /// holds the answer holds the memory.
    pub(super) async fn staged_archive(
        &self,
        session: &Upload,
    ) -> Result<(Bytes, OwnedSemaphorePermit), Error> {
        /// A `PUT` may replace the bytes while they are read.
        const ATTEMPTS: u32 = 3;
        let key = BlobKey::Staged(session.id);
        for _ in 0..ATTEMPTS {
            let Some(stat) = self.inner.blobs.stat(&key).await? else {
                return Err(Error::NotUploaded);
            };
            self.admit(session, stat.size).await?;
            let memory = self.reserve_memory(stat.size).await?;
            let body = match self.inner.blobs.get(&key, None).await {
                Ok(body) => body,
                Err(error) if error.kind() == BlobErrorKind::NotFound => {
                    return Err(Error::NotUploaded);
                }
                Err(error) => return Err(error.into()),
            };
            match read_to_bytes(body, stat.size).await {
                Ok(bytes) => return Ok((bytes, memory)),
                Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => {}
                Err(error) => return Err(Error::unavailable("reading staged bytes", error)),
            }
        }
        Err(Error::Overloaded)
    }

    /// Whether staged bytes of this size may be looked at. Bytes that went to the blob store
    /// directly, or whose `PUT` ended before it was noted, are counted only now.
    async fn admit(&self, session: &Upload, size: u64) -> Result<(), Error> {
        let limit = self.inner.settings.package.compressed;
        if size > limit {
            let reason = format!("{size} bytes; at most {limit} are allowed");
            let field = "archive".to_owned();
            return Err(Error::InvalidPackage(vec![PackageFault { field, reason }]));
        }
        if session.staged == Some(size) {
            return Ok(());
        }
        let max_total = self.inner.settings.max_staged_bytes;
        let command = Command::Staged(Staged {
            upload: session.id,
            size,
            max_total,
        });
        match self
            .apply(Actor::User(session.owner), None, command)
            .await?
        {
            Outcome::Applied(_) => Ok(()),
            Outcome::LimitReached => Err(Error::TooManyBytes),
            _ => Err(Error::UploadNotFound),
        }
    }

    /// Compares the bytes with what was declared, reads the archive and derives the zip.
    pub(super) async fn check_archive(
        &self,
        declared: &Manifest,
        archive: Bytes,
        memory: OwnedSemaphorePermit,
        expected: &Integrity,
    ) -> Result<CheckedArchive, Error> {
        let (expected, limits) = (*expected, self.inner.settings.package.clone());
        let declared = declared.clone();
        compute(&*self.inner.workers, move || {
            let actual = Integrity::from_digest(*Digest::of(&archive).as_bytes());
            if actual != expected {
                let (expected, actual) = (Box::new(expected), Box::new(actual));
                return Err(Error::IntegrityMismatch { expected, actual });
            }
            let package = Package::read(&archive, &limits).map_err(|error| {
                let faults = error.refusals().iter().map(|refusal| PackageFault {
                    field: refusal.field.clone(),
                    reason: refusal.reason.clone(),
                });
                Error::InvalidPackage(faults.collect())
            })?;
            check_manifest(&declared, &package).map_err(Error::InvalidPackage)?;
            let zip = derive_zip(&package)
                .map_err(|error| Error::internal("deriving the zip of a package", error))?;
            Ok(CheckedArchive {
                _memory: memory,
                archive,
                integrity: actual,
                package: Arc::new(package),
                zip_digest: Digest::of(&zip.bytes),
                zip: zip.bytes.into(),
                files: zip.files,
            })
        })
        .await?
    }
}

/// Bytes of a manifest as it is written, blanks included.
const MAX_MANIFEST_FILE: u64 = 1 << 20;

/// Compares the manifest in the package with the one that was declared.
fn check_manifest(declared: &Manifest, package: &Package) -> Result<(), Vec<PackageFault>> {
    let fault = |field: &str, reason: String| PackageFault {
        field: field.to_owned(),
        reason,
    };
    let Some(file) = package.manifest() else {
        let reason = "expected tank.json, or skills.json, at the root of the package";
        return Err(vec![fault("tank.json", reason.to_owned())]);
    };
    if file.size() > MAX_MANIFEST_FILE {
        let reason = format!(
            "{} bytes; at most {MAX_MANIFEST_FILE} are allowed",
            file.size()
        );
        return Err(vec![fault(&file.path, reason)]);
    }
    let value = json::parse_object(&file.contents)
        .map_err(|error| vec![fault(&file.path, error.to_string())])?;
    // Whether a scope is required was decided for the declared manifest, whose name must be the
    // same.
    let inside = Manifest::parse(&value, NameRule::default()).map_err(|errors| {
        let fields = errors.into_fields().into_iter();
        fields
            .map(|(field, reasons)| fault(&format!("{}: {field}", file.path), reasons.join("; ")))
            .collect::<Vec<_>>()
    })?;
    let differences: Vec<_> = declared
        .disagreement(&inside)
        .into_iter()
        .map(|(field, reason)| fault(field, reason))
        .collect();
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences)
    }
}
