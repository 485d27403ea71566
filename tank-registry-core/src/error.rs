//! Why an operation was refused, or failed.

use std::collections::BTreeMap;
use std::error::Error as StdError;

use serde::Serialize;

use crate::access::Scope;
use crate::auth::{AuthenticatorError, DirectoryError};
use crate::blob::{BlobError, BlobErrorKind};
use crate::model::{Escalation, Integrity, ManifestErrors, OrgSlug, SkillName, SlugError, Version};
use crate::scan::FetchError;
use crate::store::{StoreError, StoreErrorKind};
use crate::workers::WorkersError;

/// Why an operation was refused, or failed. The text is the one sentence that a client is shown;
/// what lies behind a failure stays in the cause chain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operation needs an identity and the viewer has none.
    #[error("Unauthorized. Valid API key required.")]
    Unauthorized,
    /// As [`Unauthorized`](Self::Unauthorized), in the words of stars.
    #[error("Authentication required")]
    AuthenticationRequired,
    /// The key has not the scope.
    #[error("Forbidden. Token lacks required scope: {0} (or skills:admin).")]
    MissingScope(Scope),
    /// As [`Unauthorized`](Self::Unauthorized), in the words of administration.
    #[error("Unauthorized")]
    AdministratorsOnly,
    /// Policy says no, where saying so reveals nothing.
    #[error("Forbidden")]
    Forbidden,

    /// There is no such skill, or the viewer may not know of it.
    #[error("Skill not found")]
    SkillNotFound,
    /// The skill has no such version for this viewer.
    #[error("Version {version} not found for {name}")]
    VersionNotFound {
        /// The skill.
        name: SkillName,
        /// The version, as it was asked for.
        version: String,
    },
    /// There is no such skill, in the words of administration.
    #[error("Package not found")]
    PackageNotFound,
    /// The skill has no such version, in the words of administration.
    #[error("Version not found")]
    PackageVersionNotFound,
    /// The version is not held, so that there is nothing to release.
    #[error("Version is not held")]
    NotHeld,
    /// There is no such user.
    #[error("User not found")]
    UserNotFound,
    /// There is no such organization.
    #[error("Organization not found")]
    OrganizationNotFound,
    /// The user is no member.
    #[error("Member not found")]
    MemberNotFound,
    /// There is no such key.
    #[error("Key not found")]
    KeyNotFound,

    /// The body holds no manifest.
    #[error("Missing manifest in request body")]
    MissingManifest,
    /// The body is no JSON object, or breaks the limits on JSON.
    #[error("Invalid JSON body")]
    InvalidJson,
    /// The body is of another type than this.
    #[error("Unsupported media type: expected {0}")]
    UnsupportedMediaType(&'static str),
    /// The body lacks fields.
    #[error("Missing required fields: {0}")]
    MissingFields(&'static str),
    /// The manifest breaks rules.
    #[error("Invalid manifest")]
    InvalidManifest(ManifestErrors),
    /// A field of the body is not what it should be.
    #[error("Invalid request body")]
    InvalidBody {
        /// The field.
        field: &'static str,
        /// What would be accepted.
        reason: String,
    },
    /// The slug of the body is none.
    #[error("{0}")]
    InvalidSlug(SlugError),
    /// Parameters of a query are not what they should be.
    #[error("Invalid query parameters")]
    InvalidQuery(QueryErrors),
    /// A value given to an operation is not acceptable.
    #[error("{0}")]
    InvalidValue(String),
    /// The scope of the name is no organization.
    #[error(
        "Organization '{0}' not found. You must create the org before publishing scoped packages."
    )]
    NoSuchScope(String),
    /// The publisher is no member of the name's organization.
    #[error("You are not a member of org '{0}'")]
    NotAMember(OrgSlug),
    /// The unscoped name belongs to somebody else.
    #[error("You do not own '{0}'")]
    NotTheOwner(SkillName),
    /// A moderator removed the skill.
    #[error("Skill '{0}' has been removed")]
    SkillRemoved(SkillName),
    /// The version number is taken.
    #[error("Version {version} already exists for {name}")]
    VersionExists {
        /// The skill.
        name: SkillName,
        /// The version.
        version: Version,
    },
    /// The skill has as many versions as it may.
    #[error("{name} has {limit} versions, the most a skill may have")]
    TooManyVersions {
        /// The skill.
        name: SkillName,
        /// The limit.
        limit: usize,
    },
    /// The version asks for more than its number allows.
    #[error("Permission escalation detected")]
    Escalation(Vec<Escalation>),
    /// The caller has too many open uploads.
    #[error("Too many open uploads")]
    TooManyUploads,
    /// The caller's open uploads hold too many bytes.
    #[error("Too many bytes in open uploads")]
    TooManyBytes,
    /// No link for the upload could be made.
    #[error("Failed to generate upload URL")]
    UploadUrl(#[source] InternalError),

    /// There is no such upload, or it is not the caller's, or it has expired.
    #[error("Skill version not found")]
    UploadNotFound,
    /// The upload became a version of other bytes.
    #[error("Version is already confirmed or published")]
    AlreadyConfirmed,
    /// Nothing was uploaded.
    #[error("Tarball was not uploaded")]
    NotUploaded,
    /// The bytes are not those declared.
    #[error("Integrity mismatch")]
    IntegrityMismatch {
        /// What was declared.
        expected: Box<Integrity>,
        /// What was uploaded.
        actual: Box<Integrity>,
    },
    /// The archive breaks rules.
    #[error("Invalid package")]
    InvalidPackage(Vec<PackageFault>),

    /// A link without a token.
    #[error("Missing parameters")]
    MissingParameters,
    /// A link that was not made here, or is over.
    #[error("Invalid or expired token")]
    InvalidToken,
    /// The upload was confirmed, replaced, or has expired.
    #[error("Upload is closed")]
    UploadClosed,
    /// The bytes that the link names are not there for its viewer.
    #[error("File not found")]
    FileNotFound,
    /// What is asked for cannot be the path of a file in a package.
    #[error("Invalid file path")]
    InvalidFilePath,
    /// The package has no such file.
    #[error("File not found in package")]
    PackageFileNotFound,
    /// The file has more bytes than are served alone.
    #[error("File too large to serve")]
    FileTooLarge,
    /// More bytes than are allowed.
    #[error("Request body too large")]
    BodyTooLarge,
    /// The body stalled.
    #[error("Request timeout")]
    BodyTimeout,
    /// The body ended before its time.
    #[error("Request body ended early")]
    BodyCut,

    /// What was to be created is there.
    #[error("{0} already exists")]
    Exists(String),
    /// The organization has no other owner.
    #[error("Cannot remove the last owner/admin of an organization")]
    LastOwner,
    /// A host's directory owns organizations.
    #[error("Organizations are managed elsewhere")]
    ManagedElsewhere,
    /// Too many grants.
    #[error("a skill may be granted to at most {0} users and organizations")]
    TooManyGrants(usize),
    /// A user would be a member of more organizations than anyone may be.
    #[error("a user may be a member of at most {0} organizations")]
    TooManyOrganizations(usize),

    /// The version was not scanned, or its scan failed.
    #[error("Scan not found")]
    ScanNotFound,
    /// Nothing here scans on request.
    #[error("Scanner service not configured")]
    NoScanner,
    /// An archive to scan has more bytes than are allowed.
    #[error("Tarball too large: {size} bytes exceeds {limit} bytes")]
    TarballTooLarge {
        /// How many it has.
        size: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// What was to be scanned could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The scanner failed.
    #[error("Scanner error")]
    ScanFailed,
    /// The scanner took too long.
    #[error("Scan timed out (55s limit)")]
    ScanTimedOut,

    /// Nobody answers for a package here.
    #[error("Talk to package feature is not configured")]
    TalkNotConfigured,
    /// Something is full for the moment.
    #[error("Service overloaded, try again later")]
    Overloaded,
    /// Something behind the registry does not answer.
    #[error("Service unavailable, try again later")]
    Unavailable(#[source] InternalError),
    /// Anything else that went wrong here.
    #[error("Internal server error")]
    Internal(#[source] InternalError),
}

/// What is wrong with the parameters of a query, by parameter.
pub type QueryErrors = BTreeMap<&'static str, Vec<String>>;

/// One thing that is wrong with a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageFault {
    /// The path, the field of the manifest, or `archive`.
    pub field: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// What lies behind a failure; for the log, never for a client.
#[derive(Debug, thiserror::Error)]
#[error("{doing}")]
pub struct InternalError {
    doing: &'static str,
    #[source]
    source: Box<dyn StdError + Send + Sync>,
}

impl InternalError {
    pub(crate) fn new(
        doing: &'static str,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self {
            doing,
            source: source.into(),
        }
    }
}

impl Error {
    /// A failure with what was being done and its cause.
    pub(crate) fn internal(
        doing: &'static str,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::Internal(InternalError::new(doing, source))
    }

    /// Something behind the registry does not answer.
    pub(crate) fn unavailable(
        doing: &'static str,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self::Unavailable(InternalError::new(doing, source))
    }

    /// Whether this is the registry's failure rather than a refusal.
    pub fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Internal(_) | Self::UploadUrl(_)
        )
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error.kind() {
            StoreErrorKind::Overloaded => Self::Overloaded,
            StoreErrorKind::Unavailable | StoreErrorKind::Timeout => {
                Self::unavailable("asking the metadata store", error)
            }
            StoreErrorKind::Corrupt | StoreErrorKind::Internal => {
                Self::internal("asking the metadata store", error)
            }
        }
    }
}

impl From<BlobError> for Error {
    fn from(error: BlobError) -> Self {
        match error.kind() {
            BlobErrorKind::Unavailable => Self::unavailable("asking the blob store", error),
            _ => Self::internal("asking the blob store", error),
        }
    }
}

impl From<DirectoryError> for Error {
    fn from(error: DirectoryError) -> Self {
        match error {
            DirectoryError::Store(error) => error.into(),
            DirectoryError::Other(_) => Self::unavailable("asking the directory", error),
        }
    }
}

impl From<AuthenticatorError> for Error {
    fn from(error: AuthenticatorError) -> Self {
        Self::unavailable("asking the authenticator", error)
    }
}

impl From<WorkersError> for Error {
    fn from(error: WorkersError) -> Self {
        match error {
            WorkersError::Full => Self::Overloaded,
            WorkersError::Lost => Self::internal("running a job", error),
        }
    }
}
