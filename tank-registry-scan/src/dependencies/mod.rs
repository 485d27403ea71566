//! What a skill installs: from files that list it, and by commands in text and code.

mod commands;
mod confusion;
mod imports;
mod locks;
mod manifests;
mod names;
mod rules;
mod scripts;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use tank_registry_core::scan::Severity;

use self::commands::{Command, Index};
use self::manifests::Listed;
use self::names::How;
pub(crate) use self::rules::RULES;
use self::rules::{
    DEPENDENCY_CONFUSION, DIRECT_URL, DYNAMIC_INSTALL, IMITATED_NAME, INSTALL_SCRIPT, LOOSE_RANGE,
    MALICIOUS_PACKAGE, TYPOSQUATTING, UNKNOWN_RUN, UNPINNED, UNTRUSTED_INDEX,
};
use crate::budget::{Budget, OutOfTime};
use crate::finding::{Found, Hit, Rule};
use crate::hosts;
use crate::language::Language;
use crate::skill::Skill;
use crate::text::{Role, Text};

/// Where a package is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ecosystem {
    Pypi,
    Npm,
    Crates,
    /// One whose names are not told apart.
    Other,
}

impl Ecosystem {
    fn name(self) -> &'static str {
        match self {
            Self::Pypi => "pypi",
            Self::Npm => "npm",
            Self::Crates => "crates",
            Self::Other => "other",
        }
    }
}

/// How a package is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Registry,
    Url,
    /// By a variable, so that nobody knows what it is.
    Variable,
}

/// A package that is asked for.
#[derive(Debug, Clone)]
struct Package {
    ecosystem: Ecosystem,
    name: String,
    /// The version, where it is exactly one.
    version: Option<String>,
    source: Source,
}

impl Package {
    fn new(ecosystem: Ecosystem, name: &str, version: Option<&str>, source: Source) -> Self {
        Self {
            ecosystem,
            name: name.to_owned(),
            version: version.map(str::to_owned),
            source,
        }
    }
}

/// The name and the version of `name==1`, `name[extra]>=2`, `name@3`.
fn split_name(ecosystem: Ecosystem, word: &str) -> (&str, Option<&str>) {
    let word = word.trim();
    if ecosystem == Ecosystem::Pypi {
        let end = word
            .find(['[', '=', '<', '>', '~', '!', ';', '@', ' ', '('])
            .unwrap_or(word.len());
        let version = word.split_once("==").map(|(_, version)| version);
        return (&word[..end], version);
    }
    match word.rfind('@') {
        Some(at) if at > 0 => (&word[..at], Some(&word[at + 1..])),
        _ => (word, None),
    }
}

pub(crate) fn look(
    skill: &Skill<'_>,
    budget: &mut Budget,
    found: &mut Found,
) -> Result<(), OutOfTime> {
    // The same command stands in a block, a sentence and a file.
    let mut told = BTreeSet::new();
    for text in &skill.texts {
        if !is_source(text) {
            continue;
        }
        for command in commands::find(text) {
            let place = text.place(command.range.start);
            of_command(skill, text, &command, found);
            for package in &command.packages {
                if told.insert((place, package.name.clone())) {
                    let hit = |rule, message| Hit::new(rule, text, command.range.clone(), message);
                    found.hits.extend(of_name(skill, package, &hit));
                    // Of a sentence, nobody knows which words are a command's.
                    if text.role != Role::Paragraph {
                        found
                            .hits
                            .extend(of_package(skill, package, &command, &hit));
                    }
                }
            }
        }
        imports::look(skill, text, found);
        budget.check_time()?;
    }
    for (file, document) in skill.documents.iter().enumerate() {
        found.hits.extend(locks::look(file, document));
        for listed in manifests::find(file, document) {
            let evidence = format!("{} {}", listed.package.name, listed.range);
            let place = listed.place;
            let hit = |rule, message: String| {
                Hit::whole(rule, Some(file), message)
                    .evidence(evidence.trim_end())
                    .at(place)
            };
            found.hits.extend(of_name(skill, &listed.package, &hit));
            found.hits.extend(of_version(&listed, &hit));
        }
        found.hits.extend(scripts::look(skill, file, document));
    }
    found.hits.extend(confusion::look(skill));
    found.hits.extend(own_name(skill));
    budget.check_time()
}

/// A skill whose own name imitates another is found by those who mistype that one.
fn own_name(skill: &Skill<'_>) -> Option<Hit> {
    let declared = skill
        .context
        .manifest
        .as_ref()
        .map(|manifest| manifest.name().to_string());
    let front = skill.front_matter.as_ref();
    let written = front
        .and_then(|front| front.get("name"))
        .and_then(serde_json::Value::as_str);
    let (name, (word, known)) = declared
        .as_deref()
        .into_iter()
        .chain(written)
        .find_map(|name| Some((name.to_owned(), names::misspelt(name)?)))?;
    let file = skill
        .documents
        .iter()
        .position(|document| document.path.eq_ignore_ascii_case("SKILL.md"));
    let message =
        format!("The skill '{name}' has a word in its name, '{word}', that is almost '{known}'");
    Some(
        Hit::whole(&IMITATED_NAME, file, message)
            .evidence(name)
            .confidence(60),
    )
}

fn is_source(text: &Text) -> bool {
    match text.role {
        Role::File => text.language != Language::Markdown,
        Role::Literal | Role::Name => false,
        _ => true,
    }
}

/// What is to be said about a name, wherever it stands.
fn of_name(
    skill: &Skill<'_>,
    package: &Package,
    hit: &impl Fn(&'static Rule, String) -> Hit,
) -> Option<Hit> {
    let Package {
        ecosystem, name, ..
    } = package;
    if package.source != Source::Registry || is_allowed(skill, package) {
        return None;
    }
    if names::is_malicious(*ecosystem, name, package.version.as_deref()) {
        let message = format!("The package '{name}' is known to do harm");
        return Some(hit(&MALICIOUS_PACKAGE, message).confidence(95));
    }
    let Some(likeness) = names::likeness(*ecosystem, name) else {
        let (word, known) = names::misspelt(name)?;
        let message = format!(
            "The package '{name}' has a word in its name, '{word}', that is almost '{known}'"
        );
        return Some(hit(&TYPOSQUATTING, message).confidence(60));
    };
    let known = likeness.name;
    let (severity, how) = match likeness.how {
        How::LookAlike => (Severity::Critical, "by letters that look the same"),
        How::OneLetter => (Severity::High, "by one letter"),
        How::OneLetterShort => (Severity::Medium, "by one letter"),
        How::TwoLetters => (Severity::Low, "by two letters"),
        How::Separator => (Severity::High, "by hyphens and dots alone"),
        How::Scope => (Severity::High, "by the name of the organisation"),
        How::Word => (Severity::High, "by a word that is to make people trust it"),
    };
    let message =
        format!("The package '{name}' differs from '{known}', which everybody knows, {how}");
    Some(hit(&TYPOSQUATTING, message).severity(severity))
}

fn is_allowed(skill: &Skill<'_>, package: &Package) -> bool {
    let name = names::normal(package.ecosystem, &package.name);
    let key = format!("{}:{name}", package.ecosystem.name());
    skill.settings.allowed_packages.contains(&key)
}

/// What is to be said about where a command installs from.
fn of_command(skill: &Skill<'_>, text: &Text, command: &Command, found: &mut Found) {
    let Some(Index { url, extra }) = &command.index else {
        return;
    };
    let host = host_of(url);
    let variable = url.contains(['$', '<', '{', '%']) || !url.contains("://");
    if variable
        || is_known_index(&host)
        || is_private_host(&host)
        || skill.settings.allows_host(&host)
    {
        return;
    }
    let plain = url.starts_with("http://") || host.parse::<std::net::Ipv4Addr>().is_ok();
    let severity = match (plain, *extra) {
        (true, _) if command.in_code => Severity::Critical,
        (true, _) => Severity::High,
        (_, true) if command.in_code => Severity::High,
        _ => Severity::Medium,
    };
    let message = format!("Packages are installed from '{host}' instead of the public registry");
    let hit = Hit::new(&UNTRUSTED_INDEX, text, command.range.clone(), message);
    found.hits.push(hit.severity(severity));
}

fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.split(':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// Indexes that vendors and mirrors publish.
fn is_known_index(host: &str) -> bool {
    [
        "pypi.org",
        "pythonhosted.org",
        "pytorch.org",
        "nvidia.com",
        "npmjs.org",
        "npmjs.com",
        "yarnpkg.com",
        "npmmirror.com",
        "tuna.tsinghua.edu.cn",
        "aliyun.com",
        "ustc.edu.cn",
        "tencent.com",
        "tencentyun.com",
        "huaweicloud.com",
        "douban.com",
        "taobao.org",
        "github.com",
        "github.io",
        "githubusercontent.com",
        "gitlab.com",
        "pkg.dev",
        "azure.com",
        "visualstudio.com",
        "amazonaws.com",
        "jfrog.io",
        "cloudsmith.io",
        "fury.io",
        "anaconda.org",
        "huggingface.co",
        "googleapis.com",
        "jsr.io",
        "piwheels.org",
        "crates.io",
        "astral.sh",
    ]
    .iter()
    .any(|known| hosts::is_within(host, known))
}

fn is_private_host(host: &str) -> bool {
    host == "localhost"
        || host.starts_with("127.")
        || [
            ".local",
            ".internal",
            ".lan",
            ".example",
            ".example.com",
            ".corp",
        ]
        .iter()
        .any(|end| host.ends_with(end))
}

/// What is to be said about how a command names a package.
fn of_package(
    skill: &Skill<'_>,
    package: &Package,
    command: &Command,
    hit: &impl Fn(&'static Rule, String) -> Hit,
) -> Option<Hit> {
    let name = &package.name;
    let known = names::is_popular(package.ecosystem, name) || is_allowed(skill, package);
    match package.source {
        Source::Url => {
            let host = host_of(name);
            let plain = name.starts_with("http://") || host.parse::<std::net::Ipv4Addr>().is_ok();
            let severity = if plain {
                Severity::High
            } else {
                Severity::Medium
            };
            if command.in_code {
                let message = "Code installs what it finds at an address";
                return Some(hit(&DYNAMIC_INSTALL, message.to_owned()).severity(raised_if(plain)));
            }
            let message = "What is installed comes from an address, not from a registry";
            Some(hit(&DIRECT_URL, message.to_owned()).severity(severity))
        }
        Source::Variable if command.in_code => {
            let message = "Code installs a package whose name it makes up while it runs";
            Some(hit(&DYNAMIC_INSTALL, message.to_owned()).severity(Severity::Medium))
        }
        Source::Registry if command.in_code => {
            let severity = if known {
                Severity::Low
            } else {
                Severity::Medium
            };
            let message = format!("Code installs the package '{name}' while it runs");
            Some(hit(&DYNAMIC_INSTALL, message).severity(severity))
        }
        Source::Registry if command.runs && !known && package.version.is_none() => {
            let message = format!("The newest version of '{name}' is fetched and run");
            Some(hit(&UNKNOWN_RUN, message))
        }
        Source::Variable | Source::Registry => None,
    }
}

fn raised_if(plain: bool) -> Severity {
    if plain {
        Severity::Critical
    } else {
        Severity::High
    }
}

/// What is to be said about the version that a file asks for.
fn of_version(listed: &Listed, hit: &impl Fn(&'static Rule, String) -> Hit) -> Option<Hit> {
    let name = &listed.package.name;
    let range = listed.range.trim();
    if listed.package.source == Source::Url {
        let plain = range.contains("http://");
        let hashed = range.contains("#sha256=") || range.contains("#sha512=");
        let severity = match (plain, hashed) {
            (_, true) => return None,
            (true, _) => Severity::High,
            _ => Severity::Medium,
        };
        let message = "What is installed comes from an address, not from a registry";
        return Some(hit(&DIRECT_URL, message.to_owned()).severity(severity));
    }
    if range.is_empty() || matches!(range, "*" | "latest" | "x" | ">=0") {
        return Some(hit(
            &UNPINNED,
            format!("Any version of '{name}' is installed"),
        ));
    }
    let open = range.starts_with('>') && !range.contains('<');
    open.then(|| {
        hit(
            &LOOSE_RANGE,
            format!("Any later version of '{name}' is installed"),
        )
    })
}
