//! What is wrong with settings.

use std::fmt;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A line of the configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An environment variable.
    Environment(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The configuration file cannot be read.
    #[error("cannot read the configuration file {}: {reason}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The configuration file is no TOML.
    #[error("{}:{line}: expected TOML: {reason}", .path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// There is no such setting.
    #[error("{origin}: unknown setting {name}: {hint}")]
    Unknown {
        /// As it was written.
        name: String,
        /// Where.
        origin: Origin,
        /// What would be right.
        hint: String,
    },
    /// The value is not what the setting takes.
    #[error("{origin}: wrong value{value} for setting {name}: expected {expected}")]
    Wrong {
        /// The setting.
        name: String,
        /// Where.
        origin: Origin,
        /// The value with a space before it, or nothing for a secret.
        value: String,
        /// What would be right.
        expected: String,
    },
    /// A secret's file cannot be read.
    #[error("{origin}: cannot read {} for setting {name}: {reason}; expected the path of a readable file", .path.display())]
    SecretFile {
        /// The setting.
        name: String,
        /// Where.
        origin: Origin,
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A secret is given both as itself and as a file.
    #[error("{origin}: setting {name} is given twice, as itself and as a file: keep one of them")]
    Twice {
        /// The setting.
        name: String,
        /// Where.
        origin: Origin,
    },
    /// Others can reach the server, and nobody said by which URL.
    #[error(
        "{origin}: server.listen is {listen}, which other machines can reach, so clients must be told their address of it: add\n\n    public_url = \"{example}\"\n\nunder [server] in {file}, with the address that clients use (or give it as --public-url, or as TANK_REGISTRY_SERVER__PUBLIC_URL)"
    )]
    NoPublicUrl {
        /// The address.
        listen: std::net::SocketAddr,
        /// Where it was set.
        origin: Origin,
        /// A URL that would fit.
        example: String,
        /// The file to add it to.
        file: String,
    },
    /// The settings of the bucket name none.
    #[error("{origin}: wrong value for setting {name}, with storage.kind s3: {reason}")]
    Bucket {
        /// The setting.
        name: String,
        /// Where it was set.
        origin: Origin,
        /// Why, and what would be right.
        reason: String,
    },
    /// A setting is not set that another one needs.
    #[error("{origin}: {given}, but {name} is not set: {reason}")]
    Missing {
        /// The setting that is not set.
        name: String,
        /// Where the other one was set.
        origin: Origin,
        /// What the other one is.
        given: String,
        /// What would be right.
        reason: String,
    },
    /// The memory for confirms holds not even one archive.
    #[error(
        "{origin}: wrong value {value} for setting limits.confirm_memory: expected at least {least}, for one archive with limits.archive_bytes and twice limits.unpacked_bytes"
    )]
    ConfirmMemory {
        /// Where it was set.
        origin: Origin,
        /// The value.
        value: String,
        /// What one archive needs.
        least: String,
    },
}

/// Everything that is wrong with the settings, at least one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsErrors(pub(super) Vec<SettingsError>);

impl SettingsErrors {
    /// What is wrong, in the order of the layers.
    pub fn as_slice(&self) -> &[SettingsError] {
        &self.0
    }
}

impl fmt::Display for SettingsErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsErrors {}
