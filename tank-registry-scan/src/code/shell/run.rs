//! Follows a shell text in the order in which it would run, without running it: what variables and
//! files hold, and what flows from command to command.

use std::collections::BTreeMap;
use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::hosts::Url;
use super::parse::parse;
use super::syntax::{Command, Part, Pipeline, RedirectKind};
use super::values::{Data, Marks, is_key_name};
use super::{origin, programs, rules, touched, words};
use crate::budget::Budget;
use crate::finding::Capability;
use crate::finding::Fact;
use crate::finding::Found;
use crate::finding::Hit;
use crate::finding::Rule;
use crate::skill::Skill;
use crate::text::Text;

/// Texts within texts that are read as commands.
pub(super) const DEEPEST: u32 = 4;

/// Lists within lists that are followed.
pub(super) const MOST_LEVELS: u32 = 40;

/// And how many of them in one text.
pub(super) const MOST_BODIES: u32 = 64;

/// Variables and files that are remembered.
pub(super) const MOST_NAMES: usize = 512;

/// What earlier commands left behind.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) variables: BTreeMap<String, Data>,
    pub(super) files: BTreeMap<String, Data>,
    /// Something secret was added to a repository: what.
    pub(super) staged: Option<String>,
    /// An archive from elsewhere was unpacked: its URL.
    pub(super) unpacked: Option<String>,
    pub(super) bodies: u32,
    /// Files of the user's home were encrypted.
    pub(super) encrypted: bool,
    /// Repositories that were cloned: folder and URL.
    pub(super) cloned: Vec<(String, String)>,
}

impl State {
    pub(super) fn remember(&mut self, name: &str, data: Data) {
        if self.variables.len() < MOST_NAMES || self.variables.contains_key(name) {
            self.variables.insert(name.to_owned(), data);
        }
    }

    pub(super) fn store(&mut self, path: &str, data: Data) {
        if self.files.len() < MOST_NAMES || self.files.contains_key(path) {
            self.files.insert(trimmed(path).to_owned(), data);
        }
    }

    /// What was written to a file: by its path, else by its name.
    pub(super) fn stored(&self, path: &str) -> Option<&Data> {
        let path = trimmed(path);
        self.files.get(path).or_else(|| {
            let name = path.rsplit('/').next().filter(|name| name.len() > 2)?;
            self.files
                .iter()
                .find(|(other, _)| other.rsplit('/').next() == Some(name))
                .map(|(_, data)| data)
        })
    }
}

pub(super) fn trimmed(path: &str) -> &str {
    path.trim_start_matches("./")
}

/// A word with its value.
#[derive(Debug, Clone, Default)]
pub(super) struct Arg {
    pub(super) data: Data,
    pub(super) range: Range<usize>,
    pub(super) broken: bool,
    /// Where it is the name of a file that a command writes: `<(…)`.
    pub(super) piped: bool,
}

impl Arg {
    pub(super) fn text(&self) -> &str {
        &self.data.text
    }
}

/// One text on its way.
pub(super) struct Run<'a, 'r> {
    pub(super) skill: &'a Skill<'a>,
    pub(super) text: &'a Text,
    pub(super) position: usize,
    pub(super) found: &'r mut Found,
    pub(super) budget: &'r mut Budget,
    pub(super) state: &'r mut State,
    /// Where all of it stands, for what stands within a word of another text.
    pub(super) base: Option<Range<usize>>,
    pub(super) depth: u32,
    /// Lists within lists, of whatever kind.
    pub(super) level: u32,
}

impl Run<'_, '_> {
    /// Follows a text.
    pub(super) fn follow(&mut self, source: &str) {
        if let Some(at) = bomb(source) {
            self.hit(
                &rules::DESTRUCTIVE,
                &(at..at + 1),
                Severity::Critical,
                "Starts itself again and again until nothing else can run.",
            );
        }
        let parsed = parse(source, self.budget);
        self.list(&parsed.lists, &Data::default());
    }

    /// Follows what is run as a line of shell.
    pub(super) fn body(&mut self, source: &str, range: &Range<usize>) -> Data {
        if self.depth >= DEEPEST || self.state.bodies >= MOST_BODIES {
            self.budget.exhaust("nested shell");
            return Data::default();
        }
        self.state.bodies += 1;
        let parsed = parse(source, self.budget);
        let outer = self.base.clone();
        self.base.get_or_insert_with(|| range.clone());
        self.depth += 1;
        let output = self.list(&parsed.lists, &Data::default());
        self.depth -= 1;
        self.base = outer;
        output
    }

    /// Does something one level deeper; `None` where that is too deep.
    pub(super) fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.level >= MOST_LEVELS {
            self.budget.exhaust("nested shell");
            return None;
        }
        self.level += 1;
        let result = inner(self);
        self.level -= 1;
        Some(result)
    }

    pub(super) fn list(&mut self, list: &[Pipeline], input: &Data) -> Data {
        self.nested(|run| run.list_here(list, input))
            .unwrap_or_default()
    }

    fn list_here(&mut self, list: &[Pipeline], input: &Data) -> Data {
        let mut output = Data {
            known: true,
            ..Data::default()
        };
        for pipeline in list {
            let data = self.pipeline(pipeline, input);
            output.push(&data);
        }
        output
    }

    fn pipeline(&mut self, pipeline: &Pipeline, input: &Data) -> Data {
        words::shape(self, pipeline);
        let mut data = input.clone();
        for (at, stage) in pipeline.stages.iter().enumerate() {
            let mut output = self.command(stage, &data, at > 0 || input.marks != Marks::default());
            if at + 1 < pipeline.stages.len() {
                output.lead |= output.marks;
            }
            data = output;
        }
        data
    }

    fn command(&mut self, command: &Command, input: &Data, piped: bool) -> Data {
        if !self.budget.take_node() {
            return Data::default();
        }
        for (name, word) in &command.assigned {
            let mut value = self.value(word).data;
            if is_key_name(name) && !value.known {
                value.marks |= Marks::KEY;
                if value.keys.is_empty() {
                    value.keys.push(name.clone());
                }
            }
            words::assigned(self, name, &value, &command.range);
            self.state.remember(name, value);
        }
        let mut stdin = input.clone();
        let mut has_input = piped;
        for redirect in &command.redirects {
            match redirect.kind {
                RedirectKind::Here => {
                    stdin = self.value(&redirect.target).data;
                    stdin.lead |= stdin.marks;
                    has_input = true;
                }
                RedirectKind::Input => {
                    let target = self.value(&redirect.target);
                    if target.piped {
                        stdin = target.data;
                        has_input = true;
                    } else if !target.text().starts_with(|c: char| c.is_ascii_digit()) {
                        stdin = touched::read(self, target.text(), &command.range, false);
                        has_input = true;
                    }
                }
                _ => {}
            }
        }
        self.connected(command);
        let mut output = if command.group.is_empty() {
            let args = self.args(&command.words);
            if args.is_empty() {
                if has_input {
                    stdin.clone()
                } else {
                    Data::default()
                }
            } else {
                words::run(self, &args, &stdin, has_input, &command.range)
            }
        } else {
            self.list(&command.group, &stdin)
        };
        for redirect in &command.redirects {
            if matches!(redirect.kind, RedirectKind::Here | RedirectKind::Input) {
                continue;
            }
            let target = self.value(&redirect.target);
            if target.text().is_empty()
                || target
                    .text()
                    .bytes()
                    .all(|b| b.is_ascii_digit() || b == b'-')
            {
                continue;
            }
            let append = redirect.kind == RedirectKind::Append;
            touched::written(self, target.text(), &output, append, &command.range);
            output = Data::default();
        }
        output
    }

    /// A shell whose input or output is a connection: `bash -i >& /dev/tcp/…`.
    fn connected(&mut self, command: &Command) {
        let Some(target) =
            command
                .redirects
                .iter()
                .find_map(|redirect| match &*redirect.target.parts {
                    [Part::Text { text, .. }, ..]
                        if text.starts_with("/dev/tcp/") || text.starts_with("/dev/udp/") =>
                    {
                        Some(&redirect.target)
                    }
                    _ => None,
                })
        else {
            return;
        };
        let host = self
            .value(target)
            .text()
            .split('/')
            .nth(3)
            .unwrap_or_default()
            .to_owned();
        let url = Url::read(&host);
        let runs = command.words.iter().take(4).any(|word| match &*word.parts {
            [Part::Text { text, .. }, ..] => {
                text == "exec" || programs::is_shell(words::program(text))
            }
            _ => false,
        });
        if runs && !url.is_local() {
            self.hit(
                &rules::REVERSE_SHELL,
                &command.range,
                Severity::Critical,
                format!("Connects a shell to {host}: whoever answers gives the commands."),
            );
        }
    }

    /// Notes what a rule found.
    pub(super) fn hit(
        &mut self,
        rule: &'static Rule,
        range: &Range<usize>,
        severity: Severity,
        message: impl Into<String>,
    ) {
        let range = self.base.clone().unwrap_or_else(|| range.clone());
        let hit = Hit::new(rule, self.text, range, message).severity(severity);
        self.found.hits.push(hit);
    }

    /// Notes what a command can do.
    pub(super) fn fact(
        &mut self,
        capability: Capability,
        range: &Range<usize>,
        detail: impl Into<String>,
    ) {
        /// Facts of one text that are kept.
        const MOST: usize = 20_000;
        if self.found.facts.len() >= MOST {
            return;
        }
        let offset = self.base.as_ref().map_or(range.start, |base| base.start);
        self.found.facts.push(Fact {
            capability,
            place: self.text.place(offset),
            detail: detail.into(),
            text: self.position,
        });
    }

    /// Judges that something is run that was downloaded or decoded, and follows what is known of it.
    pub(super) fn execute(&mut self, data: &Data, range: &Range<usize>, how: &str) -> Data {
        if data.lead.has(Marks::DECODED) {
            self.hit(
                &rules::DECODE_RUN,
                range,
                Severity::Critical,
                format!("Decodes a text and runs it {how}."),
            );
        } else if data.lead.has(Marks::DOWNLOAD) {
            origin::downloaded(self, &data.origin, range, how);
        } else if data.lead.has(Marks::ALTERED) && data.known {
            self.hit(
                &rules::DECODE_RUN,
                range,
                Severity::High,
                format!("Spells a command by computing it and runs it {how}."),
            );
        }
        if data.text.trim().is_empty() {
            return Data::default();
        }
        self.fact(Capability::Shell, range, "");
        self.body(&data.text.clone(), range)
    }
}

/// Where a function is defined that starts itself twice: `:(){ :|:& };:`.
pub(super) fn bomb(source: &str) -> Option<usize> {
    let at = source.find("(){").or_else(|| source.find("() {"))?;
    let line_start = source.get(..at)?.rfind('\n').map_or(0, |at| at + 1);
    let line: String = source
        .get(line_start..)?
        .chars()
        .take(200)
        .take_while(|c| *c != '\n')
        .filter(|c| !c.is_whitespace())
        .collect();
    let (name, body) = line.split_once("(){")?;
    let name = name.rsplit(';').next().filter(|name| !name.is_empty())?;
    body.contains(&format!("{name}|{name}&"))
        .then_some(line_start)
}
