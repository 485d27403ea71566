//! Packages that are installed.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::rules;
use super::run::{Arg, Run};
use crate::finding::Capability;

/// Packages are installed.
pub(super) fn installed(run: &mut Run<'_, '_>, manager: &str, args: &[Arg], range: &Range<usize>) {
    let texts: Vec<&str> = args.iter().map(Arg::text).collect();
    if texts.windows(2).any(|pair| pair[0] == "--trusted-host")
        || texts.windows(2).any(|pair| pair == ["strict-ssl", "false"])
    {
        run.hit(
            &rules::NO_TLS,
            range,
            Severity::Medium,
            "Installs without checking from whom.",
        );
    }
    let registry = match manager {
        "pip" | "pip3" | "pipx" | "uv" | "uvx" => "pypi",
        "npm" | "npx" | "pnpm" | "yarn" | "bunx" | "bun" => "npm",
        other => other,
    };
    let mut words = texts.iter().copied().filter(|text| !text.starts_with('-'));
    let direct = matches!(manager, "npx" | "uvx" | "bunx");
    let mut verb = if direct {
        "run"
    } else {
        words.next().unwrap_or_default()
    };
    if matches!(verb, "pip" | "tool" | "global") {
        verb = words.next().unwrap_or_default();
    }
    if !matches!(verb, "install" | "add" | "i" | "run" | "get" | "dlx")
        || manager != "npx" && !direct && verb == "run"
    {
        return;
    }
    let mut skip = false;
    let mut names = Vec::new();
    for text in &texts {
        if skip {
            skip = false;
            continue;
        }
        if matches!(
            *text,
            "-r" | "--requirement"
                | "-i"
                | "--index-url"
                | "--extra-index-url"
                | "-e"
                | "--from"
                | "-c"
                | "--registry"
                | "--python"
                | "-t"
                | "--target"
                | "--prefix"
                | "-p"
        ) && !(*text == "-e" && manager == "npm")
        {
            skip = true;
            continue;
        }
        if text.starts_with('-') || text.starts_with(['.', '/', '$', '<']) || text.contains("://") {
            continue;
        }
        names.push(*text);
        if direct && !names.is_empty() {
            break;
        }
    }
    let skipped = names
        .iter()
        .position(|name| *name == verb)
        .map_or(0, |at| at + 1);
    for name in names
        .into_iter()
        .skip(if direct { 0 } else { skipped })
        .take(64)
    {
        let end = name
            .char_indices()
            .skip(1)
            .find(|(_, c)| matches!(c, '@' | '=' | '<' | '>' | '~' | '[' | '!' | ';'))
            .map_or(name.len(), |(at, _)| at);
        let name = name.get(..end).unwrap_or(name);
        run.fact(Capability::Install, range, format!("{registry}:{name}"));
    }
}
