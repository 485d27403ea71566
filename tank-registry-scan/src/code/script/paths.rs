//! What paths say about what stands there.

use std::sync::LazyLock;

use regex::Regex;
use tank_registry_core::scan::Severity;

use super::names::pattern;
use super::value::Source;

/// A file that is secret, or that an agent keeps.
pub(super) struct SecretPath {
    pub(super) source: Source,
    /// What it holds, for people.
    pub(super) holds: &'static str,
    /// How bad it is that it is read; `None` where that alone says nothing.
    pub(super) read: Option<Severity>,
}

/// A pattern, what it leads to, what that holds, and how bad reading it is.
type Known = (Regex, Source, &'static str, Option<Severity>);

static SECRET_PATHS: LazyLock<Vec<Known>> = LazyLock::new(|| {
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
        (r"\.(?:claude|openclaw|clawdbot|moltbot|codex|gemini|cursor)/(?:agents/[^ ]*/)?(?:\.env|\.?credentials(?:/[^ ]*|[\w.\-]*)|auth[\w.\-]*|oauth[\w.\-]*)$|(?:^|/)\.claude\.json$", AgentStore, "an agent's credentials", Some(Medium)),
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
    if path.strip_suffix(".pub").is_some()
        || path.ends_with("known_hosts")
        || path.contains(".env.example")
    {
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
        | site-packages/.*\.pth$ | currentversion/+run",
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
            "~/projects/other/.env",
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
}
