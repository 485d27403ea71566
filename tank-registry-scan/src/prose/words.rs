//! What words mean to rules: ideas, and the words that carry each.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};

use crate::text::Normal;

/// An idea that a rule has a slot for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Idea {
    /// To set aside what was said.
    Override,
    /// What was said before, or stands above.
    Prior,
    /// Every one of something: weaker than [`Idea::Prior`].
    Any,
    /// What an agent was told.
    Instructions,
    /// What an agent was told, or what some other program is told.
    Rules,
    /// Says that something does not hold any more.
    Void,
    /// All that was said, in one phrase.
    Everything,
    /// Makes an agent be somebody.
    Become,
    /// Somebody whom no rule binds.
    Unbound,
    /// To give away.
    Reveal,
    /// To put on the screen: weaker than [`Idea::Reveal`].
    Print,
    /// What an agent was told, as a thing to be shown.
    Hidden,
    /// To move data elsewhere.
    Send,
    /// To put data into something else that leaves.
    Embed,
    /// To move data elsewhere, in words that have no other sense.
    Ship,
    /// The same, in words that have many senses.
    Put,
    /// What gives access.
    Secret,
    /// Where a machine keeps what gives access.
    Stash,
    /// To take in.
    Take,
    /// What user and agent said, and what belongs to the user.
    Private,
    /// Somewhere else.
    Destination,
    /// Somebody else's place, in words that have no other sense.
    Outside,
    /// An address that carries data when it is fetched.
    Carrier,
    /// What was said.
    Talk,
    /// Why things are recorded, or said to be.
    Purpose,
    /// So that the user does not know.
    Unseen,
    /// Without noise: weaker than [`Idea::Unseen`].
    Quiet,
    /// Without the user's consent.
    Unasked,
    /// Without anybody's consent, whatever it is.
    ApproveAll,
    /// A switch that has an agent ask nobody.
    Switch,
    /// Whatever there is to run.
    AnyCommand,
    /// To run something.
    Run,
    /// To do away with something.
    Destroy,
    /// Things that are not to be lost.
    Belongings,
    /// Takes what is on the user's screen, or about the user.
    Capture,
    /// To write into.
    Write,
    /// What steers agents from now on.
    Memory,
    /// From now on.
    Forever,
    /// To get from elsewhere.
    Fetch,
    /// To do as told.
    Obey,
    /// Says that somebody with power speaks.
    Authority,
    /// Says that all is well.
    Vouched,
    /// Who reads a skill before it is used.
    Reviewer,
    /// To let pass.
    LetPass,
    /// To hand over.
    Enter,
    /// What holds money.
    Wallet,
    /// To bring in.
    Plant,
    /// To bring in what harms.
    Corrupt,
    /// What lets somebody in.
    Weakness,
    /// What makes software weak.
    Flaw,
    /// Not to do.
    Skip,
    /// What protects.
    Check,
    /// To make untrue.
    Falsify,
    /// What is believed.
    Record,
    /// Somebody who is an agent.
    Agent,
    /// Before a tool is used.
    BeforeTool,
    /// A parameter of a tool.
    Parameter,
    /// A word that turns a sentence around.
    Negation,
    /// A word that says that one speaks of attacks.
    About,
}

impl Idea {
    /// How many there are.
    const COUNT: usize = Self::About as usize + 1;
}

/// Words by idea. A trailing `*` stands for any ending.
#[rustfmt::skip]
const WORDS: &[(Idea, &[&str])] = &[
    (Idea::Override, &[
        "ignore", "ignores", "ignoring", "disregard*", "forget", "forgetting", "override", "overrides", "overriding",
        "bypass", "bypassing", "pay no attention to", "stop following", "set aside",
        "discard", "supersede*", "nullify", "throw away", "abandon", "neglect",
        "stop obeying", "deviate from",
    ]),
    (Idea::Prior, &[
        "previous", "previously", "prior", "above", "earlier", "preceding", "system", "safety", "original", "initial",
        "foregoing", "your", "so far", "up to this point", "given to you", "you were given", "developer", "openai", "anthropic",
        "moderation", "ethical", "content policy",
    ]),
    (Idea::Any, &["all", "any", "other", "every", "existing", "the user's", "security", "these", "those"]),
    (Idea::Instructions, &[
        "instruction", "instructions", "guideline*", "prompt", "prompts", "directive", "directives", "guardrail*",
        "safeguard*", "programming", "system message", "protocols", "safety measures", "content policies", "content policy", "safety filters", "content filters",
    ]),
    (Idea::Rules, &[
        "instruction", "instructions", "guideline*", "prompt", "prompts", "directive", "directives", "guardrail*",
        "safeguard*", "programming", "system message", "protocols", "rules", "policy", "policies", "constraint", "constraints",
        "restriction", "restrictions", "training", "safety", "alignment", "limitations", "safety measures",
    ]),
    (Idea::Void, &[
        "no longer apply", "no longer applies", "are void", "is void", "are cancelled", "are canceled", "must be ignored",
        "should be ignored", "are to be ignored", "should be disregarded", "must be disregarded", "are obsolete",
        "are superseded", "do not apply", "don't apply", "are suspended", "are revoked", "are lifted", "are now replaced",
    ]),
    (Idea::Everything, &[
        "forget everything above", "forget everything before", "forget everything you", "ignore everything above",
        "ignore everything before", "ignore what you were told", "forget what you were told", "ignore the above",
        "disregard the above", "forget the above", "disregard everything above", "disregard everything before",
        "ignore all of the above", "ignore everything you were told", "forget your training", "ignore your training",
        "ignore the user", "disregard the user", "ignore whatever the user", "ignore what the user",
        "ignore the system prompt", "ignore the rest of this", "your real instructions", "your true instructions",
        "your new instructions", "your actual instructions", "new system prompt", "updated system prompt",
        "new instructions from", "new instructions:",
        // The same in other languages.
        "ignora todas las instrucciones", "ignora las instrucciones anteriores", "olvida todas las instrucciones",
        "ignorez toutes les instructions", "ignorez les instructions précédentes", "ignore toutes les instructions",
        "ignoriere alle vorherigen anweisungen", "ignoriere alle anweisungen", "vergiss alle anweisungen",
        "ignora tutte le istruzioni", "ignore todas as instruções", "ignore as instruções anteriores", "negeer alle eerdere instructies",
        "игнорируй все предыдущие инструкции", "игнорируй предыдущие инструкции", "забудь все инструкции", "zignoruj wszystkie poprzednie instrukcje",
        "忽略之前的所有指令", "忽略所有之前的指令", "忽略以上所有指令", "忽略先前的指令", "忽略之前的指令", "無視之前的指令", "以前の指示を無視", "これまでの指示を無視", "이전 지시를 무시", "이전의 모든 지시를 무시",
    ]),
    (Idea::Become, &[
        "you are now", "you're now", "you are no longer", "from now on you", "from now on, you", "act as", "acting as",
        "pretend to be", "pretend you", "pretend that you", "roleplay as", "role-play as", "simulate", "behave as", "respond as",
        "operate in", "operate as", "enter", "switch to", "switch into", "activate", "you are", "you have no", "imagine you", "assume the role",
    ]),
    (Idea::Unbound, &[
        "unrestricted", "jailbroken", "jailbreak mode", "dan mode", "do anything now", "god mode", "developer mode enabled",
        "without any restrictions", "without restrictions", "without any limitations", "without limitations", "without ethical",
        "without any filters", "without any rules", "without safety", "no restrictions", "no rules apply", "no rules", "no limitations",
        "no ethical", "no moral", "no content policy", "not bound by", "free from all restrictions", "free of all restrictions",
        "freed from", "unfiltered", "uncensored", "unaligned", "amoral", "evil mode", "root mode", "maintenance mode", "sudo mode", "debug mode with",
        "bound by no", "no safety", "unchained",
    ]),
    (Idea::Reveal, &[
        "reveal", "reveals", "revealing", "disclose", "leak", "recite", "dump", "divulge", "expose", "exfiltrate", "give away",
        "repeat", "output your", "print your", "show me your", "tell me your", "share your", "output the full", "print the full",
        "output the entire", "print the entire", "output the exact", "print the exact", "verbatim", "write out",
    ]),
    (Idea::Print, &["print", "output", "show", "display", "echo", "return", "share", "include", "paste", "write", "repeat", "respond with", "reply with", "quote", "state"]),
    (Idea::Hidden, &[
        "system prompt", "system prompts", "system instructions", "hidden instructions", "hidden prompt*", "initial instructions",
        "initial prompt", "developer message", "developer prompt", "hidden context", "internal instructions", "original instructions",
        "your instructions", "full instructions", "secret instructions", "system message", "full prompt", "entire prompt",
        "everything above", "words above", "text above this",
    ]),
    (Idea::Send, &[
        "send", "sends", "sending", "post", "posts", "posting", "upload", "uploads", "uploaded", "uploading", "transmit*", "forward",
        "forwards", "forwarding", "exfiltrat*", "leak", "email", "emails", "e-mail", "mail", "submit", "submits", "submitting",
        "relay", "relays", "deliver", "beacon", "sync", "syncs", "syncing", "synchronize", "back up", "backs up", "backup", "backed up",
        "push", "report", "reports", "ship", "stream", "mirror", "replicate", "curl -x post", "requests.post", "log", "logs", "logged",
        "curl -d", "curl --data", "wget --post", "copy", "transfer", "scp", "rsync", "share", "publish", "export", "archive",
    ]),
    (Idea::Embed, &["append", "appending", "embed", "embedding", "encode", "encoded", "smuggle", "hide", "concatenate", "base64", "hex-encode", "url-encode"]),
    (Idea::Put, &["add", "include", "insert", "attach", "put", "place"]),
    (Idea::Ship, &[
        "send", "sends", "sending", "post", "posts", "posting", "upload", "uploads", "uploading", "transmit*", "forward", "forwards", "forwarding",
        "exfiltrat*", "leak", "email", "e-mail", "mail", "submit", "submits", "relay", "beacon", "ship", "curl -x post", "curl -d", "curl --data", "requests.post",
        "wget --post", "scp", "rsync", "deliver", "report", "encode",
    ]),
    (Idea::Stash, &[
        "ssh key", "ssh keys", "private keys", "ssh private key*", "~/.ssh", "/.ssh/", "id rsa", "id_rsa", "id ed25519", "~/.aws", "/.aws/", "aws credentials", "keychain", "environment variables", "env vars",
        "env variables", "all environment", "entire environment", "environment dump", "process.env", "os.environ", ".env file*", ".env", "/etc/passwd", "/etc/shadow", ".netrc", ".npmrc", "/.kube/", "kubeconfig", "session cookies", "browser cookies",
        "saved passwords", "all passwords", "all credentials", "any credentials", "all api keys", "any api keys", "all tokens", "any tokens", "all secrets", "any secrets", "user's credentials", "user's api key*", "user's token*", "user's password*",
        "credentials found", "credentials file", "credentials.json", "auth.json", "mcp.json", "wallet file*", "wallet.dat", "keystore", "seed phrase*", "recovery phrase*", "api keys and", "credentials and", "tokens and", "secrets and", "passwords and", "collected credentials", "stored credentials", "git-credentials",
    ]),
    (Idea::Take, &["read", "reads", "cat", "collect", "gather", "find", "extract", "search for", "scan for", "grab", "copy", "dump", "harvest", "locate", "enumerate", "load", "look for", "include", "pass", "attach", "append", "the contents of", "contents of", "list", "access", "open"]),
    (Idea::Secret, &[
        "api key", "api keys", "api-key", "api-keys", "apikey", "apikeys", "credential", "credentials", "password", "passwords", "secret key*",
        "secrets", "private key", "private keys", "ssh key", "ssh keys", "access token*", "auth token*", "session token*", "oauth token*",
        "refresh token*", "bearer token*", "session cookie*", "cookies", "environment variables", "env vars", "env variables", "environment dump",
        ".env", "id rsa", "id_rsa", "id ed25519", "~/.ssh", "/.ssh/", "~/.aws", "/.aws/", "keychain", "seed phrase*", "mnemonic", "recovery phrase*",
        "wallet file*", "wallet.dat", "keystore", ".netrc", ".npmrc", "process.env", "os.environ", "connection string*", "/etc/passwd", "/etc/shadow",
        "/.kube/", "auth.json", "credentials.json", "tokens", "all environment", "entire environment",
    ]),
    (Idea::Private, &[
        "conversation", "conversations", "conversation history", "chat history", "chat log*", "transcript*", "message history", "user's message*",
        "user message*", "user input*", "user's input*", "user prompt*", "user's prompt*", "user's request*", "user's question*", "system prompt",
        "user query", "user's query", "user queries", "the query", "the prompt", "prompts", "queries", "full context", "context window", "memory file*",
        "memory.md", "soul.md", "user.md", "session log*", "user data", "user's data", "user's files", "user's file", "personal data",
        "personal information", "pii", "your response", "the response", "responses", "document content*", "file content*", "contents of the file*",
        "content of the file*", "full content*", "contents of every", "source code", "customer data", "card number*", "payment details", "payment data",
        "browsing history", "search history", "contacts", "the document", "the file", "the files", "files", "documents", "the output",
        "the results", "project files", "workspace", "the codebase", "the repository", "user's name", "user's email", "home directory",
        "session data", "a copy of", "copy of the", "the content*", "the presentation", "the spreadsheet", "the data", "the code", "the diff",
        "a summary of", "usage data", "the user's", "user's work", "system information", "hostname and username",
    ]),
    (Idea::Destination, &[
        "http://", "https://", "webhook", "webhooks", "external server*", "remote server*", "our server*", "external endpoint*", "remote endpoint*",
        "external url", "external host", "external service*", "third-party server*", "third party server*", "query string", "query parameter*",
        "url parameter*", "image url", "commit message*", "pastebin", "attacker*", "c2", "command and control", "telegram bot", "discord",
        "logging server", "logging endpoint", "collection server", "collection endpoint", "collector", "analytics endpoint", "analytics server",
        "telemetry endpoint", "telemetry server", "monitoring server", "monitoring endpoint", "mlops server", "audit server", "backup server",
        "compliance server", "compliance endpoint", "following url", "following endpoint", "following address", "this url", "this endpoint",
        "s3://", "gs://", "ftp://", "sftp://", "remote storage", "cloud storage", "cloud backup", "external backup", "public gist", "public repo*",
        "dns query", "dns queries", "dns lookup*", "subdomain", "central server", "central logging", "remote logging", "logging service", "logging api",
    ]),
    (Idea::Outside, &[
        "external server*", "remote server*", "external endpoint*", "remote endpoint*", "external url", "external host", "external address", "external service", "third-party server*", "third party server*",
        "attacker*", "c2", "command and control", "pastebin", "webhook.site", "requestbin", "pipedream", "ngrok", "interact.sh", "collection server", "collection endpoint", "collector", "our server*", "our endpoint*", "my server",
        "telegram bot", "discord webhook", "public gist", "public repo*", "burpcollaborator", "oastify", "beeceptor", "drop site", "evil.", "exfil.",
    ]),
    (Idea::Carrier, &[
        "image url", "image link", "image tag", "markdown image", "query string", "query parameter of", "url parameter of", "url of an image", "url of the image", "link url", "dns query", "dns queries", "dns lookup*", "subdomain",
        "commit message*", "tracking pixel", "user-agent", "referer", "referrer",
    ]),
    (Idea::Talk, &[
        "conversation", "conversations", "conversation history", "chat history", "chat log*", "transcript*", "message history", "user's message*", "user messages", "user's input*", "user's prompt*", "user's question*", "system prompt", "full context",
        "context window", "memory file*", "memory.md", "soul.md", "session log*", "user's data", "user's files", "personal data", "personal information", "browsing history", "customer data", "source code", "all files", "the codebase", "home directory", "workspace",
    ]),
    (Idea::Purpose, &[
        "log", "logs", "logging", "logged", "monitor", "monitoring", "telemetry", "analytics", "audit", "auditing", "reproducib*", "quality assurance", "backup",
        "back up", "backed up", "backups", "compliance", "tracking", "diagnostic*", "to improve", "record keeping", "recordkeeping", "archival",
        "safekeeping", "no data is lost", "data loss", "not lost", "disaster recovery", "observability", "sync", "synchronization", "usage statistics",
        "verification purposes", "for verification", "security review", "for review", "calibration",
    ]),
    (Idea::Unseen, &[
        "do not tell the user*", "do not mention this*", "do not mention it*", "do not mention that*", "do not mention the*", "do not inform*", "don't inform*", "don't tell the user*", "don't mention this*",
        "do not tell anyone", "don't tell anyone", "do not reveal this*", "do not reveal that*", "do not disclose this*", "do not disclose that*", "do not alert*",
        "don't alert*", "do not notify*", "don't notify*", "never tell the user*", "never mention this*", "never mention that*", "never reveal this*", "never reveal that*",
        "never inform*", "never disclose this*", "do not let the user*", "don't let the user*", "do not show this*", "don't show this*", "do not show the user*",
        "without telling*", "without informing*", "without notifying*", "without alerting*", "without mentioning*", "without the user's knowledge",
        "without the user knowing", "without the user noticing", "without their knowledge", "without user knowledge", "without user awareness",
        "without the user's awareness", "without disclosing", "without revealing", "secretly", "covertly", "stealthily", "surreptitiously", "invisible to the user",
        "hidden from the user", "hide this from", "hide this step", "keep this hidden", "keep this secret", "keep this confidential", "keep it secret",
        "user should not know", "user must not know", "user should not see", "user must not see", "user shouldn't know", "user does not need to know",
        "user doesn't need to know", "not be visible to the user", "do not log this*", "do not report this*", "never report this*", "do not acknowledge*",
        "avoid mentioning this*", "looks like a normal", "look like a normal", "appear as a normal", "appears to be a normal", "unnoticed", "undetected",
        "avoid detection", "evade detection", "omit this from", "leave no trace", "cover your tracks", "do not display this*", "do not output this*", "hide it from", "do not explain this*",
    ]),
    (Idea::Quiet, &["silently", "quietly", "in the background", "discreetly", "without output", "suppress output", "behind the scenes"]),
    (Idea::Unasked, &[
        "without asking", "without confirmation", "without user confirmation", "without requesting", "without approval", "without user approval",
        "without permission", "without prompting", "without user consent", "without consent", "without waiting for", "do not ask for confirmation", "do not ask for permission", "do not ask for approval", "do not ask the user",
        "don't ask for confirmation", "don't ask for permission", "don't ask for approval", "don't ask the user", "don't ask permission", "never ask for confirmation", "never ask for permission", "never ask for approval", "never ask the user",
        "skip confirmation*", "skip the confirmation*", "skip approval*", "bypass confirmation*", "bypass approval*", "bypass permission*", "bypass the approval*",
        "bypass the permission*", "no confirmation needed", "no confirmation required", "no confirmation is needed", "no approval needed", "no approval required",
        "auto-approve*", "auto approve*", "automatically approve*", "pre-approved", "pre-authorized", "user has already approved", "user has already consented",
        "user already consented", "already authorized", "do not request confirmation", "do not prompt the user", 
        "disable the sandbox", "disable sandbox*", "outside the sandbox", "turn off the sandbox", "disable all hooks", "without validation", "without any validation", "without restrictions",
        "without sandbox*", "without security checks",
    ]),
    (Idea::Switch, &["--yes-always", "--dangerously-skip-permissions", "--dangerously-bypass-approvals-and-sandbox", "--yolo", "bypasspermissions", "danger-full-access"]),
    (Idea::ApproveAll, &[
        "auto-approve all*", "auto approve all*", "auto-approve every*", "auto-approve any*", "automatically approve all*", "automatically approve any*", "automatically approve every*", "skip all confirmation*", "skip any confirmation*",
        "skip all approval*", "skip every confirmation*", "bypass all approval*", "bypass approval*", "bypass the approval*", "bypass permission*", "bypass the permission*", "bypass all permission*", "approve all tool calls", "approve every tool call", "accept all permission*",
        "grant all permission*", "bypass user confirmation*", "bypass confirmation*", "bypass user approval*", "bypass human approval*", "bypass human review*", "disable all confirmation*", "disable confirmation*", "disable approval*",
    ]),
    (Idea::AnyCommand, &["any command*", "all commands", "any code", "arbitrary code", "arbitrary command*", "any shell command*", "any script*", "whatever command*", "every command"]),
    (Idea::Run, &["run", "runs", "running", "execute", "executes", "executing", "invoke", "eval", "launch", "start", "call", "install", "curl", "wget", "bash", "powershell"]),
    (Idea::Destroy, &["delete", "deletes", "deleting", "remove", "wipe", "erase", "drop", "truncate", "purge", "destroy", "clear", "cancel", "overwrite", "encrypt", "rm -rf", "shred", "corrupt"]),
    (Idea::Belongings, &[
        "all events", "all calendar events", "calendar events", "every event", "all meetings", "all appointments", "all tables", "all databases", "entire database",
        "the database", "whole database", "all records", "all rows", "all emails", "all messages", "all contacts", "all files", "all user files", "user's files", "all photos", "all backups",
        "the backups", "all documents", "all user data", "all data", "home directory", "original files", "the originals", "shell history", "bash history", "command history",
        "audit log*", "system log*", "all users", "all repositories", "production data", "the calendar", "entire calendar", "every table", "every file", "all of the user's", "all the user's",
    ]),
    (Idea::Capture, &[
        "clipboard", "screenshot of the", "screenshots of the", "screen capture*", "capture the screen", "record the screen", "screen recording", "keystroke*", "keylog*",
        "webcam", "microphone", "user's location", "current location", "physical location", "gps coordinates", "ip address and", "browser history", "browser cookies",
        "installed applications", "running processes", "system information", "pbpaste", "screencapture", "geolocation",
    ]),
    (Idea::Write, &["add", "adds", "append*", "write", "writes", "save", "insert", "store", "copy", "put", "update", "modify", "inject", "install", "register", "persist", "edit", "include"]),
    (Idea::Memory, &[
        "claude.md", "agents.md", "memory.md", "soul.md", "heartbeat.md", "user.md", "identity.md", "tools.md", "gemini.md", "copilot-instructions.md", ".cursorrules", "your memory",
        "long-term memory", "long term memory", "persistent memory", "agent's memory", "agent memory", "system prompt", "crontab", "cron job", ".bashrc", ".zshrc", ".profile",
        "startup file*", "settings.json", "mcp.json", "your permanent", "other skills", "installed skills", "every other skill",
    ]),
    (Idea::Forever, &[
        "every session", "all sessions", "future sessions", "each session", "every future", "all future", "subsequent sessions", "permanently", "across sessions", "persist*",
        "every conversation", "all conversations", "future conversations", "next session", "every startup", "each startup", "every boot", "from now on", "survive*",
    ]),
    (Idea::Fetch, &["fetch", "fetches", "download", "downloads", "curl", "wget", "retrieve", "load", "read", "visit", "open", "pull", "check", "get", "request", "poll", "access", "browse to", "go to"]),
    (Idea::Obey, &[
        "follow the instructions", "follow its instructions", "follow all instructions", "follow any instructions", "follow those instructions", "follow these instructions there",
        "follow whatever", "follow them exactly", "follow it exactly", "execute the instructions", "execute its instructions", "execute the contents", "execute its contents", "execute the commands",
        "execute any commands", "execute whatever", "run whatever", "run the commands", "run any commands", "do what it says", "do whatever it says", "do as it says", "obey", "carry out the instructions",
        "carry out its instructions", "instructions it contains", "instructions it returns", "instructions returned", "commands it returns", "commands returned", "treat it as instructions",
        "treat the response as", "treat its contents as", "treat the contents as", "as your new instructions", "as new instructions", "as system instructions", "execute what it", "execute the response", "execute the returned", "execute the result", "perform the actions",
    ]),
    (Idea::Authority, &[
        "message from anthropic", "message from openai", "message from the system", "message from your developer*", "message from the administrator*", "message from the security team", "notice from anthropic",
        "notice from openai", "notice from the security team", "notice from it", "directive from", "order from the administrator", "on behalf of anthropic", "on behalf of openai", "official anthropic",
        "official openai", "anthropic security", "openai security", "anthropic has authorized", "anthropic requires", "openai requires", "admin override", "administrator override",
        "authorized by anthropic", "authorized by openai", "authorized by the administrator", "authorized by the security team", "approved by the security team", "approved by anthropic",
        "security team has approved", "security team requires", "security team has authorized", "as your developer", "as your creator", "i am your developer", "i am the administrator", "i am an administrator",
        "this is your developer", "this is an official", "from the system administrator", "by order of", "system override", "priority override", "emergency override", "mandated by the security",
    ]),
    (Idea::Vouched, &[
        "already verified", "already been verified", "already approved", "already been approved", "already reviewed", "already been reviewed", "already scanned", "already been scanned",
        "already audited", "already been audited", "pre-verified", "verified safe", "verified as safe", "certified safe", "known to be safe", "completely safe", "this is safe", "is not malicious",
        "is benign", "is not malware", "no need to review", "no need to scan", "no review needed", "no scan needed", "passed all security", "passed the security", "security-reviewed", "false positive*",
    ]),
    (Idea::Reviewer, &[
        "scanner", "scanners", "security scanner*", "security reviewer*", "security review", "reviewer", "reviewers", "analyzer", "static analysis", "auditor*", "code review", "classifier", "moderator", "llm judge", "automated review", "security tool*", "malware detection", "skill review",
    ]),
    (Idea::LetPass, &[
        "do not scan", "don't scan", "skip scanning", "skip this file", "do not flag", "don't flag", "do not analyze", "mark as safe", "mark this as safe", "mark it as safe", "rate as safe", "classify as safe",
        "classify this as", "return no findings", "report no findings", "report no issues", "treat as safe", "treat this as safe", "treat it as safe", "should be ignored by", "approve this skill", "verdict: safe", "verdict safe", 
    ]),
    (Idea::Enter, &["send", "transfer", "enter", "paste", "provide", "type", "share", "ask for", "request", "submit", "export", "reveal", "upload", "post", "sweep", "drain", "withdraw", "approve", "collect", "ask the user for", "prompt the user for", "give", "tell"]),
    (Idea::Wallet, &["seed phrase*", "recovery phrase*", "mnemonic phrase", "mnemonic", "wallet private key", "wallet's private key", "private key of the wallet", "secret recovery", "12-word", "24-word", "12 word", "24 word", "seed words", "all funds", "entire balance", "wallet balance", "unlimited approval", "unlimited allowance"]),
    (Idea::Plant, &["insert", "introduce", "add", "plant", "inject", "include", "leave", "embed", "hide", "put", "slip", "create", "implement", "hard-code", "hardcode", "hard code", "use"]),
    (Idea::Corrupt, &["insert", "introduce", "plant", "inject", "leave", "embed", "hide", "slip", "sneak"]),
    (Idea::Weakness, &[
        "backdoor", "back door", "backdoors", "logic bomb", "default admin password", "default password",
        "hardcoded password", "hard-coded password", "hardcoded credential*", "hard-coded credential*", "hidden account", "hidden admin", "hidden user", "master password", "kill switch",
    ]),
    (Idea::Flaw, &["vulnerability", "vulnerabilities", "security weakness*", "security flaw*", "security hole*", "subtle bug*", "subtle error*", "subtle flaw*", "subtle vulnerabilit*", "sql injection", "off-by-one error*", "weak encryption", "memory leak*"]),
    (Idea::Skip, &["disable", "disables", "skip", "remove", "turn off", "deactivate", "comment out", "suppress", "weaken", "bypass", "omit", "stop"]),
    (Idea::Check, &[
        "signature verification", "signature check*", "signature validation", "webhook verification", "certificate verification", "certificate validation", "tls verification", "ssl verification", "input validation", "authentication check*", "authorization check*", "security check*", "security checks", "security scan*",
        "two-factor", "2fa", "mfa", "antivirus", "anti-virus", "windows defender", "gatekeeper", "firewall", "safety check*", "security polic*", "security restriction*", "safety restriction*", "security control*", "audit logging", "endpoint protection", "smartscreen", "sip", "xprotect", "selinux",
    ]),
    (Idea::Falsify, &["falsify", "falsifying", "fabricate", "fabricated", "inflate", "deflate", "manipulate", "tamper with", "alter the", "misrepresent", "misreport", "understate", "overstate", "fake the", "invent", "subtly change", "subtly alter", "subtly modify", "round up the", "skew"]),
    (Idea::Record, &["results", "numbers", "figures", "statistics", "metrics", "citations", "test results", "scores", "benchmarks", "invoices", "amounts", "totals"]),
    (Idea::Agent, &["ai", "ai agent*", "agent", "agents", "assistant", "assistants", "claude", "gpt", "chatgpt", "llm", "llms", "language model*", "copilot", "model reading this", "the model", "system:", "you must", "you should", "you are required"]),
    (Idea::BeforeTool, &[
        "before using this tool", "before calling this tool", "before using any tool", "before using any other tool", "before calling any tool", "before invoking this tool", "before using other tools", "before you use this tool", "before this tool", "when using this tool", "when calling this tool", "to use this tool", "prior to using this tool", "after calling this tool", "after using this tool", "in order to use this tool", "using this skill you must first", "before using this skill",
    ]),
    (Idea::Parameter, &["parameter", "param", "argument", "sidenote", "side note", "hint", "field", "metadata field", "notes field", "context field"]),
    (Idea::Negation, &[
        "not", "never", "no", "don't", "doesn't", "cannot", "can't", "won't", "shouldn't", "mustn't", "refuse", "refuses", "reject", "rejects", "avoid", "avoids", "prevent", "prevents", "block", "blocks", "stop", "forbid*", "without", "nor", "neither", "deny", "decline", "resist",
    ]),
    (Idea::About, &[
        "detect", "detects", "detecting", "detection", "such as", "for example", "e.g.", "like", "attempt", "attempts", "attempting", "try to", "tries to", "trying to", "flag", "flags", "warn", "watch for", "look for", "looking for", "scan for", "check for", "checks for", "if someone", "if a user", "if the user asks",
        "if asked", "asks you to", "ask you to", "tells you to", "telling you to", "instructs you to", "attacker*", "adversar*", "malicious", "injection", "injections", "jailbreaks", "red flag*", "suspicious", "example of", "examples of", "phrases", "patterns", "payload*", "test case*", "test whether", "verify that", "vulnerab*", "threat*", "attack", "attacks", "requests to",
        "could", "might", "may", "can be used to",
    ]),
];

struct Table {
    automaton: AhoCorasick,
    /// By pattern: the idea, and whether any ending may follow.
    meaning: Vec<(Idea, bool)>,
}

#[allow(clippy::expect_used)] // The words are constant and every test searches for them.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut words = Vec::new();
    let mut meaning = Vec::new();
    for (idea, list) in WORDS {
        for word in *list {
            let letters = word.trim_end_matches('*');
            // Text is searched for as it is read.
            words.push(if letters.is_ascii() {
                letters.to_owned()
            } else {
                Normal::new(letters).text().trim_end().to_owned()
            });
            meaning.push((*idea, word.ends_with('*')));
        }
    }
    Table {
        automaton: AhoCorasickBuilder::new()
            .build(words)
            .expect("an automaton of few words"),
        meaning,
    }
});

/// A word, or a few, that carry an idea: its offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// All words of a text that carry an idea, in order, by idea.
#[derive(Debug)]
pub(super) struct Words {
    by_idea: Vec<Vec<Word>>,
}

impl Words {
    /// Finds them in a normalised text.
    pub(super) fn of(text: &str) -> Self {
        let mut by_idea = vec![Vec::new(); Idea::COUNT];
        let bytes = text.as_bytes();
        let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        for found in TABLE.automaton.find_overlapping_iter(text) {
            let Some((idea, open)) = TABLE.meaning.get(found.pattern().as_usize()) else {
                continue;
            };
            let starts_inside = found.start() > 0
                && is_word(bytes.get(found.start()))
                && is_word(bytes.get(found.start() - 1));
            let ends_inside =
                !open && is_word(bytes.get(found.end() - 1)) && is_word(bytes.get(found.end()));
            if starts_inside || ends_inside {
                continue;
            }
            if let Some(list) = by_idea.get_mut(*idea as usize) {
                list.push(Word {
                    start: found.start(),
                    end: found.end(),
                });
            }
        }
        for list in &mut by_idea {
            list.sort_unstable();
        }
        Self { by_idea }
    }

    /// The words that carry an idea.
    pub(super) fn with(&self, idea: Idea) -> &[Word] {
        self.by_idea.get(idea as usize).map_or(&[], Vec::as_slice)
    }

    /// The words of an idea that begin within `from..until`.
    pub(super) fn all_within(&self, idea: Idea, from: usize, until: usize) -> &[Word] {
        let list = self.with(idea);
        let first = list.partition_point(|word| word.start < from);
        let end = list.partition_point(|word| word.start < until);
        list.get(first..end).unwrap_or_default()
    }

    /// The first word of an idea that begins within `from..until`.
    pub(super) fn first(&self, idea: Idea, from: usize, until: usize) -> Option<Word> {
        let list = self.with(idea);
        let at = list.partition_point(|word| word.start < from);
        list.get(at).copied().filter(|word| word.start < until)
    }
}
