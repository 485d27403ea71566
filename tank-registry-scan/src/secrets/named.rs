//! Values that are secrets because of their names: `password = "…"`.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::formats::begins_like_one;
use super::sample::{is_random, is_sample};
use crate::decode::base64_decoded;
use crate::pattern::{any_of, pattern};

pattern!(
    NAMED,
    r#"(?ix)
        (password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|auth[_-]?key|private[_-]?key|credentials?|encryption[_-]?key)
        [\w-]{0,20}["'`]?\]?\s{0,4}(?::=|=>|=|:)\s{0,4}
        (?: [bruf]{0,2}"([^"\n]{4,200})" | [bruf]{0,2}'([^'\n]{4,200})' | `([^`\n]{4,200})` | ([^\s"'`,;(){}\[\]<>]{6,200}) )
        | \b(?:bearer|basic)\s+([A-Za-z0-9._~+/-]{20,200}={0,2})
        "#
);

/// A value whose name says that it is secret.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // What is seen of it, each for itself.
pub(super) struct Named {
    pub(super) range: Range<usize>,
    pub(super) quoted: bool,
    /// Whether it has the look of chance.
    pub(super) random: bool,
    /// Whether it begins like a key of a provider.
    pub(super) branded: bool,
    /// Whether it stands for a secret rather than being one.
    pub(super) sample: bool,
}

/// All values whose names say that they are secret, unless they say where the secret is instead.
pub(super) fn find(text: &str) -> Vec<Named> {
    static WORDS: LazyLock<AhoCorasick> = LazyLock::new(|| {
        any_of(&[
            "passw",
            "passphrase",
            "pwd",
            "secret",
            "token",
            "key",
            "credential",
            "bearer",
            "basic",
        ])
    });
    let mut all = Vec::new();
    if !WORDS.is_match(text) {
        return all;
    }
    for found in NAMED.captures_iter(text) {
        let quoted = found
            .get(2)
            .or_else(|| found.get(3))
            .or_else(|| found.get(4));
        let Some(value) = quoted.or_else(|| found.get(5)).or_else(|| found.get(6)) else {
            continue;
        };
        let content = value.as_str();
        let name = found.get(0).map_or("", |all| all.as_str()).to_lowercase();
        let follows = text.get(value.end()..).unwrap_or_default();
        // A call, an index or a member is code that fetches it.
        let code = quoted.is_none()
            && (follows.starts_with(['(', '[', '{'])
                || content.starts_with(['$', '%', '&', '*', '@', '-', '/'])
                || content.contains("://"));
        let about = [
            "public", "_name", "_file", "_path", "_url", "_uri", "_type", "_id", "_env", "count",
            "limit", "hash", "length",
        ]
        .iter()
        .any(|word| {
            name.split(['=', ':'])
                .next()
                .unwrap_or_default()
                .contains(word)
        });
        if code
            || about
            || content.contains([' ', '(', '|', '\\'])
            || content.starts_with(['$', '{', '%', '<', '['])
        {
            continue;
        }
        let shown = found.get(6).and_then(|_| base64_decoded(content));
        // The person of every guide: `user:pass`.
        if shown.is_some_and(|shown| shown.starts_with(b"user") || shown.ends_with(b"password")) {
            continue;
        }
        let random = is_random(content);
        all.push(Named {
            range: value.range(),
            // A header says where its value ends.
            quoted: quoted.is_some() || random && found.get(6).is_some(),
            random,
            branded: begins_like_one(content),
            sample: is_sample(content),
        });
    }
    all
}
