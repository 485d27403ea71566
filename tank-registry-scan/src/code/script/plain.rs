//! Methods of strings and lists, and functions on them, computed where they can be.

use std::rc::Rc;

use super::call::Given;
use super::flow::Flow;
use super::fold::Coding;
use super::ir::{Expression, Kind, Span};
use super::value::{HOLE, Source, Value};
use crate::finding::Capability;

impl Flow<'_> {
    /// Methods of strings and lists, computed where they can be.
    #[allow(clippy::too_many_lines)] // A table of methods.
    pub(super) fn plain(
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
                value.hold_items(parts);
            }
            "reverse" if receiver.items.is_some() => {
                let items = receiver.items.as_ref()?;
                value.hold_items(items.iter().rev().cloned().collect());
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
                value.text = Some(receiver.text.as_deref()?.to_lowercase().into());
            }
            "upper" | "toUpperCase" => {
                value.text = Some(receiver.text.as_deref()?.to_uppercase().into());
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

    pub(super) fn plain_function(
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
                value.hold_items(items);
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

    pub(super) fn joined(separator: &str, items: &Value) -> Option<Rc<str>> {
        let Some(items) = &items.items else {
            return items.text.clone().filter(|_| separator.is_empty());
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
