//! Answers of the registry, kept so that a bare server can give the same bytes.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use http::header::{CONNECTION, DATE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use crate::Fault;

/// An answer as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Result<serde_json::Value, Fault> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// A header that must be there.
    pub(crate) fn header(&self, name: &HeaderName) -> Result<&str, Fault> {
        let value = self.headers.get(name);
        let value = value.ok_or_else(|| format!("an answer without `{name}`: {self:?}"))?;
        Ok(value.to_str()?)
    }
}

/// What a bare server answers, by request target.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    by_target: HashMap<String, Answer>,
    first: Option<Answer>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    target: String,
    status: u16,
    headers: Vec<(String, String)>,
}

const INDEX: &str = "answers.json";

impl Answers {
    /// Adds one. The first is also the answer to every target that has none.
    pub(crate) fn add(&mut self, target: &str, answer: Answer) {
        self.first.get_or_insert_with(|| answer.clone());
        self.by_target.insert(target.to_owned(), answer);
    }

    /// The answer to a target.
    pub(crate) fn of(&self, target: &str) -> Option<&Answer> {
        self.by_target.get(target).or(self.first.as_ref())
    }

    /// Writes them into a folder, in no order but with the first one first.
    pub(crate) fn write(folder: &Path, answers: &[(String, Answer)]) -> Result<(), Fault> {
        let mut kept = Vec::new();
        for (position, (target, answer)) in answers.iter().enumerate() {
            let mut headers = Vec::new();
            for (name, value) in &answer.headers {
                // The server that gives the answer makes these itself.
                if ![CONNECTION, DATE, TRANSFER_ENCODING].contains(name) {
                    headers.push((name.to_string(), value.to_str()?.to_owned()));
                }
            }
            fs::write(folder.join(position.to_string()), &answer.body)?;
            kept.push(Kept {
                target: target.clone(),
                status: answer.status.as_u16(),
                headers,
            });
        }
        fs::write(folder.join(INDEX), serde_json::to_vec(&kept)?)?;
        Ok(())
    }

    /// Reads what [`write`](Self::write) wrote.
    pub(crate) fn read(folder: &Path) -> Result<Self, Fault> {
        let kept: Vec<Kept> = serde_json::from_slice(&fs::read(folder.join(INDEX))?)?;
        let mut answers = Self::default();
        for (position, one) in kept.iter().enumerate() {
            let mut headers = HeaderMap::new();
            for (name, value) in &one.headers {
                headers.append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
            }
            let answer = Answer {
                status: StatusCode::from_u16(one.status)?,
                headers,
                body: fs::read(folder.join(position.to_string()))?.into(),
            };
            answers.add(&one.target, answer);
        }
        Ok(answers)
    }
}
