//! What to try on a new registry: three commands that work as they are printed.

use std::fmt;
use std::path::{Path, PathBuf};

use super::first_start::FirstKey;

/// Reads the skill back with what every Python has.
const READ_BACK: &str = "import os, urllib.request as r; print(r.urlopen(os.environ[\"TANK_REGISTRY_URL\"] + \"/api/v1/skills/%40acme%2Fhello\").read().decode())";

/// The commands, for whoever has just started a registry for the first time.
pub(super) struct TryNext<'a> {
    /// This program.
    pub(super) binary: &'a Path,
    /// The flags that lead to the data folder.
    pub(super) place: Vec<(&'static str, PathBuf)>,
    /// Where the registry is.
    pub(super) url: &'a str,
    pub(super) key: &'a FirstKey,
    /// Whether the current folder is that of the project.
    pub(super) has_examples: bool,
}

impl fmt::Display for TryNext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binary = quoted(&self.binary.to_string_lossy());
        let url = quoted(self.url);
        write!(
            f,
            "Try next:\n\n    {binary} admin org create acme --name Acme --owner admin"
        )?;
        for (flag, path) in &self.place {
            write!(f, " {flag} {}", quoted(&path.to_string_lossy()))?;
        }
        if !self.has_examples {
            let readme = "the section \"Publish\" of the README of tank-registry-server";
            return write!(f, "\n\nand go on with {readme}.\n");
        }
        let key = match self.key {
            FirstKey::Shown(key) => quoted(key.reveal()),
            FirstKey::InFile(path) => {
                format!("\"$(cat {})\"", quoted(&path.to_string_lossy()))
            }
        };
        write!(
            f,
            "\n    TANK_REGISTRY_URL={url} TANK_TOKEN={key} python3 examples/publish.py examples/hello\n    TANK_REGISTRY_URL={url} python3 -c {}\n",
            quoted(READ_BACK)
        )
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:@%+=,-".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}
