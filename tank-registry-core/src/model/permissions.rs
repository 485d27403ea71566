//! What a skill asks to be allowed.

#[cfg(test)]
use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::schema::Faults;

/// Most entries of one list.
const MAX_ENTRIES: usize = 256;

/// Longest entry, in UTF-16 units.
const MAX_ENTRY_CHARS: usize = 512;

/// The permissions of a manifest, kept **as sent**: an absent list and an empty one mean the same but stay apart, because
/// clients compare and show what they sent. Read what is meant with the accessors, of which absent is none.
///
/// The default asks for nothing and serialises as `{}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Value")]
pub struct Permissions {
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<Network>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filesystem: Option<Filesystem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subprocess: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
struct Network {
    #[serde(skip_serializing_if = "Option::is_none")]
    outbound: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
struct Filesystem {
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    write: Option<Vec<String>>,
}

/// What permissions allow, without how they were written down: two that are equal here allow the same.
#[cfg(test)]
#[derive(Debug, PartialEq, Eq)]
pub(super) struct EffectivePermissions<'a> {
    pub(super) outbound: BTreeSet<&'a str>,
    pub(super) read: BTreeSet<&'a str>,
    pub(super) write: BTreeSet<&'a str>,
    pub(super) subprocess: bool,
}

/// Every reason why a JSON value is no permissions: the messages of the manifest's field. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionsError(Vec<String>);

impl Permissions {
    /// Permissions that ask for nothing, `{}`.
    pub const NONE: Self = Self {
        network: None,
        filesystem: None,
        subprocess: None,
    };

    /// Reads the `permissions` of a manifest.
    pub fn parse(value: &Value) -> Result<Self, PermissionsError> {
        let mut faults = Faults::default();
        let permissions = Self::read_from(value, &mut faults);
        match permissions {
            Some(permissions) if faults.is_empty() => Ok(permissions),
            _ => Err(PermissionsError(faults.into_messages())),
        }
    }

    /// Reads what it can; the result counts only where no fault was found.
    pub(super) fn read_from(value: &Value, faults: &mut Faults) -> Option<Self> {
        let object = faults.object(Some(value))?;
        let network = object
            .get("network")
            .and_then(|value| read_network(value, faults));
        let filesystem = object
            .get("filesystem")
            .and_then(|value| read_filesystem(value, faults));
        let subprocess = object
            .get("subprocess")
            .and_then(|value| faults.boolean(Some(value)));
        faults.strict(object, &["network", "filesystem", "subprocess"]);
        Some(Self {
            network,
            filesystem,
            subprocess,
        })
    }

    /// Hosts that may be called, in the order sent.
    pub fn outbound(&self) -> &[String] {
        entries(
            self.network
                .as_ref()
                .and_then(|network| network.outbound.as_ref()),
        )
    }

    /// Paths that may be read, in the order sent.
    pub fn read(&self) -> &[String] {
        entries(
            self.filesystem
                .as_ref()
                .and_then(|filesystem| filesystem.read.as_ref()),
        )
    }

    /// Paths that may be written, in the order sent.
    pub fn write(&self) -> &[String] {
        entries(
            self.filesystem
                .as_ref()
                .and_then(|filesystem| filesystem.write.as_ref()),
        )
    }

    /// Whether other programs may be run.
    pub fn subprocess(&self) -> bool {
        self.subprocess.unwrap_or(false)
    }

    /// What is allowed, without how it was written down.
    #[cfg(test)]
    pub(super) fn effective(&self) -> EffectivePermissions<'_> {
        EffectivePermissions {
            outbound: self.outbound().iter().map(String::as_str).collect(),
            read: self.read().iter().map(String::as_str).collect(),
            write: self.write().iter().map(String::as_str).collect(),
            subprocess: self.subprocess(),
        }
    }
}

impl TryFrom<Value> for Permissions {
    type Error = PermissionsError;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        Self::parse(&value)
    }
}

impl PermissionsError {
    /// The contract's messages, in order.
    pub fn messages(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for PermissionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for PermissionsError {}

fn entries(list: Option<&Vec<String>>) -> &[String] {
    list.map_or(&[], Vec::as_slice)
}

fn read_network(value: &Value, faults: &mut Faults) -> Option<Network> {
    let object = faults.object(Some(value))?;
    let outbound = read_list(object, "outbound", faults);
    faults.strict(object, &["outbound"]);
    Some(Network { outbound })
}

fn read_filesystem(value: &Value, faults: &mut Faults) -> Option<Filesystem> {
    let object = faults.object(Some(value))?;
    let read = read_list(object, "read", faults);
    let write = read_list(object, "write", faults);
    faults.strict(object, &["read", "write"]);
    Some(Filesystem { read, write })
}

fn read_list(object: &Map<String, Value>, key: &str, faults: &mut Faults) -> Option<Vec<String>> {
    let value = object.get(key)?;
    faults.bounded_strings(Some(value), MAX_ENTRIES, MAX_ENTRY_CHARS)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn messages(value: &Value) -> Vec<String> {
        Permissions::parse(value).unwrap_err().messages().to_vec()
    }

    #[test]
    fn permissions_are_given_back_as_sent() {
        for sent in [
            json!({}),
            json!({"network": {}}),
            json!({"network": {"outbound": []}, "subprocess": false}),
            json!({"filesystem": {"read": ["b", "a", "b"]}}),
            json!({"network": {"outbound": ["*.a.com"]}, "filesystem": {"read": [], "write": [""]}, "subprocess": true}),
        ] {
            let permissions = Permissions::parse(&sent).unwrap();
            assert_eq!(serde_json::to_value(&permissions).unwrap(), sent);
            assert_eq!(
                serde_json::from_value::<Permissions>(sent).unwrap(),
                permissions
            );
        }
    }

    #[test]
    fn absent_means_none() {
        let nothing = Permissions::default();
        assert_eq!(serde_json::to_value(&nothing).unwrap(), json!({}));
        let empty = Permissions::parse(
            &json!({"network": {"outbound": []}, "filesystem": {}, "subprocess": false}),
        )
        .unwrap();
        assert_ne!(empty, nothing);
        assert_eq!(empty.effective(), nothing.effective());
        assert!(!nothing.subprocess());
    }

    #[test]
    fn effective_permissions_forget_order_and_repetition() {
        let one = Permissions::parse(&json!({"network": {"outbound": ["b", "a", "b"]}})).unwrap();
        let other = Permissions::parse(&json!({"network": {"outbound": ["a", "b"]}})).unwrap();
        assert_eq!(one.effective(), other.effective());
        assert_eq!(one.outbound(), ["b", "a", "b"]);
    }

    #[test]
    fn a_wrong_type_is_refused_wherever_it_is() {
        assert_eq!(
            messages(&json!(null)),
            ["Invalid input: expected object, received null"]
        );
        assert_eq!(
            messages(&json!({"network": true})),
            ["Invalid input: expected object, received boolean"]
        );
        assert_eq!(
            messages(&json!({"filesystem": []})),
            ["Invalid input: expected object, received array"]
        );
        assert_eq!(
            messages(&json!({"subprocess": null})),
            ["Invalid input: expected boolean, received null"]
        );
        assert_eq!(
            messages(&json!({"network": {"outbound": "a.com"}})),
            ["Invalid input: expected array, received string"]
        );
        assert_eq!(
            messages(&json!({"filesystem": {"write": [{}]}})),
            ["Invalid input: expected string, received object"]
        );
        assert!(serde_json::from_value::<Permissions>(json!({"network": null})).is_err());
    }

    #[test]
    fn unknown_keys_are_refused_at_every_level() {
        assert_eq!(
            messages(&json!({"exec": 1})),
            ["Unrecognized key: \"exec\""]
        );
        assert_eq!(
            messages(&json!({"network": {"a": 1, "inbound": []}})),
            ["Unrecognized keys: \"a\", \"inbound\""]
        );
        assert_eq!(
            messages(&json!({"filesystem": {"delete": []}})),
            ["Unrecognized key: \"delete\""]
        );
    }

    #[test]
    fn faults_are_listed_in_the_order_of_the_schema() {
        let value = json!({"exec": 1, "network": {"outbound": "x", "z": 1}, "subprocess": null});
        assert_eq!(
            messages(&value),
            [
                "Invalid input: expected array, received string",
                "Unrecognized key: \"z\"",
                "Invalid input: expected boolean, received null",
                "Unrecognized key: \"exec\"",
            ]
        );
    }

    #[test]
    fn a_list_has_at_most_256_entries_of_512_characters() {
        let list = |items: usize, chars: usize| json!({"network": {"outbound": vec!["a".repeat(chars); items]}});
        assert!(Permissions::parse(&list(256, 512)).is_ok());
        assert_eq!(
            messages(&list(257, 1)),
            ["Too big: expected array to have <=256 items"]
        );
        assert_eq!(
            messages(&list(1, 513)),
            ["Too big: expected string to have <=512 characters"]
        );
    }
}
