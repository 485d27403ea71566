//! Which endpoint a path and a method mean: one table.

use http::Method;

use super::path::Segments;

/// What the path calls for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    Endpoint(Endpoint, Params),
}

impl Found {
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Health,
    Ready,
    Upload,
    Download,
    WhoAmI,
    Search,
    StartPublish,
    ConfirmPublish,
    Versions,
    Version,
    Skill,
}

#[derive(Clone, Copy)]
struct Row {
    endpoint: Endpoint,
    /// The operation's name in spans.
    name: &'static str,
    /// `{name}` takes one segment, or two when the first begins with `@` and holds no slash.
    template: &'static str,
    verb: Verb,
    /// Not rate-limited, and never asks who is calling.
    exempt: bool,
    /// 401 without a valid key; other endpoints serve such callers as anonymous.
    needs_identity: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
    Put,
}

impl Verb {
    fn allows(self, method: &Method) -> bool {
        match self {
            Self::Get => method == Method::GET || method == Method::HEAD,
            Self::Post => method == Method::POST,
            Self::Put => method == Method::PUT,
        }
    }

    /// The `Allow` header.
    const fn allow(self) -> &'static str {
        match self {
            Self::Get => "GET, HEAD, OPTIONS",
            Self::Post => "POST, OPTIONS",
            Self::Put => "PUT, OPTIONS",
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

const fn exempt(row: Row) -> Row {
    Row {
        exempt: true,
        ..row
    }
}

/// The first row that fits is meant: fixed words stand before parameters.
static ROWS: [Row; 12] = [
    exempt(read(Endpoint::Health, "health", "/api/health")),
    exempt(read(Endpoint::Health, "health", "/api/v1/health")),
    exempt(read(Endpoint::Ready, "ready", "/api/ready")),
    Row {
        verb: Verb::Put,
        ..exempt(read(Endpoint::Upload, "upload", "/api/storage/upload"))
    },
    exempt(read(
        Endpoint::Download,
        "download",
        "/api/storage/download",
    )),
    Row {
        needs_identity: true,
        ..read(Endpoint::WhoAmI, "whoami", "/api/v1/auth/whoami")
    },
    read(Endpoint::Search, "search", "/api/v1/search"),
    write(Endpoint::StartPublish, "start_publish", "/api/v1/skills"),
    write(
        Endpoint::ConfirmPublish,
        "confirm_publish",
        "/api/v1/skills/confirm",
    ),
    read(
        Endpoint::Versions,
        "versions",
        "/api/v1/skills/{name}/versions",
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

    pub(crate) fn allow(self) -> &'static str {
        self.row().verb.allow()
    }

    pub(crate) fn needs_identity(self) -> bool {
        self.row().needs_identity
    }

    pub(crate) fn allows(self, method: &Method) -> bool {
        self.row().verb.allows(method)
    }
}

pub(crate) fn find(segments: &Segments) -> Found {
    ROWS.iter()
        .find_map(|row| {
            let params = fit(row.template, segments.as_slice())?;
            Some(Found::Endpoint(row.endpoint, params))
        })
        .unwrap_or(Found::Nothing)
}

fn fit(template: &str, mut segments: &[String]) -> Option<Params> {
    let mut params = Params::default();
    for part in template.split('/').skip(1) {
        let (first, rest) = segments.split_first()?;
        segments = rest;
        match part {
            "{name}" => {
                params.name.clone_from(first);
                if first.starts_with('@') && !first.contains('/') {
                    let (second, rest) = segments.split_first()?;
                    segments = rest;
                    params.name = format!("{first}/{second}");
                }
            }
            "{version}" => params.version.clone_from(first),
            fixed if fixed == first => {}
            _ => return None,
        }
    }
    segments.is_empty().then_some(params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::path::segments;

    fn found(raw: &str) -> Option<(Endpoint, String, String)> {
        match find(&segments(raw).unwrap()) {
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
