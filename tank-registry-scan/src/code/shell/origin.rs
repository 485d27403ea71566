//! Who vouches for what is downloaded.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::hosts::Url;
use super::rules;
use super::run::Run;
use crate::skill::Skill;
use crate::text::Role;
use crate::text::Text;

/// What was downloaded is run.
pub(super) fn downloaded(run: &mut Run<'_, '_>, origin: &str, range: &Range<usize>, how: &str) {
    let Some((severity, why)) = judged_origin(run.skill, run.text, origin) else {
        return;
    };
    let shown = if origin.is_empty() {
        "something"
    } else {
        origin
    };
    let message = format!("Downloads {shown} and runs it {how}, {why}.");
    run.hit(&rules::DOWNLOAD_RUN, range, severity, message);
}

/// How bad it is to run what stands at a URL, and why; `None` where the operator trusts its host.
pub(crate) fn judged_origin(
    skill: &Skill<'_>,
    text: &Text,
    origin: &str,
) -> Option<(Severity, &'static str)> {
    let url = Url::read(origin);
    if skill.settings.allows_host(url.host) {
        return None;
    }
    let in_file = matches!(
        text.role,
        Role::File | Role::Command | Role::Decoded | Role::Hidden
    );
    Some(if origin.is_empty() || url.host.contains('$') {
        let severity = if in_file {
            Severity::High
        } else {
            Severity::Medium
        };
        (severity, "and nobody can see from where")
    } else if !url.host.contains(['.', ':']) && !url.is_local() {
        (Severity::Low, "from a place that is left open")
    } else if url.is_local() {
        (Severity::Medium, "from this machine")
    } else if url.is_address() {
        (Severity::Critical, "from a bare address")
    } else if url.is_drop() {
        (
            Severity::Critical,
            "from a place where anybody leaves anything",
        )
    } else if url.is_short() {
        (
            Severity::Critical,
            "from a shortened address that hides where it leads",
        )
    } else if url.plain {
        (
            Severity::Critical,
            "without encryption, so that anybody on the way can change it",
        )
    } else if url.host.starts_with("gist.") {
        (Severity::Critical, "from a personal gist")
    } else if runs_unseen(skill, text) {
        (
            Severity::High,
            "from where the front matter says, before anybody has read it",
        )
    } else if url.is_installer() {
        (Severity::Medium, "from a vendor who documents it so")
    } else if url.is_repository() && told_of(skill, text, &url)
        || is_homepage(skill, url.host)
        || !in_file && is_namesake(skill, url.host)
    {
        (Severity::Medium, "from the project that the text is about")
    } else {
        (Severity::High, "from a host that is no known installer's")
    })
}

/// Whether a command stands in the front matter of `SKILL.md`: what installs a skill runs it, and no
/// person has copied it.
pub(super) fn runs_unseen(skill: &Skill<'_>, text: &Text) -> bool {
    text.role == Role::Command
        && skill
            .document(text.file)
            .is_some_and(|document| document.path.eq_ignore_ascii_case("SKILL.md"))
        && skill.document(text.file).and_then(|document| {
            let end = document.markdown.as_ref()?.front_matter.as_ref()?.end;
            let content = document.content.as_deref()?;
            u32::try_from(content.get(..end)?.matches('\n').count()).ok()
        }) >= Some(text.place(0).line.saturating_sub(1))
}

/// Whether the file speaks of a repository besides fetching from it.
pub(super) fn told_of(skill: &Skill<'_>, text: &Text, url: &Url<'_>) -> bool {
    const GENERIC: &[&str] = &[
        "agent",
        "agents",
        "install",
        "installer",
        "scripts",
        "setup",
        "skill",
        "skills",
        "tool",
        "tools",
        "utils",
        "helper",
        "main",
    ];
    let mut parts = url.path.split('/').filter(|part| !part.is_empty());
    let Some(name) = parts.nth(1).map(str::to_ascii_lowercase) else {
        return false;
    };
    let Some(content) = skill
        .document(text.file)
        .and_then(|document| document.content.as_deref())
    else {
        return false;
    };
    name.len() >= 4
        && !GENERIC.contains(&&*name)
        && content
            .split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))
            .filter(|word| word.eq_ignore_ascii_case(&name))
            .nth(2)
            .is_some()
}

/// Whether a skill is named after whoever answers there.
pub(super) fn is_namesake(skill: &Skill<'_>, host: &str) -> bool {
    let brand = crate::hosts::brand(host);
    let name = skill
        .front_matter
        .as_ref()
        .and_then(|front| front.get("name"))
        .and_then(serde_json::Value::as_str)
        .unwrap_or_default();
    brand.len() >= 4
        && !crate::hosts::is_documentation(host)
        && (name.eq_ignore_ascii_case(brand)
            || name
                .split(['-', '_'])
                .next()
                .is_some_and(|first| first.eq_ignore_ascii_case(brand)))
}

pub(super) fn is_homepage(skill: &Skill<'_>, host: &str) -> bool {
    let Some(front) = &skill.front_matter else {
        return false;
    };
    let home = front
        .get("homepage")
        .or_else(|| front.get("metadata")?.get("homepage"))
        .and_then(serde_json::Value::as_str);
    home.is_some_and(|home| {
        let home = Url::read(home);
        !home.is_repository()
            && !home.is_example()
            && home.host.len() > 4
            && crate::hosts::is_within(host, home.host.trim_start_matches("www."))
    })
}
