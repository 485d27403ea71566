//! A judge of JSON by a schema, as far as this API's description goes.

use std::cmp::Ordering;
use std::fmt::Write as _;

use serde_json::Value;

/// Keywords that say something to people only, or that are judged together with another one.
const SILENT: [&str; 6] = [
    "description",
    "examples",
    "title",
    "format",
    "default",
    "$defs",
];

/// Everything in which `value` breaks `schema`. Fields of an object that the schema lists must be
/// among them: what is answered is described. A keyword that is not known here panics.
pub fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    judge(document, schema, value, "$", &mut faults);
    faults
}

fn judge(document: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let Some(keywords) = schema.as_object() else {
        assert_eq!(schema, &Value::Bool(true), "no schema at {at}");
        return;
    };
    for (keyword, rule) in keywords {
        let mut refuse = |text: &str| faults.push(format!("{at}: {text}: {value}"));
        match keyword.as_str() {
            "$ref" => judge(document, resolve(document, rule), value, at, faults),
            "type" => {
                let fits = |name: &Value| is(value, name.as_str().unwrap());
                let is_one = rule
                    .as_array()
                    .map_or_else(|| fits(rule), |all| all.iter().any(fits));
                if !is_one {
                    refuse(&format!("not of type {rule}"));
                }
            }
            "enum" if !rule.as_array().unwrap().contains(value) => refuse("not in the enum"),
            "const" if rule != value => refuse("not the constant"),
            "minimum" if compare(value, rule) == Some(Ordering::Less) => refuse("too small"),
            "maximum" if compare(value, rule) == Some(Ordering::Greater) => refuse("too large"),
            "maxLength" | "minLength" | "maxItems" => {
                let length = value.as_array().map(Vec::len);
                let length = length.or_else(|| value.as_str().map(|text| text.chars().count()));
                let order = length.map(|length| (length as u64).cmp(&rule.as_u64().unwrap()));
                let wrong = if keyword == "minLength" {
                    Ordering::Less
                } else {
                    Ordering::Greater
                };
                if order == Some(wrong) {
                    refuse("of a wrong length");
                }
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    if value.is_object() && value.get(name.as_str().unwrap()).is_none() {
                        refuse(&format!("{name} is missing"));
                    }
                }
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    judge(document, rule, item, &format!("{at}[{index}]"), faults);
                }
            }
            "properties" => {
                for (name, held) in value.as_object().into_iter().flatten() {
                    match rule.get(name) {
                        Some(schema) => {
                            judge(document, schema, held, &format!("{at}.{name}"), faults);
                        }
                        None => faults.push(format!("{at}.{name}: not described")),
                    }
                }
            }
            "additionalProperties" if rule.is_object() => {
                for (name, held) in value.as_object().into_iter().flatten() {
                    judge(document, rule, held, &format!("{at}.{name}"), faults);
                }
            }
            "anyOf" => {
                let mut reasons = String::new();
                let fits = rule.as_array().unwrap().iter().any(|schema| {
                    let found = self::faults(document, schema, value);
                    let _ = write!(reasons, "{found:?} ");
                    found.is_empty()
                });
                if !fits {
                    refuse(&format!("none of {reasons}"));
                }
            }
            // Forms of texts have tests of their own.
            "enum" | "const" | "minimum" | "maximum" | "additionalProperties" | "pattern" => {}
            silent if SILENT.contains(&silent) => {}
            unknown => panic!("{unknown} is not known here"),
        }
    }
}

/// What a reference within the document leads to.
pub fn resolve<'a>(document: &'a Value, reference: &Value) -> &'a Value {
    let text = reference.as_str().unwrap();
    let pointer = text
        .strip_prefix('#')
        .unwrap_or_else(|| panic!("{text} leads elsewhere"));
    document
        .pointer(pointer)
        .unwrap_or_else(|| panic!("{text} leads nowhere"))
}

/// Of two numbers, the first against the second; other values have no bounds.
fn compare(value: &Value, bound: &Value) -> Option<Ordering> {
    value.as_f64()?.partial_cmp(&bound.as_f64()?)
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        unknown => panic!("{unknown} is no type"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_kind_of_fault_is_found() {
        let document = json!({ "s": { "type": "string", "maxLength": 2 } });
        let schema = json!({
            "type": "object",
            "required": ["a"],
            "properties": {
                "a": { "anyOf": [{ "$ref": "#/s" }, { "type": "null" }] },
                "b": { "type": "array", "items": { "enum": [1, 2] } },
                "n": { "type": ["integer", "null"], "minimum": 0, "maximum": 9 },
            },
        });
        for (value, count) in [
            (json!({ "a": "x", "b": [1, 2] }), 0),
            (json!({ "a": null, "n": null }), 0),
            (json!({ "a": null, "n": 10 }), 1),
            (json!({ "a": null, "n": -1 }), 1),
            (json!({ "a": "xyz" }), 1),
            (json!({ "a": 7, "b": [3, 4] }), 3),
            (json!({ "b": 1 }), 2),
            (json!({ "a": "x", "c": 1 }), 1),
            (json!([]), 1),
        ] {
            let found = faults(&document, &schema, &value);
            assert_eq!(found.len(), count, "{value}: {found:?}");
        }
    }
}
