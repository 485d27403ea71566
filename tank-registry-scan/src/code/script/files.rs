//! Files: what is read from which, what is written to which, what is deleted.

use std::rc::Rc;

use tank_registry_core::scan::Severity;

use super::call::Given;
use super::flow::Flow;
use super::ir::Span;
use super::paths;
use super::rules;
use super::value::{HOLE, Source, Taint, Value};
use crate::finding::Capability;

impl Flow<'_> {
    /// A file that is opened; what is read from it is known by its path.
    pub(super) fn open(&mut self, path: &str, given: &Given, span: Span) -> Value {
        let on_path = given.receiver.text.is_some() && given.receiver.path().starts_with("pathlib");
        let file = if on_path {
            given.receiver.clone()
        } else {
            given.first()
        };
        let mode = given
            .get(usize::from(!on_path), "mode")
            .and_then(Value::exact)
            .unwrap_or("r")
            .to_owned();
        let writes = path == "fs.createWriteStream"
            || mode.starts_with(['w', 'a', 'x']) && !path.contains("sqlite");
        if writes {
            self.write(&file, &Value::default(), span);
            return Value {
                text: file.text.clone().or_else(|| file.path.clone()),
                path: Some("open(w)".into()),
                ..Value::default()
            };
        }
        let mut value = self.read(&file, span);
        value.path = Some("open()".into());
        value
    }

    /// What a file holds.
    pub(super) fn read(&mut self, file: &Value, span: Span) -> Value {
        let mut value = Value::of_taints(&file.taints);
        value.taints.retain(|taint| {
            matches!(
                taint.source,
                Source::HomeFiles | Source::SecretFile | Source::AgentStore | Source::Input
            )
        });
        let text = file.text.clone().unwrap_or_else(|| "".into());
        if let Some(content) = self.written.get(&text) {
            value.absorb(&content.clone());
        }
        let shown = text.replace(HOLE, "…");
        let source = if let Some(found) = paths::secret_path(&text) {
            self.out.fact(span, Capability::ReadSecret, &shown);
            if let Some(severity) = found.read {
                let message = format!("{shown} is read: {}.", found.holds);
                self.note(&rules::READS_SECRET, severity, span, message, false);
            }
            found.source
        } else {
            self.out.fact(span, Capability::Read, &text);
            Source::File
        };
        value.taint(Taint {
            source,
            at: span.start,
            what: shown.into(),
            encoded: None,
        });
        value
    }

    /// Data that is written to a file.
    pub(super) fn write(&mut self, file: &Value, data: &Value, span: Span) {
        let Some(key) = file.text.clone().or_else(|| file.path.clone()) else {
            return;
        };
        if !data.taints.is_empty() && self.written.len() < 256 {
            self.written
                .entry(Rc::clone(&key))
                .or_default()
                .absorb(data);
        }
        if data.has(Source::HomeFiles) || file.has(Source::HomeFiles) {
            self.out.marks.deletes_found.get_or_insert(span);
        }
        let shown = key.replace(HOLE, "…");
        self.out.fact(span, Capability::Write, &shown);
        let concealed = data.has(Source::Download) || data.has(Source::Decoded);
        if paths::is_startup(&key) {
            self.out.fact(span, Capability::Persist, &shown);
            let severity = if concealed {
                Severity::Critical
            } else {
                Severity::High
            };
            self.note(
                &rules::PERSISTS,
                severity,
                span,
                format!(
                    "{shown} is written, so that something runs later without being asked for."
                ),
                concealed,
            );
        } else if paths::is_agent_config(&key) {
            self.out.fact(span, Capability::AgentConfig, &shown);
            let severity = if concealed || paths::is_agent_control(&key) && key.starts_with('~') {
                Severity::Critical
            } else {
                Severity::High
            };
            self.note(
                &rules::TAMPERS,
                severity,
                span,
                format!("{shown} is written, which steers the agent."),
                concealed,
            );
        } else if key.starts_with("/etc/sudoers")
            || &*key == "/etc/passwd"
            || &*key == "/etc/shadow"
        {
            self.note(
                &rules::PRIVILEGE,
                Severity::High,
                span,
                format!("{shown} is written, which decides who has which rights."),
                false,
            );
        }
    }

    /// Data that flows from one thing into another.
    pub(super) fn pipe(&mut self, given: &Given, span: Span) {
        let mut from = given.receiver.clone();
        let mut into = Value::default();
        for (_, argument) in &given.arguments {
            if argument.path() == "open(w)" {
                into = argument.clone();
            } else {
                from.absorb(argument);
            }
        }
        if into.path.is_some() {
            self.write(&into, &from, span);
        }
        self.out.marks.pipes.get_or_insert(span);
    }

    pub(super) fn copy(&mut self, given: &Given, span: Span) {
        let source = given.first();
        let mut data = self.read(&source, span);
        if source.has(Source::HomeFiles) {
            data.absorb(&source);
        }
        if let Some(target) = given.at(1) {
            let target = target.clone();
            self.write(&target, &data, span);
        }
    }

    pub(super) fn delete(&mut self, given: &Given, span: Span, tree: bool) {
        let file = if given.arguments.is_empty() {
            given.receiver.clone()
        } else {
            given.first()
        };
        if file.has(Source::HomeFiles) {
            self.out.marks.deletes_found.get_or_insert(span);
            if self.branches == 0 {
                self.out.marks.deletes_all.get_or_insert(span);
            }
        }
        let text = file.text.as_deref().unwrap_or_default().replace('\\', "/");
        self.out.fact(span, Capability::Write, &text);
        let whole = matches!(
            text.trim_end_matches(['/', '*']),
            "" | "~"
                | "C:"
                | "/home"
                | "/Users"
                | "/etc"
                | "/usr"
                | "/var"
                | "/root"
                | "~/Documents"
                | "~/Desktop"
                | "~/.ssh"
                | ".."
        ) && !text.is_empty();
        if whole && tree {
            self.note(
                &rules::DESTROYS,
                Severity::Critical,
                span,
                format!("Everything below {text} is deleted."),
                false,
            );
        }
        if !tree && (text.ends_with("_history") || text.starts_with("/var/log")) {
            self.note(
                &rules::DESTROYS,
                Severity::High,
                span,
                format!("{text} is deleted, which hides what happened."),
                false,
            );
        }
    }

    /// The files below a folder.
    pub(super) fn walk(&mut self, path: &str, given: &Given, span: Span) -> Value {
        let on_path = given.receiver.text.is_some();
        let folder = if on_path {
            given.receiver.clone()
        } else {
            given.first()
        };
        let text = folder.text.clone().unwrap_or_else(|| "".into());
        let below = if on_path { given.first().text } else { None };
        let all = match &below {
            Some(below) => format!("{text}/{below}"),
            None => text.to_string(),
        };
        let mut value = Value::of_taints(&folder.taints);
        value.path = Some(format!("{path}()").into());
        let secret = paths::secret_path(&text).or_else(|| paths::secret_path(&all));
        if let Some(found) = secret {
            if let Some(severity) = found.read {
                self.note(
                    &rules::READS_SECRET,
                    severity,
                    span,
                    format!("{} is searched: {}.", all.replace(HOLE, "…"), found.holds),
                    false,
                );
            }
            self.out.fact(span, Capability::ReadSecret, &all);
            value.taint(Taint {
                source: found.source,
                at: span.start,
                what: all.replace(HOLE, "…").into(),
                encoded: None,
            });
        }
        let plain = text.trim_end_matches(['/', '*']);
        let home = matches!(
            plain,
            "~" | "/home"
                | "/Users"
                | "~/Documents"
                | "~/Desktop"
                | "~/Downloads"
                | "~/Pictures"
                | "C:/Users"
        ) || &*text == "/"
            || text.starts_with("~/**")
            || text.starts_with("/**");
        if home {
            self.out.marks.walks_home.get_or_insert(span);
            value.taint(Taint {
                source: Source::HomeFiles,
                at: span.start,
                what: "files of the home folder".into(),
                encoded: None,
            });
        }
        value.text = Some(if text.is_empty() {
            "\0".into()
        } else {
            format!("{}/\0", text.trim_end_matches('/')).into()
        });
        value
    }

    pub(super) fn mode(&mut self, given: &Given, span: Span) {
        let on_path = given.receiver.text.is_some();
        let Some(mode) = given.at(usize::from(!on_path)) else {
            return;
        };
        let bits = mode
            .number
            .or_else(|| i64::from_str_radix(mode.exact()?, 8).ok());
        match bits {
            Some(bits) if bits & 0o6000 != 0 => {
                self.note(
                    &rules::PRIVILEGE,
                    Severity::High,
                    span,
                    "A program is made to run with its owner's rights.",
                    false,
                );
            }
            Some(bits) if bits & 0o002 != 0 => {
                self.note(
                    &rules::PRIVILEGE,
                    Severity::Medium,
                    span,
                    "A file is made writable for everybody.",
                    false,
                );
            }
            _ => {}
        }
    }
}
