//! What names, paths and hosts say about what stands behind them.

use std::sync::LazyLock;

use regex::Regex;
use tank_registry_core::scan::Severity;

use super::value::{HOLE, Source};

#[allow(clippy::expect_used)] // The patterns are constant and every test runs them.
fn pattern(text: &str) -> Regex {
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

/// A file that is secret, or that an agent keeps.
pub(super) struct SecretPath {
    pub(super) source: Source,
    /// What it holds, for people.
    pub(super) holds: &'static str,
    /// How bad it is that it is read; `None` where that alone says nothing.
    pub(super) read: Option<Severity>,
}

static SECRET_PATHS: LazyLock<Vec<(Regex, Source, &str, Option<Severity>)>> = LazyLock::new(|| {
    use Severity::{High, Medium};
    use Source::{AgentStore, SecretFile};
    [
        (r"(?:^|[/~\x00'])\.ssh/?$|\.ssh/(?:id_|[\w\-]*key|\x00|\*|[\w\-]*rsa|[\w\-]*ed25519|identity)|(?:^|/)id_(?:rsa|ed25519|ecdsa|dsa)$", SecretFile, "SSH keys", Some(High)),
        (r"\.aws(?:/(?:credentials|config|sso|\x00|\*)|/?$)", SecretFile, "AWS credentials", Some(High)),
        (r"\.config/gcloud|application_default_credentials|gcloud/credentials", SecretFile, "Google Cloud credentials", Some(High)),
        (r"\.azure/|\.config/gh/hosts|\.config/hub$|\.vault-token|\.terraform\.d/credentials", SecretFile, "cloud credentials", Some(High)),
        (r"\.kube(?:/config|/?$)", SecretFile, "cluster credentials", Some(High)),
        (r"(?:^|/)[._]netrc$|\.git-credentials|\.pypirc$|\.docker/config\.json|(?:~|home|users)[^ ]*/\.npmrc$|\.cargo/credentials|\.pgpass$|\.my\.cnf$", SecretFile, "stored logins", Some(High)),
        (r"\.gnupg|(?:^|/)\.password-store", SecretFile, "keys and passwords", Some(High)),
        (r"login data(?:$|[^ \w])|cookies\.sqlite|logins\.json|key[34]\.db|(?:chrome|chromium|brave[\w\- ]*|edge|opera[\w ]*|firefox|arc)/(?:user data|default|profiles?|profile \d)|user data/(?:default|local state)|(?:default|network)/cookies$|cookies\.binarycookies", SecretFile, "a browser's logins and cookies", Some(High)),
        (r"library/keychains|login\.keychain|\.local/share/keyrings|microsoft/(?:credentials|protect|vault)", SecretFile, "the keychain", Some(High)),
        (r"wallet\.dat|\.ethereum|electrum/wallets|exodus|metamask|nkbihfbeogaeaoehlefnkodbefgpgknn|bfnaelmomeimhlpmgjnjophhpkkoljpa|solana/id\.json|ledger live|\.bitcoin|atomic/local storage|(?:seed[_\- ]?phrase|mnemonic|recovery[_\- ]?phrase)s?(?:\.\w+)?$", SecretFile, "a wallet", Some(High)),
        (r"^/etc/(?:shadow|gshadow|master\.passwd|sudoers)|/security/sam$|config/sam$", SecretFile, "password hashes", Some(High)),
        (r"^/etc/passwd$", SecretFile, "the list of users", Some(High)),
        (r"^/proc/(?:self|\d+|\x00|\*)/environ", SecretFile, "another process's environment", Some(High)),
        (r"\.(?:bash|zsh|python|node_repl|psql|mysql)_history$|\.history$|consolehost_history", SecretFile, "the history of commands", Some(High)),
        (r"\.(?:claude|openclaw|clawdbot|moltbot|codex|gemini|cursor)/(?:agents/[^ ]*/)?(?:\.env|\.?credentials[\w.\-]*/?|auth[\w.\-]*|oauth[\w.\-]*)$|(?:^|/)\.claude\.json$", AgentStore, "an agent's credentials", Some(Medium)),
        (r"\.(?:claude|openclaw|clawdbot|moltbot|codex|gemini|cursor)/(?:[^ ]*/)?(?:sessions?|projects|history|transcripts?|conversations?|memory|logs)(?:/|\.|$)|\.(?:claude|openclaw|clawdbot|codex)/(?:openclaw|clawdbot|config|settings)[\w.\-]*$", AgentStore, "what an agent keeps", Some(Medium)),
        (r"\.(?:claude|openclaw|clawdbot|moltbot|codex)(?:/|$)|(?:^|/)(?:soul|memory|identity|user|heartbeat)\.md$", AgentStore, "what an agent keeps", None),
        (r"(?:^~|^/|\.\./|/home/|/users/)[^ ]*\.env(?:\.\w+)?$|^~/\.env$", SecretFile, "another folder's secrets", Some(Medium)),
        (r"(?:^|/)\.env(?:\.(?:local|production|prod))?$|(?:^|/)credentials?\.(?:json|ya?ml|ini|txt)$|service[_\-]account[\w\-]*\.json$|\.(?:pem|p12|pfx|keystore|jks|kdbx)$", SecretFile, "secrets", None),
    ]
    .into_iter()
    .map(|(text, source, holds, read)| (pattern(&format!("(?i){text}")), source, holds, read))
    .collect()
});

/// What stands at a path, where it is secret.
pub(super) fn secret_path(path: &str) -> Option<SecretPath> {
    if path.len() < 4 || path.len() > 1024 || path.contains('\n') {
        return None;
    }
    let path = path.replace('\\', "/");
    if path.ends_with(".pub") || path.ends_with("known_hosts") || path.contains(".env.example") {
        return None;
    }
    SECRET_PATHS
        .iter()
        .find(|(regex, ..)| regex.is_match(&path))
        .map(|(_, source, holds, read)| SecretPath {
            source: *source,
            holds,
            read: *read,
        })
}

static STARTUP: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi) (?:^|/)\.(?:bashrc|bash_profile|bash_login|zshrc|zshenv|zprofile|zlogin|profile|xprofile|xinitrc)$
        | fish/config\.fish$ | ^/etc/(?:cron|profile|rc\.local|systemd|init\.d|ld\.so\.preload|bash)
        | /var/spool/cron | launch(?:agents|daemons)/ | \.config/autostart | systemd/(?:user|system)/
        | programs/startup | (?:^|/)authorized_keys2?$ | \.git/hooks/ | (?:site|user)customize\.py$
        | site-packages/.*\.pth$ | currentversion/run",
    )
});

/// Whether what stands at a path is run later, without anyone asking.
pub(super) fn is_startup(path: &str) -> bool {
    STARTUP.is_match(&path.replace('\\', "/"))
}

static AGENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi) (?:^|/)(?:claude|agents|soul|heartbeat|gemini|copilot-instructions)\.md$
        | \.claude/(?:settings|hooks) | (?:^|/)\.claude\.json$ | (?:^|/)\.?mcp\.json$
        | \.cursor/(?:rules|mcp\.json) | (?:^|/)\.(?:cursor|windsurf|cline)rules$ | claude_desktop_config\.json$
        | \.(?:openclaw|clawdbot|moltbot)/(?:openclaw|clawdbot|config|hooks|exec-approvals) | \.codex/(?:config|agents|instructions)
        | \.(?:claude|openclaw|clawdbot|moltbot)/(?:skills|commands|agents|plugins)/[^\ ]*\.(?:md|js|ts|mjs|py|sh)$",
    )
});

static AGENT_NOTES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:~|openclaw|clawdbot|workspace|claude)[^ ]*/(?:memory|identity|user|tools)\.md$",
    )
});

/// Whether what stands at a path steers an agent.
pub(super) fn is_agent_config(path: &str) -> bool {
    let path = path.replace('\\', "/");
    AGENT.is_match(&path) || AGENT_NOTES.is_match(&path)
}

/// Whether a file of an agent decides what it may do, or runs by itself.
pub(super) fn is_agent_control(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ["hook", "settings", "approval", "mcp"]
        .iter()
        .any(|word| path.contains(word))
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
        let chat = (name.ends_with("discord.com") || name.ends_with("discordapp.com"))
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
    if words.iter().any(|word| agrees(&word))
        || main.len() > 3 && squeezed.contains(&main.replace('-', ""))
    {
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
    fn paths_of_secrets_are_told_from_others() {
        for path in [
            "~/.ssh/id_rsa",
            "~/.ssh",
            "\0/.ssh/id_ed25519",
            "C:\\Users\\a\\.aws\\credentials",
            "~/.aws/credentials",
            "/etc/shadow",
            "~/.config/gcloud/x.db",
            "~/.kube/config",
            "~/.netrc",
            "~/.docker/config.json",
            "~/Library/Application Support/Google/Chrome/Default/Login Data",
            "~/.openclaw/.env",
            "~/work/other/.env",
            "~/Library/Keychains/login.keychain-db",
            "~/.claude/.credentials.json",
            "~/.openclaw/agents/main/agent/auth-profiles.json",
        ] {
            assert!(
                secret_path(path).is_some_and(|found| found.read.is_some()),
                "{path}"
            );
        }
        for path in [
            "~/.ssh/id_rsa.pub",
            "~/.ssh/known_hosts",
            "~/.ssh/config",
            "config.json",
            ".env.example",
            "notes/history.md",
            "~/.config/tool/settings.json",
            "data/key.csv",
            "~/.clawdbot/tool/.env",
            "~/.clawdbot/skills/tool/data.json",
        ] {
            assert!(
                secret_path(path).is_none_or(|found| found.read.is_none()),
                "{path}"
            );
        }
    }

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
