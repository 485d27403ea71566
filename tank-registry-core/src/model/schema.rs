//! Checks of JSON values, with the messages that the clients' schema library gives for the same input.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::text::longer_than;

/// Most messages kept for one field. A body of some mebibytes can hold millions of faults; nobody reads so many.
const MAX_MESSAGES: usize = 64;

/// What is said of a value of another type than expected; `None` is one whose key is absent.
pub(crate) fn wrong_type(expected: &str, received: Option<&Value>) -> String {
    let received = match received {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    };
    format!("Invalid input: expected {expected}, received {received}")
}

/// The messages of one field.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<String>);

impl Faults {
    pub(super) fn push(&mut self, message: impl Into<String>) {
        if !self.is_full() {
            self.0.push(message.into());
        }
    }

    /// Whether looking further would add nothing.
    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= MAX_MESSAGES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_messages(self) -> Vec<String> {
        self.0
    }

    fn wrong_type(&mut self, expected: &str, received: Option<&Value>) {
        self.push(wrong_type(expected, received));
    }

    /// A string. `None` for a value means that its key is absent, here and below.
    pub(super) fn string<'a>(&mut self, value: Option<&'a Value>) -> Option<&'a str> {
        let text = value.and_then(Value::as_str);
        if text.is_none() {
            self.wrong_type("string", value);
        }
        text
    }

    /// A string of at least one character.
    pub(super) fn non_empty_string<'a>(&mut self, value: Option<&'a Value>) -> Option<&'a str> {
        let text = self.string(value)?;
        if text.is_empty() {
            self.push("Too small: expected string to have >=1 characters");
            return None;
        }
        Some(text)
    }

    pub(super) fn boolean(&mut self, value: Option<&Value>) -> Option<bool> {
        let flag = value.and_then(Value::as_bool);
        if flag.is_none() {
            self.wrong_type("boolean", value);
        }
        flag
    }

    /// A number within bounds, both included.
    pub(super) fn number(
        &mut self,
        value: Option<&Value>,
        least: u8,
        most: u8,
    ) -> Option<serde_json::Number> {
        let Some(Value::Number(number)) = value else {
            self.wrong_type("number", value);
            return None;
        };
        // Every JSON number has a nearest double, which is also what the clients compare.
        let double = number.as_f64()?;
        if double < f64::from(least) {
            self.push(format!("Too small: expected number to be >={least}"));
            return None;
        }
        if double > f64::from(most) {
            self.push(format!("Too big: expected number to be <={most}"));
            return None;
        }
        Some(number.clone())
    }

    pub(super) fn array<'a>(&mut self, value: Option<&'a Value>) -> Option<&'a Vec<Value>> {
        let array = value.and_then(Value::as_array);
        if array.is_none() {
            self.wrong_type("array", value);
        }
        array
    }

    /// An object whose keys the caller knows.
    pub(super) fn object<'a>(
        &mut self,
        value: Option<&'a Value>,
    ) -> Option<&'a Map<String, Value>> {
        let object = value.and_then(Value::as_object);
        if object.is_none() {
            self.wrong_type("object", value);
        }
        object
    }

    /// A list whose items all pass `item`.
    pub(super) fn list<'a, T>(
        &mut self,
        value: Option<&'a Value>,
        mut item: impl FnMut(&mut Self, &'a Value) -> Option<T>,
    ) -> Option<Vec<T>> {
        let array = self.array(value)?;
        let mut items = Vec::new();
        for value in array {
            if self.is_full() {
                return None;
            }
            items.extend(item(self, value));
        }
        (items.len() == array.len()).then_some(items)
    }

    /// A list of strings of any number and length.
    pub(super) fn strings(&mut self, value: Option<&Value>) -> Option<Vec<String>> {
        self.list(value, |faults, item| {
            faults.string(Some(item)).map(str::to_owned)
        })
    }

    /// A list of strings of bounded number and length.
    pub(super) fn bounded_strings(
        &mut self,
        value: Option<&Value>,
        items: usize,
        chars: usize,
    ) -> Option<Vec<String>> {
        if self.array(value)?.len() > items {
            self.push(format!("Too big: expected array to have <={items} items"));
            return None;
        }
        self.list(value, |faults, item| {
            let text = faults.string(Some(item))?;
            if longer_than(text, chars) {
                faults.push(format!(
                    "Too big: expected string to have <={chars} characters"
                ));
                return None;
            }
            Some(text.to_owned())
        })
    }

    /// A map from any key to a string.
    pub(super) fn string_map(&mut self, value: Option<&Value>) -> Option<BTreeMap<String, String>> {
        let Some(Value::Object(record)) = value else {
            self.wrong_type("record", value);
            return None;
        };
        let mut map = BTreeMap::new();
        for (key, value) in record {
            if self.is_full() {
                return None;
            }
            if let Some(text) = self.string(Some(value)) {
                map.insert(key.clone(), text.to_owned());
            }
        }
        (map.len() == record.len()).then_some(map)
    }

    /// Reports keys other than the known ones, in one message. Called after the known ones are read, as the schema does.
    pub(super) fn strict(&mut self, object: &Map<String, Value>, known: &[&str]) {
        let unknown: Vec<_> = object
            .keys()
            .filter(|key| !known.contains(&key.as_str()))
            .map(|key| format!("\"{key}\""))
            .collect();
        match unknown.len() {
            0 => {}
            1 => self.push(unrecognized_key(&unknown[0])),
            _ => self.push(format!("Unrecognized keys: {}", unknown.join(", "))),
        }
    }
}

/// The message for one key that the schema does not know; the key comes with its quotes.
pub(super) fn unrecognized_key(quoted: &str) -> String {
    format!("Unrecognized key: {quoted}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn messages<T>(check: impl FnOnce(&mut Faults) -> T) -> Vec<String> {
        let mut faults = Faults::default();
        check(&mut faults);
        faults.into_messages()
    }

    #[test]
    fn a_wrong_type_names_what_was_expected_and_what_came() {
        let received = |value: Option<Value>| messages(|faults| faults.string(value.as_ref()));
        for (value, word) in [
            (None, "undefined"),
            (Some(json!(null)), "null"),
            (Some(json!(1.5)), "number"),
            (Some(json!(true)), "boolean"),
            (Some(json!([])), "array"),
            (Some(json!({})), "object"),
        ] {
            assert_eq!(
                received(value),
                [format!("Invalid input: expected string, received {word}")]
            );
        }
        let text = json!("x");
        let text = Some(&text);
        assert_eq!(
            messages(|f| f.boolean(text)),
            ["Invalid input: expected boolean, received string"]
        );
        assert_eq!(
            messages(|f| f.number(text, 0, 1)),
            ["Invalid input: expected number, received string"]
        );
        assert_eq!(
            messages(|f| f.array(text)),
            ["Invalid input: expected array, received string"]
        );
        assert_eq!(
            messages(|f| f.object(text)),
            ["Invalid input: expected object, received string"]
        );
        assert_eq!(
            messages(|f| f.string_map(text)),
            ["Invalid input: expected record, received string"]
        );
    }

    #[test]
    fn bounds_of_numbers_are_included() {
        let check = |value: Value| messages(|faults| faults.number(Some(&value), 0, 10));
        assert!(check(json!(0)).is_empty());
        assert!(check(json!(-0.0)).is_empty());
        assert!(check(json!(10.0)).is_empty());
        assert_eq!(check(json!(10.1)), ["Too big: expected number to be <=10"]);
        assert_eq!(
            check(json!(u64::MAX)),
            ["Too big: expected number to be <=10"]
        );
        assert_eq!(check(json!(-1)), ["Too small: expected number to be >=0"]);
    }

    #[test]
    fn unknown_keys_of_one_place_share_a_message() {
        let check =
            |value: Value| messages(|faults| faults.strict(value.as_object().unwrap(), &["known"]));
        assert!(check(json!({"known": 1})).is_empty());
        assert_eq!(
            check(json!({"known": 1, "a": 2})),
            ["Unrecognized key: \"a\""]
        );
        assert_eq!(
            check(json!({"a": 1, "b": 2})),
            ["Unrecognized keys: \"a\", \"b\""]
        );
    }

    #[test]
    fn a_long_list_or_entry_is_too_big() {
        let check = |value: Value| messages(|faults| faults.bounded_strings(Some(&value), 2, 3));
        assert!(check(json!(["abc", ""])).is_empty());
        assert_eq!(
            check(json!(["a", "b", "c"])),
            ["Too big: expected array to have <=2 items"]
        );
        assert_eq!(
            check(json!(["abcd", 1])),
            [
                "Too big: expected string to have <=3 characters",
                "Invalid input: expected string, received number",
            ]
        );
    }

    #[test]
    fn a_million_faults_give_a_readable_number_of_messages() {
        let value = json!(vec![1; 100_000]);
        assert_eq!(
            messages(|faults| faults.strings(Some(&value))).len(),
            MAX_MESSAGES
        );
    }
}
