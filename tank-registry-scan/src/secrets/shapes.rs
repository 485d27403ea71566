//! Secrets that are known by how they are built: keys in armour, addresses with a password, tokens
//! that decode, phrases that open a wallet.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde_json::Value;
use tank_registry_core::scan::Severity;

use super::sample::{entropy, is_random, is_sample};
use super::{PRIVATE_KEY, PROVIDER_KEY, SEED_PHRASE, Secret, TOKEN, URL_PASSWORD};
use crate::decode::base64_decoded;
use crate::pattern::{any_of, pattern};

pattern!(
    JWT,
    r"\beyJ[A-Za-z0-9_-]{8,}\.(eyJ[A-Za-z0-9_-]{8,})\.[A-Za-z0-9_-]{16,}"
);
pattern!(
    BOT,
    r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}\b|\b[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}\b"
);
pattern!(
    HEX_KEY,
    r#"(?i)(?:private[_ -]?key|secret[_ -]?key|signing[_ -]?key|priv[_ -]?key|wallet[_ -]?key)["'\]]{0,2}\s*(?::=|=>|[:=]|is)\s*["'`]?(?:0x)?([0-9a-f]{64})\b"#
);
pattern!(
    PHRASE,
    r#"(?i)(?:seed[_ -]?phrase|mnemonic|recovery[_ -]?phrase|secret[_ -]?phrase|backup[_ -]?phrase|wallet[_ -]?seed)["'`\]]{0,2}\s{0,3}(?:=>|[:=]|is|->)?\s{0,3}["'`]?((?-i:[a-z]{3,8})(?: (?-i:[a-z]{3,8})){11,23})(?:["'`.\n]|$)"#
);
pattern!(GOOGLE_ACCOUNT, r#""type"\s*:\s*"service_account""#);

/// Secrets that are known by how they are built.
pub(super) fn find(text: &str) -> Vec<Secret> {
    let mut secrets = Vec::new();
    armour(text, &mut secrets);
    addresses(text, &mut secrets);
    tokens(text, &mut secrets);
    wallets(text, &mut secrets);
    secrets
}

/// A private key with its body. What stands between the dashes of a guide is no key.
fn armour(text: &str, secrets: &mut Vec<Secret>) {
    const BEGIN: &str = "-----BEGIN ";
    const LONGEST: usize = 16 << 10;
    let mut at = 0;
    while let Some(found) = memchr::memmem::find(&text.as_bytes()[at..], BEGIN.as_bytes()) {
        let start = at + found;
        at = start + BEGIN.len();
        let title = text[at..].split("-----").next().unwrap_or_default();
        if title.len() > 40 || !title.contains("PRIVATE KEY") {
            continue;
        }
        let body = at + title.len();
        let limit = crate::text::floor(text, text.len().min(body + LONGEST));
        let end = memchr::memmem::find(&text.as_bytes()[body..limit], b"-----END")
            .map_or(limit, |found| body + found);
        let data: String = text
            .get(body..end)
            .unwrap_or_default()
            .replace("\\n", "")
            .replace("\\r", "")
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '.' | '<'))
            .collect();
        let google = GOOGLE_ACCOUNT.is_match(text);
        at = end;
        if data.len() >= 100 && !is_sample(&data[..100]) && entropy(&data) > 4.0 {
            secrets.push(Secret {
                range: start..end,
                rule: &PRIVATE_KEY,
                severity: Severity::Critical,
                what: if google {
                    "key of a Google service account"
                } else {
                    "private key"
                },
            });
        }
    }
}

/// `scheme://user:password@host`.
fn addresses(text: &str, secrets: &mut Vec<Secret>) {
    for at in memchr::memmem::find_iter(text.as_bytes(), b"://") {
        let rest = &text[at + 3..];
        let end = rest
            .find(|c: char| {
                c.is_whitespace()
                    || matches!(c, '/' | '"' | '\'' | '`' | '<' | '>' | ')' | '?' | '#')
            })
            .unwrap_or(rest.len())
            .min(300);
        let Some((user, host)) = rest
            .get(..end)
            .and_then(|authority| authority.rsplit_once('@'))
        else {
            continue;
        };
        let Some((name, password)) = user.split_once(':') else {
            continue;
        };
        let reference = password.starts_with(['$', '{', '%', '[', '*']) || password.len() < 4;
        if reference || is_sample(password) || is_sample(host) || !host.contains('.') {
            continue;
        }
        let lower = password.to_lowercase();
        let usual = matches!(
            &*lower,
            "password"
                | "pass"
                | "passwd"
                | "secret"
                | "postgres"
                | "root"
                | "admin"
                | "token"
                | "test"
                | "pwd"
                | "mysecretpassword"
                | "api_key"
                | "apikey"
                | "key"
                | "user"
                | "guest"
        ) || lower.contains("pass")
            || lower == name.to_lowercase();
        let local = host.starts_with("localhost")
            || host.starts_with("127.")
            || host.starts_with("0.0.0.0");
        let severity = if usual || local {
            Severity::Low
        } else if password.len() >= 8 && entropy(password) >= 2.5 {
            Severity::High
        } else {
            Severity::Medium
        };
        let start = at + 3 + name.len() + 1;
        secrets.push(Secret {
            range: start..start + password.len(),
            rule: &URL_PASSWORD,
            severity,
            what: "password in an address",
        });
    }
}

fn tokens(text: &str, secrets: &mut Vec<Secret>) {
    if memchr::memmem::find(text.as_bytes(), b"eyJ").is_some() {
        for found in JWT.captures_iter(text) {
            let (Some(all), Some(claims)) = (found.get(0), found.get(1)) else {
                continue;
            };
            let claims: Option<Value> = base64_decoded(claims.as_str())
                .and_then(|claims| serde_json::from_slice(&claims).ok());
            let Some(claims) = claims else {
                continue;
            };
            // A key for everybody, and the person of every guide.
            let shown = claims.to_string();
            let public = claims["role"] == "anon"
                || ["John Doe", "1234567890", "example", "Jane", "test"]
                    .iter()
                    .any(|word| shown.contains(word));
            if !public {
                secrets.push(Secret {
                    range: all.range(),
                    rule: &TOKEN,
                    severity: Severity::High,
                    what: "signed token",
                });
            }
        }
    }
    for found in BOT.find_iter(text) {
        let token = found.as_str();
        let id = token.split(['.', ':']).next().unwrap_or_default();
        let discord = token.contains('.');
        // The first part of a Discord token is the number of its account.
        let fit = !discord
            || base64_decoded(id)
                .is_some_and(|id| id.len() >= 17 && id.iter().all(u8::is_ascii_digit));
        if fit && !is_sample(token) {
            secrets.push(Secret {
                range: found.range(),
                rule: &PROVIDER_KEY,
                severity: Severity::Critical,
                what: if discord {
                    "Discord token"
                } else {
                    "Telegram bot token"
                },
            });
        }
    }
}

fn wallets(text: &str, secrets: &mut Vec<Secret>) {
    static WORDS: LazyLock<AhoCorasick> = LazyLock::new(|| {
        any_of(&[
            "private", "secret", "signing", "priv", "wallet", "seed", "mnemonic", "phrase",
        ])
    });
    if !WORDS.is_match(text) {
        return;
    }
    for found in HEX_KEY.captures_iter(text) {
        let Some(key) = found.get(1) else { continue };
        if is_random(key.as_str()) {
            secrets.push(Secret {
                range: key.range(),
                rule: &PRIVATE_KEY,
                severity: Severity::Critical,
                what: "private key",
            });
        }
    }
    for found in PHRASE.captures_iter(text) {
        let Some(phrase) = found.get(1) else { continue };
        let words: Vec<&str> = phrase.as_str().split(' ').collect();
        let mut different = words.clone();
        different.sort_unstable();
        different.dedup();
        // The list of such words has none of the smallest of a sentence, and phrases of tests
        // repeat one word.
        let sentence = words.iter().any(|word| {
            matches!(
                *word,
                "the" | "and" | "for" | "your" | "from" | "into" | "are" | "not" | "its" | "with"
            )
        });
        if words.len().is_multiple_of(3) && different.len() * 4 >= words.len() * 3 && !sentence {
            secrets.push(Secret {
                range: phrase.range(),
                rule: &SEED_PHRASE,
                severity: Severity::Critical,
                what: "phrase that opens a wallet",
            });
        }
    }
}
