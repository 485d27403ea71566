//! The command line: what it takes, and which texts are ill-formed.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand};
use tank_registry_core::Scope;
use tank_registry_core::model::{Handle, KeyId, OrgRole, OrgSlug, Reason, SkillName, Visibility};
use tank_registry_core::ops::CreateUser;

use crate::scan::ScanArgs;
use crate::settings::{Flag, QuotaError, Sources, quota, setting};

/// The reference server of a registry for AI agent skills.
///
/// Without a command it serves. With no setting at all it listens on 127.0.0.1:8470 and keeps
/// everything in ./tank-registry-data.
#[derive(Debug, Parser)]
#[command(
    name = "tank-registry-server",
    version,
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves the registry
    Serve(ServeArgs),
    /// Prints the settings in effect, each with where it came from
    CheckConfig {
        /// A TOML file with settings
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Administers a registry, beside a running server or without one
    Admin(AdminArgs),
    /// Scans skills with the rules that decide publishes
    Scan(ScanArgs),
}

#[derive(Debug, Default, Args)]
pub(crate) struct ServeArgs {
    /// A TOML file with settings
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where to listen; port 0 picks one
    #[arg(long, value_name = "ADDR:PORT", value_parser = text_of("server.listen"))]
    pub(crate) listen: Option<String>,
    /// The folder of the database and the packages
    #[arg(long, value_name = "DIR", value_parser = text_of("server.data"))]
    pub(crate) data: Option<String>,
    /// Where clients find the registry
    #[arg(long, value_name = "URL", value_parser = text_of("server.public_url"))]
    pub(crate) public_url: Option<String>,
    /// What to do with a database of an earlier release
    #[arg(long, value_name = "auto|check", value_parser = text_of("sqlite.migrate"))]
    pub(crate) migrate: Option<String>,
}

impl ServeArgs {
    pub(crate) fn sources(&self) -> Sources {
        sources(
            self.config.as_ref(),
            [
                ("server.listen", "--listen", self.listen.as_ref()),
                ("server.data", "--data", self.data.as_ref()),
                (
                    "server.public_url",
                    "--public-url",
                    self.public_url.as_ref(),
                ),
                ("sqlite.migrate", "--migrate", self.migrate.as_ref()),
            ],
        )
    }
}

/// Sources of settings: a file, this process's environment, flags.
pub(crate) fn sources<'a>(
    config: Option<&PathBuf>,
    flags: impl IntoIterator<Item = (&'static str, &'static str, Option<&'a String>)>,
) -> Sources {
    let flags = flags.into_iter().filter_map(|(setting, flag, value)| {
        let value = value?.clone();
        Some(Flag {
            setting,
            flag,
            value,
        })
    });
    Sources {
        file: config.cloned(),
        environment: std::env::vars_os().collect::<Vec<(OsString, OsString)>>(),
        flags: flags.collect(),
    }
}

#[derive(Debug, Args)]
pub(crate) struct AdminArgs {
    /// The folder of the database and the packages
    #[arg(long, value_name = "DIR", global = true, value_parser = text_of("server.data"))]
    pub(crate) data: Option<String>,
    /// A TOML file with settings
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
    /// Answers with one JSON object
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: AdminCommand,
}

impl AdminArgs {
    pub(crate) fn sources(&self) -> Sources {
        let data = ("server.data", "--data", self.data.as_ref());
        sources(self.config.as_ref(), [data])
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdminCommand {
    /// Users
    #[command(subcommand)]
    User(UserCommand),
    /// Organizations and their members
    #[command(subcommand)]
    Org(OrgCommand),
    /// Who may read a private skill
    #[command(subcommand)]
    Grant(GrantCommand),
    /// Skills
    #[command(subcommand)]
    Skill(SkillCommand),
    /// API keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// Scans versions again: one, all of a skill, or all there are
    Rescan(RescanArgs),
    /// Lets a version go live that is held
    Release(ReleaseArgs),
    /// Lists the versions that are held
    Held,
    /// Brings the database up to date with this release
    Migrate,
    /// Makes again what an earlier release derived by older rules, search terms for one
    Reindex,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Creates a user
    Create {
        /// What commands call the user
        name: Handle,
        /// The user's address
        #[arg(long, value_name = "ADDRESS", value_parser = email)]
        email: String,
        /// Makes the user an administrator
        #[arg(long)]
        admin: bool,
    },
    /// Stops a user's keys and links
    Suspend {
        /// The user
        name: Handle,
    },
    /// Lets a suspended user's keys and links work again
    Restore {
        /// The user
        name: Handle,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum OrgCommand {
    /// Creates an organization
    Create {
        /// The scope of its skills' names
        slug: OrgSlug,
        /// What people call it
        #[arg(long, value_name = "TEXT", value_parser = title)]
        name: String,
        /// Its first owner
        #[arg(long, value_name = "NAME")]
        owner: Handle,
    },
    /// Adds a member, or gives one another role
    Add {
        /// The organization
        slug: OrgSlug,
        /// The user
        name: Handle,
        /// What the member may do
        #[arg(long, value_name = "owner|admin|member")]
        role: OrgRole,
    },
    /// Removes a member
    Remove {
        /// The organization
        slug: OrgSlug,
        /// The user
        name: Handle,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum GrantCommand {
    /// Lets a user or an organization read a skill while it is private
    Add(GrantArgs),
    /// Takes such a grant back
    Remove(GrantArgs),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("grantee").required(true))]
pub(crate) struct GrantArgs {
    /// The skill
    pub(crate) skill: SkillName,
    /// The user
    #[arg(long, value_name = "NAME", group = "grantee")]
    pub(crate) user: Option<Handle>,
    /// The organization
    #[arg(long, value_name = "SLUG", group = "grantee")]
    pub(crate) org: Option<OrgSlug>,
}

#[derive(Debug, Args)]
pub(crate) struct RescanArgs {
    /// The skill; all of them when not given
    pub(crate) name: Option<SkillName>,
    /// The version; all of them when not given
    pub(crate) version: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ReleaseArgs {
    /// The skill
    pub(crate) name: SkillName,
    /// The version
    pub(crate) version: String,
    /// Why, for the audit log and those who look at the version
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Reason,
    /// Releases it although its permissions grow more than its number allows
    #[arg(long)]
    pub(crate) override_escalation: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SkillCommand {
    /// Makes a skill public or private
    Visibility {
        /// The skill
        skill: SkillName,
        /// public or private
        visibility: Visibility,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Creates a key and prints it, this once
    Create {
        /// Whose
        #[arg(long, value_name = "NAME")]
        user: Handle,
        /// What it lets its bearer do, skills:read when not given; may be repeated
        #[arg(long, value_name = "SCOPE")]
        scope: Vec<Scope>,
        /// When it ends, in days from now
        #[arg(long, value_name = "N", default_value_t = tank_registry_core::ops::CreateKey::DEFAULT_DAYS,
              value_parser = clap::value_parser!(u32).range(1..=365))]
        expires_in_days: u32,
        /// Requests a day, a number from 1 or unlimited; that of the settings when not given
        #[arg(long, value_name = "N|unlimited")]
        per_day: Option<PerDay>,
    },
    /// Lists a user's keys, without what is secret of them
    List {
        /// Whose
        #[arg(long, value_name = "NAME")]
        user: Handle,
    },
    /// Revokes a key
    Revoke {
        /// The key's id, as `key list` shows it
        #[arg(value_parser = key_id)]
        id: KeyId,
    },
}

/// Requests a day; `None` is unlimited.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PerDay(pub(crate) Option<NonZeroU32>);

impl std::str::FromStr for PerDay {
    type Err = QuotaError;

    fn from_str(text: &str) -> Result<Self, QuotaError> {
        quota(text).map(PerDay)
    }
}

/// Takes what the setting of this name takes, as text.
fn text_of(name: &'static str) -> impl Fn(&str) -> Result<String, String> + Clone {
    move |text| {
        let setting = setting(name).ok_or_else(|| format!("there is no setting {name}"))?;
        setting.check(text).map(|()| text.to_owned())
    }
}

fn email(text: &str) -> Result<String, String> {
    CreateUser::check_email(text).map(|()| text.to_owned())
}

fn key_id(text: &str) -> Result<KeyId, &'static str> {
    let id = text.parse();
    id.map_err(|_| "expected an id as `admin key list` prints it")
}

fn title(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("expected the organization's name");
    }
    Ok(text.to_owned())
}
