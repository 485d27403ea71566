//! Follows data through a program without running it: constants are computed, everything else is
//! known by where it comes from. Calls of the program's own functions are followed into them, as far
//! as fuel lasts; every function is looked at on its own as well.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::ir::{Expression, Program, Span, Statement, Target};
use super::names;
use super::output::Output;
use super::trigger::Guard;
use super::value::{Source, Taint, Value};

/// How deep expressions and calls are followed, together.
const DEEPEST: usize = 220;
/// How deep calls are followed.
const DEEPEST_CALLS: usize = 5;

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
    /// Conditions within the loop, or the function, that is looked at.
    pub(super) branches: usize,
    pub(super) out: Output,
    pub(super) classes: BTreeSet<Rc<str>>,
    methods: BTreeMap<Rc<str>, Vec<usize>>,
    visited: BTreeSet<usize>,
    /// How many expressions may be looked at again: in functions that are called, in elements.
    pub(super) fuel: usize,
    /// Whether what is looked at is looked at again.
    pub(super) repeating: usize,
    pub(super) depth: usize,
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
            branches: 0,
            out: Output::default(),
            classes,
            methods,
            visited: BTreeSet::new(),
            fuel: 40_000 + program.size * 2,
            repeating: 0,
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
    pub(super) fn alone(&mut self, function: usize) {
        let program = self.program;
        let Some(definition) = program.functions.get(function) else {
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
                if names::is_conversation(name) {
                    value.taint(Taint {
                        source: Source::AgentStore,
                        at: 0,
                        what: Rc::clone(name),
                        encoded: None,
                    });
                }
                let value = Self::parameter(parameter, value);
                let value = match definition.defaults.iter().find(|(of, _)| of == name) {
                    Some((_, default)) => value.either(&self.value(default)),
                    None => value,
                };
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
            let value = match (value, parameter) {
                (Some((_, value)), _) => value.clone(),
                (None, Target::Name(wanted)) => {
                    let default = definition.defaults.iter().find(|(name, _)| name == wanted);
                    default.map_or_else(Value::default, |(_, default)| self.value(default))
                }
                (None, _) => Value::default(),
            };
            let value = Self::parameter(parameter, value);
            self.declare(parameter, value);
        }
        let guards = self.guards.len();
        let branches = std::mem::take(&mut self.branches);
        self.repeating += 1;
        self.block(&definition.body);
        self.repeating -= 1;
        self.branches = branches;
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

    pub(super) fn statement(&mut self, statement: &Statement) {
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
                self.imports_download(path);
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
                // `if not wanted: continue` decides as well.
                self.branches += 1;
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
                if !leaves {
                    self.branches -= 1;
                }
            }
            Statement::Loop {
                each,
                endless,
                body,
                span,
            } => {
                if let Some((target, over)) = each {
                    let over = self.value(over);
                    let mut element = Self::element(&over);
                    if self.picks_secrets(&over, *span) {
                        self.pick_secrets(&mut element, *span);
                    }
                    self.assign(target, element, false, *span);
                }
                if *endless {
                    self.out.endless.push(*span);
                }
                let branches = std::mem::take(&mut self.branches);
                self.block(body);
                self.branches = branches;
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

    /// The value of an expression.
    pub(super) fn value(&mut self, expression: &Expression) -> Value {
        if self.depth >= DEEPEST {
            return Value::default();
        }
        if self.repeating > 0 {
            let Some(fuel) = self.fuel.checked_sub(1) else {
                return Value::default();
            };
            self.fuel = fuel;
        }
        self.depth += 1;
        let value = self.value_of(expression);
        self.depth -= 1;
        value
    }
}
