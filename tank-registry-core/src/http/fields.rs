//! Fields of a JSON body; what is wrong is told of the field.

use serde_json::{Map, Value};

use crate::error::Error;
use crate::model::wrong_type;

/// A field that must be a text.
pub(crate) fn text(body: &mut Map<String, Value>, field: &'static str) -> Result<String, Error> {
    string(field, body.remove(field))
}

/// A field that may be a text; `null` is as good as nothing.
pub(crate) fn optional_text(
    body: &mut Map<String, Value>,
    field: &'static str,
) -> Result<Option<String>, Error> {
    let value = body.remove(field).filter(|value| !value.is_null());
    value.map(|value| string(field, Some(value))).transpose()
}

/// A field that may be a whole number from 1 to `most`; `null` is as good as nothing.
pub(crate) fn optional_number(
    body: &mut Map<String, Value>,
    field: &'static str,
    most: u32,
) -> Result<Option<u32>, Error> {
    let Some(value) = body.remove(field).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    match number.filter(|number| (1..=most).contains(number)) {
        Some(number) => Ok(Some(number)),
        None if value.is_number() => {
            let expected = format!("Invalid input: expected an integer from 1 to {most}");
            Err(invalid(field, expected))
        }
        None => Err(invalid(field, wrong_type("number", Some(&value)))),
    }
}

/// A field that may be true or false; nothing and `null` are false.
pub(crate) fn optional_flag(
    body: &mut Map<String, Value>,
    field: &'static str,
) -> Result<bool, Error> {
    match body.remove(field) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(flag),
        other => Err(invalid(field, wrong_type("boolean", other.as_ref()))),
    }
}

/// A field that must be a list of texts.
pub(crate) fn texts(
    body: &mut Map<String, Value>,
    field: &'static str,
) -> Result<Vec<String>, Error> {
    match body.remove(field) {
        Some(Value::Array(items)) => items
            .into_iter()
            .map(|item| string(field, Some(item)))
            .collect(),
        other => Err(invalid(field, wrong_type("array", other.as_ref()))),
    }
}

/// The refusal of a field.
pub(crate) fn invalid(field: &'static str, reason: impl Into<String>) -> Error {
    Error::InvalidBody {
        field,
        reason: reason.into(),
    }
}

pub(crate) fn string(field: &'static str, value: Option<Value>) -> Result<String, Error> {
    match value {
        Some(Value::String(text)) => Ok(text),
        other => Err(invalid(field, wrong_type("string", other.as_ref()))),
    }
}
