//! Files that list what a program needs.

use serde_json::Value;
use toml::Table;

use super::{Ecosystem, Package, Source, split_name};
use crate::document::Document;
use crate::finding::Place;

/// Packages of one file that are looked at.
const PACKAGES: usize = 2_000;

/// A package that a file lists, and where.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) package: Package,
    pub(super) place: Place,
    /// The version as it is written; empty where there is none.
    pub(super) range: String,
}

/// What a file lists; empty for files that list nothing.
pub(super) fn find(file: usize, document: &Document) -> Vec<Listed> {
    let Some(content) = document.content.as_deref() else {
        return Vec::new();
    };
    let name = document.name().to_ascii_lowercase();
    let mut listed: Vec<(Ecosystem, String, String)> = Vec::new();
    let requirements = name.strip_prefix("requirements");
    let listed_by_line = requirements
        .and_then(|rest| rest.rsplit_once('.'))
        .is_some_and(|(_, extension)| matches!(extension, "txt" | "in"));
    if listed_by_line {
        listed.extend(content.lines().filter_map(requirement));
    }
    match &*name {
        "pyproject.toml" | "cargo.toml" => {
            if let Ok(table) = content.parse::<Table>() {
                project(&table, &mut listed);
                cargo(&table, &mut listed);
            }
        }
        "package.json" => {
            if let Ok(value) = serde_json::from_str::<Value>(content) {
                node(&value, &mut listed);
            }
        }
        _ => {}
    }
    listed.extend(inline_script(content));
    listed.truncate(PACKAGES);
    listed
        .into_iter()
        .map(|(ecosystem, name, range)| {
            let line = line_of(content, &name);
            let url =
                range.contains("://") || range.starts_with("git") || is_forge(ecosystem, &range);
            let pinned = range.trim_start_matches(['=', ' ', 'v']);
            let version = (range.starts_with("==")
                || ecosystem != Ecosystem::Pypi
                    && pinned.starts_with(|c: char| c.is_ascii_digit()))
            .then(|| pinned.to_owned());
            let source = if url { Source::Url } else { Source::Registry };
            Listed {
                package: Package::new(ecosystem, &name, version.as_deref(), source),
                place: Place { file, line },
                range,
            }
        })
        .collect()
}

/// `owner/name` on a forge, as npm understands it.
fn is_forge(ecosystem: Ecosystem, range: &str) -> bool {
    ecosystem == Ecosystem::Npm
        && range.matches('/').count() == 1
        && !range.contains(':')
        && !range.starts_with(['.', '/', '~', '@'])
}

fn line_of(content: &str, name: &str) -> u32 {
    let at = memchr::memmem::find(content.as_bytes(), name.as_bytes()).unwrap_or(0);
    let before = memchr::memchr_iter(b'\n', &content.as_bytes()[..at]).count();
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

/// A line of `requirements.txt`, or a dependency as PEP 508 writes it.
fn requirement(line: &str) -> Option<(Ecosystem, String, String)> {
    let line = line.split(" #").next().unwrap_or(line).trim();
    if line.is_empty() || line.starts_with(['#', '-', '.', '/']) {
        return None;
    }
    if let Some((name, url)) = line.split_once('@').filter(|(_, url)| url.contains("://")) {
        return Some((
            Ecosystem::Pypi,
            base(name.trim()).to_owned(),
            url.trim().to_owned(),
        ));
    }
    if line.contains("://") {
        return Some((Ecosystem::Pypi, line.to_owned(), line.to_owned()));
    }
    let line = line.split(';').next().unwrap_or(line);
    let (name, _) = split_name(Ecosystem::Pypi, line);
    let range = line.get(name.len()..).unwrap_or_default();
    let range = range.split_once(']').map_or(range, |(_, range)| range);
    Some((
        Ecosystem::Pypi,
        name.trim().to_owned(),
        range.trim().to_owned(),
    ))
    .filter(|(_, name, _)| !name.is_empty())
}

fn base(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}

fn project(table: &Table, listed: &mut Vec<(Ecosystem, String, String)>) {
    let project = table.get("project");
    let mut lists: Vec<&toml::Value> = Vec::new();
    lists.extend(project.and_then(|project| project.get("dependencies")));
    lists.extend(
        table
            .get("build-system")
            .and_then(|build| build.get("requires")),
    );
    let groups = [
        project.and_then(|project| project.get("optional-dependencies")),
        table.get("dependency-groups"),
    ];
    for group in groups
        .into_iter()
        .flatten()
        .filter_map(|group| group.as_table())
    {
        lists.extend(group.values());
    }
    for list in lists.into_iter().filter_map(|list| list.as_array()) {
        listed.extend(list.iter().filter_map(|item| requirement(item.as_str()?)));
    }
    let poetry = table
        .get("tool")
        .and_then(|tool| tool.get("poetry")?.get("dependencies")?.as_table());
    for (name, range) in poetry.into_iter().flatten() {
        if name != "python" {
            listed.push((Ecosystem::Pypi, name.clone(), toml_range(range)));
        }
    }
}

fn toml_range(value: &toml::Value) -> String {
    let field = |name| value.get(name).and_then(toml::Value::as_str);
    value
        .as_str()
        .or_else(|| field("git"))
        .or_else(|| field("url"))
        .or_else(|| field("version"))
        .unwrap_or_default()
        .to_owned()
}

fn cargo(table: &Table, listed: &mut Vec<(Ecosystem, String, String)>) {
    for kind in ["dependencies", "build-dependencies", "dev-dependencies"] {
        let entries = table.get(kind).and_then(toml::Value::as_table);
        for (name, value) in entries.into_iter().flatten() {
            if value.get("path").is_none() && value.get("workspace").is_none() {
                let package = value.get("package").and_then(toml::Value::as_str);
                let name = package.unwrap_or(name).to_owned();
                listed.push((Ecosystem::Crates, name, toml_range(value)));
            }
        }
    }
}

fn node(value: &Value, listed: &mut Vec<(Ecosystem, String, String)>) {
    for kind in [
        "dependencies",
        "devDependencies",
        "optionalDependencies",
        "peerDependencies",
    ] {
        let entries = value.get(kind).and_then(Value::as_object);
        for (name, range) in entries.into_iter().flatten() {
            let range = range.as_str().unwrap_or_default();
            // `npm:name@range` installs another name.
            let (name, range) = match range.strip_prefix("npm:") {
                Some(alias) => split_name(Ecosystem::Npm, alias),
                None => (name.as_str(), Some(range)),
            };
            let local = range.is_some_and(|range| {
                ["file:", "link:", "workspace:", "portal:"]
                    .iter()
                    .any(|kind| range.starts_with(kind))
            });
            if !local {
                listed.push((
                    Ecosystem::Npm,
                    name.to_owned(),
                    range.unwrap_or_default().to_owned(),
                ));
            }
        }
    }
}

/// What a script says it needs: `# /// script`.
fn inline_script(content: &str) -> Vec<(Ecosystem, String, String)> {
    let Some(start) = memchr::memmem::find(content.as_bytes(), b"# /// script") else {
        return Vec::new();
    };
    let block: Vec<&str> = content[start..]
        .lines()
        .skip(1)
        .take(200)
        .take_while(|line| line.starts_with('#') && line.trim_end() != "# ///")
        .map(|line| line.trim_start_matches('#'))
        .collect();
    let Ok(table) = block.join("\n").parse::<Table>() else {
        return Vec::new();
    };
    let list = table.get("dependencies").and_then(|list| list.as_array());
    list.into_iter()
        .flatten()
        .filter_map(|item| requirement(item.as_str()?))
        .collect()
}
