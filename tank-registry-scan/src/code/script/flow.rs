//! Follows data through a program without running it: constants are computed, everything else is
//! known by where it comes from. Calls of the program's own functions are followed into them, as far
//! as fuel lasts; every function is looked at on its own as well.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use tank_registry_core::scan::Severity;

use super::fold::Coding;
use super::ir::{Argument, Expression, Kind, Operator, Program, Span, Statement, Target};
use super::names;
use super::output::Output;
use super::rules;
use super::trigger::Guard;
use super::value::{HOLE, Source, Taint, Value};

/// How deep expressions and calls are followed, together.
const DEEPEST: usize = 220;
/// How deep calls are followed.
const DEEPEST_CALLS: usize = 5;
/// Most elements that are computed one by one.
const MOST_ELEMENTS: usize = 8192;

/// Names of a function while it is followed.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) names: BTreeMap<Rc<str>, Value>,
    pub(super) returned: Value,
    pub(super) function: usize,
}

/// The state of one look at one program.
pub(super) struct Flow<'p> {
    pub(super) program: &'p Program,
    pub(super) code: &'p str,
    pub(super) python: bool,
    pub(super) globals: BTreeMap<Rc<str>, Value>,
    pub(super) frames: Vec<Frame>,
    /// The line of an offset.
    pub(super) lines: &'p dyn Fn(u32) -> u32,
    /// What is written to which file.
    pub(super) written: BTreeMap<Rc<str>, Value>,
    /// Conditions that what is looked at depends on.
    pub(super) guards: Vec<Guard>,
    pub(super) out: Output,
    pub(super) classes: BTreeSet<Rc<str>>,
    methods: BTreeMap<Rc<str>, Vec<usize>>,
    visited: BTreeSet<usize>,
    fuel: usize,
    depth: usize,
}

impl<'p> Flow<'p> {
    pub(super) fn new(
        program: &'p Program,
        code: &'p str,
        python: bool,
        lines: &'p dyn Fn(u32) -> u32,
    ) -> Self {
        let mut methods: BTreeMap<Rc<str>, Vec<usize>> = BTreeMap::new();
        let mut classes = BTreeSet::new();
        for (at, function) in program.functions.iter().enumerate() {
            if !function.class.is_empty() {
                classes.insert(Rc::clone(&function.class));
                methods
                    .entry(Rc::clone(&function.name))
                    .or_default()
                    .push(at);
            }
        }
        Self {
            program,
            code,
            python,
            globals: BTreeMap::new(),
            frames: Vec::new(),
            lines,
            written: BTreeMap::new(),
            guards: Vec::new(),
            out: Output::default(),
            classes,
            methods,
            visited: BTreeSet::new(),
            fuel: (program.size * 12).max(20_000),
            depth: 0,
        }
    }

    /// Looks at all of it, twice: what functions leave in fields is known the second time.
    pub(super) fn run(mut self) -> Output {
        for _ in 0..2 {
            self.visited.clear();
            self.block(&self.program.body);
            for function in 0..self.program.functions.len() {
                let named = self
                    .program
                    .functions
                    .get(function)
                    .is_some_and(|function| !function.name.is_empty());
                if named || !self.visited.contains(&function) {
                    self.guards.clear();
                    self.alone(function);
                }
            }
            self.guards.clear();
        }
        self.patterns_of_behaviour();
        self.out
    }

    /// A function on its own: nothing is known of its parameters.
    fn alone(&mut self, function: usize) {
        let Some(definition) = self.program.functions.get(function) else {
            return;
        };
        let mut frame = Frame {
            function,
            ..Frame::default()
        };
        for parameter in &definition.parameters {
            if let Target::Name(name) = parameter {
                let mut value = Value::default();
                value.taint(Taint {
                    source: Source::Parameter,
                    at: 0,
                    what: Rc::clone(name),
                    encoded: None,
                });
                let value = Self::parameter(parameter, value);
                frame.names.insert(Rc::clone(name), value);
            }
        }
        self.frames.push(frame);
        self.block(&definition.body);
        self.frames.pop();
    }

    /// Calls a function of the program; `None` where it is not followed.
    pub(super) fn invoke(
        &mut self,
        function: usize,
        arguments: &[(Option<Rc<str>>, Value)],
    ) -> Option<Value> {
        let program = self.program;
        let definition = program.functions.get(function)?;
        let running = self.frames.iter().any(|frame| frame.function == function);
        if running || self.frames.len() >= DEEPEST_CALLS || self.fuel == 0 {
            return None;
        }
        self.visited.insert(function);
        self.frames.push(Frame {
            function,
            ..Frame::default()
        });
        let mut rest = arguments.iter().filter(|(name, _)| name.is_none());
        for parameter in &definition.parameters {
            let value = match parameter {
                Target::Name(wanted) => arguments
                    .iter()
                    .find(|(name, _)| name.as_ref() == Some(wanted))
                    .or_else(|| rest.next()),
                _ => rest.next(),
            };
            let value = value.map_or_else(Value::default, |(_, value)| value.clone());
            let value = Self::parameter(parameter, value);
            self.declare(parameter, value);
        }
        let guards = self.guards.len();
        self.block(&definition.body);
        self.guards.truncate(guards);
        self.frames.pop().map(|frame| frame.returned)
    }

    /// The method of this name, where there is one.
    pub(super) fn method(&self, name: &str, class: Option<&str>) -> Option<usize> {
        let all = self.methods.get(name)?;
        let of_class = class.and_then(|class| {
            all.iter().copied().find(|at| {
                self.program
                    .functions
                    .get(*at)
                    .is_some_and(|function| &*function.class == class)
            })
        });
        of_class.or_else(|| all.first().copied())
    }

    pub(super) fn source_of(&self, span: Span) -> &'p str {
        self.code
            .get(span.start as usize..span.end as usize)
            .unwrap_or_default()
    }

    pub(super) fn block(&mut self, statements: &[Statement]) {
        let guards = self.guards.len();
        for statement in statements {
            self.statement(statement);
        }
        self.guards.truncate(guards);
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Expression(value) => {
                self.value(value);
            }
            Statement::Assign(target, value, added) => {
                let at = value.span;
                let value = self.value(value);
                self.assign(target, value, *added, at);
            }
            Statement::Import(name, path) => {
                if &**name == "*" {
                    // What it brings is known by its own name.
                    self.globals
                        .insert(format!("*{path}").into(), Value::of_path(Rc::clone(path)));
                } else {
                    self.declare(
                        &Target::Name(Rc::clone(name)),
                        Value::of_path(Rc::clone(path)),
                    );
                }
            }
            Statement::Return(value) => {
                let value = self.value(value);
                if let Some(frame) = self.frames.last_mut() {
                    frame.returned = std::mem::take(&mut frame.returned).either(&value);
                }
            }
            Statement::If {
                test,
                then,
                otherwise,
            } => {
                let tested = self.value(test);
                let guard = self.guard(test, &tested, then);
                // `if (not yet) return;` guards what follows.
                let leaves = matches!(then.last(), Some(Statement::Return(_) | Statement::Leave));
                match guard {
                    Some(guard) if leaves && then.len() <= 2 => {
                        self.block(then);
                        self.guards.push(guard);
                    }
                    Some(guard) => {
                        self.guards.push(guard);
                        self.block(then);
                        self.guards.pop();
                    }
                    None => self.block(then),
                }
                self.block(otherwise);
            }
            Statement::Loop {
                each,
                endless,
                body,
                span,
            } => {
                if let Some((target, over)) = each {
                    let over = self.value(over);
                    let mut element = self.element(&over);
                    if self.picks_secrets(&over, *span) {
                        self.pick_secrets(&mut element, *span);
                    }
                    self.assign(target, element, false, *span);
                }
                if *endless {
                    self.out.endless.push(*span);
                }
                self.block(body);
            }
            Statement::Define(name, function) => {
                let value = Value {
                    function: Some(*function),
                    ..Value::default()
                };
                self.declare(&Target::Name(Rc::clone(name)), value);
            }
            Statement::Block(inner) => self.block(inner),
            Statement::Leave => {}
        }
    }

    /// One element of a value.
    pub(super) fn element(&self, over: &Value) -> Value {
        let mut element = Value::of_taints(&over.taints);
        element.path.clone_from(&over.path);
        if let Some(items) = &over.items {
            // Whatever all have in common; for lists of paths, the worst of them.
            let secret = items.iter().find(|item| {
                item.text.as_deref().is_some_and(|text| {
                    names::secret_path(text).is_some_and(|found| found.read.is_some())
                })
            });
            if let Some(item) = secret.or_else(|| items.first()) {
                element = element.either(item);
                element.items.clone_from(&item.items);
            }
        } else if let Some(text) = &over.text {
            if text.contains(HOLE) || over.has(Source::HomeFiles) {
                element.text = Some(Rc::clone(text));
            }
        }
        element
    }

    /// Whether code picks out of the environment what is named like a secret.
    pub(super) fn picks_secrets(&self, over: &Value, span: Span) -> bool {
        over.has(Source::WholeEnvironment) && super::trigger::picks_secrets(self.source_of(span))
    }

    pub(super) fn pick_secrets(&mut self, value: &mut Value, span: Span) {
        let message = "What is named like a secret is picked out of the environment.";
        self.note(&rules::HARVESTS, Severity::High, span, message, false);
        for taint in &mut value.taints {
            if taint.source == Source::WholeEnvironment {
                taint.source = Source::SecretVariables;
            }
        }
    }

    /// What a parameter is, where nothing is known but its name: handlers name what they are asked.
    fn parameter(target: &Target, mut value: Value) -> Value {
        if let Target::Name(name) = target
            && value
                .taints
                .iter()
                .all(|taint| taint.source == Source::Parameter)
            && value.text.is_none()
            && matches!(&**name, "req" | "request")
        {
            value.path = Some(Rc::clone(name));
        }
        value
    }

    /// Binds a name where it is declared: in the function that is followed.
    fn declare(&mut self, target: &Target, value: Value) {
        match target {
            Target::Name(name) => {
                let names = match self.frames.last_mut() {
                    Some(frame) => &mut frame.names,
                    None => &mut self.globals,
                };
                names.insert(Rc::clone(name), value);
            }
            _ => self.assign(target, value, false, Span::default()),
        }
    }

    pub(super) fn assign(&mut self, target: &Target, value: Value, added: bool, at: Span) {
        match target {
            Target::Name(name) => {
                let before = if added { self.look_up(name) } else { None };
                let value = match before {
                    Some(before) if before.path.is_none() || before.text.is_some() => {
                        Value::concat(&[before, value])
                    }
                    Some(before) => before.either(&value),
                    None => value,
                };
                // JavaScript assigns where the name was declared.
                let place = if self.python && !added {
                    None
                } else {
                    self.frames
                        .iter_mut()
                        .rev()
                        .find_map(|frame| frame.names.get_mut(name))
                };
                if let Some(place) = place {
                    *place = value;
                } else if self.frames.is_empty() || added && self.globals.contains_key(name) {
                    self.globals.insert(Rc::clone(name), value);
                } else {
                    if !self.python
                        && let Some(global) = self.globals.get_mut(name)
                    {
                        let joined = std::mem::take(global).either(&value);
                        *global = joined;
                    }
                    self.declare(target, value);
                }
            }
            Target::List(targets) => {
                for (position, target) in targets.iter().enumerate() {
                    let item = value.items.as_ref().and_then(|items| items.get(position));
                    let item = match item {
                        Some(item) => item.clone(),
                        None => {
                            let mut item = Value::of_taints(&value.taints);
                            item.text = value.text.clone().filter(|text| text.contains(HOLE));
                            item
                        }
                    };
                    self.assign(target, item, false, at);
                }
            }
            Target::Fields(fields) => {
                for (name, target) in fields {
                    let field = self.member(&value, name, at);
                    self.assign(target, field, false, at);
                }
            }
            Target::Place(place) => self.assign_place(place, value, added),
            Target::Nothing => {}
        }
    }

    fn assign_place(&mut self, place: &Expression, value: Value, added: bool) {
        let (object, key) = match &place.kind {
            Kind::Member(object, name) => (object, Some(Rc::clone(name))),
            Kind::Index(object, key) => {
                let key = self.value(key);
                (
                    object,
                    key.exact()
                        .map(Into::into)
                        .or_else(|| key.number.map(|number| number.to_string().into())),
                )
            }
            _ => return,
        };
        if let Kind::Name(name) = &object.kind {
            if matches!(&**name, "self" | "this" | "cls") {
                if let Some(key) = key {
                    let field: Rc<str> = format!("this.{key}").into();
                    let before = self.globals.remove(&field).unwrap_or_default();
                    let value = if added {
                        Value::concat(&[before, value])
                    } else {
                        value.either(&Value::of_taints(&before.taints))
                    };
                    self.globals.insert(field, value);
                }
                return;
            }
            let mut holder = self.look_up(name).unwrap_or_default();
            self.note_place(&holder, name, key.as_deref(), &value, place.span);
            holder.absorb(&value);
            if let Some(key) = key {
                let mut fields = holder.fields.take().unwrap_or_default();
                if fields.len() < 256 {
                    Rc::make_mut(&mut fields).insert(key, value);
                }
                holder.fields = Some(fields);
            }
            if self.look_up(name).is_some() {
                self.assign(&Target::Name(Rc::clone(name)), holder, false, place.span);
            } else if !name.is_empty() {
                let path = Value::of_path(Rc::clone(name));
                self.globals.insert(Rc::clone(name), path.either(&holder));
            }
            return;
        }
        let holder = self.value(object);
        let name: Rc<str> = holder.path.clone().unwrap_or_else(|| "".into());
        self.note_place(&holder, &name, key.as_deref(), &value, place.span);
    }

    pub(super) fn look_up(&self, name: &str) -> Option<Value> {
        self.frames
            .iter()
            .rev()
            .find_map(|frame| frame.names.get(name))
            .or_else(|| self.globals.get(name))
            .cloned()
    }

    /// The value of an expression.
    pub(super) fn value(&mut self, expression: &Expression) -> Value {
        if self.fuel == 0 || self.depth >= DEEPEST {
            return Value::default();
        }
        self.fuel -= 1;
        self.depth += 1;
        let value = self.value_of(expression);
        self.depth -= 1;
        value
    }

    fn value_of(&mut self, expression: &Expression) -> Value {
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

    fn values(&mut self, parts: &[Expression]) -> Vec<Value> {
        parts.iter().map(|part| self.value(part)).collect()
    }

    fn name(&mut self, name: &Rc<str>, span: Span) -> Value {
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

    fn element_at(&mut self, object: &Value, key: &Value, span: Span) -> Value {
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
        let mut value = self.element(object);
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

    fn slice(&mut self, object: &Expression, backwards: bool, span: Span) -> Value {
        let object = self.value(object);
        let mut value = Value::of_taints(&object.taints);
        value.path.clone_from(&object.path);
        if backwards {
            if let Some(text) = object.exact() {
                value.text = Coding::Reversed.decode(text).map(Into::into);
                Self::decoded(&mut value, span, Coding::Reversed);
            } else if let Some(items) = &object.items {
                value.items = Some(Rc::new(items.iter().rev().cloned().collect()));
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

    fn binary(operator: Operator, left: Value, right: Value) -> Value {
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
    fn percent(left: &Value, right: &Value) -> Value {
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

    fn fields(&mut self, fields: &[(Option<Expression>, Expression)]) -> Value {
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
        value.fields = Some(Rc::new(known));
        value
    }

    fn each(
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
            let mut one = self.element(&each);
            if self.picks_secrets(&each, span) {
                self.pick_secrets(&mut one, span);
            }
            self.declare(target, one);
        }
        for condition in conditions {
            self.value(condition);
        }
        let value = match (listed, over.first()) {
            (Some(listed), Some((target, _))) => {
                let mut results = Vec::with_capacity(listed.len());
                for item in listed {
                    self.declare(target, item);
                    results.push(self.value(element));
                }
                Value::of_items(results)
            }
            _ => {
                let one = self.value(element);
                let mut value = Value::of_taints(&one.taints);
                if one.text.is_some() {
                    value.items = Some(Rc::new(vec![Value::of_text("\0")]));
                }
                value
            }
        };
        self.frames.truncate(enclosing);
        value
    }

    /// All elements of a constant, where they can be computed one by one.
    pub(super) fn elements(&self, over: &Value) -> Option<Vec<Value>> {
        if let Some(items) = &over.items {
            let constant = items.len() <= MOST_ELEMENTS
                && self.fuel > items.len() * 4
                && items
                    .iter()
                    .all(|item| item.number.is_some() || item.text.is_some());
            return constant.then(|| items.to_vec());
        }
        let text = over.exact()?;
        if text.len() > MOST_ELEMENTS || self.fuel < text.len() * 4 {
            return None;
        }
        // Bytes are numbers; `ord` of a number is that number, `chr` of a character is it.
        Some(
            text.chars()
                .map(|c| Value::of_text(c.to_string()))
                .collect(),
        )
    }

    pub(super) fn arguments(&mut self, arguments: &[Argument]) -> Vec<(Option<Rc<str>>, Value)> {
        arguments
            .iter()
            .map(|argument| (argument.name.clone(), self.value(&argument.value)))
            .collect()
    }
}
