//! The `mcp_server` of a manifest: a program to start, or an address.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::parse::absolute_url;
use crate::model::schema::Faults;

/// How to reach the MCP server that a skill brings along.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum McpServer {
    /// A program to start.
    Local {
        /// The program, never empty.
        command: String,
        /// Its arguments; none when none were sent.
        args: Vec<String>,
        /// Its environment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        env: Option<BTreeMap<String, String>>,
        /// Only ever `false`, where it was sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        requires_auth: Option<bool>,
    },
    /// A server that runs somewhere.
    Remote {
        /// Its absolute URL.
        remote: String,
        /// Whether it wants credentials; `false` when not sent.
        requires_auth: bool,
        /// Variables that go with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        env: Option<BTreeMap<String, String>>,
    },
}

impl McpServer {
    /// Takes the one shape that fits. What is wrong with a value that fits neither cannot be said, as nobody knows which of
    /// the two was meant.
    pub(super) fn read_from(value: &Value, faults: &mut Faults) -> Option<Self> {
        let server = local(value).or_else(|| remote(value));
        if server.is_none() {
            faults.push("Invalid input");
        }
        server
    }
}

fn local(value: &Value) -> Option<McpServer> {
    let mut faults = Faults::default();
    let object = faults.object(Some(value))?;
    let command = faults.non_empty_string(object.get("command"))?.to_owned();
    let args = match object.get("args") {
        None => Vec::new(),
        sent => faults.strings(sent)?,
    };
    let env = object
        .get("env")
        .and_then(|sent| faults.string_map(Some(sent)));
    let requires_auth = object
        .get("requires_auth")
        .and_then(|sent| faults.boolean(Some(sent)));
    faults.strict(object, &["command", "args", "env", "requires_auth"]);
    let fits = faults.is_empty() && requires_auth != Some(true);
    fits.then_some(McpServer::Local {
        command,
        args,
        env,
        requires_auth,
    })
}

fn remote(value: &Value) -> Option<McpServer> {
    let mut faults = Faults::default();
    let object = faults.object(Some(value))?;
    let remote = absolute_url(faults.string(object.get("remote"))?)?.to_owned();
    let requires_auth = match object.get("requires_auth") {
        None => false,
        sent => faults.boolean(sent)?,
    };
    let env = object
        .get("env")
        .and_then(|sent| faults.string_map(Some(sent)));
    faults.strict(object, &["remote", "requires_auth", "env"]);
    faults.is_empty().then_some(McpServer::Remote {
        remote,
        requires_auth,
        env,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<McpServer, Vec<String>> {
        let mut faults = Faults::default();
        McpServer::read_from(value, &mut faults).ok_or_else(|| faults.into_messages())
    }

    #[test]
    fn defaults_are_filled_in() {
        let local = read(&json!({"command": "node"})).unwrap();
        assert_eq!(
            serde_json::to_value(&local).unwrap(),
            json!({"command": "node", "args": []})
        );
        let remote = read(&json!({"remote": " https://mcp.acme.com "})).unwrap();
        assert_eq!(
            serde_json::to_value(&remote).unwrap(),
            json!({"remote": "https://mcp.acme.com", "requires_auth": false})
        );
    }

    #[test]
    fn both_shapes_read_back_whole() {
        for sent in [
            json!({"command": "node", "args": ["a"], "env": {"K": "v"}, "requires_auth": false}),
            json!({"remote": "https://mcp.acme.com", "requires_auth": true, "env": {}}),
        ] {
            let server = read(&sent).unwrap();
            assert_eq!(serde_json::to_value(&server).unwrap(), sent);
            assert_eq!(serde_json::from_value::<McpServer>(sent).unwrap(), server);
        }
    }

    #[test]
    fn what_fits_neither_shape_is_invalid_input() {
        for wrong in [
            json!(null),
            json!("node"),
            json!({}),
            json!({"command": ""}),
            json!({"command": "node", "args": null}),
            json!({"command": "node", "args": [1]}),
            json!({"command": "node", "env": {"K": 1}}),
            json!({"command": "node", "requires_auth": true}),
            json!({"command": "node", "requires_auth": null}),
            json!({"command": "node", "cwd": "."}),
            json!({"command": "node", "remote": "https://mcp.acme.com"}),
            json!({"remote": "mcp.acme.com"}),
            json!({"remote": "https://mcp.acme.com", "args": []}),
            json!({"remote": "https://mcp.acme.com", "requires_auth": "yes"}),
        ] {
            assert_eq!(
                read(&wrong),
                Err(vec!["Invalid input".to_owned()]),
                "{wrong}"
            );
        }
    }
}
