//! Reads a manifest field by field, so that its author learns of every fault at once.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Audit, Manifest, ManifestErrors, McpServer};
use crate::model::schema::{Faults, unrecognized_key};
use crate::model::text::{longer_than, trim};
use crate::model::{NameRule, Permissions, SkillName, Version, Visibility, VisibilityError};

/// Longest description, in UTF-16 units.
const MAX_DESCRIPTION_CHARS: usize = 500;

/// Most unknown fields that are listed.
const MAX_UNKNOWN_FIELDS: usize = 64;

const FIELDS: [&str; 12] = [
    "name",
    "version",
    "description",
    "skills",
    "permissions",
    "repository",
    "visibility",
    "audit",
    "mcp_server",
    "atoms",
    "includes",
    "publish",
];

/// The field that a value is refused under when it has no fields.
const WHOLE: &str = "manifest";

pub(super) fn manifest(value: &Value, rule: NameRule) -> Result<Manifest, ManifestErrors> {
    let mut reader = Reader {
        errors: BTreeMap::new(),
        object: &Map::new(),
    };
    let Some(object) = reader.check(WHOLE, |faults| faults.object(Some(value))) else {
        return Err(ManifestErrors::new(reader.errors));
    };
    let mut reader = Reader {
        errors: reader.errors,
        object,
    };

    let name = reader.required("name", |value, faults| name(value, rule, faults));
    let version = reader.required("version", version);
    let description = reader.optional("description", description);
    let skills = reader.optional("skills", |value, faults| faults.string_map(Some(value)));
    let permissions = reader.optional("permissions", Permissions::read_from);
    let repository = reader.optional("repository", repository);
    let visibility = reader.optional("visibility", visibility);
    let audit = reader.optional("audit", audit);
    let mcp_server = reader.optional("mcp_server", McpServer::read_from);
    let atoms = reader.optional("atoms", atoms);
    let includes = reader.optional("includes", |value, faults| faults.strings(Some(value)));
    reader.optional("publish", publish);
    reader.refuse_heavy();
    reader.refuse_unknown();

    match (name, version) {
        (Some(name), Some(version)) if reader.errors.is_empty() => Ok(Manifest {
            name,
            version,
            description,
            skills,
            permissions,
            repository,
            visibility,
            audit,
            mcp_server,
            atoms,
            includes,
        }),
        _ => Err(ManifestErrors::new(reader.errors)),
    }
}

/// The text without outer blanks, if it is an absolute URL of any scheme.
pub(super) fn absolute_url(text: &str) -> Option<&str> {
    let text = trim(text);
    url::Url::parse(text).is_ok().then_some(text)
}

struct Reader<'a> {
    errors: BTreeMap<String, Vec<String>>,
    object: &'a Map<String, Value>,
}

/// The fields whose parts have no limit of their own, and what each of them may weigh: a manifest is
/// read back whole for every answer that tells of its version.
const UNBOUNDED: [&str; 4] = ["skills", "mcp_server", "atoms", "includes"];
const MAX_VALUES: usize = 2_000;
const MAX_BYTES: usize = 256 * 1024;

/// Adds how many values a field holds, itself included, and the bytes of their texts and names.
fn weigh(value: &Value, values: &mut usize, bytes: &mut usize) {
    *values += 1;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => *bytes += text.len(),
        Value::Array(items) => items.iter().for_each(|item| weigh(item, values, bytes)),
        Value::Object(entries) => {
            for (name, entry) in entries {
                *bytes += name.len();
                weigh(entry, values, bytes);
            }
        }
    }
}

impl<'a> Reader<'a> {
    fn refuse_heavy(&mut self) {
        for field in UNBOUNDED {
            let Some(value) = self.object.get(field) else {
                continue;
            };
            let (mut values, mut bytes) = (0, 0);
            weigh(value, &mut values, &mut bytes);
            let message = if values > MAX_VALUES {
                format!("Too big: expected at most {MAX_VALUES} values")
            } else if bytes > MAX_BYTES {
                format!("Too big: expected at most {MAX_BYTES} bytes of text")
            } else {
                continue;
            };
            self.errors.insert(field.to_owned(), vec![message]);
        }
    }

    fn check<T>(&mut self, field: &str, read: impl FnOnce(&mut Faults) -> Option<T>) -> Option<T> {
        let mut faults = Faults::default();
        let read = read(&mut faults);
        if faults.is_empty() {
            return read;
        }
        self.errors.insert(field.to_owned(), faults.into_messages());
        None
    }

    fn required<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(Option<&'a Value>, &mut Faults) -> Option<T>,
    ) -> Option<T> {
        let value = self.object.get(field);
        self.check(field, |faults| read(value, faults))
    }

    /// A field that may be absent. `null` is not absent.
    fn optional<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(&'a Value, &mut Faults) -> Option<T>,
    ) -> Option<T> {
        let value = self.object.get(field)?;
        self.check(field, |faults| read(value, faults))
    }

    fn refuse_unknown(&mut self) {
        let unknown = self
            .object
            .keys()
            .filter(|key| !FIELDS.contains(&key.as_str()));
        for key in unknown.take(MAX_UNKNOWN_FIELDS) {
            self.errors
                .insert(key.clone(), vec![unrecognized_key(&format!("\"{key}\""))]);
        }
    }
}

fn name(value: Option<&Value>, rule: NameRule, faults: &mut Faults) -> Option<SkillName> {
    let text = faults.string(value)?;
    SkillName::parse_for_publish(text, rule)
        .map_err(|errors| errors.messages().for_each(|message| faults.push(message)))
        .ok()
}

fn version(value: Option<&Value>, faults: &mut Faults) -> Option<Version> {
    let text = faults.string(value)?;
    Version::parse(text)
        .map_err(|error| faults.push(error.to_string()))
        .ok()
}

fn description(value: &Value, faults: &mut Faults) -> Option<String> {
    let text = faults.string(Some(value))?;
    if longer_than(text, MAX_DESCRIPTION_CHARS) {
        faults.push("Description must be 500 characters or fewer");
        return None;
    }
    Some(text.to_owned())
}

fn repository(value: &Value, faults: &mut Faults) -> Option<String> {
    let url = absolute_url(faults.string(Some(value))?);
    if url.is_none() {
        faults.push("Repository must be a valid URL");
    }
    url.map(str::to_owned)
}

/// An enumeration has one message for whatever is not in it, wrong types included.
fn visibility(value: &Value, faults: &mut Faults) -> Option<Visibility> {
    let visibility = value.as_str().and_then(|text| Visibility::parse(text).ok());
    if visibility.is_none() {
        faults.push(VisibilityError.to_string());
    }
    visibility
}

fn audit(value: &Value, faults: &mut Faults) -> Option<Audit> {
    let object = faults.object(Some(value))?;
    let min_score = faults.number(object.get("min_score"), 0, 10);
    faults.strict(object, &["min_score"]);
    min_score.map(|min_score| Audit { min_score })
}

fn atoms(value: &Value, faults: &mut Faults) -> Option<Vec<Map<String, Value>>> {
    faults.list(Some(value), |faults, atom| {
        faults.object(Some(atom)).cloned()
    })
}

/// Checked like the rest, then dropped: it speaks to the packer, and not every client sends it.
fn publish(value: &Value, faults: &mut Faults) -> Option<()> {
    let object = faults.object(Some(value))?;
    if let Some(build) = object.get("build") {
        faults.non_empty_string(Some(build));
    }
    if let Some(files) = object.get("files") {
        faults.list(Some(files), |faults, file| {
            faults.non_empty_string(Some(file))
        });
    }
    faults.strict(object, &["build", "files"]);
    Some(())
}
