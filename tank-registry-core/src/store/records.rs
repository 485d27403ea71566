//! What a store keeps. All of it can be written as JSON, so that a backend may store a record
//! whole and give columns only to what it guards or looks up.

mod people;
mod registry;
mod scan;
mod skill;
mod upload;

pub use people::{ExternalId, Key, Member, Membership, Organization, User, UserRef};
pub use registry::{Actor, AuditEvent, RegistryRecord};
pub use scan::{Judged, KnownFinding, Release, ScanHistory};
pub use skill::{BlobKind, BlobRef, Grants, Head, Skill, Stars, VersionBrief, VersionRecord};
pub use upload::Upload;
