//! What is known of a value: constants that can be computed, and where its data comes from.

use std::collections::BTreeMap;
use std::rc::Rc;

/// Stands in a text for a part that is not known.
pub(super) const HOLE: char = '\0';
/// Longest text that is computed, in bytes.
const LONGEST: usize = 1 << 16;
/// Most origins that are kept of one value.
const MOST_TAINTS: usize = 12;

/// Where data comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// A key file, a credential store, a browser's data, a wallet.
    SecretFile,
    /// What an agent keeps: its credentials, settings, memory, conversations.
    AgentStore,
    /// The environment, all of it.
    WholeEnvironment,
    /// What in the environment is named like a secret.
    SecretVariables,
    /// One variable that is named like a secret.
    Variable,
    Clipboard,
    Screen,
    /// The time of day, or the date.
    Clock,
    Location,
    /// Name of the computer or its user.
    Identity,
    /// Files found by walking through the home folder.
    HomeFiles,
    /// Some file.
    File,
    /// What a person or a caller from outside gave: arguments, answers, requests.
    Input,
    /// A parameter of a function.
    Parameter,
    /// What was downloaded.
    Download,
    /// What was decoded.
    Decoded,
}

/// One origin of a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Taint {
    pub(super) source: Source,
    /// Where, in bytes.
    pub(super) at: u32,
    /// Its path, name, host, or encoding.
    pub(super) what: Rc<str>,
    /// Where it was encoded since.
    pub(super) encoded: Option<(u32, &'static str)>,
}

/// What is known of a value.
#[derive(Debug, Clone, Default)]
pub(super) struct Value {
    /// Its text, with [`HOLE`] for what is not known.
    pub(super) text: Option<Rc<str>>,
    pub(super) number: Option<i64>,
    pub(super) truth: Option<bool>,
    /// The library's name for it: `subprocess.run`, `requests.get()`.
    pub(super) path: Option<Rc<str>>,
    pub(super) items: Option<Rc<Vec<Value>>>,
    pub(super) fields: Option<Rc<BTreeMap<Rc<str>, Value>>>,
    /// One of the program's functions.
    pub(super) function: Option<usize>,
    pub(super) taints: Vec<Taint>,
    /// Whether the name for it was put together, or looked up by a string.
    pub(super) assembled: bool,
    /// How many lists and tables it holds within each other.
    pub(super) depth: u8,
}

impl Value {
    pub(super) fn of_text(text: impl Into<Rc<str>>) -> Self {
        let text = text.into();
        Self {
            text: (text.len() <= LONGEST).then_some(text),
            ..Self::default()
        }
    }

    pub(super) fn of_number(number: i64) -> Self {
        Self {
            number: Some(number),
            ..Self::default()
        }
    }

    pub(super) fn of_path(path: impl Into<Rc<str>>) -> Self {
        Self {
            path: Some(path.into()),
            ..Self::default()
        }
    }

    pub(super) fn of_items(items: Vec<Self>) -> Self {
        let mut value = Self::default();
        for item in &items {
            value.absorb(item);
        }
        value.hold_items(items);
        value
    }

    /// Becomes a list of these. Of what is nested too deep, only where it comes from is kept: values
    /// are walked through, and let go of, part by part.
    pub(super) fn hold_items(&mut self, items: Vec<Self>) {
        if let Some(depth) = Self::deeper(items.iter()) {
            self.depth = depth;
            self.items = Some(Rc::new(items));
        }
    }

    /// Becomes a table of these, within the same bounds.
    pub(super) fn hold_fields(&mut self, fields: Rc<BTreeMap<Rc<str>, Self>>) {
        if let Some(depth) = Self::deeper(fields.values()) {
            self.depth = depth;
            self.fields = Some(fields);
        }
    }

    fn deeper<'a>(parts: impl Iterator<Item = &'a Self>) -> Option<u8> {
        const DEEPEST: u8 = 40;
        let depth = parts.map(|part| part.depth).max().unwrap_or(0) + 1;
        (depth <= DEEPEST).then_some(depth)
    }

    /// Data alone.
    pub(super) fn of_taints(taints: &[Taint]) -> Self {
        Self {
            taints: taints.to_vec(),
            ..Self::default()
        }
    }

    /// Takes over where another value comes from.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.absorb_taints(&other.taints);
    }

    pub(super) fn absorb_taints(&mut self, taints: &[Taint]) {
        for taint in taints {
            self.taint(taint.clone());
        }
    }

    pub(super) fn taint(&mut self, taint: Taint) {
        if let Some(same) = self
            .taints
            .iter_mut()
            .find(|known| known.source == taint.source && known.what == taint.what)
        {
            if same.encoded.is_none() {
                same.encoded = taint.encoded;
            }
        } else if self.taints.len() < MOST_TAINTS {
            self.taints.push(taint);
        } else if let Some(worst) = self.taints.iter().map(|known| known.source).max()
            && taint.source < worst
        {
            // The stronger origin displaces a weaker one.
            if let Some(place) = self.taints.iter_mut().find(|known| known.source == worst) {
                *place = taint;
            }
        }
    }

    pub(super) fn has(&self, source: Source) -> bool {
        self.taints.iter().any(|taint| taint.source == source)
    }

    pub(super) fn origin(&self, source: Source) -> Option<&Taint> {
        self.taints.iter().find(|taint| taint.source == source)
    }

    /// The text where all of it is known.
    pub(super) fn exact(&self) -> Option<&str> {
        self.text.as_deref().filter(|text| !text.contains(HOLE))
    }

    /// A number, or the code of a character.
    pub(super) fn code(&self) -> Option<i64> {
        self.number.or_else(|| {
            let mut chars = self.exact()?.chars();
            let c = chars.next()?;
            chars.next().is_none().then(|| i64::from(u32::from(c)))
        })
    }

    pub(super) fn path(&self) -> &str {
        self.path.as_deref().unwrap_or_default()
    }

    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        self.fields.as_ref()?.get(name)
    }

    /// The text of it within another.
    pub(super) fn shown(&self) -> Rc<str> {
        match (&self.text, self.number) {
            (Some(text), _) => Rc::clone(text),
            (None, Some(number)) => number.to_string().into(),
            _ => "\0".into(),
        }
    }

    /// Texts one after another.
    pub(super) fn concat(parts: &[Self]) -> Self {
        let mut value = Self::default();
        for part in parts {
            value.absorb(part);
        }
        if parts.iter().all(|part| part.number.is_some()) {
            value.number = parts
                .iter()
                .filter_map(|part| part.number)
                .try_fold(0_i64, i64::checked_add);
            return value;
        }
        if parts.iter().any(|part| part.items.is_some())
            && parts.iter().all(|part| part.text.is_none())
        {
            let mut items = Vec::new();
            for part in parts {
                match &part.items {
                    Some(inner) => items.extend(inner.iter().cloned()),
                    None => items.push(part.clone()),
                }
                if items.len() > 4096 {
                    break;
                }
            }
            value.hold_items(items);
            return value;
        }
        if parts.iter().all(|part| part.text.is_none()) {
            return value;
        }
        let mut text = String::new();
        for part in parts {
            let shown = part.shown();
            if text.len() + shown.len() > LONGEST {
                return value;
            }
            // Two unknown parts are one.
            if !(text.ends_with(HOLE) && &*shown == "\0") {
                text.push_str(&shown);
            }
        }
        value.text = Some(text.into());
        value
    }

    /// One of two values.
    pub(super) fn either(mut self, other: &Self) -> Self {
        self.absorb(other);
        if self.text.is_none() {
            self.text.clone_from(&other.text);
        }
        if self.path.is_none() {
            self.path.clone_from(&other.path);
            self.assembled |= other.assembled;
        }
        if self.items.is_none() {
            self.items.clone_from(&other.items);
        }
        if self.fields.is_none() {
            self.fields.clone_from(&other.fields);
        }
        if self.function.is_none() {
            self.function = other.function;
        }
        if self.number != other.number {
            self.number = None;
        }
        self
    }

    /// The same data, encoded.
    pub(super) fn encoded(&self, at: u32, how: &'static str) -> Vec<Taint> {
        self.taints
            .iter()
            .map(|taint| Taint {
                encoded: taint.encoded.or(Some((at, how))),
                ..taint.clone()
            })
            .collect()
    }
}
