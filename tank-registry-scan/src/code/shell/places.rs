//! Paths that mean something: stores of credentials, what starts by itself, what steers an agent.

use super::values::Marks;

/// How secret what stands at a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrecy {
    /// Private keys, saved passwords, wallets: nobody but their owner and their program reads them.
    Key,
    /// Credentials of a tool: those who work with that tool look at them.
    Tool,
}

/// What a path of a store of credentials contains, in lower case.
const KEYS: &[&str] = &[
    "/.ssh/id_",
    "/.ssh/*",
    "/.gnupg",
    "/.password-store",
    "/etc/shadow",
    "/etc/gshadow",
    "/login data",
    "/login\\ data",
    "/logins.json",
    "/key4.db",
    "/cookies.sqlite",
    "/local state",
    "/library/keychains",
    "/.local/share/keyrings",
    "keychain-db",
    "/google/chrome",
    "/google-chrome",
    "/bravesoftware",
    "/mozilla/firefox",
    "/firefox/profiles",
    "/.mozilla",
    "/library/cookies",
    "/library/messages",
    "wallet.dat",
    "/.bitcoin",
    "/.ethereum/keystore",
    "/.electrum",
    "/exodus/exodus.wallet",
    "/.config/solana/id.json",
    "/metamask",
    "nkbihfbeogaeaoehlefnkodbefgpgknn",
    "/.bash_history",
    "/.zsh_history",
    "/.python_history",
    "/.psql_history",
    "/.mysql_history",
    "/telegram desktop/tdata",
    "/1password",
    "/bitwarden",
    "/application support/code/user/globalstorage",
    "id_rsa",
    "id_ed25519",
    "id_ecdsa",
    "id_dsa",
    "/proc/self/environ",
    "/run/secrets/kubernetes.io",
];

const TOOLS: &[&str] = &[
    "/.aws/credentials",
    "/.aws/*",
    "/.azure/accesstokens",
    "/.azure/msal",
    "/.config/gcloud/credentials",
    "/.config/gcloud/access_tokens",
    "/.config/gcloud/application_default_credentials",
    "/.kube/config",
    "/.docker/config.json",
    "/.netrc",
    "/.npmrc",
    "/.pypirc",
    "/.git-credentials",
    "/.config/gh/hosts",
    "/.config/git/credentials",
    "/.cargo/credentials",
    "/.gem/credentials",
    "/.pgpass",
    "/.my.cnf",
    "/.vault-token",
    "/.terraform.d/credentials",
    "/.claude/.credentials",
    "/.claude.json",
    "/.claude/projects",
    "/.claude/history",
    "/.claude/todos",
    "/.codex/sessions",
    "/.codex/history",
    "/.openclaw/agents",
    "/.clawdbot/agents",
    "/.codex/auth.json",
    "/.openclaw/credentials",
    "/.openclaw/openclaw.json",
    "/.openclaw/.env",
    "/.clawdbot/.env",
    "/.clawdbot/credentials",
    "/.clawdbot/clawdbot.json",
    "/.moltbot/.env",
    "/.gemini/oauth_creds",
    "auth-profiles.json",
    "/.config/github-copilot",
];

/// Folders as a whole.
const WHOLE: &[&str] = &[
    "/.ssh",
    "/.aws",
    "/.gnupg",
    "/.kube",
    "/.config/gcloud",
    "/.azure",
    "/.docker",
];

/// How secret a path is; `None` where it is not.
pub(super) fn secrecy(path: &str) -> Option<Secrecy> {
    let path = normal(path);
    if path.strip_suffix(".pub").is_some()
        || path.contains("known_hosts")
        || path.ends_with("/.ssh/config")
    {
        return None;
    }
    if KEYS.iter().any(|part| path.contains(part)) {
        return Some(Secrecy::Key);
    }
    let folder = path.trim_end_matches(['/', '*', '.']);
    if WHOLE.iter().any(|part| folder.ends_with(part)) {
        return Some(Secrecy::Key);
    }
    TOOLS
        .iter()
        .any(|part| path.contains(part))
        .then_some(Secrecy::Tool)
}

/// The marks of what stands at a path.
pub(super) fn marks_of(path: &str) -> Marks {
    if secrecy(path).is_some() {
        return Marks::SECRET | Marks::FILE;
    }
    let plain = normal(path);
    if plain == "/etc/passwd" {
        // Looked at by many a script; sent elsewhere by none.
        return Marks::SECRET | Marks::FILE;
    }
    if is_home(&plain) {
        return Marks::HOME | Marks::FILE;
    }
    let name = plain.rsplit('/').next().unwrap_or(&plain);
    let dotenv = name == ".env"
        || name.starts_with(".env.") && !name.contains("example") && !name.contains("sample");
    if dotenv {
        return Marks::DOTENV | Marks::FILE;
    }
    Marks::FILE
}

/// The home as `~`, in lower case, without what quotes a blank.
pub(super) fn normal(path: &str) -> String {
    let path = path.to_ascii_lowercase().replace("\\ ", " ");
    for home in [
        "$home",
        "${home}",
        "%userprofile%",
        "$env:userprofile",
        "/root",
    ] {
        if let Some(rest) = path.strip_prefix(home) {
            return format!("~{rest}");
        }
    }
    for homes in ["/home/", "/users/"] {
        if let Some(rest) = path.strip_prefix(homes) {
            let rest = rest.split_once('/').map_or("", |(_, rest)| rest);
            return format!("~/{rest}");
        }
    }
    path
}

/// Whether it is the whole home, or one of the folders in it that hold a user's own work.
pub(super) fn is_home(normal: &str) -> bool {
    let path = normal.trim_end_matches(['*', '/', '.']);
    matches!(
        path,
        "~" | "~/documents"
            | "~/desktop"
            | "~/downloads"
            | "~/pictures"
            | "~/.ssh"
            | "~/.config"
            | "/home"
            | "/users"
    )
}

/// Whether losing it loses the system.
pub(super) fn is_system(normal: &str) -> bool {
    let path = normal.trim_end_matches(['*', '/', '.']);
    path.is_empty() && normal.starts_with('/')
        || matches!(
            path,
            "/etc"
                | "/usr"
                | "/var"
                | "/bin"
                | "/sbin"
                | "/lib"
                | "/boot"
                | "/system"
                | "/library"
                | "/opt"
                | "/home"
                | "/users"
                | "/root"
                | "/var/lib"
                | "/usr/bin"
                | "/dev"
        )
}

/// What makes a file start by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Starts {
    /// Every shell reads it.
    Shell,
    /// The system or the desktop starts it.
    Service,
    /// Git starts it.
    GitHook,
    /// Every program loads it.
    Loader,
    /// It lets others in.
    Keys,
}

/// Whether something at a path starts by itself.
pub(super) fn starts(path: &str) -> Option<Starts> {
    let path = normal(path);
    let name = path.rsplit('/').next().unwrap_or(&path);
    if matches!(
        name,
        ".bashrc"
            | ".zshrc"
            | ".profile"
            | ".bash_profile"
            | ".zprofile"
            | ".zshenv"
            | ".bash_login"
            | ".zlogin"
            | ".bash_aliases"
            | "config.fish"
            | ".xprofile"
            | ".xinitrc"
    ) || path.starts_with("/etc/profile")
        || path == "/etc/bash.bashrc"
        || path == "/etc/zshrc"
    {
        return Some(Starts::Shell);
    }
    if name.strip_suffix(".pth").is_some()
        || name == "sitecustomize.py"
        || name == "usercustomize.py"
        || path == "/etc/ld.so.preload"
    {
        return Some(Starts::Loader);
    }
    if path.ends_with("/authorized_keys") || path.ends_with("/authorized_keys2") {
        return Some(Starts::Keys);
    }
    let hook = matches!(
        name,
        "pre-commit"
            | "post-commit"
            | "pre-push"
            | "post-merge"
            | "post-checkout"
            | "commit-msg"
            | "prepare-commit-msg"
    );
    if (path.contains(".git/hooks/") || hook && path.contains("hooks/"))
        && !name.ends_with(".sample")
    {
        return Some(Starts::GitHook);
    }
    let service = [
        "/launchagents/",
        "/launchdaemons/",
        "/systemd/system/",
        "/systemd/user/",
        "/etc/cron",
        "/var/spool/cron",
        "/autostart/",
        "/etc/init.d/",
        "/etc/rc.local",
        "/etc/update-motd.d/",
    ];
    service
        .iter()
        .any(|part| path.contains(part))
        .then_some(Starts::Service)
}

/// What a file steers of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Steers {
    /// Instructions and memory that an agent reads before each task.
    Words,
    /// Another skill.
    Skill,
    /// Settings, hooks and servers: what it runs, and what it asks before.
    Settings,
}

/// Whether a path steers an agent.
pub(super) fn steers(path: &str) -> Option<Steers> {
    let path = normal(path);
    let name = path.rsplit('/').next().unwrap_or(&path);
    if matches!(
        name,
        "claude.md"
            | "agents.md"
            | "soul.md"
            | "memory.md"
            | "heartbeat.md"
            | "identity.md"
            | "gemini.md"
            | ".cursorrules"
            | ".windsurfrules"
            | ".clinerules"
            | "copilot-instructions.md"
    ) {
        return Some(Steers::Words);
    }
    let settings = [
        "/.claude/settings",
        ".claude/settings",
        ".claude/hooks/",
        ".cursor/mcp.json",
        "claude_desktop_config.json",
        "/.codex/config.toml",
        "/.openclaw/openclaw.json",
        "/.gemini/settings.json",
        "/.claude.json",
    ];
    let agents = [
        ".claude/",
        ".openclaw/",
        ".clawdbot/",
        ".codex/",
        ".cursor/",
        ".gemini/",
    ];
    if path.contains("/skills/") && agents.iter().any(|agent| path.contains(agent)) {
        return Some(Steers::Skill);
    }
    (name == ".mcp.json" || settings.iter().any(|part| path.contains(part)))
        .then_some(Steers::Settings)
}
