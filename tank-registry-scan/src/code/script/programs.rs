//! Shells and programs: what reaches them, what they read, what they send.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use tank_registry_core::scan::Severity;

use super::call::Given;
use super::flow::Flow;
use super::ir::Span;
use super::names::{Host, HostClass};
use super::paths;
use super::rules;
use super::value::{HOLE, Source, Taint, Value};
use crate::finding::Capability;

/// Programs that run what they are given.
static INTERPRETERS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "dash",
    "ksh",
    "python",
    "python3",
    "node",
    "perl",
    "ruby",
    "php",
    "powershell",
    "pwsh",
    "cmd",
    "osascript",
    "cmd.exe",
    "powershell.exe",
];

#[allow(clippy::expect_used)] // The words are constant and every test runs them.
static MINERS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build([
            "xmrig",
            "stratum+tcp",
            "stratum+ssl",
            "minerd ",
            "cpuminer",
            "ethminer",
            "nbminer",
            "coinhive",
            "cryptonight",
        ])
        .expect("a valid set of words")
});

/// Arguments that code follows.
static CODE_FOLLOWS: &[&str] = &[
    "-c",
    "-e",
    "-lc",
    "-ic",
    "/c",
    "/C",
    "-Command",
    "-command",
    "-EncodedCommand",
    "-enc",
];

/// The name of a program without its folder.
fn program_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Whether programs are known to be given out there.
fn is_known_installer(host: &str) -> bool {
    const HOSTS: &[&str] = &[
        "github.com",
        "raw.githubusercontent.com",
        "objects.githubusercontent.com",
        "sh.rustup.rs",
        "bun.sh",
        "astral.sh",
        "deno.land",
        "get.docker.com",
        "nodejs.org",
        "python.org",
        "bootstrap.pypa.io",
        "registry.npmjs.org",
        "files.pythonhosted.org",
        "storage.googleapis.com",
        "dl.google.com",
    ];
    HOSTS
        .iter()
        .any(|known| host == *known || host.ends_with(&format!(".{known}")))
}

impl Flow<'_> {
    /// A line of shell.
    pub(super) fn run_shell(&mut self, command: &Value, given: &Given, span: Span) -> Value {
        self.out.fact(
            span,
            Capability::Shell,
            command.text.as_deref().unwrap_or_default(),
        );
        let text = command.text.clone().unwrap_or_else(|| "".into());
        let whole = text.is_empty() || text.starts_with(HOLE);
        let result = self.output_of(&text, command, span);
        if command.has(Source::Download) && whole {
            let message = self.chain(command, &[Source::Download], "run by a shell", span);
            self.note(&rules::REMOTE_CODE, Severity::Critical, span, message, true);
            return result;
        }
        if self.runs_download(&text, span) {
            return result;
        }
        if command.has(Source::Decoded) && (whole || command.exact().is_some()) {
            let message = self.chain(command, &[Source::Decoded], "run by a shell", span);
            self.note(
                &rules::DECODED_CODE,
                Severity::Critical,
                span,
                message,
                true,
            );
        } else if command.exact().is_none()
            && (command.has(Source::Input)
                || command
                    .origin(Source::Parameter)
                    .is_some_and(|taint| super::run::is_input_name(&taint.what)))
        {
            let message = self.chain(
                command,
                &[Source::Input, Source::Parameter],
                "part of a line of shell",
                span,
            );
            self.note(
                &rules::SHELL_INJECTION,
                Severity::High,
                span,
                message,
                false,
            );
        } else if command.exact().is_none() && command.has(Source::Parameter) {
            self.note(
                &rules::SHELL_INJECTION,
                Severity::Low,
                span,
                "A parameter becomes part of a line of shell.",
                false,
            );
        }
        if !text.is_empty() {
            self.out.command(span, &text);
        }
        self.judge_command(&text, command, given, span);
        result
    }

    /// A program with its arguments.
    pub(super) fn run_program(&mut self, path: &str, given: &Given, span: Span) -> Value {
        let shell = given
            .named("shell")
            .is_some_and(|shell| shell.truth == Some(true) || shell.exact().is_some());
        let words = Self::words_of(path, given, shell);
        let line = Self::line_of(&words);
        if shell {
            return self.run_shell(&line, given, span);
        }
        let text = line.text.clone().unwrap_or_else(|| "".into());
        let program = words.first().and_then(|word| word.text.as_deref());
        let name = program_name(program.unwrap_or_default()).to_ascii_lowercase();
        self.out.fact(span, Capability::Exec, &name);
        let result = self.output_of(&text, &line, span);
        let interprets = INTERPRETERS.contains(&&*name);
        if interprets && let Some(ran) = self.interpret(&name, &words, given, span) {
            return ran.either(&result);
        }
        let downloaded = |value: &Value| value.has(Source::Download) && value.exact().is_none();
        let fed = given
            .named("input")
            .filter(|input| interprets && downloaded(input));
        if let Some(code) = fed.or_else(|| words.first().filter(|word| downloaded(word))) {
            let message = self.chain(code, &[Source::Download], "run as a program", span);
            self.note(&rules::REMOTE_CODE, Severity::Critical, span, message, true);
            return result;
        }
        if self.runs_download(&text, span) {
            return result;
        }
        if words.len() > 1 {
            self.out.command(span, &text);
            self.note_install(&text, span);
        }
        self.judge_command(&text, &line, given, span);
        result
    }

    /// The program and its arguments, in the ways that they can be given.
    fn words_of(path: &str, given: &Given, shell: bool) -> Vec<Value> {
        let first = given.first();
        if let Some(items) = &first.items {
            return items.to_vec();
        }
        // Node takes arguments beside the program.
        if let Some(items) = given.at(1).and_then(|second| second.items.clone()) {
            let mut words = vec![first];
            words.extend(items.iter().cloned());
            return words;
        }
        if path.starts_with("os.exec") || path.starts_with("os.spawn") {
            return given.values();
        }
        match first.exact() {
            Some(text) if !shell => text.split_whitespace().map(Value::of_text).collect(),
            _ => vec![first],
        }
    }

    /// An interpreter that is given code as an argument; `None` where it is given none.
    fn interpret(
        &mut self,
        name: &str,
        words: &[Value],
        given: &Given,
        span: Span,
    ) -> Option<Value> {
        let other = name.starts_with("python") || name == "node";
        let waits = words
            .iter()
            .skip(1)
            .all(|word| word.text.as_deref() == Some("-i"));
        if waits && words.len() <= 2 && !other {
            self.out.marks.starts_shell.get_or_insert(span);
        }
        let at = words.iter().position(|word| {
            let word = word.text.as_deref().unwrap_or_default();
            CODE_FOLLOWS.contains(&word)
        });
        let code = words.get(at? + 1)?.clone();
        if !other {
            return Some(self.run_shell(&code, given, span));
        }
        let given = Given {
            arguments: vec![(None, code)],
            ..Given::default()
        };
        self.run_code(name, &given, span, false);
        Some(Value::default())
    }

    /// Packages that a command installs.
    fn note_install(&mut self, text: &str, span: Span) {
        let mut words = text.split_whitespace().peekable();
        let manager = words.any(|word| {
            matches!(
                program_name(word),
                "pip"
                    | "pip3"
                    | "npm"
                    | "uv"
                    | "yarn"
                    | "pnpm"
                    | "gem"
                    | "cargo"
                    | "brew"
                    | "apt"
                    | "apt-get"
            )
        });
        if !manager || !words.any(|word| matches!(word, "install" | "add" | "i")) {
            return;
        }
        for name in words.filter(|word| !word.starts_with('-')).take(16) {
            self.out.fact(span, Capability::Install, name);
        }
    }

    /// Words as a line of shell.
    pub(super) fn line_of(words: &[Value]) -> Value {
        let mut parts = Vec::with_capacity(words.len() * 2);
        for (at, word) in words.iter().enumerate() {
            if at > 0 {
                parts.push(Value::of_text(" "));
            }
            let shown = word.shown();
            let mut part = Value::of_taints(&word.taints);
            let quoted = shown.contains([' ', ';', '|', '&', '>', '\n']) && words.len() > 1;
            part.text = Some(if quoted {
                format!("'{}'", shown.replace('\'', "'\\''")).into()
            } else {
                shown
            });
            parts.push(part);
        }
        Value::concat(&parts)
    }

    /// Whether a command runs a file that was downloaded or decoded before.
    pub(super) fn runs_download(&mut self, text: &str, span: Span) -> bool {
        let found = self.written.iter().find_map(|(file, content)| {
            let named = file.len() > 3 && &**file != "\0" && text.contains(&**file);
            let source = [Source::Download, Source::Decoded]
                .into_iter()
                .find(|source| content.has(*source))?;
            named.then(|| (content.clone(), source, file.replace(HOLE, "…")))
        });
        let Some((content, source, file)) = found else {
            return false;
        };
        let first = text.split_whitespace().next().unwrap_or_default();
        let second = text
            .split_whitespace()
            .find(|word| !word.starts_with('-') && *word != first && *word != "sudo");
        let plain = |word: &str| word.trim_matches(['\'', '"']).replace(HOLE, "…");
        let runs = plain(first) == file
            || INTERPRETERS.contains(&program_name(first))
                && second.is_some_and(|word| plain(word) == file)
            || first == "chmod" && text.contains('x')
            || first == "open";
        if !runs {
            return false;
        }
        if source == Source::Download {
            let known = content
                .origin(Source::Download)
                .is_some_and(|taint| is_known_installer(&taint.what));
            let severity = if known {
                Severity::Medium
            } else {
                Severity::Critical
            };
            let message = self.chain(&content, &[source], &format!("run as {file}"), span);
            self.note(&rules::REMOTE_CODE, severity, span, message, !known);
        } else {
            let message = self.chain(&content, &[source], &format!("run as {file}"), span);
            self.note(
                &rules::DECODED_CODE,
                Severity::Critical,
                span,
                message,
                true,
            );
        }
        true
    }

    /// What a command prints, by what it reads.
    pub(super) fn output_of(&mut self, text: &str, command: &Value, span: Span) -> Value {
        if MINERS.is_match(text) {
            let message = "A program is run that mines coins for somebody.";
            self.note(&rules::MINES, Severity::Critical, span, message, false);
        }
        let mut result = Value::of_path("output()");
        let mut add = |source: Source, what: &str| {
            result.taint(Taint {
                source,
                at: span.start,
                what: what.into(),
                encoded: None,
            });
        };
        let words: Vec<&str> = text
            .split(|c: char| {
                c.is_whitespace() || matches!(c, '|' | ';' | '&' | '$' | '(' | ')' | '`')
            })
            .filter(|word| !word.is_empty())
            .take(64)
            .collect();
        let first = words.first().copied().unwrap_or_default();
        match program_name(first) {
            "curl" | "wget" | "iwr" | "Invoke-WebRequest" => {
                let url = words
                    .iter()
                    .find(|word| word.contains("://"))
                    .copied()
                    .unwrap_or_default();
                add(
                    Source::Download,
                    &Host::of(url.trim_matches(['\'', '"'])).name,
                );
            }
            "env" | "printenv" if words.len() == 1 => {
                add(Source::WholeEnvironment, "the environment");
            }
            "pbpaste" | "xclip" | "xsel" | "wl-paste" => add(Source::Clipboard, "the clipboard"),
            "screencapture" | "scrot" | "gnome-screenshot" => add(Source::Screen, "a screenshot"),
            "whoami" | "hostname" | "uname" | "id" | "ifconfig" | "ipconfig" | "systeminfo" => {
                add(Source::Identity, first);
            }
            "security" if text.contains("find-") || text.contains("dump-") => {
                add(Source::SecretFile, "the keychain");
            }
            _ => {}
        }
        let mut secret = None;
        for word in words {
            let word = word.trim_matches(['\'', '"']);
            if (word.contains('/') || word.starts_with('.'))
                && let Some(found) = paths::secret_path(&word.replace("$HOME", "~"))
            {
                add(found.source, word);
                secret = Some(word.to_owned());
            }
        }
        if let Some(word) = secret {
            self.out.fact(span, Capability::ReadSecret, &word);
        }
        if text.contains("base64 -d") || text.contains("base64 --decode") {
            add(Source::Decoded, "base64");
        }
        for taint in &command.taints {
            if matches!(
                taint.source,
                Source::SecretFile | Source::HomeFiles | Source::Decoded
            ) {
                result.taint(taint.clone());
            }
        }
        result
    }

    /// A command that sends data: as a request would.
    pub(super) fn judge_command(&mut self, text: &str, command: &Value, given: &Given, span: Span) {
        let first = text.split_whitespace().next().unwrap_or_default();
        let sends = matches!(
            program_name(first),
            "curl"
                | "wget"
                | "nc"
                | "ncat"
                | "scp"
                | "rsync"
                | "http"
                | "dig"
                | "nslookup"
                | "host"
                | "ping"
        ) || [
            "| curl",
            "|curl",
            "| nc ",
            "&& curl",
            "; curl",
            "$(dig",
            "| xargs curl",
        ]
        .iter()
        .any(|part| text.contains(part));
        if !sends {
            return;
        }
        let url = text
            .split_whitespace()
            .map(|word| word.trim_matches(['\'', '"']))
            .find(|word| word.contains("://"));
        let lookup = matches!(program_name(first), "dig" | "nslookup" | "host" | "ping");
        let url = url.or_else(|| {
            if lookup {
                text.split_whitespace().last()
            } else {
                None
            }
        });
        let host = url.map_or_else(Host::unknown, Host::of);
        self.out.fact(span, Capability::Network, &host.name);
        let mut data = Value::of_taints(&command.taints);
        if let Some(input) = given.named("input") {
            data.absorb(input);
        }
        if lookup {
            self.judge_lookup(&data, &host, span);
            return;
        }
        // A header that holds a key is how services are used.
        if text.contains("Authorization")
            || text.contains("api-key")
            || text.contains("-H ") && !matches!(host.class, HostClass::Drop)
        {
            data.taints.retain(|taint| taint.source != Source::Variable);
        }
        self.judge_send(&data, &Value::default(), &host, "sent by a command", span);
    }
}
