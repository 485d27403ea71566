//! Layers of values, each with its origin.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Origin, SettingsError, SettingsErrors};
use super::table::{Setting, TABLE, setting};
use super::{Settings, check};

pub(super) const PREFIX: &str = "TANK_REGISTRY_";

/// Where settings come from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The configuration file, if there is one.
    pub file: Option<PathBuf>,
    /// The environment; names that are no settings, nor meant to be, are ignored.
    pub environment: Vec<(OsString, OsString)>,
    /// Flags of the command line.
    pub flags: Vec<Flag>,
}

/// A flag that sets something.
#[derive(Debug, Clone)]
pub struct Flag {
    /// What it sets, `server.listen`.
    pub setting: &'static str,
    /// What it is called, `--listen`.
    pub flag: &'static str,
    /// To what.
    pub value: String,
}

/// Settings and where each came from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// The configuration file they were read from.
    pub file: Option<PathBuf>,
    origins: BTreeMap<&'static str, Origin>,
}

impl Loaded {
    /// Where a setting came from.
    pub fn origin(&self, name: &str) -> &Origin {
        self.origins.get(name).unwrap_or(&Origin::Default)
    }
}

/// A value as some layer gives it.
struct Entry {
    name: String,
    /// Text, or what was found that is no text, number or switch.
    value: Result<String, String>,
    origin: Origin,
}

/// Reads all layers.
///
/// # Errors
///
/// Everything that is unknown or wrong, with its origin. Rules that only a server that listens
/// must keep are in [`Loaded::check_serving`].
pub fn load(sources: &Sources) -> Result<Loaded, SettingsErrors> {
    let mut errors = Vec::new();
    let file = match &sources.file {
        Some(path) => from_file(path, &mut errors),
        None => Vec::new(),
    };
    let environment = from_environment(&sources.environment, &mut errors);
    let flags = sources.flags.iter().map(|flag| Entry {
        name: flag.setting.to_owned(),
        value: Ok(flag.value.clone()),
        origin: Origin::Flag(flag.flag),
    });

    let mut loaded = Loaded {
        settings: Settings::default(),
        file: sources.file.clone(),
        origins: BTreeMap::new(),
    };
    for layer in [file, environment, flags.collect()] {
        let mut seen = BTreeSet::new();
        for entry in layer {
            match apply(&mut loaded.settings, &entry) {
                Ok(setting) => {
                    if !seen.insert(setting.name) && setting.is_secret {
                        errors.push(SettingsError::Twice {
                            name: setting.name.to_owned(),
                            origin: entry.origin.clone(),
                        });
                    }
                    loaded.origins.insert(setting.name, entry.origin);
                }
                Err(error) => errors.push(error),
            }
        }
    }
    if errors.is_empty() {
        Ok(loaded)
    } else {
        Err(SettingsErrors(errors))
    }
}

fn apply(settings: &mut Settings, entry: &Entry) -> Result<&'static Setting, SettingsError> {
    let secret = entry.name.strip_suffix("_file").and_then(setting);
    let secret = secret.filter(|setting| setting.is_secret);
    let Some(row) = secret.or_else(|| setting(&entry.name)) else {
        return Err(SettingsError::Unknown {
            name: entry.name.clone(),
            origin: entry.origin.clone(),
            hint: check::hint(&entry.name),
        });
    };
    let wrong = |value: &str, expected: &str| SettingsError::Wrong {
        name: entry.name.clone(),
        origin: entry.origin.clone(),
        value: if row.is_secret {
            String::new()
        } else {
            format!(" {value}")
        },
        expected: expected.to_owned(),
    };
    let text = match &entry.value {
        Ok(text) => text,
        Err(found) => return Err(wrong(found, row.expected)),
    };
    let held = match secret {
        Some(_) => read_secret(row, text, &entry.origin)?,
        None => text.clone(),
    };
    (row.set)(settings, &held).ok_or_else(|| wrong(&format!("{text:?}"), row.expected))?;
    Ok(row)
}

fn read_secret(row: &Setting, path: &str, origin: &Origin) -> Result<String, SettingsError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) => Err(SettingsError::SecretFile {
            name: format!("{}_file", row.name),
            origin: origin.clone(),
            path: path.into(),
            reason: error.to_string(),
        }),
    }
}

/// Only names with `__` after the prefix are settings, and those with one `_` after a section were
/// meant to be: others belong to clients (`TANK_REGISTRY_URL`) or to an orchestrator
/// (`TANK_REGISTRY_PORT`).
fn from_environment(
    environment: &[(OsString, OsString)],
    errors: &mut Vec<SettingsError>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (variable, value) in environment {
        let Some(variable) = variable.to_str() else {
            continue;
        };
        let value = value.to_str().map(ToOwned::to_owned);
        let value = value.ok_or_else(|| "that is no UTF-8".to_owned());
        let origin = Origin::Environment(variable.to_owned());
        if variable == "RUST_LOG" {
            // The common name for it; the setting's own goes before it.
            if value.as_ref().is_ok_and(|value| !value.is_empty()) {
                let name = "log.level".to_owned();
                entries.insert(
                    0,
                    Entry {
                        name,
                        value,
                        origin,
                    },
                );
            }
            continue;
        }
        let name = variable.strip_prefix(PREFIX);
        let Some((section, key)) = name.and_then(|name| name.split_once("__")) else {
            errors.extend(name.and_then(|name| one_underscore(variable, name, &origin)));
            continue;
        };
        if variable.bytes().any(|byte| byte.is_ascii_lowercase()) {
            errors.push(SettingsError::Unknown {
                name: variable.to_owned(),
                origin,
                hint: format!("expected {}", variable.to_ascii_uppercase()),
            });
            continue;
        }
        let name = format!("{section}.{key}").to_ascii_lowercase();
        entries.push(Entry {
            name,
            value,
            origin,
        });
    }
    entries
}

/// What is wrong with a name that has one `_` where a setting has two.
fn one_underscore(variable: &str, name: &str, origin: &Origin) -> Option<SettingsError> {
    let name = name.to_ascii_lowercase();
    let (section, key) = name.split_once('_')?;
    let is_section = TABLE.iter().any(|row| check::section(row) == section);
    if !is_section || is_of_service(key) {
        return None;
    }
    let name = format!("{section}.{key}");
    let secret = name.strip_suffix("_file").and_then(setting);
    let is_known = setting(&name).is_some() || secret.is_some_and(|row| row.is_secret);
    let right = format!("{PREFIX}{section}__{key}").to_ascii_uppercase();
    Some(SettingsError::Unknown {
        name: variable.to_owned(),
        origin: origin.clone(),
        hint: if is_known {
            format!("expected {right}")
        } else {
            format!(
                "expected two underscores after the section; {}",
                check::hint(&name)
            )
        },
    })
}

/// Whether an orchestrator ends a name so that tells where a service is. One named
/// `tank-registry-server` gives `TANK_REGISTRY_SERVER_SERVICE_HOST` and `TANK_REGISTRY_SERVER_PORT`.
fn is_of_service(key: &str) -> bool {
    let key = format!("_{key}_");
    ["_service_host_", "_service_port_", "_port_"]
        .iter()
        .any(|part| key.contains(part))
}

fn from_file(path: &Path, errors: &mut Vec<SettingsError>) -> Vec<Entry> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            errors.push(SettingsError::Unreadable {
                path: path.to_owned(),
                reason: error.to_string(),
            });
            return Vec::new();
        }
    };
    let line = |at: usize| text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1;
    let document = match DeTable::parse(&text) {
        Ok(document) => document.into_inner(),
        Err(error) => {
            errors.push(SettingsError::Syntax {
                path: path.to_owned(),
                line: error.span().map_or(1, |span| line(span.start)),
                reason: error.message().to_owned(),
            });
            return Vec::new();
        }
    };
    let origin = |at: usize| Origin::File {
        path: path.to_owned(),
        line: line(at),
    };
    let mut entries = Vec::new();
    for (section, content) in &document {
        let at = section.span().start;
        let DeValue::Table(keys) = content.get_ref() else {
            entries.push(entry(section.get_ref(), content, origin(at)));
            continue;
        };
        if !TABLE
            .iter()
            .any(|row| check::section(row) == section.get_ref())
            && keys.is_empty()
        {
            entries.push(entry(section.get_ref(), content, origin(at)));
        }
        for (key, value) in keys {
            let name = format!("{}.{}", section.get_ref(), key.get_ref());
            entries.push(entry(&name, value, origin(key.span().start)));
        }
    }
    entries.sort_by_key(|entry| match entry.origin {
        Origin::File { line, .. } => line,
        _ => 0,
    });
    entries
}

fn entry(name: &str, value: &Spanned<DeValue<'_>>, origin: Origin) -> Entry {
    let value = match value.get_ref() {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(number) if number.radix() == 10 => Ok(number.as_str().to_owned()),
        DeValue::Boolean(on) => Ok(on.to_string()),
        DeValue::Integer(number) => Err(number.as_str().to_owned()),
        DeValue::Float(number) => Err(number.as_str().to_owned()),
        DeValue::Datetime(time) => Err(time.to_string()),
        DeValue::Array(_) => Err("[…]".to_owned()),
        DeValue::Table(_) => Err("{…}".to_owned()),
    };
    Entry {
        name: name.to_owned(),
        value,
        origin,
    }
}
