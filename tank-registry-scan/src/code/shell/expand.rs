//! What variables stand for.

use std::ops::Range;
use std::rc::Rc;

use super::run::{Arg, Run};
use super::syntax::{Part, Pipeline, Word};
use super::values::{Data, Marks, is_key_name};

impl Run<'_, '_> {
    /// The words of a command with their values; a value with blanks in it is several words.
    pub(super) fn args(&mut self, words: &[Word]) -> Vec<Arg> {
        /// More words than this nobody writes.
        const MOST: usize = 4096;
        let mut args = Vec::new();
        for word in words.iter().take(MOST) {
            if let [
                Part::Text {
                    text,
                    quoted: false,
                },
            ] = &*word.parts
                && let Some(list) = text
                    .strip_prefix('{')
                    .and_then(|rest| rest.strip_suffix('}'))
                && list.contains(',')
            {
                args.extend(list.split(',').map(|item| Arg {
                    data: Data::known(item),
                    range: word.range.clone(),
                    ..Arg::default()
                }));
                continue;
            }
            let arg = self.value(word);
            let splits = arg.text().contains([' ', '\n', '\t'])
                && word.parts.iter().any(|part| match part {
                    Part::Variable { quoted, .. } => !quoted,
                    Part::Output(_) => args.is_empty(),
                    _ => false,
                });
            if splits {
                let pieces = arg.text().split_whitespace().take(256).map(|piece| Arg {
                    data: Data {
                        text: piece.to_owned(),
                        ..arg.data.clone()
                    },
                    ..arg.clone()
                });
                args.extend(pieces.collect::<Vec<_>>());
            } else if arg.text().is_empty()
                && arg.data.marks == Marks::default()
                && matches!(&*word.parts, [Part::Output(_)])
                && args.is_empty()
            {
                // What a command prints, of which nothing is known, is no name.
                args.push(Arg {
                    data: Data::known("?"),
                    ..arg
                });
            } else {
                args.push(arg);
            }
        }
        args
    }

    /// What a word stands for.
    pub(super) fn value(&mut self, word: &Word) -> Arg {
        let mut data = Data {
            known: true,
            ..Data::default()
        };
        let mut piped = false;
        for part in &word.parts {
            match part {
                Part::Text { text, .. } | Part::Escaped(text) => {
                    data.push(&Data::known(text.as_str()));
                }
                Part::Variable { name, rest, .. } => {
                    let value = self.variable(name, rest, &word.range);
                    data.push(&value);
                }
                Part::Output(list) => {
                    let mut output = self.output(list);
                    output
                        .text
                        .truncate(output.text.trim_end_matches('\n').len());
                    output.lead |= output.marks;
                    data.push(&output);
                }
                Part::File(list) => {
                    let mut output = self.output(list);
                    output.lead |= output.marks;
                    piped = true;
                    data.push(&output);
                }
            }
        }
        Arg {
            data,
            range: word.range.clone(),
            broken: word.broken,
            piped,
        }
    }

    pub(super) fn output(&mut self, list: &Rc<Vec<Pipeline>>) -> Data {
        let list = Rc::clone(list);
        self.list(&list, &Data::default())
    }

    pub(super) fn variable(&mut self, name: &str, rest: &str, range: &Range<usize>) -> Data {
        match name {
            "IFS" => return Data::known(" "),
            "@" | "*" => return Data::known(""),
            _ => {}
        }
        let value = self.state.variables.get(name).cloned();
        if let Some(default) = [":-", ":=", "-", "="]
            .iter()
            .find_map(|mark| rest.strip_prefix(mark))
        {
            if let Some(value) = value {
                return value;
            }
            let mut default = if default.contains("$(") || default.contains('`') {
                let source = format!("echo {default}");
                self.body(&source, range)
            } else {
                Data::known(default.trim_matches('"'))
            };
            default.text.truncate(default.text.trim_end().len());
            return default;
        }
        let Some(mut value) = value else {
            return unknown(name);
        };
        if let Some(text) = modified(&value.text, rest) {
            value.text = text;
            value = value.and(Marks::ALTERED);
        } else if !matches!(rest, "" | "[@]" | "[*]") {
            value.known = false;
        }
        value
    }
}

/// A variable of which nothing is known but its name.
pub(super) fn unknown(name: &str) -> Data {
    let mut data = Data {
        text: format!("${name}"),
        ..Data::default()
    };
    if is_key_name(name) {
        data.marks = Marks::KEY;
        data.keys.push(name.to_owned());
        name.clone_into(&mut data.secret);
    } else if matches!(name, "USER" | "HOSTNAME" | "LOGNAME" | "HOST") {
        data.marks = Marks::IDENTITY;
    }
    data
}

/// What an expansion makes of a known value; `None` where it is none that is understood.
pub(super) fn modified(text: &str, rest: &str) -> Option<String> {
    if let Some(rest) = rest.strip_prefix("//").or_else(|| rest.strip_prefix('/')) {
        let (from, to) = rest.split_once('/').unwrap_or((rest, ""));
        return (!from.is_empty() && !from.contains(['*', '?', '[']))
            .then(|| text.replace(from, to));
    }
    if let Some(rest) = rest.strip_prefix(':') {
        let (from, length) = match rest.split_once(':') {
            Some((from, length)) => (from, length.trim().parse().ok()?),
            None => (rest, usize::MAX),
        };
        let from: usize = from.trim().parse().ok()?;
        return Some(text.chars().skip(from).take(length).collect());
    }
    if let Some(index) = rest
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        let index: usize = index.parse().ok()?;
        return text.split_whitespace().nth(index).map(str::to_owned);
    }
    match rest {
        "^^" => Some(text.to_uppercase()),
        ",," => Some(text.to_lowercase()),
        _ => None,
    }
}
