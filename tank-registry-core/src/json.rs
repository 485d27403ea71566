//! Strict JSON: an object at the top, no name twice in one object, nested at most 64 deep, at most
//! 20,000 values. A value in memory takes a hundred times the room of its text, so bytes alone are
//! no bound.

use std::cell::Cell;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

const MAX_DEPTH: usize = 64;

/// Twice what the longest list of files that a client sends takes.
const MAX_VALUES: usize = 20_000;

/// The bytes are not such JSON. The text says what is wrong and where.
#[derive(Debug, thiserror::Error)]
#[error("invalid JSON: {0}")]
pub(crate) struct JsonError(#[source] serde_json::Error);

/// Reads one JSON object.
pub(crate) fn parse_object(bytes: &[u8]) -> Result<Value, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let values = Cell::new(0);
    let strict = Strict {
        depth: 0,
        values: &values,
    };
    let value = strict.deserialize(&mut deserializer).map_err(JsonError)?;
    deserializer.end().map_err(JsonError)?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    /// How many values there were so far.
    values: &'a Cell<usize>,
    /// How many objects and arrays this value lies in.
    depth: usize,
}

impl Strict<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        if self.depth >= MAX_DEPTH {
            return Err(E::custom(format_args!("nested more than {MAX_DEPTH} deep")));
        }
        Ok(Self {
            depth: self.depth + 1,
            values: self.values,
        })
    }

    /// Only an object may stand at the top.
    fn inside<E: de::Error>(self, value: Value) -> Result<Value, E> {
        if self.depth == 0 {
            Err(E::custom("expected an object"))
        } else {
            Ok(value)
        }
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.values.set(self.values.get() + 1);
        if self.values.get() > MAX_VALUES {
            return Err(de::Error::custom(format_args!(
                "more than {MAX_VALUES} values"
            )));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        self.inside(Value::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        self.inside(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        self.inside(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("number out of range"))?;
        self.inside(Value::Number(number))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        self.inside(value.into())
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        self.inside(value.into())
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        self.inside(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(inner)? {
            values.push(value);
        }
        self.inside(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(name) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inner)?;
            if map.contains_key(&name) {
                return Err(de::Error::custom(format_args!(
                    "the name {name:?} stands twice"
                )));
            }
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn refused(text: &str) -> String {
        parse_object(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn an_object_is_read_as_it_is() {
        let value = json!({ "a": [1, -2, 2.5, null, true, "x"], "b": { "c": {} } });
        assert_eq!(parse_object(value.to_string().as_bytes()).unwrap(), value);
    }

    #[test]
    fn only_an_object_may_stand_at_the_top() {
        for text in ["[]", "1", "\"x\"", "null", "true", "1.5"] {
            assert!(refused(text).contains("expected an object"), "{text}");
        }
    }

    #[test]
    fn a_name_may_not_stand_twice_at_any_depth() {
        assert!(refused(r#"{"a":{"b":1,"b":1}}"#).contains("\"b\" stands twice"));
    }

    #[test]
    fn nesting_ends_at_64() {
        let nested = |depth: usize| {
            format!(
                "{{\"a\":{}1{}}}",
                "[".repeat(depth - 1),
                "]".repeat(depth - 1)
            )
        };
        assert!(parse_object(nested(64).as_bytes()).is_ok());
        assert!(refused(&nested(65)).contains("nested more than 64"));
        assert!(refused(&nested(100_000)).contains("nested more than 64"));
    }

    #[test]
    fn values_end_at_20000() {
        let holding = |values: usize| format!("{{\"a\":[{}1]}}", "1,".repeat(values - 3));
        assert!(parse_object(holding(20_000).as_bytes()).is_ok());
        assert!(refused(&holding(20_001)).contains("more than 20000 values"));
    }

    #[test]
    fn what_follows_the_object_is_refused() {
        refused("{} {}");
        refused("");
        refused("{\"a\":1");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_object(&bytes);
        }
    }
}
