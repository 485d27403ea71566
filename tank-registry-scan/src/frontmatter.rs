//! The front matter of a Markdown file: YAML, read with limits.

use serde_json::Value;

/// Reads YAML; `None` where it is none, or more than anybody would write there.
pub(crate) fn parse(yaml: &str) -> Option<Value> {
    const LONGEST: usize = 256 << 10;
    if yaml.len() > LONGEST {
        return None;
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 32,
            max_nodes: 20_000,
            max_events: 40_000,
            max_aliases: 64,
            max_anchors: 64,
            max_documents: 1,
            max_total_scalar_bytes: LONGEST,
        },
    };
    serde_saphyr::from_str_with_options(yaml, options).ok()
}

/// Every string in a value with the keys that lead to it, in order.
pub(crate) fn strings(value: &Value) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), value)];
    while let Some((path, value)) = open.pop() {
        match value {
            Value::String(text) => found.push((path, text.as_str())),
            Value::Array(items) => {
                open.extend(items.iter().rev().map(|item| (format!("{path}[]"), item)));
            }
            Value::Object(fields) => {
                let deeper = fields.iter().rev().map(|(key, value)| {
                    let path = if path.is_empty() {
                        key.clone()
                    } else {
                        format!("{path}.{key}")
                    };
                    (path, value)
                });
                open.extend(deeper);
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bombs_of_aliases_and_depth_are_refused() {
        let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (name, before) in [('b', 'a'), ('c', 'b'), ('d', 'c'), ('e', 'd'), ('f', 'e')] {
            let list = vec![format!("*{before}"); 9].join(",");
            bomb = format!("{bomb}{name}: &{name} [{list}]\n");
        }
        assert_eq!(parse(&bomb), None);
        assert_eq!(parse(&"[".repeat(10_000)), None);
        assert_eq!(
            parse("name: a\ndescription: b\n"),
            Some(serde_json::json!({"name": "a", "description": "b"}))
        );
    }
}
