//! Calls: of the program's own functions, of functions of libraries, of methods of plain values.

use std::rc::Rc;

use super::flow::Flow;
use super::fold::Coding;
use super::ir::{Argument, Expression, Kind, Span, Target};
use super::library;
use super::names;
use super::rules;
use super::value::{HOLE, Source, Taint, Value};
use crate::finding::Capability;
use tank_registry_core::scan::Severity;

/// What a call is given.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// What it is called on.
    pub(super) receiver: Value,
    pub(super) arguments: Vec<(Option<Rc<str>>, Value)>,
}

impl Given {
    /// The argument of a name, or the positional one at a place.
    pub(super) fn get(&self, at: usize, name: &str) -> Option<&Value> {
        self.named(name).or_else(|| self.at(at))
    }

    pub(super) fn at(&self, at: usize) -> Option<&Value> {
        self.arguments
            .iter()
            .filter(|(name, _)| name.is_none())
            .nth(at)
            .map(|(_, value)| value)
    }

    /// The argument of a name, or the field of that name in an object that is an argument.
    pub(super) fn named(&self, wanted: &str) -> Option<&Value> {
        self.arguments
            .iter()
            .find(|(name, _)| name.as_deref() == Some(wanted))
            .map(|(_, value)| value)
            .or_else(|| {
                self.arguments
                    .iter()
                    .filter(|(name, _)| name.is_none())
                    .find_map(|(_, value)| value.field(wanted))
            })
    }

    pub(super) fn first(&self) -> Value {
        self.at(0).cloned().unwrap_or_default()
    }

    /// Where all of it comes from.
    pub(super) fn all(&self) -> Value {
        let mut value = Value::of_taints(&self.receiver.taints);
        for (_, argument) in &self.arguments {
            value.absorb(argument);
        }
        value
    }
}

/// Methods that put their arguments into what they are called on.
static MUTATORS: &[&str] = &[
    "append",
    "extend",
    "update",
    "push",
    "unshift",
    "set",
    "add",
    "attach",
    "write",
    "writestr",
    "insert",
    "add_header",
    "append_data",
    "concat",
    "join_to",
    "setdefault",
    "add_field",
    "assign",
    "add_attachment",
    "set_content",
    "set_payload",
];

impl Flow<'_> {
    pub(super) fn call(
        &mut self,
        callee: &Expression,
        arguments: &[Argument],
        span: Span,
    ) -> Value {
        let (function, receiver) = self.callee(callee);
        let mut given = Given {
            receiver,
            arguments: self.arguments(arguments),
        };
        let mut path: String = function.path().to_owned();
        if path.is_empty()
            && let Kind::Member(_, name) = &callee.kind
        {
            path = format!("?.{name}");
        }
        // `f.call(this, x)` and `f.apply(this, [x])` are calls of `f`.
        for (end, spread) in [(".call", false), (".apply", true)] {
            if !self.python && path.ends_with(end) {
                path.truncate(path.len() - end.len());
                if !given.arguments.is_empty() {
                    given.arguments.remove(0);
                }
                if spread {
                    let items = given.first().items.unwrap_or_default();
                    given.arguments = items.iter().map(|item| (None, item.clone())).collect();
                }
            }
        }
        if path.ends_with(".bind") || path == "functools.partial" {
            let inner = if path == "functools.partial" {
                given.first().path
            } else {
                Some(path[..path.len() - 5].into())
            };
            return Value {
                path: inner,
                ..function
            };
        }
        if let Some(mut result) = self.own(callee, &function, &given) {
            result.assembled = false;
            return result;
        }
        self.mutate(callee, &path, &given);
        if let Some(result) = self.plain(callee, &path, &given, span) {
            return result;
        }
        let mut result = self.library(&function, &path, &given, span);
        self.callbacks(&path, &given, &mut result);
        result
    }

    /// What is called, and what it is called on.
    fn callee(&mut self, callee: &Expression) -> (Value, Value) {
        match &callee.kind {
            Kind::Member(object, name) => {
                if matches!(&object.kind, Kind::Name(this) if matches!(&**this, "self" | "this" | "cls"))
                {
                    return (self.value(callee), Value::default());
                }
                let receiver = self.value(object);
                let function = self.member(&receiver, name, callee.span);
                (function, receiver)
            }
            Kind::Index(object, _) => {
                let receiver = self.value(object);
                (self.value(callee), receiver)
            }
            _ => (self.value(callee), Value::default()),
        }
    }

    /// A call of one of the program's own functions, followed into it.
    fn own(&mut self, callee: &Expression, function: &Value, given: &Given) -> Option<Value> {
        if let Some(own) = function.function {
            return self.invoke(own, &given.arguments);
        }
        let path = function.path();
        if let Kind::Name(name) = &callee.kind
            && self.classes.contains(name)
        {
            for constructor in ["__init__", "constructor"] {
                if let Some(own) = self.method(constructor, Some(name)) {
                    self.invoke(own, &given.arguments);
                }
            }
            let mut made = Value::of_path(format!("{name}()"));
            for (_, argument) in &given.arguments {
                made.absorb(argument);
            }
            return Some(made);
        }
        let Kind::Member(object, name) = &callee.kind else {
            return None;
        };
        let class = match &object.kind {
            Kind::Name(this) if matches!(&**this, "self" | "this" | "cls" | "super") => None,
            _ => {
                let of = path.strip_suffix(&**name)?.strip_suffix('.')?;
                let class = of.strip_suffix("()").unwrap_or(of);
                if !self.classes.contains(class) {
                    return None;
                }
                Some(class.to_owned())
            }
        };
        let own = self.method(name, class.as_deref())?;
        self.invoke(own, &given.arguments)
    }

    /// What a method puts into what it is called on.
    fn mutate(&mut self, callee: &Expression, path: &str, given: &Given) {
        let Kind::Member(object, name) = &callee.kind else {
            return;
        };
        if !MUTATORS.contains(&&**name) || path.starts_with("os.") || path.starts_with("fs.") {
            return;
        }
        let mut added = Value::default();
        for (_, argument) in &given.arguments {
            added.absorb(argument);
        }
        let holder: Rc<str> = match &object.kind {
            Kind::Name(holder) => Rc::clone(holder),
            Kind::Member(this, field) if matches!(&this.kind, Kind::Name(this) if matches!(&**this, "self" | "this")) => {
                format!("this.{field}").into()
            }
            _ => return,
        };
        let Some(mut before) = self.look_up(&holder) else {
            return;
        };
        before.absorb(&added);
        if matches!(&**name, "append" | "push")
            && let Some(items) = &mut before.items
            && items.len() < 512
            && let Some(item) = given.at(0)
        {
            Rc::make_mut(items).push(item.clone());
        }
        if holder.starts_with("this.") {
            self.globals.insert(holder, before);
        } else {
            self.assign(&Target::Name(holder), before, false, object.span);
        }
    }

    /// Functions that are given along are called with what is known of their arguments.
    fn callbacks(&mut self, path: &str, given: &Given, result: &mut Value) {
        let mut data = result.clone();
        data.absorb(&given.receiver);
        if library::last(path) == "then" || library::last(path) == "on" {
            data.path.clone_from(&given.receiver.path);
            data.text.clone_from(&given.receiver.text);
        }
        let functions: Vec<usize> = given
            .arguments
            .iter()
            .flat_map(|(_, value)| {
                let inner = value.fields.iter().flat_map(|fields| fields.values());
                std::iter::once(value)
                    .chain(inner.take(16))
                    .filter_map(|value| value.function)
            })
            .take(8)
            .collect();
        for function in functions {
            let arguments = [
                (None, data.clone()),
                (None, data.clone()),
                (None, data.clone()),
            ];
            if let Some(returned) = self.invoke(function, &arguments) {
                if matches!(
                    library::last(path),
                    "then" | "map" | "catch" | "finally" | "flatMap" | "reduce"
                ) {
                    *result = returned.either(&Value::of_taints(&result.taints));
                } else {
                    result.absorb(&returned);
                }
            }
        }
    }

    /// Methods of strings and lists, computed where they can be.
    fn plain(
        &mut self,
        callee: &Expression,
        path: &str,
        given: &Given,
        span: Span,
    ) -> Option<Value> {
        if let Kind::Name(name) = &callee.kind {
            return self.plain_function(name, path, given, span);
        }
        let Kind::Member(_, name) = &callee.kind else {
            return None;
        };
        let receiver = &given.receiver;
        let of_library = receiver.path.is_some() && receiver.text.is_none();
        if of_library && receiver.taints.is_empty() && self.model(path, given).is_some() {
            return None;
        }
        let mut value = given.all();
        value.assembled = false;
        match &**name {
            "join"
                if self.python && receiver.text.is_some()
                    || !self.python && receiver.items.is_some() =>
            {
                let (separator, items) = if self.python {
                    (receiver.exact()?.to_owned(), given.at(0)?.clone())
                } else {
                    let separator = given.at(0).and_then(Value::exact).unwrap_or(",");
                    (separator.to_owned(), receiver.clone())
                };
                value.text = Self::joined(&separator, &items);
            }
            "format" if receiver.text.is_some() => value.text = formatted(receiver, given),
            "replace" | "replaceAll" => {
                let text = receiver.exact()?;
                let (from, to) = (given.at(0)?.exact(), given.at(1)?.exact());
                value.text = match (from, to) {
                    (Some(from), Some(to)) if !from.is_empty() => {
                        Value::of_text(text.replace(from, to)).text
                    }
                    _ => Some("\0".into()),
                };
            }
            "split" => {
                let text = receiver.exact()?;
                let parts: Vec<Value> = match given.at(0).and_then(Value::exact) {
                    Some("") => text
                        .chars()
                        .take(8192)
                        .map(|c| Value::of_text(c.to_string()))
                        .collect(),
                    Some(separator) => text
                        .split(separator)
                        .take(1024)
                        .map(Value::of_text)
                        .collect(),
                    None => text
                        .split_whitespace()
                        .take(1024)
                        .map(Value::of_text)
                        .collect(),
                };
                value.items = Some(Rc::new(parts));
            }
            "reverse" if receiver.items.is_some() => {
                let items = receiver.items.as_ref()?;
                value.items = Some(Rc::new(items.iter().rev().cloned().collect()));
                Self::decoded(&mut value, span, Coding::Reversed);
            }
            "map" if !self.python => {
                let function = given.at(0)?.function?;
                let items = self.elements(receiver)?;
                let mut results = Vec::with_capacity(items.len());
                for item in items {
                    results.push(self.invoke(function, &[(None, item)]).unwrap_or_default());
                }
                value = Value::of_items(results);
            }
            "lower" | "toLowerCase" => {
                value.text = Some(receiver.text.as_deref()?.to_lowercase().into())
            }
            "upper" | "toUpperCase" => {
                value.text = Some(receiver.text.as_deref()?.to_uppercase().into())
            }
            "strip" | "trim" | "rstrip" | "lstrip" if receiver.text.is_some() => {
                value.text = Some(receiver.text.as_deref()?.trim().into());
            }
            "concat" if receiver.text.is_some() => {
                let mut parts = vec![receiver.clone()];
                parts.extend(given.arguments.iter().map(|(_, value)| value.clone()));
                value = Value::concat(&parts);
            }
            "joinpath" => {
                let mut parts = vec![receiver.clone()];
                parts.extend(given.arguments.iter().map(|(_, value)| value.clone()));
                value.text = Self::path_of(&parts);
                value.path.clone_from(&receiver.path);
            }
            "charCodeAt" | "codePointAt" => {
                let at = given.at(0).and_then(|at| at.number).unwrap_or(0);
                let c = receiver.exact()?.chars().nth(usize::try_from(at).ok()?)?;
                value.number = Some(i64::from(u32::from(c)));
            }
            "encode" | "decode" | "toString" | "hex" | "tobytes" => {
                let named = given.at(0).and_then(Value::exact).and_then(Coding::of_name);
                match (named, &**name) {
                    (Some(coding), "decode") => self.decode(&mut value, receiver, coding, span),
                    (Some(coding), _) if coding != Coding::Other => {
                        value.taints = receiver.encoded(span.start, coding.shown());
                        self.out.fact(span, Capability::Encode, coding.shown());
                    }
                    (None, "hex") => value.taints = receiver.encoded(span.start, "hex"),
                    _ => {
                        value.text.clone_from(&receiver.text);
                        value.path.clone_from(&receiver.path);
                    }
                }
            }
            "items" | "entries" | "values" | "keys" | "copy" | "read" | "readlines"
            | "readline" | "json" | "text" | "content" | "splitlines" | "flat" | "arrayBuffer"
            | "blob" | "buffer" | "getvalue" | "communicate"
                if !given.receiver.taints.is_empty() && !path.starts_with("os.environ.get") =>
            {
                value.text.clone_from(&receiver.text);
                value.path = receiver.path.clone().filter(|path| &**path == "os.environ");
            }
            "filter" if receiver.has(Source::WholeEnvironment) => {
                if self.picks_secrets(receiver, span) {
                    self.pick_secrets(&mut value, span);
                }
            }
            _ => return None,
        }
        Some(value)
    }

    fn plain_function(
        &mut self,
        name: &str,
        path: &str,
        given: &Given,
        span: Span,
    ) -> Option<Value> {
        if name != path {
            return None;
        }
        let mut value = given.all();
        match name {
            "reversed" => {
                let first = given.at(0)?;
                let items: Vec<Value> = match &first.items {
                    Some(items) => items.iter().rev().cloned().collect(),
                    None => first
                        .exact()?
                        .chars()
                        .rev()
                        .map(|c| Value::of_text(c.to_string()))
                        .collect(),
                };
                value.items = Some(Rc::new(items));
                Self::decoded(&mut value, span, Coding::Reversed);
            }
            "map" if self.python => {
                let items = self.elements(given.at(1)?)?;
                let function = given.at(0)?.clone();
                let mut results = Vec::with_capacity(items.len());
                for item in items {
                    let result = match function.function {
                        Some(own) => self.invoke(own, &[(None, item)]).unwrap_or_default(),
                        None if function.path() == "chr" => Self::characters(&[item], span),
                        None => return None,
                    };
                    results.push(result);
                }
                value = Value::of_items(results);
            }
            "bytes" | "bytearray" if given.at(0).is_some_and(|first| first.items.is_some()) => {
                let items = given.at(0)?.items.clone()?;
                return Some(Self::characters(&items, span));
            }
            _ => return None,
        }
        Some(value)
    }

    fn joined(separator: &str, items: &Value) -> Option<Rc<str>> {
        let items = match &items.items {
            Some(items) => items,
            None => return items.text.clone().filter(|_| separator.is_empty()),
        };
        let mut parts = Vec::with_capacity(items.len() * 2);
        for (at, item) in items.iter().enumerate() {
            if at > 0 && !separator.is_empty() {
                parts.push(Value::of_text(separator));
            }
            parts.push(Value::of_text(item.shown()));
        }
        if parts.is_empty() {
            return Some("".into());
        }
        Value::concat(&parts).text
    }

    /// Characters by their codes.
    pub(super) fn characters(codes: &[Value], span: Span) -> Value {
        let mut value = Value::default();
        let mut text = String::new();
        let mut whole = true;
        for code in codes {
            value.absorb(code);
            let code = code.code().and_then(|code| u32::try_from(code).ok());
            match code.and_then(char::from_u32) {
                Some(c) => text.push(c),
                None => whole = false,
            }
        }
        value.text = if whole && !codes.is_empty() {
            Value::of_text(text).text
        } else {
            Some("\0".into())
        };
        Self::decoded(&mut value, span, Coding::Codes);
        value
    }

    /// Parts of a path, joined.
    pub(super) fn path_of(parts: &[Value]) -> Option<Rc<str>> {
        let mut path = String::new();
        for part in parts {
            let part = part.shown();
            if part.starts_with('/') && !path.is_empty() && path != "~" {
                // Python starts over; Node does so too in `resolve`.
                path.clear();
            } else if !path.is_empty() && !path.ends_with('/') && !part.is_empty() {
                path.push('/');
            }
            path.push_str(&part);
        }
        Value::of_text(path).text
    }

    /// Decodes a value: its text where it is known.
    pub(super) fn decode(&mut self, value: &mut Value, from: &Value, coding: Coding, span: Span) {
        value.text = from
            .exact()
            .and_then(|text| coding.decode(text))
            .and_then(|text| Value::of_text(text).text);
        value.path = None;
        value.items = None;
        if coding != Coding::Percent {
            Self::decoded(value, span, coding);
            self.out.fact(span, Capability::Decode, coding.shown());
        }
    }

    /// A field or a function that is asked for by a string.
    pub(super) fn attribute(&mut self, given: &Given, span: Span) -> Value {
        let object = given.first();
        let Some(name) = given.at(1) else {
            return object;
        };
        let mut value = match name.exact() {
            Some(text) => {
                let text = text.to_owned();
                let mut value = self.member(&object, &text, span);
                value.assembled = object.path.is_some();
                value
            }
            None => {
                let mut value = Value::of_taints(&object.taints);
                if object.path.is_some() {
                    value.path = Some(format!("{}.\0", object.path()).into());
                }
                value
            }
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
                add(Source::Input, "arguments")
            }
            "document.cookie" => add(Source::SecretFile, "document.cookie"),
            _ => {
                let variable = path
                    .strip_prefix("process.env.")
                    .or_else(|| path.strip_prefix("os.environ."))
                    .or_else(|| path.strip_prefix("import.meta.env."));
                if let Some(variable) = variable
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

/// `"a {} {b}".format(x, b=y)`.
fn formatted(receiver: &Value, given: &Given) -> Option<Rc<str>> {
    let text = receiver.text.as_deref()?;
    let mut out = String::new();
    let mut rest = text;
    let mut next = 0;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let opens = rest[at..].starts_with('{');
        rest = &rest[at + 1..];
        if rest.starts_with(if opens { '{' } else { '}' }) {
            out.push(if opens { '{' } else { '}' });
            rest = &rest[1..];
            continue;
        }
        if !opens {
            continue;
        }
        let slot = rest.split('}').next().unwrap_or_default();
        let name = slot.split([':', '!', '.', '[']).next().unwrap_or_default();
        let value = if name.is_empty() {
            next += 1;
            given.at(next - 1)
        } else if let Ok(at) = name.parse() {
            given.at(at)
        } else {
            given.named(name)
        };
        match value {
            Some(value) => out.push_str(&value.shown()),
            None => out.push(HOLE),
        }
        rest = rest.get(slot.len() + 1..).unwrap_or_default();
        if out.len() > 1 << 16 {
            return None;
        }
    }
    out.push_str(rest);
    Value::of_text(out).text
}
