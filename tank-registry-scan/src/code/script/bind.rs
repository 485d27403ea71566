//! Names and places that values are bound to, and the elements of values.

use std::rc::Rc;

use tank_registry_core::scan::Severity;

use super::flow::Flow;
use super::ir::{Expression, Kind, Span, Target};
use super::paths;
use super::rules;
use super::value::{HOLE, Source, Value};

/// Most elements that are computed one by one.
const MOST_ELEMENTS: usize = 8192;

impl Flow<'_> {
    /// What a parameter is, where nothing is known but its name: handlers name what they are asked.
    pub(super) fn parameter(target: &Target, mut value: Value) -> Value {
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
    pub(super) fn declare(&mut self, target: &Target, value: Value) {
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
                    let item = item.cloned().unwrap_or_else(|| {
                        let mut item = Value::of_taints(&value.taints);
                        item.text = value.text.clone().filter(|text| text.contains(HOLE));
                        item
                    });
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

    pub(super) fn assign_place(&mut self, place: &Expression, value: Value, added: bool) {
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
                holder.hold_fields(fields);
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

    /// One element of a value.
    pub(super) fn element(over: &Value) -> Value {
        let mut element = Value::of_taints(&over.taints);
        element.path.clone_from(&over.path);
        if let Some(items) = &over.items {
            // Whatever all have in common; for lists of paths, the worst of them.
            let secret = items.iter().find(|item| {
                item.text.as_deref().is_some_and(|text| {
                    paths::secret_path(text).is_some_and(|found| found.read.is_some())
                })
            });
            if let Some(item) = secret.or_else(|| items.first()) {
                element = element.either(item);
                element.items.clone_from(&item.items);
            }
        } else if let Some(text) = &over.text
            && (text.contains(HOLE) || over.has(Source::HomeFiles))
        {
            element.text = Some(Rc::clone(text));
        }
        element
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

    /// Whether code picks out of the environment what is named like a secret.
    pub(super) fn picks_secrets(&self, over: &Value, span: Span) -> bool {
        over.has(Source::WholeEnvironment) && super::trigger::picks_secrets(self.source_of(span))
    }

    pub(super) fn pick_secrets(&mut self, value: &mut Value, span: Span) {
        for taint in &mut value.taints {
            if taint.source == Source::WholeEnvironment {
                taint.source = Source::SecretVariables;
            }
        }
        // Their names alone are no secrets.
        let code = self.source_of(span);
        let names_only = (code.contains("in os.environ ")
            || code.contains("in os.environ]")
            || code.contains("Object.keys("))
            && !["environ[", "environ.get", "getenv(", "process.env["]
                .iter()
                .any(|part| code.contains(part));
        if names_only {
            return;
        }
        let message = "What is named like a secret is picked out of the environment.";
        self.note(&rules::HARVESTS, Severity::High, span, message, false);
    }
}
