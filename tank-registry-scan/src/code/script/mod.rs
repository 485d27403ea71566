//! Python, JavaScript and TypeScript: whole files, blocks in documents, commands in sentences, and
//! what was decoded. Code is parsed, lowered to a small common form, and data is followed through it
//! from sources to sinks.

mod behaviour;
mod bind;
mod call;
mod effects;
mod evaluate;
mod files;
mod flow;
mod fold;
mod inner;
mod ir;
mod javascript;
mod javascript_expression;
mod judge;
mod library;
mod lower;
mod names;
mod origin;
mod output;
mod paths;
mod plain;
mod programs;
mod python;
mod python_expression;
mod rules;
mod run;
mod send;
mod snippet;
mod table;
mod trigger;
mod value;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::budget::Budget;
use crate::finding::{Capability, Fact, Found, Hit};
use crate::language::Language;
use crate::skill::Skill;
use crate::text::{Role, Text};

pub(crate) use self::inner::inner_texts;
pub(crate) use self::rules::RULES;

use self::flow::Flow;
use self::lower::Lowering;
use self::output::Output;
use self::snippet::Snippet;

/// How often code in code is looked at.
const DEEPEST: usize = 4;

/// Without any of these, code does nothing that is looked for.
#[allow(clippy::expect_used)] // The patterns are constant and every test runs them.
static INTERESTING: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build([
            "exec",
            "eval",
            "system",
            "popen",
            "spawn",
            "subprocess",
            "child_process",
            "require(",
            "import(",
            "__import__",
            "importlib",
            "getattr",
            "globals",
            "builtins",
            "compile",
            "function(",
            "vm.",
            "requests",
            "http",
            "urllib",
            "socket",
            "fetch",
            "axios",
            "got",
            "xmlhttp",
            "beacon",
            "websocket",
            "smtp",
            "mailer",
            "boto",
            "dns",
            "open(",
            "read_",
            "readfile",
            "write",
            "environ",
            "getenv",
            "process.env",
            "base64",
            "b64",
            "fromhex",
            "unhexlify",
            "atob",
            "buffer",
            "codecs",
            "zlib",
            "marshal",
            "pickle",
            "yaml",
            "shelve",
            "rmtree",
            "unlink",
            "rmsync",
            "rm(",
            "remove",
            "chmod",
            "setuid",
            "fork",
            "shutil",
            "copy",
            "glob",
            "walk",
            "clipboard",
            "screenshot",
            "imagegrab",
            "keyring",
            "cookie",
            "stratum",
            "xmrig",
            "chr(",
            "fromcharcode",
            "_0x",
            "dotenv",
            "net.",
            "_tls_",
            "verify",
            "upload",
            "listdir",
            "readdir",
            "scandir",
            "expanduser",
            "homedir",
            ".ssh",
            "keyboard",
            "winreg",
            "constructor",
            "ctypes",
            "pynput",
            "kernel32",
            "clipboard",
            "conversation",
            "system_prompt",
            "miner",
        ])
        .expect("a valid set of words")
});

/// Looks at one text of code.
pub(crate) fn look(
    skill: &Skill<'_>,
    position: usize,
    text: &Text,
    budget: &mut Budget,
    found: &mut Found,
) {
    look_within(skill, position, text, budget, found, 0);
}

/// Looks at lines of code that stand among sentences, outside of any block.
pub(crate) fn look_loose(
    skill: &Skill<'_>,
    position: usize,
    text: &Text,
    budget: &mut Budget,
    found: &mut Found,
) {
    if let Some(loose) = snippet::loose(text) {
        look_within(skill, position, &loose, budget, found, 0);
    }
}

fn look_within(
    skill: &Skill<'_>,
    position: usize,
    text: &Text,
    budget: &mut Budget,
    found: &mut Found,
    depth: usize,
) {
    if depth >= DEEPEST || !INTERESTING.is_match(&*text.content) {
        return;
    }
    if text.content.len() > Budget::PARSED {
        budget.exhaust("long scripts");
    }
    let snippet = Snippet::first(&text.content, Budget::PARSED);
    let Some(output) = analyse(&snippet, text, budget) else {
        return;
    };
    for ((_, _), noted) in &output.noted {
        let start = snippet.original(noted.span.start);
        // The first line of a call says enough.
        let end = snippet.original(noted.span.end).max(start);
        let mut hit =
            Hit::new(noted.rule, text, start..end, noted.message.clone()).severity(noted.severity);
        if noted.firm {
            hit = hit.firm().confidence(95);
        }
        found.hits.push(hit);
    }
    for (at, capability, detail) in &output.facts {
        found.facts.push(Fact {
            capability: *capability,
            place: text.place(snippet.original(*at)),
            detail: detail.clone(),
            text: position,
        });
    }
    if text.language != Language::Python {
        many_ways(text, found);
    }
    // What it runs is looked at as what it is.
    for (at, command) in &output.commands {
        let inner = within(text, snippet.original(*at), command, Language::Shell, "");
        let mut memory = super::shell::Memory::default();
        super::shell::look(skill, position, &inner, &mut memory, budget, found);
        super::patterns::look(skill, position, &inner, budget, found);
    }
    for (at, (code, layer)) in &output.codes {
        let inner = within(text, snippet.original(*at), code, text.language, layer);
        look_within(skill, position, &inner, budget, found, depth + 1);
    }
}

/// Parses a text and follows its data; `None` where there is no time left.
fn analyse(snippet: &Snippet<'_>, text: &Text, budget: &mut Budget) -> Option<Output> {
    let code = &*snippet.code;
    let tree = lower::parse(code, text.language, budget)?;
    let python = text.language == Language::Python;
    let mut lowering = Lowering::new(code, budget);
    let mut body = lowering.block(tree.root_node(), python);
    if tree.root_node().has_error() {
        for range in lower::broken(code, &tree) {
            let part = lower::parse_part(code, range.clone(), text.language, lowering.budget)?;
            body.extend(lowering.block(part.root_node(), python));
            if part.root_node().has_error() {
                for line in lower::lines_of(code, range) {
                    let part = lower::parse_part(code, line, text.language, lowering.budget)?;
                    body.extend(lowering.block(part.root_node(), python));
                }
            }
        }
    }
    lowering.program.body.extend(body);
    let program = lowering.program;
    let lines = |at: u32| text.place(snippet.original(at)).line;
    Some(Flow::new(&program, code, python, &lines).run())
}

/// Code or a command that stands in a text.
fn within(outer: &Text, at: usize, content: &str, language: Language, layer: &'static str) -> Text {
    let mut inner = Text::inside(outer, at, content, language, layer);
    if layer.is_empty() {
        inner.layers.clone_from(&outer.layers);
        inner.role = Role::Command;
    }
    inner
}

/// Evaluation, functions made of text, programs and modules asked for when it runs, all in one
/// package: none of it is hostile alone, nobody needs all of it.
fn many_ways(text: &Text, found: &mut Found) {
    let has = |capability: Capability, detail: &str| {
        found
            .facts
            .iter()
            .any(|fact| fact.capability == capability && fact.detail == detail)
    };
    let runs = found
        .facts
        .iter()
        .any(|fact| matches!(fact.capability, Capability::Shell | Capability::Exec));
    let told = found
        .hits
        .iter()
        .any(|hit| hit.rule.id == rules::MANY_WAYS.id);
    if !told && runs && has(Capability::Eval, "eval") && has(Capability::Eval, "Function") {
        let message = "Text is evaluated, functions are made of text and programs are started, all in one skill.";
        found
            .hits
            .push(Hit::new(&rules::MANY_WAYS, text, 0..0, message));
    }
}
