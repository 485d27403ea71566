//! The JSON schemas of values that are no structs of [`wire`](super::wire), and of the bodies of
//! requests.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::model::{
    Integrity, OrgRole, OrgSlug, Permissions, SkillId, SkillName, Timestamp, Version, VersionId,
    Visibility,
};
use crate::scan::{AuditStatus, Severity, Stage, StageStatus, Verdict};

macro_rules! schemas {
    ($($type:ty, $name:literal, $schema:tt;)+) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )+};
}

schemas! {
    SkillName, "SkillName", {
        "type": "string", "maxLength": 214,
        "pattern": "^(@[a-z0-9-]+/)?[a-z0-9][a-z0-9-]*$",
        "examples": ["@acme/tools"],
    };
    Version, "Version", {
        "description": "A version of Semantic Versioning 2.0.",
        "type": "string", "maxLength": 128, "examples": ["1.2.0"],
    };
    Integrity, "Integrity", {
        "description": "SHA-512 over the bytes of the archive, in base64.",
        "type": "string", "pattern": "^sha512-[A-Za-z0-9+/]{86}==$",
    };
    OrgSlug, "OrgSlug", {
        "type": "string", "maxLength": 39, "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
        "examples": ["acme"],
    };
    Timestamp, "Timestamp", {
        "description": "A time in UTC, with milliseconds.",
        "type": "string", "format": "date-time", "examples": ["2026-03-01T11:00:00.000Z"],
    };
    SkillId, "SkillId", { "type": "string", "format": "uuid" };
    VersionId, "VersionId", { "type": "string", "format": "uuid" };
    Visibility, "Visibility", { "type": "string", "enum": ["public", "private"] };
    OrgRole, "OrgRole", { "type": "string", "enum": ["owner", "admin", "member"] };
    Verdict, "Verdict", {
        "type": "string", "enum": ["pass", "pass_with_notes", "flagged", "fail"],
    };
    AuditStatus, "AuditStatus", {
        "type": "string", "enum": ["scanning", "completed", "flagged", "failed", "scan-failed"],
    };
    Stage, "Stage", {
        "type": "string",
        "enum": ["stage0", "stage1", "stage2", "stage3", "stage4", "stage5"],
    };
    StageStatus, "StageStatus", {
        "type": "string", "enum": ["passed", "failed", "errored", "skipped"],
    };
    Severity, "Severity", {
        "type": "string", "enum": ["info", "low", "medium", "high", "critical"],
    };
    Permissions, "Permissions", {
        "description": "What a skill says it needs, as it was sent; nothing where it says nothing.",
        "type": "object",
        "properties": {
            "network": {
                "type": "object",
                "properties": { "outbound": { "$ref": "#/components/schemas/Permissions/$defs/entries" } },
                "additionalProperties": false,
            },
            "filesystem": {
                "type": "object",
                "properties": {
                    "read": { "$ref": "#/components/schemas/Permissions/$defs/entries" },
                    "write": { "$ref": "#/components/schemas/Permissions/$defs/entries" },
                },
                "additionalProperties": false,
            },
            "subprocess": { "type": "boolean" },
        },
        "additionalProperties": false,
        "$defs": {
            "entries": {
                "type": "array", "maxItems": 256, "items": { "type": "string", "maxLength": 512 },
            },
        },
    };
}

/// The bodies of requests: decoded by hand, so that every refusal names its field.
pub(crate) enum StartPublish {}
pub(crate) enum ConfirmPublish {}
pub(crate) enum CreateOrganization {}
pub(crate) enum SetMember {}
pub(crate) enum SetAccess {}
pub(crate) enum ScanUpload {}
pub(crate) enum ScanUrl {}
/// Every refusal and every failure.
pub(crate) enum Error {}
pub(crate) enum Health {}
/// The manifest of a package, `tank.json`.
pub(crate) enum Manifest {}

schemas! {
    StartPublish, "StartPublish", {
        "type": "object",
        "properties": {
            "manifest": { "$ref": "#/components/schemas/Manifest" },
            "readme": { "type": "string", "maxLength": 500_000 },
            "files": { "description": "A hint.", "type": "array", "items": { "type": "string" } },
        },
        "required": ["manifest"],
    };
    ConfirmPublish, "ConfirmPublish", {
        "type": "object",
        "properties": {
            "versionId": { "type": "string", "format": "uuid" },
            "integrity": { "$ref": "#/components/schemas/Integrity" },
            "readme": { "type": "string", "maxLength": 500_000 },
            "fileCount": { "description": "A hint.", "type": "integer" },
            "tarballSize": { "description": "A hint.", "type": "integer" },
        },
        "required": ["versionId", "integrity"],
    };
    CreateOrganization, "CreateOrganization", {
        "type": "object",
        "properties": {
            "name": { "type": "string", "minLength": 1, "maxLength": 100 },
            "slug": { "$ref": "#/components/schemas/OrgSlug" },
        },
        "required": ["name", "slug"],
    };
    SetMember, "SetMember", {
        "description": "Either `userId` or `email` names the user.",
        "type": "object",
        "properties": {
            "userId": { "type": ["string", "null"], "format": "uuid" },
            "email": { "type": ["string", "null"] },
            "role": { "$ref": "#/components/schemas/OrgRole" },
        },
        "required": ["role"],
    };
    SetAccess, "SetAccess", {
        "description": "The whole set; together at most 1000.",
        "type": "object",
        "properties": {
            "userIds": { "type": "array", "items": { "type": "string" } },
            "orgIds": { "type": "array", "items": { "type": "string" } },
        },
        "required": ["userIds", "orgIds"],
    };
    ScanUpload, "ScanUpload", {
        "type": "object",
        "properties": {
            "tarball": {
                "description": "The package, a gzipped tar archive of at most 50 MiB.",
                "type": "string", "contentMediaType": "application/gzip",
            },
            "manifest": {
                "description": "A manifest in JSON; without it the one in the package counts.",
                "type": "string", "contentMediaType": "application/json",
            },
        },
        "required": ["tarball"],
        "additionalProperties": false,
    };
    ScanUrl, "ScanUrl", {
        "type": "object",
        "properties": { "url": { "type": "string", "format": "uri", "maxLength": 2048 } },
        "required": ["url"],
    };
    Error, "Error", {
        "type": "object",
        "properties": {
            "error": { "description": "One sentence, to be shown.", "type": "string" },
            "details": { "description": "What is wrong in particular." },
            "retryAfter": { "description": "Seconds, where a limit is spent.", "type": "integer" },
        },
        "required": ["error"],
    };
    Health, "Health", {
        "type": "object",
        "properties": {
            "status": { "enum": ["ok", "degraded", "error"] },
            "timestamp": { "$ref": "#/components/schemas/Timestamp" },
            "version": { "type": "string" },
            "checks": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "properties": {
                        "status": { "enum": ["healthy", "unhealthy", "enabled", "disabled"] },
                        "latency": { "description": "Milliseconds.", "type": ["integer", "null"] },
                    },
                    "required": ["status", "latency"],
                },
            },
        },
        "required": ["status", "timestamp", "version", "checks"],
    };
    Manifest, "Manifest", {
        "type": "object",
        "properties": {
            "name": { "$ref": "#/components/schemas/SkillName" },
            "version": { "$ref": "#/components/schemas/Version" },
            "description": { "type": "string", "maxLength": 500 },
            "skills": {
                "description": "Dependencies: names and ranges.",
                "type": "object", "additionalProperties": { "type": "string" },
            },
            "permissions": { "$ref": "#/components/schemas/Permissions" },
            "repository": { "type": "string" },
            "visibility": { "$ref": "#/components/schemas/Visibility" },
            "audit": {
                "type": "object",
                "properties": { "min_score": { "type": "number", "minimum": 0, "maximum": 10 } },
                "required": ["min_score"],
                "additionalProperties": false,
            },
            "mcp_server": { "type": "object" },
            "atoms": { "type": "array", "items": { "type": "object" } },
            "includes": { "type": "array", "items": { "type": "string" } },
            "publish": { "type": "object" },
        },
        "required": ["name", "version"],
        "additionalProperties": false,
    };
}
