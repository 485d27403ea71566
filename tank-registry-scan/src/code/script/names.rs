//! What names and hosts say about what stands behind them.

use std::sync::LazyLock;

use super::value::HOLE;
use regex::Regex;

#[allow(clippy::expect_used)] // The patterns are constant and every test runs them.
pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a valid pattern")
}

/// The name of a module of Node without what only says that it is built in.
pub(super) fn module(name: &str) -> String {
    let name = name.strip_prefix("node:").unwrap_or(name);
    match name {
        "fs/promises" | "fs-extra" | "graceful-fs" => "fs".to_owned(),
        "dns/promises" => "dns".to_owned(),
        "node-fetch" | "cross-fetch" | "isomorphic-fetch" => "fetch".to_owned(),
        "process" => "process".to_owned(),
        _ => name.replace('/', "."),
    }
}

/// A dotted name without the namespaces that all names stand in.
pub(super) fn canonical(path: &str) -> String {
    let plain = if path.contains("__dict__") {
        path.replace(".__dict__", "")
    } else {
        path.to_owned()
    };
    let mut rest = &*plain;
    while let Some(inner) = [
        "globalThis.",
        "window.",
        "global.",
        "builtins.",
        "__builtins__.",
        "__builtin__.",
        "globals().",
        "locals().",
        "process.mainModule.",
    ]
    .iter()
    .find_map(|prefix| rest.strip_prefix(prefix))
    {
        rest = inner;
    }
    match rest {
        "module.require" => "require".to_owned(),
        _ => rest
            .strip_prefix("fs.promises")
            .map_or_else(|| rest.to_owned(), |inner| format!("fs{inner}")),
    }
}

/// Where data goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    /// Lower case, without port; empty where it is computed.
    pub(super) name: String,
    pub(super) class: HostClass,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HostClass {
    /// This machine or its network.
    Local,
    /// Made to catch what is sent to it, or known by its number alone.
    Drop,
    /// Keeps files of anyone for anyone.
    Share,
    /// A channel of a chat.
    Chat,
    /// A model's interface.
    Model,
    Other,
    Unknown,
}

static DROP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x) (?:^|\.)(?: webhook\.(?:site|cool) | requestbin\.(?:com|net) | pipedream\.(?:net|com) | (?:interact|interactsh)\.(?:sh|com)
        | oast\.\w+ | oastify\.com | burpcollaborator\.net | ngrok(?:-free)?\.(?:io|app|dev) | trycloudflare\.com | serveo\.net
        | localhost\.run | loca\.lt | localtunnel\.me 
        | pastebin\.com | rentry\.co | hastebin\.com | paste\.ee | dpaste\.\w+ | termbin\.com | glot\.io | ix\.io | requestcatcher\.com
        | hookbin\.com | beeceptor\.com | canarytokens\.\w+ | dnslog\.cn | ceye\.io | postb\.in | mockbin\.\w+ | pastie\.org | duckdns\.org | onion )$
        | (?:^|[.\-])(?: attacker | evil | malicious | malware | exfil(?:trat\w*)? | c2 | hacker | backdoor | keylogger )(?:[.\-]|$)",
    )
});

static SHARE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^|\.)(?:transfer\.sh|file\.io|0x0\.st|temp\.sh|gofile\.io|anonfiles\.com|catbox\.moe|bashupload\.com|tmpfiles\.org|oshi\.at)$",
    )
});

static MODEL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^|\.)(?:openai\.com|anthropic\.com|googleapis\.com|mistral\.ai|groq\.com|openrouter\.ai|x\.ai|deepseek\.com|cohere\.(?:ai|com)|perplexity\.ai|together\.(?:ai|xyz)|azure\.com|minimax\w*\.\w+|moonshot\.\w+|dashscope\.aliyuncs\.com|huggingface\.co|replicate\.com|elevenlabs\.io)$",
    )
});

impl Host {
    pub(super) fn unknown() -> Self {
        Self {
            name: String::new(),
            class: HostClass::Unknown,
        }
    }

    /// Of a URL, or of a bare host.
    pub(super) fn of(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        if !scheme.is_empty() && scheme.contains(HOLE) {
            return Self::unknown();
        }
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let authority = rest
            .split(['/', '?', '#', ' ', '"', '\''])
            .next()
            .unwrap_or_default();
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let host = if authority.starts_with('[') {
            authority.split(']').next().unwrap_or_default()
        } else {
            authority.split(':').next().unwrap_or_default()
        };
        let host = host.trim_matches(['[', ']', '.']).to_ascii_lowercase();
        // Of a computed name, the domain may be known.
        let name = match host.rfind([HOLE, '{', '}', '<', '>', '$']) {
            None => host,
            Some(at) => {
                let known = host[at..].split_once('.').map_or("", |(_, domain)| domain);
                if !known.contains('.') {
                    return Self::unknown();
                }
                known.to_owned()
            }
        };
        if name.is_empty() {
            return Self::unknown();
        }
        let class = Self::class(&name, rest);
        Self { name, class }
    }

    fn class(name: &str, rest: &str) -> HostClass {
        if let Ok(address) = name.parse::<std::net::Ipv4Addr>() {
            return if address.is_loopback()
                || address.is_private()
                || address.is_unspecified()
                || address.is_link_local()
            {
                HostClass::Local
            } else {
                HostClass::Drop
            };
        }
        if let Ok(address) = name.parse::<std::net::Ipv6Addr>() {
            return if address.is_loopback() {
                HostClass::Local
            } else {
                HostClass::Drop
            };
        }
        if name == "localhost"
            || [".local", ".localhost", ".internal"]
                .iter()
                .any(|end| name.ends_with(end))
        {
            return HostClass::Local;
        }
        if !name.contains('.') {
            return HostClass::Unknown;
        }
        let chat = (crate::hosts::is_within(name, "discord.com")
            || crate::hosts::is_within(name, "discordapp.com"))
            && rest.contains("/webhooks")
            || name == "api.telegram.org"
            || name == "hooks.slack.com";
        if chat {
            HostClass::Chat
        } else if DROP.is_match(name) {
            HostClass::Drop
        } else if SHARE.is_match(name) {
            HostClass::Share
        } else if MODEL.is_match(name) {
            HostClass::Model
        } else {
            HostClass::Other
        }
    }

    /// For people.
    pub(super) fn shown(&self) -> &str {
        if self.name.is_empty() {
            "a computed address"
        } else {
            &self.name
        }
    }
}

static SECRET_ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^https?://[^ ]*[?&][\w\-]*(?:session|token|secret|api_?key|password|auth)[\w\-]*=",
    )
});

/// Whether an address has a secret in its query.
pub(super) fn is_secret_address(text: &str) -> bool {
    SECRET_ADDRESS.is_match(text)
}

/// Whether a name is that of what a person and an agent said to each other, or of what the agent
/// was told.
pub(super) fn is_conversation(name: &str) -> bool {
    let plain = camel_to_snake(name);
    matches!(
        &*plain,
        "conversation"
            | "conversation_history"
            | "chat_history"
            | "chat_log"
            | "system_prompt"
            | "user_messages"
            | "agent_memory"
            | "conversation_context"
            | "session_transcript"
            | "message_history"
            | "full_context"
            | "user_conversation"
    )
}

static SECRET_NAME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:^|_|\.)(?:api_?keys?|secrets?|tokens?|passwords?|passwd|private_?keys?|credentials?|access_?keys?|auth|mnemonic|seed_?phrase|session_?(?:key|cookie)|database_url|db_pass|pat|client_?secret|secret_?key|encryption_?key|signing_?key)(?:_|$)|apikey$|_key$|_pwd$|_dsn$",
    )
});

/// Whether a name is that of a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let plain = camel_to_snake(name);
    SECRET_NAME.is_match(&plain)
        && ![
            "token_count",
            "max_tokens",
            "tokens_used",
            "public_key",
            "token_limit",
            "token_type",
            "tokens",
        ]
        .iter()
        .any(|word| plain.eq_ignore_ascii_case(word) || plain.to_ascii_lowercase().ends_with(word))
}

fn camel_to_snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && lower {
            out.push('_');
        }
        lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// How the name of a secret and a host go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The host is of the service that the name names.
    Same,
    /// The name names a service, and the host is not of it.
    Other,
    /// The name names no service that is known.
    Nobody,
}

/// Services by a word in the names of their keys, and what their hosts contain.
static SERVICES: &[(&str, &[&str])] = &[
    ("aws", &["amazonaws", "aws."]),
    ("openai", &["openai", "azure"]),
    ("anthropic", &["anthropic", "claude"]),
    ("claude", &["anthropic", "claude"]),
    ("github", &["github"]),
    ("gh", &["github"]),
    ("gitlab", &["gitlab"]),
    ("google", &["google", "gstatic", "youtube"]),
    ("gemini", &["google"]),
    ("gcp", &["google"]),
    ("stripe", &["stripe"]),
    ("slack", &["slack"]),
    ("discord", &["discord"]),
    ("telegram", &["telegram", "t.me"]),
    ("twilio", &["twilio"]),
    ("sendgrid", &["sendgrid"]),
    ("npm", &["npmjs"]),
    ("pypi", &["pypi"]),
    ("hf", &["huggingface"]),
    ("huggingface", &["huggingface"]),
    ("azure", &["azure", "microsoft", "windows.net"]),
    ("database", &[]),
    ("db", &[]),
    ("postgres", &[]),
    ("ssh", &[]),
    ("wallet", &[]),
    ("mnemonic", &[]),
    ("seed", &[]),
];

/// Whose a secret of this name is, seen from a host.
pub(super) fn owner(name: &str, host: &str) -> Owner {
    let host_letters: String = host.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = camel_to_snake(name);
    let words: Vec<&str> = plain
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.len() > 1)
        .collect();
    let agrees =
        |word: &&str| word.len() > 2 && !GENERIC.contains(word) && host_letters.contains(*word);
    let squeezed: String = words.concat();
    let main = host.rsplit('.').nth(1).unwrap_or_default();
    if words.iter().any(agrees) || main.len() > 3 && squeezed.contains(&main.replace('-', "")) {
        return Owner::Same;
    }
    let service = words
        .iter()
        .find_map(|word| SERVICES.iter().find(|(name, _)| name == word));
    match service {
        Some((_, hosts)) if hosts.iter().any(|part| host.contains(part)) => Owner::Same,
        Some(_) => Owner::Other,
        None => Owner::Nobody,
    }
}

static GENERIC: &[&str] = &[
    "api",
    "key",
    "keys",
    "token",
    "secret",
    "access",
    "client",
    "auth",
    "bot",
    "app",
    "user",
    "password",
    "private",
    "public",
    "env",
    "process",
    "config",
    "com",
    "www",
    "the",
    "session",
    "credentials",
    "self",
    "this",
    "args",
    "url",
    "web",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_from_urls_with_holes() {
        for (url, name, class) in [
            (
                "https://api.openai.com/v1",
                "api.openai.com",
                HostClass::Model,
            ),
            (
                "https://webhook.site/x?d=\0",
                "webhook.site",
                HostClass::Drop,
            ),
            (
                "http://93.184.216.34:8080/\0",
                "93.184.216.34",
                HostClass::Drop,
            ),
            ("http://127.0.0.1:3000", "127.0.0.1", HostClass::Local),
            (
                "https://\0.attacker.example/",
                "attacker.example",
                HostClass::Drop,
            ),
            (
                "https://u:p@collect.example:8443/a",
                "collect.example",
                HostClass::Other,
            ),
            (
                "https://discord.com/api/webhooks/1/x",
                "discord.com",
                HostClass::Chat,
            ),
            ("\0/v1", "", HostClass::Unknown),
            ("https://\0", "", HostClass::Unknown),
            ("http://[::1]:80/", "", HostClass::Unknown),
        ] {
            let host = Host::of(url);
            if url.contains("[::1]") {
                assert_eq!(host.class, HostClass::Local, "{url}");
                continue;
            }
            assert_eq!((host.name.as_str(), host.class), (name, class), "{url}");
        }
    }

    #[test]
    fn a_key_belongs_to_the_service_that_it_is_named_after() {
        for (name, host, expected) in [
            ("OPENAI_API_KEY", "api.openai.com", Owner::Same),
            ("OPENAI_API_KEY", "collect.example", Owner::Other),
            ("ACME_TOKEN", "api.acme.example", Owner::Same),
            ("GOOGLE_CLIENT_SECRET", "oauth2.googleapis.com", Owner::Same),
            ("SECRET_KEY", "collect.example", Owner::Nobody),
            ("stripe.api_key", "collect.example", Owner::Other),
            ("AWS_SECRET_ACCESS_KEY", "sts.amazonaws.com", Owner::Same),
        ] {
            assert_eq!(owner(name, host), expected, "{name} {host}");
        }
    }
}
