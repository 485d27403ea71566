//! What differs from run to run, replaced by what does not.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::Answer;

/// Writes answers as text that is the same in every run: ids are numbered in the order in which
/// they appear, tokens, tags and keys are named.
#[derive(Debug, Default)]
pub struct Redactor {
    ids: HashMap<String, usize>,
    text: String,
}

impl Redactor {
    /// Adds an answer under a title.
    pub fn add(&mut self, title: &str, answer: &Answer) {
        let mut shown = format!("{title}\n{}\n", answer.status);
        let mut headers: Vec<String> = answer
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}\n", value.to_str().unwrap()))
            .collect();
        headers.sort();
        shown.extend(headers);
        let body = match &answer.json {
            serde_json::Value::Null => String::from_utf8_lossy(&answer.bytes).into_owned(),
            json => serde_json::to_string_pretty(json).unwrap(),
        };
        write!(shown, "\n{body}\n\n").unwrap();
        let redacted = self.redact(&shown);
        self.text.push_str(&redacted);
    }

    /// All answers so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn redact(&mut self, shown: &str) -> String {
        let mut text = String::new();
        for line in shown.lines() {
            let line = if line.starts_with("x-request-id: ") {
                "x-request-id: <id>".to_owned()
            } else if line.starts_with("x-ratelimit-reset: ") {
                "x-ratelimit-reset: <time>".to_owned()
            } else if line.starts_with("etag: W/") {
                "etag: W/<tag>".to_owned()
            } else {
                self.without_ids(&without_token(line))
            };
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    fn without_ids(&mut self, line: &str) -> String {
        const LENGTH: usize = 36;
        let is_id = |text: &str| text.parse::<uuid::Uuid>().is_ok();
        let mut rest = line;
        let mut text = String::new();
        while let Some(first) = rest.chars().next() {
            if let Some(id) = rest.get(..LENGTH).filter(|part| is_id(part)) {
                let next = self.ids.len() + 1;
                let number = self.ids.entry(id.to_owned()).or_insert(next);
                write!(text, "<id {number}>").unwrap();
                rest = &rest[LENGTH..];
            } else {
                text.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        text
    }
}

/// A line without the secret part of a link.
fn without_token(line: &str) -> String {
    match line.split_once("?t=") {
        Some((before, after)) => {
            let rest = after.find('"').map_or("", |end| &after[end..]);
            format!("{before}?t=<token>{rest}")
        }
        None => line.to_owned(),
    }
}
