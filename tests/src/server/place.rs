//! A data folder, and the command line beside it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;

use super::binary::{server_binary, workspace};
use super::process::Server;

/// A temporary folder with a registry in it, and how servers of it are started.
#[derive(Debug, Clone)]
pub struct Place {
    folder: Arc<TempDir>,
    environment: Vec<(String, String)>,
    listen: String,
    flags: Vec<String>,
    is_in_workspace: bool,
}

impl Place {
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        Self {
            folder: Arc::new(TempDir::new().unwrap()),
            environment: Vec::new(),
            listen: "127.0.0.1:0".to_owned(),
            flags: Vec::new(),
            is_in_workspace: false,
        }
    }

    /// A place whose server has these settings, `limits.anonymous_per_hour` for example.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        let mut place = Self::new();
        for (name, value) in settings {
            let name = name.replace('.', "__").to_ascii_uppercase();
            place = place.variable(&format!("TANK_REGISTRY_{name}"), value);
        }
        place
    }

    /// Sets an environment variable of all its programs.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts servers at this address; port 0 picks one.
    #[must_use]
    pub fn listening(mut self, address: &str) -> Self {
        address.clone_into(&mut self.listen);
        self
    }

    /// Starts servers with one more flag.
    #[must_use]
    pub fn flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }

    /// Starts servers in the root of the workspace.
    #[must_use]
    pub fn in_workspace(mut self) -> Self {
        self.is_in_workspace = true;
        self
    }

    /// For what a test needs besides the data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// The key of the administrator, as the first start left it.
    pub fn first_key(&self) -> String {
        let text = std::fs::read_to_string(self.data().join("first-key")).unwrap();
        text.trim().to_owned()
    }

    pub fn start(&self) -> Server {
        Server::spawn(self, &mut self.serving())
    }

    /// The command that starts a server on a free port.
    pub fn serving(&self) -> Command {
        let mut command = self.program();
        command.args(["serve", "--listen", &self.listen, "--data"]);
        command.arg(self.data()).args(&self.flags);
        if self.is_in_workspace {
            command.current_dir(workspace());
        }
        command
    }

    /// The program, with nothing of this process's environment that could be a setting.
    pub fn program(&self) -> Command {
        let mut command = Command::new(server_binary());
        command.current_dir(self.folder()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("TANK_") || name == "RUST_LOG" {
                command.env_remove(&*name);
            }
        }
        let environment = self.environment.iter();
        command.envs(environment.map(|(name, value)| (name, value)));
        command
    }

    /// Runs the program with a command line whose words hold no blanks, and waits for its end.
    pub fn run(&self, line: &str) -> Ran {
        Ran::of(self.program().args(line.split_whitespace()))
    }

    /// Runs `admin` on this place, whatever comes of it.
    pub fn try_admin(&self, line: &str) -> Ran {
        let mut program = self.program();
        program.arg("admin").args(line.split_whitespace());
        Ran::of(program.arg("--data").arg(self.data()))
    }

    /// Runs `admin` on this place; what it wrote to stdout, without the line's end.
    pub fn admin(&self, line: &str) -> String {
        let ran = self.try_admin(line);
        assert_eq!(ran.status, Some(0), "{line}: {ran:?}");
        assert_eq!(ran.stderr, "", "{line}");
        let text = ran.stdout.strip_suffix('\n');
        text.unwrap_or_else(|| panic!("{line}: {ran:?}")).to_owned()
    }

    /// The same with `--json`.
    pub fn admin_json(&self, line: &str) -> Value {
        let text = self.admin(&format!("{line} --json"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{line}: {text}: {error}"))
    }

    /// Creates a user with a key that may publish, and answers the key.
    pub fn user(&self, name: &str) -> String {
        self.admin(&format!("user create {name} --email {name}@example.org"));
        self.admin(&format!(
            "key create --user {name} --scope skills:publish --per-day unlimited"
        ))
    }
}

/// A command that has ended.
#[derive(Debug)]
pub struct Ran {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            status: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
