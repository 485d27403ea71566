//! Which endpoint a path and a method mean: one table.

use std::borrow::Cow;

use http::{HeaderMap, Method};

use super::endpoints;
use super::path::Segments;
use crate::error::Error;

/// What the path calls for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    Endpoint(Endpoint, Params),
}

impl Found {
    /// The endpoint, if it has such a method.
    pub(crate) fn endpoint(&self, method: &Method) -> Option<Endpoint> {
        match self {
            Self::Endpoint(endpoint, _) if endpoint.allows(method) => Some(*endpoint),
            _ => None,
        }
    }

    /// Whether the request costs nothing of any rate limit.
    pub(crate) fn is_exempt(&self) -> bool {
        matches!(self, Self::Endpoint(endpoint, _) if endpoint.row().exempt)
    }
}

/// The parts of a path that are not fixed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Params {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) slug: String,
    pub(crate) member: String,
    /// What follows `/files/`, its segments joined again.
    pub(crate) path: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Health,
    Ready,
    OpenApi,
    Badge,
    Upload,
    Download,
    WhoAmI,
    Search,
    CreateOrg,
    Orgs,
    Org,
    SetMember,
    RemoveMember,
    StartPublish,
    ConfirmPublish,
    Scan,
    Versions,
    VersionScan,
    Files,
    File,
    Stars,
    AddStar,
    RemoveStar,
    Access,
    SetAccess,
    Talk,
    Held,
    RescanMany,
    Rescan,
    RescanVersion,
    Release,
    Version,
    Skill,
}

#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) endpoint: Endpoint,
    /// The operation's name in spans.
    pub(crate) name: &'static str,
    /// `{name}` takes one segment, or two when the first begins with `@` and holds no slash;
    /// `{path…}` takes all that are left, at least one. Rows of one template are the methods of one
    /// path.
    pub(crate) template: &'static str,
    pub(crate) verb: Verb,
    /// Not rate-limited, and never asks who is calling.
    pub(crate) exempt: bool,
    /// 401 without a valid key; other endpoints serve such callers as anonymous.
    pub(crate) needs_identity: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
    Put,
    Delete,
}

impl Verb {
    fn allows(self, method: &Method) -> bool {
        match self {
            Self::Get => method == Method::GET || method == Method::HEAD,
            Self::Post => method == Method::POST,
            Self::Put => method == Method::PUT,
            Self::Delete => method == Method::DELETE,
        }
    }

    /// Its name in a description of the API.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }

    /// Its part of the `Allow` header.
    const fn allow(self) -> &'static str {
        match self {
            Self::Get => "GET, HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

const fn read(endpoint: Endpoint, name: &'static str, template: &'static str) -> Row {
    Row {
        endpoint,
        name,
        template,
        verb: Verb::Get,
        exempt: false,
        needs_identity: false,
    }
}

const fn write(endpoint: Endpoint, name: &'static str, template: &'static str) -> Row {
    Row {
        endpoint,
        name,
        template,
        verb: Verb::Post,
        exempt: false,
        needs_identity: true,
    }
}

const fn delete(endpoint: Endpoint, name: &'static str, template: &'static str) -> Row {
    Row {
        verb: Verb::Delete,
        ..write(endpoint, name, template)
    }
}

const fn known(row: Row) -> Row {
    Row {
        needs_identity: true,
        ..row
    }
}

const fn exempt(row: Row) -> Row {
    Row {
        exempt: true,
        ..row
    }
}

/// No name of a skill, though it stands where names do: a page of the web interface of other servers,
/// which no client asks for.
const NOT_SERVED: &str = "/api/v1/skills/top";

/// The first row that fits is meant: fixed words stand before parameters.
pub(crate) static ROWS: &[Row] = &[
    exempt(read(Endpoint::Health, "health", "/api/health")),
    exempt(read(Endpoint::Health, "health_alias", "/api/v1/health")),
    exempt(read(Endpoint::Ready, "ready", "/api/ready")),
    exempt(read(Endpoint::OpenApi, "openapi", "/api/v1/openapi.json")),
    exempt(read(Endpoint::Badge, "badge", "/api/v1/badge/{name}")),
    Row {
        verb: Verb::Put,
        ..exempt(read(Endpoint::Upload, "upload", "/api/storage/upload"))
    },
    exempt(read(
        Endpoint::Download,
        "download",
        "/api/storage/download",
    )),
    known(read(Endpoint::WhoAmI, "whoami", "/api/v1/auth/whoami")),
    read(Endpoint::Search, "search", "/api/v1/search"),
    known(read(Endpoint::Orgs, "orgs", "/api/v1/orgs")),
    write(Endpoint::CreateOrg, "create_org", "/api/v1/orgs"),
    known(read(Endpoint::Org, "org", "/api/v1/orgs/{slug}")),
    write(
        Endpoint::SetMember,
        "set_member",
        "/api/v1/orgs/{slug}/members",
    ),
    delete(
        Endpoint::RemoveMember,
        "remove_member",
        "/api/v1/orgs/{slug}/members/{memberId}",
    ),
    write(Endpoint::StartPublish, "start_publish", "/api/v1/skills"),
    write(
        Endpoint::ConfirmPublish,
        "confirm_publish",
        "/api/v1/skills/confirm",
    ),
    Row {
        needs_identity: false,
        ..write(Endpoint::Scan, "scan", "/api/v1/scan")
    },
    read(
        Endpoint::Versions,
        "versions",
        "/api/v1/skills/{name}/versions",
    ),
    read(
        Endpoint::VersionScan,
        "version_scan",
        "/api/v1/skills/{name}/{version}/scan",
    ),
    read(
        Endpoint::Files,
        "files",
        "/api/v1/skills/{name}/{version}/files",
    ),
    read(
        Endpoint::File,
        "file",
        "/api/v1/skills/{name}/{version}/files/{path…}",
    ),
    read(Endpoint::Stars, "stars", "/api/v1/skills/{name}/star"),
    write(Endpoint::AddStar, "add_star", "/api/v1/skills/{name}/star"),
    delete(
        Endpoint::RemoveStar,
        "remove_star",
        "/api/v1/skills/{name}/star",
    ),
    known(read(
        Endpoint::Access,
        "access",
        "/api/v1/skills/{name}/access",
    )),
    Row {
        verb: Verb::Put,
        ..write(
            Endpoint::SetAccess,
            "set_access",
            "/api/v1/skills/{name}/access",
        )
    },
    Row {
        needs_identity: false,
        ..write(Endpoint::Talk, "talk", "/api/v1/skills/{name}/talk")
    },
    known(read(Endpoint::Held, "held", "/api/admin/held")),
    write(
        Endpoint::RescanMany,
        "rescan_many",
        "/api/admin/packages/rescan-many",
    ),
    write(
        Endpoint::Rescan,
        "rescan",
        "/api/admin/packages/{name}/rescan",
    ),
    write(
        Endpoint::RescanVersion,
        "rescan_version",
        "/api/admin/packages/{name}/versions/{version}/rescan",
    ),
    write(
        Endpoint::Release,
        "release",
        "/api/admin/packages/{name}/versions/{version}/release",
    ),
    read(
        Endpoint::Version,
        "version",
        "/api/v1/skills/{name}/{version}",
    ),
    read(Endpoint::Skill, "skill", "/api/v1/skills/{name}"),
];

impl Endpoint {
    fn row(self) -> &'static Row {
        // Every endpoint has a row; the first is an answer that needs no unwrapping.
        ROWS.iter()
            .find(|row| row.endpoint == self)
            .unwrap_or(&ROWS[0])
    }

    pub(crate) fn name(self) -> &'static str {
        self.row().name
    }

    /// The `Allow` header of its path.
    pub(crate) fn allow(self) -> String {
        let template = self.row().template;
        let rows = ROWS.iter().filter(|row| row.template == template);
        let verbs = rows.map(|row| row.verb.allow()).chain(["OPTIONS"]);
        verbs.collect::<Vec<_>>().join(", ")
    }

    /// A scan of what is uploaded needs one too, a scan of what lies elsewhere does not.
    pub(crate) fn needs_identity(self, headers: &HeaderMap) -> bool {
        self.row().needs_identity || (self == Self::Scan && endpoints::is_multipart(headers))
    }

    /// The refusal of callers without an identity, where one is needed.
    pub(crate) fn unauthorized(self) -> Error {
        match self {
            Self::AddStar | Self::RemoveStar => Error::AuthenticationRequired,
            Self::Held | Self::RescanMany | Self::Rescan | Self::RescanVersion | Self::Release => {
                Error::AdministratorsOnly
            }
            _ => Error::Unauthorized,
        }
    }

    pub(crate) fn allows(self, method: &Method) -> bool {
        self.row().verb.allows(method)
    }
}

/// The endpoint of a path and a method; where the path has none for the method, another one of the
/// same path.
pub(crate) fn find(segments: &Segments<'_>, method: &Method) -> Found {
    if fit(NOT_SERVED, segments.as_slice()).is_some() {
        return Found::Nothing;
    }
    let fitting = ROWS
        .iter()
        .find_map(|row| Some((row, fit(row.template, segments.as_slice())?)));
    let Some((first, places)) = fitting else {
        return Found::Nothing;
    };
    let mut rows = ROWS.iter().filter(|row| row.template == first.template);
    let row = rows.find(|row| row.verb.allows(method)).unwrap_or(first);
    Found::Endpoint(row.endpoint, places.into())
}

/// Whether a path leads to the files of a version.
pub(crate) fn is_below_files(segments: &Segments<'_>) -> bool {
    matches!(
        find(segments, &Method::GET),
        Found::Endpoint(Endpoint::Files | Endpoint::File, _)
    )
}

/// Where in a path its parameters stand.
#[derive(Default)]
struct Places<'a> {
    name: [Option<&'a str>; 2],
    version: &'a str,
    slug: &'a str,
    member: &'a str,
    path: &'a [Cow<'a, str>],
}

impl From<Places<'_>> for Params {
    fn from(places: Places<'_>) -> Self {
        Self {
            name: match places.name {
                [Some(scope), Some(base)] => format!("{scope}/{base}"),
                [name, _] => name.unwrap_or_default().to_owned(),
            },
            version: places.version.to_owned(),
            slug: places.slug.to_owned(),
            member: places.member.to_owned(),
            path: places.path.join("/"),
        }
    }
}

fn fit<'a>(template: &str, mut segments: &'a [Cow<'a, str>]) -> Option<Places<'a>> {
    let mut places = Places::default();
    for part in template.split('/').skip(1) {
        let (first, rest) = segments.split_first()?;
        if part == "{path…}" {
            places.path = segments;
            return Some(places);
        }
        segments = rest;
        match part {
            "{name}" => {
                places.name[0] = Some(first);
                if first.starts_with('@') && !first.contains('/') {
                    let (second, rest) = segments.split_first()?;
                    segments = rest;
                    places.name[1] = Some(second);
                }
            }
            "{version}" => places.version = first,
            "{slug}" => places.slug = first,
            "{memberId}" => places.member = first,
            fixed if fixed == first => {}
            _ => return None,
        }
    }
    segments.is_empty().then_some(places)
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    use proptest::prelude::*;

    use super::*;
    use crate::http::path::segments;

    fn found(raw: &str) -> Option<(Endpoint, String, String)> {
        match find(&segments(raw).unwrap(), &Method::GET) {
            Found::Nothing => None,
            Found::Endpoint(endpoint, params) => Some((endpoint, params.name, params.version)),
        }
    }

    #[test]
    fn a_scoped_name_is_one_segment_or_two() {
        for name in [
            "%40acme%2Ftools",
            "@acme/tools",
            "%40acme/tools",
            "@acme%2Ftools",
        ] {
            let (name, none) = (format!("/api/v1/skills/{name}"), String::new());
            let tools = || "@acme/tools".to_owned();
            assert_eq!(found(&name), Some((Endpoint::Skill, tools(), none.clone())));
            let versions = found(&format!("{name}/versions/"));
            assert_eq!(versions, Some((Endpoint::Versions, tools(), none)));
            let version = found(&format!("{name}/1.0.0+b"));
            assert_eq!(
                version,
                Some((Endpoint::Version, tools(), "1.0.0+b".to_owned()))
            );
        }
    }

    proptest! {
        #[test]
        fn the_path_of_a_file_is_what_follows_files_decoded_once(
            parts in proptest::collection::vec("\\PC{1,8}|files|%41|\\.\\.|/", 1..5),
            name in "tools|@acme/tools|@acme%2Ftools",
        ) {
            let encoded = parts.iter().map(|part| utf8_percent_encode(part, NON_ALPHANUMERIC));
            let raw = encoded.fold(format!("/api/v1/skills/{name}/1.0.0/files"), |raw, part| format!("{raw}/{part}"));
            let Found::Endpoint(endpoint, params) = find(&segments(&raw).unwrap(), &Method::GET) else {
                panic!("{raw}")
            };
            prop_assert_eq!(endpoint, Endpoint::File);
            prop_assert_eq!(params.path, parts.join("/"));
            prop_assert_eq!(params.version, "1.0.0");
            prop_assert!(params.name.ends_with("tools"));
        }
    }

    #[test]
    fn fixed_words_come_before_parameters() {
        let endpoint = |raw| found(raw).map(|found| found.0);
        assert_eq!(
            endpoint("/api/v1/skills/confirm"),
            Some(Endpoint::ConfirmPublish)
        );
        assert_eq!(endpoint("//api/v1/skills"), Some(Endpoint::StartPublish));
        assert_eq!(
            endpoint("/api/v1/skills/tools/versions"),
            Some(Endpoint::Versions)
        );
        for raw in [
            "/",
            "/api",
            "/api/v1",
            "/api/v1/skills/@acme",
            "/api//v1/skills",
            "/x/api/v1/skills",
        ] {
            assert_eq!(endpoint(raw), None, "{raw}");
        }
    }
}
