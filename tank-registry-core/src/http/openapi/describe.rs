//! What the table of routes does not say of an endpoint.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::http::route::Endpoint;
use crate::http::{schema, wire};
use crate::ops::Page;
use crate::scan::ScanResponse;

/// An endpoint in words and types. Answers and errors are given by status; those that any endpoint
/// may have are added by who reads this.
pub(super) struct Description {
    pub(super) summary: &'static str,
    pub(super) query: Vec<Value>,
    pub(super) body: Option<Content>,
    pub(super) answers: Vec<(u16, &'static str, Content)>,
    pub(super) errors: Vec<(u16, &'static str)>,
}

pub(super) enum Content {
    None,
    Json(Schema),
    /// One of these media types, with its schema.
    Either([(&'static str, Schema); 2]),
    /// Bytes of these media types.
    Raw(&'static [&'static str]),
}

impl Description {
    fn new(summary: &'static str) -> Self {
        Self {
            summary,
            query: Vec::new(),
            body: None,
            answers: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// The answer where all is well.
    fn answers<T: JsonSchema>(self, schemas: &mut SchemaGenerator) -> Self {
        let schema = schemas.subschema_for::<T>();
        self.answer(200, "Done.", Content::Json(schema))
    }

    fn answer(mut self, status: u16, description: &'static str, content: Content) -> Self {
        self.answers.push((status, description, content));
        self
    }

    /// The body of the request, with the refusals that any JSON body may meet.
    fn takes<T: JsonSchema>(mut self, schemas: &mut SchemaGenerator) -> Self {
        self.body = Some(Content::Json(schemas.subschema_for::<T>()));
        self.error(408, "Request timeout: the body stalled.")
            .error(413, "Request body too large.")
            .error(415, "The body is no JSON.")
    }

    fn query(mut self, name: &str, required: bool, description: &str, schema: &Value) -> Self {
        self.query.push(json!({
            "name": name, "in": "query", "required": required, "description": description,
            "schema": schema,
        }));
        self
    }

    /// `page` and `limit`.
    fn paged(self) -> Self {
        let standard = Page::default();
        let page = json!({ "type": "integer", "minimum": 1, "default": standard.number });
        let limit = json!({
            "type": "integer", "minimum": 1, "maximum": Page::MAX_LIMIT, "default": standard.limit,
        });
        self.query("page", false, "Which page, from 1.", &page)
            .query("limit", false, "How many a page holds.", &limit)
            .error(400, "Invalid query parameters.")
    }

    /// The token of a signed link.
    fn signed(self) -> Self {
        self.query("t", true, "The link's token.", &json!({ "type": "string" }))
            .error(400, "Missing parameters.")
            .error(403, "Invalid or expired token.")
    }

    /// Not sent again to who has it.
    fn kept(self) -> Self {
        self.answer(304, "As the caller has it.", Content::None)
    }

    fn error(mut self, status: u16, description: &'static str) -> Self {
        self.errors.push((status, description));
        self
    }
}

const PATH: &str = "Invalid path encoding.";
const SKILL: &str = "Skill not found; also where the caller may not see it.";
const VERSION: &str = "Skill not found, or version not found for it.";
const SCOPE: &str = "The key lacks the scope skills:publish.";
const CHANGES_ORG: &str = "The key lacks the scope skills:publish; a member without the right; organizations are managed \
     elsewhere.";

/// Nothing of administration, which the document leaves out.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn describe(endpoint: Endpoint, schemas: &mut SchemaGenerator) -> Option<Description> {
    let new = Description::new;
    Some(match endpoint {
        Endpoint::Held
        | Endpoint::RescanMany
        | Endpoint::Rescan
        | Endpoint::RescanVersion
        | Endpoint::Release => return None,
        Endpoint::Health => new("Whether the registry works")
            .answers::<schema::Health>(schemas)
            .answer(
                503,
                "It does not.",
                Content::Json(schemas.subschema_for::<schema::Health>()),
            ),
        Endpoint::Ready => new("Whether the registry should be sent requests")
            .answers::<schema::Health>(schemas)
            .answer(
                503,
                "It should not.",
                Content::Json(schemas.subschema_for::<schema::Health>()),
            ),
        Endpoint::OpenApi => new("This document")
            .answer(200, "Done.", Content::Raw(&["application/json"]))
            .kept(),
        Endpoint::Badge => new("A picture of a skill's standing, for everyone alike")
            .query(
                "type",
                false,
                "What it tells.",
                &json!({ "enum": ["verdict", "score", "deps"], "default": "verdict" }),
            )
            .answer(
                200,
                "Also where there is no such skill.",
                Content::Raw(&["image/svg+xml"]),
            )
            .error(400, PATH),
        Endpoint::Upload => {
            let mut upload = new("Sends a package to the link of a started publish").signed();
            upload.body = Some(Content::Raw(&[
                "application/octet-stream",
                "application/gzip",
            ]));
            upload
                .answer(
                    200,
                    "The bytes are there.",
                    Content::Json(schemars::json_schema!({
                        "type": "object",
                        "properties": { "ok": { "const": true } },
                        "required": ["ok"],
                    })),
                )
                .error(408, "Request timeout: the body stalled.")
                .error(409, "Upload is closed.")
                .error(413, "Request body too large.")
                .error(429, "Too many bytes in open uploads.")
        }
        Endpoint::Download => new("A package, exactly as it was uploaded")
            .signed()
            .answer(200, "All of it.", Content::Raw(&["application/gzip"]))
            .answer(206, "A part of it.", Content::Raw(&["application/gzip"]))
            .kept()
            .error(404, "File not found.")
            .error(416, "Range not satisfiable."),
        Endpoint::WhoAmI => new("Whose key it is").answers::<wire::WhoAmI<'_>>(schemas),
        Endpoint::CreateOrg => new("Creates an organization, owned by the caller")
            .takes::<schema::CreateOrganization>(schemas)
            .answers::<wire::Organization<'_>>(schemas)
            .error(400, "The slug or the name is none.")
            .error(403, CHANGES_ORG)
            .error(409, "The organization already exists."),
        Endpoint::Orgs => new("The caller's organizations")
            .paged()
            .answers::<wire::Organizations<'_>>(schemas)
            .error(403, SCOPE),
        Endpoint::Org => new("An organization with its members, for members")
            .paged()
            .answers::<wire::OrganizationDetail<'_>>(schemas)
            .error(403, SCOPE)
            .error(404, "Organization not found."),
        Endpoint::SetMember => new("Adds a member, or gives one another role")
            .takes::<schema::SetMember>(schemas)
            .answers::<wire::OrganizationMember<'_>>(schemas)
            .error(400, "A field is wrong, or it is the last owner's role.")
            .error(403, CHANGES_ORG)
            .error(404, "Organization not found, or no one such user."),
        Endpoint::RemoveMember => new("Removes a member")
            .answers::<wire::Done>(schemas)
            .error(400, "The last owner stays.")
            .error(403, CHANGES_ORG)
            .error(404, "Organization or member not found."),
        Endpoint::Search => new("Finds skills that the caller may read")
            .query(
                "q",
                false,
                "Words, or a part of a name; without it all skills are listed.",
                &json!({ "type": "string", "maxLength": 256 }),
            )
            .paged()
            .query(
                "sort",
                false,
                "The order, instead of the best match first.",
                &json!({ "enum": ["updated", "downloads", "stars", "score", "name"] }),
            )
            .query(
                "visibility",
                false,
                "Only these.",
                &json!({ "enum": ["public", "private"] }),
            )
            .query(
                "security",
                false,
                "Only those whose latest version has this verdict.",
                &json!({ "enum": ["pass", "pass_with_notes", "flagged", "fail"] }),
            )
            .query(
                "freshness",
                false,
                "Only those updated within this time.",
                &json!({ "enum": ["week", "month", "year"] }),
            )
            .query(
                "docs",
                false,
                "With 1, only those with a readme.",
                &json!({ "enum": ["1"] }),
            )
            .query(
                "atomKind",
                false,
                "Only those with an atom of this kind.",
                &json!({ "type": "string" }),
            )
            .answers::<wire::Search<'_>>(schemas),
        Endpoint::Scan => {
            let mut scan = new("Scans a package that is sent, or that a URL leads to");
            scan.body = Some(Content::Either([
                (
                    "multipart/form-data",
                    schemas.subschema_for::<schema::ScanUpload>(),
                ),
                (
                    "application/json",
                    schemas.subschema_for::<schema::ScanUrl>(),
                ),
            ]));
            scan.answers::<ScanResponse<'_>>(schemas)
                .error(400, "A field is missing or wrong, or the URL is refused.")
                .error(401, "What is sent is scanned only for callers with a key.")
                .error(408, "Request timeout: the body stalled.")
                .error(413, "The package is too large.")
                .error(415, "The body is neither a form nor JSON.")
                .error(502, "The scanner failed, or the URL cannot be fetched.")
                .error(503, "Scanner service not configured.")
                .error(504, "The scan took too long.")
        }
        Endpoint::VersionScan => new("What the scan of a version found")
            .answers::<wire::VersionScan<'_>>(schemas)
            .kept()
            .error(400, PATH)
            .error(404, "Skill, version or scan not found."),
        Endpoint::StartPublish => new("Begins to publish a version")
            .takes::<schema::StartPublish>(schemas)
            .answers::<wire::PublishStarted>(schemas)
            .error(
                400,
                "The manifest is invalid, or asks for more than its version number allows.",
            )
            .error(
                403,
                "The scope is missing, or the caller may not publish under the name.",
            )
            .error(404, "The organization in the name does not exist.")
            .error(409, "The version already exists.")
            .error(429, "A limit is spent, or too many uploads are open."),
        Endpoint::ConfirmPublish => new("Finishes a publish whose package was sent")
            .takes::<schema::ConfirmPublish>(schemas)
            .answers::<wire::PublishConfirmed<'_>>(schemas)
            .error(
                400,
                "A field is wrong, or the package is not what was declared.",
            )
            .error(
                403,
                "The scope is missing, or the caller may not publish under the name.",
            )
            .error(404, "No such upload of the caller's.")
            .error(409, "The version already exists."),
        Endpoint::Versions => new("All versions of a skill, the newest first")
            .answers::<wire::Versions<'_>>(schemas)
            .kept()
            .error(400, PATH)
            .error(404, SKILL),
        Endpoint::Files => new("The paths of a version's files")
            .answers::<wire::Files<'_>>(schemas)
            .kept()
            .error(400, PATH)
            .error(404, VERSION),
        Endpoint::File => new("One file of a version")
            .answer(
                200,
                "Its bytes.",
                Content::Raw(&["text/plain; charset=utf-8", "application/octet-stream"]),
            )
            .kept()
            .error(400, "Invalid file path, or encoding of it.")
            .error(404, "Skill, version or file not found.")
            .error(413, "File too large to serve: more than 10 MiB."),
        Endpoint::Stars => new("A skill's stars")
            .answers::<wire::Stars>(schemas)
            .error(400, PATH)
            .error(404, SKILL),
        Endpoint::AddStar => new("Stars a skill")
            .answers::<wire::StarSet>(schemas)
            .error(400, PATH)
            .error(403, "Read only as an administrator.")
            .error(404, SKILL),
        Endpoint::RemoveStar => new("Takes a star back")
            .answers::<wire::StarSet>(schemas)
            .error(400, PATH)
            .error(403, "Read only as an administrator.")
            .error(404, SKILL),
        Endpoint::Access => new("Who else may read a private skill")
            .answers::<wire::Access>(schemas)
            .error(400, PATH)
            .error(403, SCOPE)
            .error(
                404,
                "Skill not found; also where the caller may not change it.",
            ),
        Endpoint::SetAccess => new("Sets who else may read a private skill")
            .takes::<schema::SetAccess>(schemas)
            .answers::<wire::Access>(schemas)
            .error(400, "A field is wrong, or names what does not exist.")
            .error(403, SCOPE)
            .error(
                404,
                "Skill not found; also where the caller may not change it.",
            ),
        Endpoint::Talk => new("Talks to a package, which nobody answers for here")
            .error(400, PATH)
            .error(404, SKILL)
            .error(503, "Talk to package feature is not configured."),
        Endpoint::Version => new("One version, with the link of its package")
            .answers::<wire::VersionDetail<'_>>(schemas)
            .kept()
            .error(400, PATH)
            .error(404, VERSION),
        Endpoint::Skill => new("A skill and its latest version")
            .answers::<wire::Skill<'_>>(schemas)
            .kept()
            .error(400, PATH)
            .error(404, SKILL),
    })
}
