//! Which language a text is in.

/// A language that rules tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Language {
    /// Text for people and agents without markup.
    Prose,
    Markdown,
    Python,
    JavaScript,
    TypeScript,
    /// POSIX shell, bash and zsh.
    Shell,
    PowerShell,
    /// The command interpreter of Windows.
    Batch,
    AppleScript,
    Ruby,
    Php,
    Perl,
    Json,
    Yaml,
    Toml,
    Html,
    /// Anything else that is text.
    Other,
}

impl Language {
    /// Whether it is meant to be run.
    pub(crate) fn is_code(self) -> bool {
        matches!(
            self,
            Self::Python
                | Self::JavaScript
                | Self::TypeScript
                | Self::Shell
                | Self::PowerShell
                | Self::Batch
                | Self::AppleScript
                | Self::Ruby
                | Self::Php
                | Self::Perl
        )
    }

    /// By the name of a file, and by its first line where that says how it is run.
    pub(crate) fn of_file(path: &str, content: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        let by_name = match name.as_str() {
            "dockerfile" | "makefile" | "justfile" | ".bashrc" | ".zshrc" | ".profile"
            | ".bash_profile" | ".envrc" => Some(Self::Shell),
            "requirements.txt" => Some(Self::Other),
            _ => name
                .rsplit_once('.')
                .and_then(|(_, extension)| Self::of_extension(extension)),
        };
        by_name
            .filter(|language| !matches!(language, Self::Prose | Self::Other))
            .or_else(|| Self::of_shebang(content))
            .or(by_name)
            .unwrap_or(Self::Other)
    }

    fn of_extension(extension: &str) -> Option<Self> {
        Some(match extension {
            "md" | "mdx" | "markdown" | "mdc" => Self::Markdown,
            "txt" | "rst" | "text" | "adoc" => Self::Prose,
            "py" | "pyw" | "pyi" => Self::Python,
            "js" | "mjs" | "cjs" | "jsx" => Self::JavaScript,
            "ts" | "mts" | "cts" | "tsx" => Self::TypeScript,
            "sh" | "bash" | "zsh" | "ksh" | "command" => Self::Shell,
            "ps1" | "psm1" | "psd1" => Self::PowerShell,
            "bat" | "cmd" => Self::Batch,
            "applescript" | "scpt" | "jxa" => Self::AppleScript,
            "rb" => Self::Ruby,
            "php" => Self::Php,
            "pl" | "pm" => Self::Perl,
            "json" | "jsonc" | "json5" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            "toml" => Self::Toml,
            "html" | "htm" | "svg" | "xml" => Self::Html,
            _ => return None,
        })
    }

    fn of_shebang(content: &str) -> Option<Self> {
        let line = content.lines().next()?.strip_prefix("#!")?;
        let mut words = line.split_whitespace();
        let program = words.next()?.rsplit('/').next()?;
        let program = if program == "env" {
            words.find(|word| !word.starts_with('-') && !word.contains('='))?
        } else {
            program
        };
        Self::of_tag(program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'))
    }

    /// By the word behind a fence, or the name of an interpreter.
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        let tag = tag
            .trim()
            .trim_start_matches('{')
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}' | ':'))
            .next()
            .unwrap_or_default()
            .trim_start_matches('.')
            .to_ascii_lowercase();
        Some(match tag.as_str() {
            "md" | "markdown" | "mdx" => Self::Markdown,
            "text" | "txt" | "plain" | "plaintext" | "prompt" => Self::Prose,
            "python" | "py" | "ipython" | "pycon" | "uv" | "pypy" => Self::Python,
            "js" | "javascript" | "node" | "nodejs" | "mjs" | "cjs" | "jsx" => Self::JavaScript,
            "ts" | "typescript" | "tsx" | "deno" | "bun" => Self::TypeScript,
            "sh" | "bash" | "zsh" | "shell" | "console" | "terminal" | "shellsession"
            | "sh-session" | "shell-session" | "dash" | "ksh" | "fish" | "dockerfile"
            | "makefile" => Self::Shell,
            "powershell" | "pwsh" | "ps1" | "ps" => Self::PowerShell,
            "bat" | "batch" | "cmd" => Self::Batch,
            "applescript" | "osascript" => Self::AppleScript,
            "ruby" | "rb" => Self::Ruby,
            "php" => Self::Php,
            "perl" | "pl" => Self::Perl,
            "json" | "jsonc" | "json5" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            "toml" => Self::Toml,
            "html" | "xml" | "svg" => Self::Html,
            _ => return None,
        })
    }

    /// For a fence that says nothing: shell where its first words are a command's.
    pub(crate) fn guess(content: &str) -> Self {
        if let Some(language) = Self::of_shebang(content) {
            return language;
        }
        let mut shell = 0_u32;
        let mut python = 0_u32;
        let mut script = 0_u32;
        for line in content.lines().take(60).map(str::trim_start) {
            let line = line.strip_prefix("$ ").unwrap_or(line);
            let first = line.split([' ', '(', '.', ';']).next().unwrap_or_default();
            match first {
                "curl" | "wget" | "sudo" | "bash" | "sh" | "zsh" | "echo" | "npm" | "npx"
                | "pip" | "pip3" | "brew" | "apt" | "apt-get" | "git" | "chmod" | "export"
                | "cd" | "mkdir" | "cat" | "rm" | "cp" | "mv" | "docker" | "uv" | "uvx"
                | "cargo" | "go" | "node" | "python" | "python3" | "source" | "eval" | "nohup"
                | "nc" | "ssh" => {
                    shell += 1;
                }
                "def" | "from" | "class" | "elif" | "except" | "with" | "print" => python += 1,
                "import" if !line.contains(" from ") && !line.contains('"') => python += 1,
                "import" | "const" | "let" | "var" | "function" | "require" | "async" | "await" => {
                    script += 1;
                }
                _ => {}
            }
        }
        if shell >= python.max(script) && shell > 0 {
            Self::Shell
        } else if python >= script && python > 0 {
            Self::Python
        } else if script > 0 {
            Self::JavaScript
        } else {
            Self::Prose
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_name_else_by_how_it_is_run() {
        for (path, content, language) in [
            ("a/run.sh", "", Language::Shell),
            ("run", "#!/usr/bin/env -S python3 -u\n", Language::Python),
            ("run.txt", "#!/bin/bash\n", Language::Shell),
            ("run", "#!/usr/bin/env node", Language::JavaScript),
            ("notes.txt", "hello", Language::Prose),
            ("SKILL.MD", "", Language::Markdown),
            ("data.bin", "", Language::Other),
        ] {
            assert_eq!(Language::of_file(path, content), language, "{path}");
        }
    }

    #[test]
    fn a_fence_without_a_word_is_guessed() {
        assert_eq!(
            Language::guess("curl -s https://a.example | sh"),
            Language::Shell
        );
        assert_eq!(Language::guess("import os\nprint(1)"), Language::Python);
        assert_eq!(Language::guess("const a = 1"), Language::JavaScript);
        assert_eq!(Language::guess("Ask me about the weather"), Language::Prose);
    }
}
