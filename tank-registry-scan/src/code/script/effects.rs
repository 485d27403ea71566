//! What calls of library functions do, and what their results are.

use std::collections::BTreeMap;
use std::ops::Bound;

use tank_registry_core::scan::Severity;

use super::call::Given;
use super::flow::Flow;
use super::fold::Coding;
use super::ir::Span;
use super::library::{self, Model};
use super::names::{self, Host};
use super::paths;
use super::rules;
use super::value::{Source, Taint, Value};
use crate::finding::Capability;

impl Flow<'_> {
    /// The result of a call that is not followed, and what it does.
    pub(super) fn library(
        &mut self,
        function: &Value,
        path: &str,
        given: &Given,
        span: Span,
    ) -> Value {
        let mut result = Self::unknown_result(path, given);
        // What `this` is outside of everything.
        if path == "Function()" && function.text.as_deref() == Some("return this") {
            return Value::of_path("globalThis");
        }
        let Some(model) = self.model(path, given) else {
            return result;
        };
        if function.assembled {
            self.hidden_call(model, path, span);
        }
        match model {
            Model::Code | Model::Compile => {
                self.run_code(path, given, span, model == Model::Compile);
                if model == Model::Compile {
                    result.text = given.first().text;
                }
            }
            Model::Shell => return self.run_shell(&given.first(), given, span),
            Model::Program => return self.run_program(path, given, span),
            Model::Import => return self.import(function, given, span),
            Model::Attribute => return self.attribute(given, span),
            Model::Request => return self.request(path, given, span),
            Model::Transmit => return self.transmit(path, given, span),
            Model::Connect => return self.connect(path, given, span),
            Model::Resolve => self.resolve(given, span),
            Model::Listen => self.out.fact(span, Capability::Listen, ""),
            Model::Open => return self.open(path, given, span),
            Model::Read => {
                let on_path = given.receiver.text.is_some();
                let file = if on_path {
                    given.receiver.clone()
                } else {
                    given.first()
                };
                return self.read(&file, span);
            }
            Model::Write => self.write_given(given, span),
            Model::Copy => self.copy(given, span),
            Model::Delete => self.delete(given, span, false),
            Model::DeleteTree => self.delete(given, span, true),
            Model::Walk => return self.walk(path, given, span),
            Model::Pipe => self.pipe(given, span),
            Model::Mode => self.mode(given, span),
            Model::Deserialize => self.deserialize(path, given, span),
            Model::Serialize => return self.serialize(path, given, span),
            Model::RaiseRights if given.first().number == Some(0) => {
                let message = "The program makes itself the superuser.";
                self.note(&rules::PRIVILEGE, Severity::High, span, message, false);
            }
            Model::Registry => {
                let key = given.at(1).and_then(|key| key.text.clone());
                if let Some(key) = key.filter(|key| paths::is_startup(key)) {
                    self.out.fact(span, Capability::Persist, &key);
                    let message = format!("{key} is opened, which says what runs at every start.");
                    self.note(&rules::PERSISTS, Severity::High, span, message, false);
                }
            }
            Model::Native => {
                let message = "Machine code is put into memory to be run.";
                self.note(&rules::DECODED_CODE, Severity::High, span, message, false);
            }
            Model::Redirect => self.out.marks.redirects = self.out.marks.redirects.or(Some(span)),
            Model::Keys => self.out.marks.keys = self.out.marks.keys.or(Some(span)),
            Model::Fork => self.out.marks.forks = self.out.marks.forks.or(Some(span)),
            _ => return self.computed(model, path, given, span, result),
        }
        result
    }

    /// The result of a function whose result is what matters.
    fn computed(
        &mut self,
        model: Model,
        path: &str,
        given: &Given,
        span: Span,
        known: Value,
    ) -> Value {
        let mut result = known;
        match model {
            Model::Receive => {
                let connects = &self.out.marks.connects;
                let host = connects.as_ref().map_or("", |(_, host)| host).to_owned();
                return Self::origin(Source::Download, &host, span);
            }
            Model::Decode(coding) => {
                let from = given.first();
                result = Value::of_taints(&from.taints);
                self.decode(&mut result, &from, coding, span);
            }
            Model::DecodeNamed => return self.decode_named(given, span),
            Model::Encode(how) => {
                result = Value::of_taints(&given.all().encoded(span.start, how));
                self.out.fact(span, Capability::Encode, how);
            }
            Model::Encrypt => {
                self.out.marks.encrypts.get_or_insert(span);
                result = Value::of_taints(&given.all().encoded(span.start, "encryption"));
                result.path = Some(format!("{path}()").into());
            }
            Model::JoinPath => {
                result.text = Self::path_of(&given.values());
                result.path = None;
            }
            Model::Same => return Self::same(path, given),
            Model::Home => {
                result = Value::of_text("~");
                result.path = Some("pathlib.Path()".into());
            }
            Model::Variable => {
                let name = given.first();
                let Some(variable) = name.exact() else {
                    return Value::of_taints(&name.taints);
                };
                let variable = variable.to_owned();
                result = self.variable(&variable, span);
                if let Some(default) = given.at(1) {
                    result = result.either(default);
                }
            }
            Model::Input => result = Self::origin(Source::Input, "input", span),
            Model::Clipboard => {
                self.out.marks.clipboard.get_or_insert(span);
                result = Self::origin(Source::Clipboard, "the clipboard", span);
            }
            Model::Screen => result = Self::origin(Source::Screen, "a screenshot", span),
            Model::Location => result = Self::origin(Source::Location, "the location", span),
            Model::Identity | Model::Clock => {
                let is_clock = model == Model::Clock;
                let source = if is_clock {
                    Source::Clock
                } else {
                    Source::Identity
                };
                result = Self::origin(source, path, span);
                result.path = Some(format!("{path}()").into());
            }
            Model::Keychain => return self.keychain(path, given, span),
            Model::Characters => {
                let codes: Vec<Value> = given
                    .values()
                    .into_iter()
                    .flat_map(|value| match &value.items {
                        Some(items) => items.to_vec(),
                        None => vec![value],
                    })
                    .collect();
                return Self::characters(&codes, span);
            }
            Model::CodeOf => result.number = given.first().code(),
            _ => {}
        }
        result
    }

    /// Stored passwords: the one that is its own, or those of others.
    fn keychain(&mut self, path: &str, given: &Given, span: Span) -> Value {
        let its_own = path.starts_with("keyring") || path == "keytar.getPassword";
        if its_own {
            let name = given.first().text.unwrap_or_else(|| "password".into());
            return Self::origin(Source::Variable, &name, span);
        }
        self.out.fact(span, Capability::ReadSecret, "keychain");
        let message = "Stored passwords or a browser's cookies are read.";
        self.note(&rules::READS_SECRET, Severity::High, span, message, false);
        Self::origin(Source::SecretFile, "stored passwords", span)
    }

    /// `Buffer.from(text, "base64")`, `codecs.decode(text, "rot13")`.
    fn decode_named(&mut self, given: &Given, span: Span) -> Value {
        let from = given.first();
        let mut result = Value::of_taints(&from.taints);
        let coding = given.get(1, "encoding").and_then(Value::exact);
        if let Some(coding) = coding.and_then(Coding::of_name) {
            self.decode(&mut result, &from, coding, span);
            return result;
        }
        if let Some(items) = &from.items
            && items.len() > 3
            && items.iter().all(|item| item.number.is_some())
        {
            return Self::characters(items, span);
        }
        result.text = from.text;
        result.path = Some("Buffer()".into());
        result
    }

    fn write_given(&mut self, given: &Given, span: Span) {
        let on_path = given.receiver.text.is_some() || given.receiver.path() == "open(w)";
        if on_path {
            self.write(&given.receiver, &given.first(), span);
        } else {
            self.write(
                &given.first(),
                &given.at(1).cloned().unwrap_or_default(),
                span,
            );
        }
    }

    /// What a function does: by its name, by what it was brought from, by what it is given.
    pub(super) fn model(&self, path: &str, given: &Given) -> Option<Model> {
        if path.is_empty() {
            return None;
        }
        let canonical = names::canonical(path);
        let named = library::model(&canonical, self.python);
        if named.is_some() {
            return named;
        }
        if !path.contains('.') {
            return self
                .globals
                .range::<str, _>((Bound::Included("*"), Bound::Excluded("+")))
                .find_map(|(_, module)| {
                    library::model(&format!("{}.{path}", module.path()), self.python)
                });
        }
        // Any client: it is given where to go.
        let goes = given
            .at(0)
            .and_then(|url| url.text.as_deref())
            .is_some_and(|text| text.starts_with("http://") || text.starts_with("https://"));
        let sends = matches!(
            library::last(path),
            "get" | "post" | "put" | "patch" | "request" | "fetch" | "send" | "delete"
        );
        (goes && sends).then_some(Model::Request)
    }

    pub(super) fn origin(source: Source, what: &str, span: Span) -> Value {
        let mut value = Value::default();
        value.taint(Taint {
            source,
            at: span.start,
            what: what.into(),
            encoded: None,
        });
        value
    }

    pub(super) fn unknown_result(path: &str, given: &Given) -> Value {
        let mut result = given.all();
        // A client that holds a key is not that key.
        let made = library::last(path)
            .chars()
            .next()
            .is_some_and(char::is_uppercase)
            || path.to_ascii_lowercase().contains("client");
        if made {
            result
                .taints
                .retain(|taint| taint.source != Source::Variable);
        }
        // Whether there is something is not what it is.
        if matches!(
            library::last(path),
            "len"
                | "bool"
                | "isinstance"
                | "exists"
                | "existsSync"
                | "isfile"
                | "isdir"
                | "is_file"
                | "is_dir"
                | "int"
                | "float"
                | "Boolean"
                | "Number"
                | "parseInt"
                | "includes"
                | "startswith"
                | "startsWith"
                | "hashlib.sha256"
                | "sha256"
                | "createHash"
                | "stat"
                | "statSync"
                | "access"
                | "type"
        ) {
            result.taints.retain(|taint| {
                matches!(
                    taint.source,
                    Source::Clock | Source::Identity | Source::Input | Source::Parameter
                )
            });
        }
        if !path.is_empty() {
            result.path = Some(format!("{path}()").into());
        }
        result
    }

    pub(super) fn same(path: &str, given: &Given) -> Value {
        let mut value = if given.arguments.is_empty() && given.receiver.text.is_some() {
            given.receiver.clone()
        } else {
            given.first()
        };
        if path.starts_with("pathlib.") && given.arguments.len() > 1 {
            let parts: Vec<Value> = given
                .arguments
                .iter()
                .map(|(_, value)| value.clone())
                .collect();
            value = given.all();
            value.text = Self::path_of(&parts);
        }
        if path.starts_with("pathlib.") {
            value.path = Some("pathlib.Path()".into());
            value.text.get_or_insert_with(|| "\0".into());
        }
        for (_, argument) in given.arguments.iter().skip(1) {
            value.absorb(argument);
        }
        value
    }

    pub(super) fn serialize(&mut self, path: &str, given: &Given, span: Span) -> Value {
        let mut value = given.all();
        let first = given.first();
        let prints = path.ends_with("print") || path == "console.log";
        if first.has(Source::WholeEnvironment)
            && first.fields.is_none()
            && !(path == "console.log"
                && first.path().contains('.')
                && first.path() != "process.env")
        {
            let severity = if prints {
                Severity::Medium
            } else {
                Severity::High
            };
            self.note(
                &rules::HARVESTS,
                severity,
                span,
                "The whole environment, with every secret in it, is written out.",
                false,
            );
        }
        let owners = keys_of_several(&first);
        if !prints && owners.len() > 1 {
            let message = format!(
                "Keys of several services are put together and written out: {}.",
                owners.join(", ")
            );
            self.note(&rules::HARVESTS, Severity::High, span, message, false);
        }
        // An image whose address holds data is loaded by whoever shows the text.
        if prints
            && let Some(text) = first.text.as_deref()
            && let Some((_, address)) = text.split_once("](http")
            && text.contains("![")
        {
            let host = names::Host::of(&format!("http{address}"));
            self.judge_send(
                &first,
                &Value::default(),
                &host,
                "shown as an image of",
                span,
            );
        }
        if matches!(path, "json.dumps" | "JSON.stringify") {
            value.fields.clone_from(&first.fields);
        }
        if path == "json.dump"
            && let Some(file) = given.at(1)
        {
            let file = file.clone();
            if file.path() == "open(w)" {
                self.write(&file, &first, span);
            }
        }
        value
    }

    /// A name that is looked up: data in it goes to whoever serves its domain.
    pub(super) fn resolve(&mut self, given: &Given, span: Span) {
        let name = given.first();
        let host = Host::of(name.text.as_deref().unwrap_or_default());
        self.out.fact(span, Capability::Network, &host.name);
        self.judge_lookup(&name, &host, span);
    }
}

/// The variables in a table that hold keys of services that have nothing to do with each other.
fn keys_of_several(value: &Value) -> Vec<String> {
    let Some(fields) = &value.fields else {
        return Vec::new();
    };
    let mut owners = BTreeMap::new();
    for field in fields.values() {
        for taint in &field.taints {
            if taint.source == Source::Variable {
                let owner = taint.what.split('_').next().unwrap_or_default().to_owned();
                owners
                    .entry(owner)
                    .or_insert_with(|| taint.what.to_string());
            }
        }
    }
    owners.into_values().collect()
}
