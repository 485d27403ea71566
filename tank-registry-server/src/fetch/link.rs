//! What a URL means: pages that people copy stand for the bytes behind them.

use percent_encoding::percent_decode_str;
use tank_registry_core::scan::FetchError;
use url::Url;

/// Where bytes are, and how to read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) url: Url,
    pub(super) leads_to: LeadsTo,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LeadsTo {
    /// An archive; a folder below its top one, if one is named.
    Archive { folder: Option<String> },
    /// What the bytes themselves say: an archive or a text.
    Either,
    /// A document that names the archive of a version.
    NpmVersion,
}

impl Link {
    /// Reads a URL. Whether its host may be asked is not decided here.
    pub(super) fn read(url: &Url) -> Result<Self, FetchError> {
        let segments: Vec<&str> = url
            .path_segments()
            .ok_or(FetchError::NotASkill)?
            .filter(|segment| !segment.is_empty())
            .collect();
        match url.host_str() {
            Some("github.com" | "www.github.com") => github(url, &segments),
            Some("npmjs.com" | "www.npmjs.com" | "npmjs.org" | "www.npmjs.org") => {
                let Some((&"package", name)) = segments.split_first() else {
                    return Err(FetchError::NotASkill);
                };
                npm(name)
            }
            Some("registry.npmjs.org") if !has_extension(url, ".tgz") => npm(&segments),
            _ => Ok(Self::to(url.clone(), LeadsTo::Either)),
        }
    }

    fn to(url: Url, leads_to: LeadsTo) -> Self {
        Self { url, leads_to }
    }
}

fn github(url: &Url, segments: &[&str]) -> Result<Link, FetchError> {
    let (owner, repository, rest) = match segments {
        [owner, repository, rest @ ..] => (*owner, *repository, rest),
        _ => return Err(FetchError::NotASkill),
    };
    let repository = repository.strip_suffix(".git").unwrap_or(repository);
    let archive = |reference: &str, folder: Option<String>| {
        let url = format!("https://codeload.github.com/{owner}/{repository}/tar.gz/{reference}");
        Ok(Link::to(parsed(&url)?, LeadsTo::Archive { folder }))
    };
    match rest {
        [] => archive("HEAD", None),
        ["tree", reference] => archive(reference, None),
        ["tree", reference, folder @ ..] => archive(reference, Some(decoded(folder)?)),
        ["blob" | "raw", reference, path @ ..] if !path.is_empty() => {
            let path = path.join("/");
            let raw = "https://raw.githubusercontent.com";
            let url = format!("{raw}/{owner}/{repository}/{reference}/{path}");
            Ok(Link::to(parsed(&url)?, LeadsTo::Either))
        }
        ["archive" | "releases", ..] => {
            Ok(Link::to(url.clone(), LeadsTo::Archive { folder: None }))
        }
        _ => Err(FetchError::NotASkill),
    }
}

/// `NAME`, `NAME/VERSION` or `NAME/v/VERSION`, where a name may be `@scope/name`.
fn npm(segments: &[&str]) -> Result<Link, FetchError> {
    let (name, rest) = match segments {
        [scope, name, rest @ ..] if scope.starts_with('@') && !scope.contains('%') => {
            (format!("{scope}%2f{name}"), rest)
        }
        [name, rest @ ..] => ((*name).to_owned(), rest),
        [] => return Err(FetchError::NotASkill),
    };
    let version = match rest {
        [] => "latest",
        [version] | ["v", version] => version,
        _ => return Err(FetchError::NotASkill),
    };
    let url = format!("https://registry.npmjs.org/{name}/{version}");
    Ok(Link::to(parsed(&url)?, LeadsTo::NpmVersion))
}

fn parsed(url: &str) -> Result<Url, FetchError> {
    Url::parse(url).map_err(|_| FetchError::NotASkill)
}

/// A path with its segments decoded.
fn decoded(segments: &[&str]) -> Result<String, FetchError> {
    percent_decode_str(&segments.join("/"))
        .decode_utf8()
        .map(Into::into)
        .map_err(|_| FetchError::NotASkill)
}

fn has_extension(url: &Url, extension: &str) -> bool {
    url.path().to_ascii_lowercase().ends_with(extension)
}

/// The name of the file that a URL ends with.
pub(super) fn file_name(url: &Url) -> Result<String, FetchError> {
    let last = url.path_segments().and_then(Iterator::last);
    let name = decoded(&[last.unwrap_or_default()])?;
    let is_name = !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\']);
    is_name.then_some(name).ok_or(FetchError::NotASkill)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Option<(String, LeadsTo)> {
        let link = Link::read(&Url::parse(url).unwrap()).ok()?;
        Some((link.url.into(), link.leads_to))
    }

    fn archive(folder: Option<&str>) -> LeadsTo {
        LeadsTo::Archive {
            folder: folder.map(ToOwned::to_owned),
        }
    }

    #[test]
    fn pages_of_a_repository_stand_for_its_archive_or_a_file_of_it() {
        let tar = "https://codeload.github.com/acme/tools/tar.gz";
        let raw = "https://raw.githubusercontent.com/acme/tools";
        for (path, expected, leads_to) in [
            ("", format!("{tar}/HEAD"), archive(None)),
            ("/", format!("{tar}/HEAD"), archive(None)),
            (".git", format!("{tar}/HEAD"), archive(None)),
            ("?tab=readme#x", format!("{tar}/HEAD"), archive(None)),
            ("/tree/v1.0", format!("{tar}/v1.0"), archive(None)),
            (
                "/tree/main/skills/a%20b/",
                format!("{tar}/main"),
                archive(Some("skills/a b")),
            ),
            (
                "/blob/main/a/SKILL.md",
                format!("{raw}/main/a/SKILL.md"),
                LeadsTo::Either,
            ),
        ] {
            let url = format!("https://github.com/acme/tools{path}");
            assert_eq!(read(&url), Some((expected, leads_to)), "{url}");
        }
        for none in ["", "/acme", "/acme/tools/issues/1", "/acme/tools/blob/main"] {
            assert_eq!(read(&format!("https://github.com{none}")), None, "{none}");
        }
    }

    #[test]
    fn packages_of_npm_stand_for_the_document_of_a_version() {
        let registry = "https://registry.npmjs.org";
        for (url, expected) in [
            ("https://www.npmjs.com/package/tools", "/tools/latest"),
            ("https://npmjs.com/package/tools/v/1.0.0", "/tools/1.0.0"),
            ("https://www.npmjs.com/package/@a/b", "/@a%2fb/latest"),
            ("https://registry.npmjs.org/@a/b/2.0.0", "/@a%2fb/2.0.0"),
            ("https://registry.npmjs.org/@a%2fb", "/@a%2fb/latest"),
            ("https://registry.npmjs.org/tools", "/tools/latest"),
        ] {
            let expected = (format!("{registry}{expected}"), LeadsTo::NpmVersion);
            assert_eq!(read(url), Some(expected), "{url}");
        }
        let tarball = "https://registry.npmjs.org/tools/-/tools-1.0.0.tgz";
        assert_eq!(read(tarball), Some((tarball.to_owned(), LeadsTo::Either)));
        assert_eq!(read("https://www.npmjs.com/search"), None);
    }

    #[test]
    fn other_urls_stand_for_themselves() {
        let url = "https://skills.sh/a/b?c=d";
        assert_eq!(read(url), Some((url.to_owned(), LeadsTo::Either)));
        assert_eq!(read("data:text/plain,x"), None);
    }

    #[test]
    fn a_file_has_the_last_segment_for_its_name() {
        let name = |url: &str| file_name(&Url::parse(url).unwrap()).ok();
        assert_eq!(
            name("https://a.org/b/SKILL%20x.md").as_deref(),
            Some("SKILL x.md")
        );
        for none in [
            "https://a.org",
            "https://a.org/b/",
            "https://a.org/a%2Fb",
            "https://a.org/%FF",
        ] {
            assert_eq!(name(none), None, "{none}");
        }
    }
}
