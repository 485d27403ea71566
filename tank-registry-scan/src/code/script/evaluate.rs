//! Expressions: constants are computed, everything else is known by where it comes from.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::flow::{Flow, Frame};
use super::fold::Coding;
use super::ir::{Argument, Expression, Kind, Operator, Span, Target};
use super::names;
use super::value::{HOLE, Source, Taint, Value};

impl Flow<'_> {
    pub(super) fn value_of(&mut self, expression: &Expression) -> Value {
        let span = expression.span;
        match &expression.kind {
            Kind::Text(text) => Value::of_text(Rc::clone(text)),
            Kind::Number(number) => Value::of_number(*number),
            Kind::Boolean(truth) => Value {
                truth: Some(*truth),
                ..Value::default()
            },
            Kind::Name(name) => self.name(name, span),
            Kind::Member(object, name) => {
                if matches!(&object.kind, Kind::Name(this) if matches!(&**this, "self" | "this" | "cls"))
                    && let Some(value) = self.globals.get(&*format!("this.{name}"))
                {
                    return value.clone();
                }
                let object = self.value(object);
                self.member(&object, name, span)
            }
            Kind::Index(object, key) => {
                let object = self.value(object);
                let key = self.value(key);
                self.element_at(&object, &key, span)
            }
            Kind::Slice(object, backwards) => self.slice(object, *backwards, span),
            Kind::Call(callee, arguments) => self.call(callee, arguments, span),
            Kind::Join(parts) => {
                let parts = self.values(parts);
                Value::concat(&parts)
            }
            Kind::Binary(operator, left, right) => {
                let left = self.value(left);
                let right = self.value(right);
                Self::binary(*operator, left, right)
            }
            Kind::List(items) => Value::of_items(self.values(items)),
            Kind::Fields(fields) => self.fields(fields),
            Kind::Function(function) => Value {
                function: Some(*function),
                ..Value::default()
            },
            Kind::Each {
                element,
                over,
                conditions,
            } => self.each(element, over, conditions, span),
            Kind::Assign(target, value, added) => {
                let value = self.value(value);
                self.assign(target, value.clone(), *added, span);
                value
            }
            Kind::Group(parts) => {
                let mut value = Value::default();
                for part in self.values(parts) {
                    value.absorb(&part);
                }
                value
            }
            Kind::OneOf(parts) => {
                let mut parts = self.values(parts).into_iter();
                let first = parts.next().unwrap_or_default();
                parts.fold(first, |value, part| value.either(&part))
            }
            Kind::Unknown => Value::default(),
        }
    }

    pub(super) fn values(&mut self, parts: &[Expression]) -> Vec<Value> {
        parts.iter().map(|part| self.value(part)).collect()
    }

    pub(super) fn name(&mut self, name: &Rc<str>, span: Span) -> Value {
        if let Some(value) = self.look_up(name) {
            return value;
        }
        if &**name == "__dirname" || &**name == "__file__" {
            return Value::of_text("\0");
        }
        let mut value = Value::of_path(Rc::clone(name));
        self.origin_of_path(&mut value, span);
        value
    }

    /// A field of a value.
    pub(super) fn member(&mut self, object: &Value, name: &str, span: Span) -> Value {
        if let Some(field) = object.field(name) {
            return field.clone();
        }
        let mut value = Value::of_taints(&object.taints);
        value.assembled = object.assembled;
        if name == "constructor" && !self.python {
            // Of any function, that of an array's method: what makes functions of text.
            if object.function.is_some() || object.path().ends_with("?.constructor") {
                value.path = Some("Function".into());
                value.assembled = true;
                return value;
            }
            if object.text.is_some() || object.items.is_some() {
                value.path = Some("?.constructor".into());
                return value;
            }
        }
        if object.path.is_some() {
            let path = format!("{}.{name}", object.path());
            value.path = Some(names::canonical(&path).into());
            self.origin_of_path(&mut value, span);
        }
        if let (Some(text), "length") = (&object.text, name)
            && !text.contains(HOLE)
        {
            value.number = i64::try_from(text.chars().count()).ok();
        }
        // A path keeps its text; so does what is only unwrapped.
        if matches!(name, "parent" | "stdout" | "text" | "value" | "href")
            && object.path().ends_with("()")
        {
            value.text.clone_from(&object.text);
        }
        value
    }

    pub(super) fn element_at(&mut self, object: &Value, key: &Value, span: Span) -> Value {
        if let Some(key) = key.exact() {
            let key = key.to_owned();
            let mut value = self.member(object, &key, span);
            if object.path.is_some() && object.fields.is_none() {
                value.assembled = true;
            }
            return value;
        }
        if let Some(number) = key.number {
            if let Some(items) = &object.items {
                let at = if number < 0 {
                    i64::try_from(items.len()).ok().map(|len| len + number)
                } else {
                    Some(number)
                };
                let item = at
                    .and_then(|at| usize::try_from(at).ok())
                    .and_then(|at| items.get(at));
                if let Some(item) = item {
                    return item.clone();
                }
            }
            if let (Some(text), Ok(at)) = (object.exact(), usize::try_from(number))
                && let Some(c) = text.chars().nth(at)
            {
                return Value::of_text(c.to_string());
            }
        }
        let mut value = Self::element(object);
        value.absorb(key);
        if let Some(path) = &object.path {
            // Which variable is asked for is not known.
            if matches!(&**path, "process.env" | "os.environ") {
                value
                    .taints
                    .retain(|taint| taint.source != Source::WholeEnvironment);
                value.path = None;
            } else if key.number.is_none() {
                value.path = Some(format!("{path}.\0").into());
            }
        }
        value
    }

    pub(super) fn slice(&mut self, object: &Expression, backwards: bool, span: Span) -> Value {
        let object = self.value(object);
        let mut value = Value::of_taints(&object.taints);
        value.path.clone_from(&object.path);
        if backwards {
            if let Some(text) = object.exact() {
                value.text = Coding::Reversed.decode(text).map(Into::into);
                Self::decoded(&mut value, span, Coding::Reversed);
            } else if let Some(items) = &object.items {
                value.hold_items(items.iter().rev().cloned().collect());
            }
        } else if object.text.is_some() {
            value.text = Some("\0".into());
        } else {
            value.items.clone_from(&object.items);
        }
        value
    }

    pub(super) fn decoded(value: &mut Value, span: Span, coding: Coding) {
        value.taint(Taint {
            source: Source::Decoded,
            at: span.start,
            what: coding.shown().into(),
            encoded: None,
        });
    }

    pub(super) fn binary(operator: Operator, left: Value, right: Value) -> Value {
        if let (Some(a), Some(b)) = (left.code(), right.code())
            && (left.number.is_some() || right.number.is_some())
            && (left.number.is_some() && right.number.is_some() || operator == Operator::Xor)
        {
            let number = match operator {
                Operator::Percent => a.checked_rem(b),
                Operator::Slash => a.checked_div(b),
                Operator::Minus => a.checked_sub(b),
                Operator::Times => a.checked_mul(b),
                Operator::Xor => Some(a ^ b),
                Operator::And => Some(a & b),
                Operator::Or => Some(a | b),
                Operator::ShiftLeft => u32::try_from(b).ok().and_then(|b| a.checked_shl(b)),
                Operator::ShiftRight => u32::try_from(b).ok().and_then(|b| a.checked_shr(b)),
            };
            let mut value = Value::of_taints(&left.taints);
            value.absorb(&right);
            value.number = number;
            if operator == Operator::Xor {
                Self::decoded(&mut value, Span::default(), Coding::Other);
            }
            return value;
        }
        match operator {
            Operator::Percent if left.text.is_some() => Self::percent(&left, &right),
            Operator::Slash if left.text.is_some() || right.text.is_some() => {
                let mut value = Value::concat(&[left.clone(), Value::of_text("/"), right]);
                value.path = left.path;
                value
            }
            Operator::Xor => {
                let mut value = Value::of_taints(&left.taints);
                value.absorb(&right);
                Self::decoded(&mut value, Span::default(), Coding::Other);
                value
            }
            _ => {
                let mut value = Value::of_taints(&left.taints);
                value.absorb(&right);
                value
            }
        }
    }

    /// `"a %s" % b`.
    pub(super) fn percent(left: &Value, right: &Value) -> Value {
        let mut value = Value::of_taints(&left.taints);
        value.absorb(right);
        let items = match &right.items {
            Some(items) => items.to_vec(),
            None => vec![right.clone()],
        };
        let mut items = items.iter();
        let text = left.text.as_deref().unwrap_or_default();
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let after =
                rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'));
            match after.chars().next() {
                Some('%') => out.push('%'),
                Some(c) if c.is_ascii_alphabetic() => match items.next() {
                    Some(item) => out.push_str(&item.shown()),
                    None => out.push(HOLE),
                },
                _ => {
                    out.push(HOLE);
                    continue;
                }
            }
            rest = after.get(1..).unwrap_or_default();
        }
        out.push_str(rest);
        value.text = Value::of_text(out).text;
        value
    }

    pub(super) fn fields(&mut self, fields: &[(Option<Expression>, Expression)]) -> Value {
        let mut value = Value::default();
        let mut known: BTreeMap<Rc<str>, Value> = BTreeMap::new();
        for (key, field) in fields {
            let field = self.value(field);
            value.absorb(&field);
            match key {
                Some(key) => {
                    let key = self.value(key);
                    value.absorb(&key);
                    if let Some(key) = key.exact() {
                        known.insert(key.into(), field);
                    }
                }
                None => {
                    if let Some(inner) = &field.fields {
                        known.extend(
                            inner
                                .iter()
                                .map(|(key, value)| (Rc::clone(key), value.clone())),
                        );
                    }
                }
            }
        }
        value.hold_fields(Rc::new(known));
        value
    }

    pub(super) fn each(
        &mut self,
        element: &Expression,
        over: &[(Target, Expression)],
        conditions: &[Expression],
        span: Span,
    ) -> Value {
        // Names of it are its own.
        let function = usize::MAX;
        let enclosing = self.frames.len();
        self.frames.push(Frame {
            function,
            ..Frame::default()
        });
        let mut listed = None;
        for (target, each) in over {
            let each = self.value(each);
            if over.len() == 1 && conditions.is_empty() {
                listed = self.elements(&each);
            }
            let mut one = Self::element(&each);
            if self.picks_secrets(&each, span) {
                self.pick_secrets(&mut one, span);
            }
            self.declare(target, one);
        }
        for condition in conditions {
            self.value(condition);
        }
        let value = if let (Some(listed), Some((target, _))) = (listed, over.first()) {
            let mut results = Vec::with_capacity(listed.len());
            self.repeating += 1;
            for item in listed {
                self.declare(target, item);
                results.push(self.value(element));
            }
            self.repeating -= 1;
            Value::of_items(results)
        } else {
            let one = self.value(element);
            let mut value = Value::of_taints(&one.taints);
            if one.text.is_some() {
                value.hold_items(vec![Value::of_text("\0")]);
            }
            value
        };
        self.frames.truncate(enclosing);
        value
    }

    pub(super) fn arguments(&mut self, arguments: &[Argument]) -> Vec<(Option<Rc<str>>, Value)> {
        arguments
            .iter()
            .map(|argument| (argument.name.clone(), self.value(&argument.value)))
            .collect()
    }
}
