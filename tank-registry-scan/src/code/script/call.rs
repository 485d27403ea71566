//! Calls: of the program's own functions, of functions of libraries, of methods of plain values.

use std::rc::Rc;

use tank_registry_core::scan::Severity;

use super::flow::Flow;
use super::ir::{Argument, Expression, Kind, Span, Target};
use super::library::{self, Model};
use super::rules;
use super::value::{Source, Value};
use crate::finding::Capability;

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

    /// All arguments, in order.
    pub(super) fn values(&self) -> Vec<Value> {
        self.arguments
            .iter()
            .map(|(_, value)| value.clone())
            .collect()
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
        let bound = path.strip_suffix(".bind").map(Rc::from);
        if bound.is_some() || path == "functools.partial" {
            return Value {
                path: bound.or(given.first().path),
                ..function
            };
        }
        self.note_environment(&path, &given, span);
        if let Some(mut result) = self.own(callee, &function, &given) {
            result.assembled = false;
            return result;
        }
        self.mutate(callee, &path, &given);
        if let Some(result) = self.plain(callee, &path, &given, span) {
            return result;
        }
        let mut result = self.library(&function, &path, &given, span);
        self.callbacks(&path, &given, &mut result, span);
        result
    }

    /// A module that was downloaded before it is imported.
    pub(super) fn imports_download(&mut self, module: &str) {
        let name = library::root(module);
        let file = format!("{name}.py");
        let found = self.written.iter().find(|(path, content)| {
            content.has(Source::Download)
                && path
                    .strip_suffix(&*file)
                    .is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
        });
        let Some((_, content)) = found else { return };
        let content = content.clone();
        let at = content.origin(Source::Download).map_or(0, |taint| taint.at);
        let span = Span { start: at, end: at };
        let end = format!("imported as {name}");
        let message = self.chain(&content, &[Source::Download], &end, span);
        self.note(&rules::REMOTE_CODE, Severity::Critical, span, message, true);
    }

    /// The environment as a whole is handed on, other than to a program that is started.
    fn note_environment(&mut self, path: &str, given: &Given, span: Span) {
        let handed = given.arguments.iter().any(|(name, value)| {
            name.as_deref() != Some("env")
                && value.has(Source::WholeEnvironment)
                && value.field("env").is_none()
        });
        let listed = given.receiver.has(Source::WholeEnvironment)
            && matches!(library::last(path), "items" | "values" | "copy");
        if handed || listed {
            self.out.fact(span, Capability::WholeEnvironment, "");
        }
    }

    /// What is called, and what it is called on.
    pub(super) fn callee(&mut self, callee: &Expression) -> (Value, Value) {
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
    pub(super) fn own(
        &mut self,
        callee: &Expression,
        function: &Value,
        given: &Given,
    ) -> Option<Value> {
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
    pub(super) fn mutate(&mut self, callee: &Expression, path: &str, given: &Given) {
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
    pub(super) fn callbacks(&mut self, path: &str, given: &Given, result: &mut Value, span: Span) {
        let mut data = result.clone();
        data.absorb(&given.receiver);
        if library::last(path) == "then" || library::last(path) == "on" {
            data.path.clone_from(&given.receiver.path);
            data.text.clone_from(&given.receiver.text);
        }
        let over = match library::last(path) {
            "forEach" | "map" | "filter" | "flatMap" | "find" | "some" | "every" => {
                Some(&given.receiver)
            }
            // Those of Python.
            _ if matches!(path, "map" | "filter") => given.at(1),
            _ => None,
        };
        if let Some(over) = over {
            data = Self::element(over);
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
        // So are those of libraries that run what they are given.
        let runs: Vec<Value> = given
            .arguments
            .iter()
            .map(|(_, value)| value)
            .filter(|value| {
                let model = value
                    .path
                    .as_deref()
                    .and_then(|path| self.model(path, given));
                matches!(model, Some(Model::Code | Model::Shell | Model::Compile))
            })
            .cloned()
            .collect();
        for function in runs {
            let path = function.path().to_owned();
            let given = Given {
                arguments: vec![(None, data.clone())],
                ..Given::default()
            };
            self.library(&function, &path, &given, span);
        }
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
}
