//! Where what a name names comes from, and what is asked for by its name.

use tank_registry_core::scan::Severity;

use super::call::Given;
use super::flow::Flow;
use super::ir::Span;
use super::library;
use super::names;
use super::rules;
use super::value::{Source, Taint, Value};
use crate::finding::Capability;

impl Flow<'_> {
    /// A field or a function that is asked for by a string.
    pub(super) fn attribute(&mut self, given: &Given, span: Span) -> Value {
        let object = given.first();
        let Some(name) = given.at(1) else {
            return object;
        };
        let known = name.exact().map(str::to_owned);
        let mut value = if let Some(known) = known {
            let mut value = self.member(&object, &known, span);
            value.assembled = object.path.is_some();
            value
        } else {
            let mut value = Value::of_taints(&object.taints);
            value.path = object.path.as_ref().map(|path| format!("{path}.\0").into());
            value
        };
        value.absorb(name);
        value
    }

    /// A module that is asked for by its name.
    pub(super) fn import(&mut self, function: &Value, given: &Given, span: Span) -> Value {
        let name = given.first();
        if let Some(text) = name.exact() {
            if text.starts_with("http://") || text.starts_with("https://") {
                let host = names::Host::of(text);
                self.out.fact(span, Capability::Network, &host.name);
                self.note(
                    &rules::REMOTE_CODE,
                    Severity::Critical,
                    span,
                    format!("Code from {} is loaded and run.", host.shown()),
                    true,
                );
                return Value::default();
            }
            let module = names::module(text);
            if name.has(Source::Decoded) {
                let message = format!("The name of {module} is decoded before it is loaded.");
                self.note(&rules::HIDDEN_CALL, Severity::High, span, message, true);
            }
            let mut value = Value::of_path(module);
            value.assembled = function.path() == "__import__";
            return value;
        }
        let source =
            name.taints.iter().map(|taint| taint.source).find(|source| {
                matches!(source, Source::Download | Source::Input | Source::Decoded)
            });
        match source {
            Some(Source::Download) => {
                let chain = self.chain(&name, &[Source::Download], "is loaded as code", span);
                self.note(&rules::REMOTE_CODE, Severity::Critical, span, chain, true);
            }
            Some(Source::Decoded) if function.path() != "require" => {
                self.note(
                    &rules::HIDDEN_CALL,
                    Severity::High,
                    span,
                    "The name of a module is decoded before it is loaded.",
                    true,
                );
            }
            Some(_) => self.note(
                &rules::DYNAMIC_CODE,
                Severity::Medium,
                span,
                "Input chooses which code is loaded.",
                false,
            ),
            None => {}
        }
        let mut value = Value::of_taints(&name.taints);
        value.path = Some("module".into());
        value
    }

    /// Where what a path names comes from, where that alone says it.
    pub(super) fn origin_of_path(&mut self, value: &mut Value, span: Span) {
        let path = value.path().to_owned();
        let mut add = |source: Source, what: &str| {
            value.taint(Taint {
                source,
                at: span.start,
                what: what.into(),
                encoded: None,
            });
        };
        match &*path {
            "os.environ" | "process.env" | "os.environb" | "Deno.env.toObject" | "Bun.env" => {
                add(Source::WholeEnvironment, "the environment");
            }
            "sys.argv" | "process.argv" | "Deno.args" | "sys.stdin" | "process.stdin" => {
                add(Source::Input, "arguments");
            }
            "sys.executable" => value.text = Some("python3".into()),
            "process.execPath" => value.text = Some("node".into()),
            "self.rfile" | "this.rfile" => add(Source::Input, "a request"),
            "document.cookie" => add(Source::SecretFile, "document.cookie"),
            _ => {
                let variable = path
                    .strip_prefix("process.env.")
                    .or_else(|| path.strip_prefix("os.environ."))
                    .or_else(|| path.strip_prefix("import.meta.env."));
                if names::is_conversation(&path) {
                    add(Source::AgentStore, &path);
                } else if let Some(variable) = variable
                    && !variable.contains('.')
                    && variable.chars().any(|c| c.is_ascii_uppercase())
                {
                    let variable = variable.to_owned();
                    *value = self.variable(&variable, span);
                } else if [
                    "req.body",
                    "req.query",
                    "req.params",
                    "request.args",
                    "request.form",
                    "request.json",
                    "request.data",
                    "request.values",
                    "request.GET",
                    "request.POST",
                    "ctx.request.body",
                ]
                .iter()
                .any(|input| {
                    path.strip_prefix("flask.")
                        .unwrap_or(&path)
                        .strip_prefix(input)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                }) {
                    add(Source::Input, "a request");
                } else if path.contains('.')
                    && !path.contains("()")
                    && names::is_secret_name(library::last(&path))
                    && !path.starts_with("os.")
                {
                    add(Source::Variable, &path);
                }
            }
        }
    }

    /// One variable of the environment.
    pub(super) fn variable(&mut self, name: &str, span: Span) -> Value {
        self.out.fact(span, Capability::Environment, name);
        match name {
            "HOME" | "USERPROFILE" => return Value::of_text("~"),
            "APPDATA" | "LOCALAPPDATA" => return Value::of_text("~/AppData"),
            _ => {}
        }
        let mut value = Value::default();
        let source = if names::is_secret_name(name) {
            Source::Variable
        } else if matches!(
            name,
            "USER" | "USERNAME" | "LOGNAME" | "HOSTNAME" | "COMPUTERNAME"
        ) {
            Source::Identity
        } else {
            return value;
        };
        value.taint(Taint {
            source,
            at: span.start,
            what: name.into(),
            encoded: None,
        });
        value
    }
}
