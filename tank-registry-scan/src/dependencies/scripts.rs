//! Code that runs while a package is installed.

use serde_json::Value;
use tank_registry_core::scan::Severity;

use super::INSTALL_SCRIPT;
use crate::document::Document;
use crate::finding::{Hit, Place};
use crate::pattern::pattern;
use crate::skill::Skill;

// What fetches or unpacks something to run.
pattern!(
    FETCHES,
    r"(?i)\bcurl\b|\bwget\b|https?://|\bbase64\b|\bnode\s+(?:-e|--eval|-p)\b|\bpython[\d.]*\s+-c\b|\bpowershell\b|\b(?:ba)?sh\s+-c\b|\beval\b|\biwr\b|\bnc\b|/dev/tcp|\bcertutil\b"
);
// What people build with.
pattern!(
    BUILDS,
    r"^(?:(?:npx\s+)?(?:husky|husky install|patch-package|node-gyp(?:-build)?(?: rebuild)?|tsc|tsup|vite build|rollup|webpack|prisma generate|playwright install[\w -]*|electron-builder install-app-deps|is-ci \|\| husky(?: install)?|ngcc|lefthook install|simple-git-hooks|only-allow \w+|(?:npm|yarn|pnpm|bun)(?: run)? [\w:-]*(?:build|compile|prepare|lint|postinstall|typecheck)[\w:-]*)\b[\w\s.&/-]*)$"
);
pattern!(
    NETWORK,
    r"(?i)\bhttps?\.(?:get|request)|\bfetch\(|\baxios\b|\burllib|\brequests\.|\burlopen|\bsocket\b|\bgot\(|XMLHttpRequest|\bdns\b|\bcurl\b|\bwget\b"
);
pattern!(
    RUNS,
    r"(?i)child_process|\bexec(?:sync|file)?\(|\bspawn(?:sync)?\(|\beval\(|new Function|\bos\.(?:system|popen)|\bsubprocess\.|\bexec\(|\bmarshal\b|b64decode"
);
pattern!(
    COMMANDS,
    r"cmdclass\s*=|class\s+\w+\s*\(\s*(?:\w+\.)*(?:install|develop|egg_info|build_py|sdist|bdist_egg|_install|InstallCommand)\s*\)"
);
// Only where nothing is indented: it runs as soon as the file is read.
pattern!(
    AT_ONCE,
    r"(?m)^(?:exec|eval|os\.system|subprocess\.\w+|__import__|urllib\.\w+|urlopen|requests\.\w+|\w+\s*=\s*(?:urllib|requests|urlopen|subprocess|os\.popen))\b"
);

/// Looks at a file for code that is run at installation.
pub(super) fn look(skill: &Skill<'_>, file: usize, document: &Document) -> Vec<Hit> {
    let Some(content) = document.content.as_deref() else {
        return Vec::new();
    };
    match document.name() {
        "package.json" => node(skill, file, document, content),
        "setup.py" => python(file, content).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn node(skill: &Skill<'_>, file: usize, document: &Document, content: &str) -> Vec<Hit> {
    let Ok(value) = serde_json::from_str::<Value>(content) else {
        return Vec::new();
    };
    let mut hits = Vec::new();
    for event in [
        "preinstall",
        "install",
        "postinstall",
        "prepare",
        "prepublish",
        "preprepare",
        "postprepare",
    ] {
        let Some(command) = value
            .get("scripts")
            .and_then(|scripts| scripts.get(event)?.as_str())
        else {
            continue;
        };
        let command = command.trim();
        let severity = if FETCHES.is_match(command) || fetches(skill, document, command) {
            Severity::High
        } else if BUILDS.is_match(command) {
            Severity::Info
        } else {
            Severity::Medium
        };
        let at = memchr::memmem::find(content.as_bytes(), format!("\"{event}\"").as_bytes())
            .unwrap_or(0);
        let hit = Hit::whole(
            &INSTALL_SCRIPT,
            Some(file),
            format!("The script '{event}' runs as soon as the package is installed"),
        );
        hits.push(
            hit.severity(severity)
                .evidence(format!("\"{event}\": \"{command}\""))
                .at(place(file, content, at)),
        );
    }
    hits
}

/// Whether a file that a command runs both reaches the network and runs something.
fn fetches(skill: &Skill<'_>, manifest: &Document, command: &str) -> bool {
    let folder = manifest
        .path
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    command.split_whitespace().any(|word| {
        let word = word.trim_start_matches("./").trim_matches(['"', '\'']);
        let path = if folder.is_empty() {
            word.to_owned()
        } else {
            format!("{folder}/{word}")
        };
        skill
            .documents
            .iter()
            .filter(|document| document.path == path || document.path == format!("{path}.js"))
            .filter_map(|document| document.content.as_deref())
            .any(|content| NETWORK.is_match(content) && RUNS.is_match(content))
    })
}

fn python(file: usize, content: &str) -> Option<Hit> {
    let command = COMMANDS.find(content);
    let at_once = AT_ONCE.find(content);
    let network = NETWORK.is_match(content);
    let runs = RUNS.is_match(content);
    let severity = match (command, at_once) {
        (Some(_), _) | (_, Some(_)) if network || content.contains("b64decode") => Severity::High,
        (Some(_), _) if runs => Severity::High,
        (_, Some(_)) => Severity::Medium,
        (Some(_), _) => Severity::Low,
        _ => return None,
    };
    let found = at_once.or(command)?;
    let hit = Hit::whole(
        &INSTALL_SCRIPT,
        Some(file),
        "Code in 'setup.py' runs as soon as the package is installed",
    );
    Some(
        hit.severity(severity)
            .evidence(found.as_str())
            .at(place(file, content, found.start())),
    )
}

fn place(file: usize, content: &str, at: usize) -> Place {
    let before = memchr::memchr_iter(b'\n', &content.as_bytes()[..at]).count();
    Place {
        file,
        line: u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1),
    }
}
