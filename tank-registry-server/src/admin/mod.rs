//! Administration by the command line, as the operator, beside a running server or without one.

mod grant;
mod key;
mod org;
mod scan;
mod skill;
mod user;

use std::net::{Ipv4Addr, SocketAddr};

use serde_json::{Value, json};
use tank_registry_core::{MetadataStore, PublicUrlError, Registry, maintenance};

use crate::cli::AdminCommand;
use crate::settings::Settings;
use crate::status::{REFUSED, USAGE};
use crate::stores::{self, StoresError};

/// What a command answers, for people and for programs.
pub(crate) struct Done {
    pub(crate) text: String,
    pub(crate) json: Value,
}

/// A command was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdminError {
    #[error(transparent)]
    Registry(#[from] tank_registry_core::Error),
    #[error(transparent)]
    Stores(#[from] StoresError),
    #[error(transparent)]
    PublicUrl(#[from] PublicUrlError),
    #[error("{0}; --override-escalation releases it all the same")]
    Escalation(String),
}

impl AdminError {
    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Registry(tank_registry_core::Error::InvalidValue(_)) => USAGE,
            _ => REFUSED,
        }
    }
}

pub(crate) async fn run(settings: &Settings, command: AdminCommand) -> Result<Done, AdminError> {
    if let AdminCommand::Migrate = command {
        return migrate(settings).await;
    }
    let stores = stores::open_existing(settings).await?;
    // No answer of these commands holds a URL.
    let url = settings.public_url(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let done = match stores.registry(settings, url).await {
        Ok(registry) => dispatch(&registry, &stores.metadata, settings, command).await,
        Err(error) => Err(error.into()),
    };
    stores.metadata.close().await;
    done
}

async fn dispatch(
    registry: &Registry,
    store: &dyn MetadataStore,
    settings: &Settings,
    command: AdminCommand,
) -> Result<Done, AdminError> {
    Ok(match command {
        AdminCommand::User(command) => user::run(registry, store, command).await?,
        AdminCommand::Org(command) => org::run(registry, command).await?,
        AdminCommand::Grant(command) => grant::run(registry, command).await?,
        AdminCommand::Skill(command) => skill::run(registry, command).await?,
        AdminCommand::Key(command) => key::run(registry, command).await?,
        AdminCommand::Rescan(args) => scan::rescan(registry, args).await?,
        AdminCommand::Release(args) => scan::release(registry, args).await?,
        AdminCommand::Held => scan::held(registry).await?,
        AdminCommand::Migrate => migrate(settings).await?,
        AdminCommand::Reindex => reindex(registry).await?,
    })
}

async fn migrate(settings: &Settings) -> Result<Done, AdminError> {
    let migrated = stores::migrate(settings).await?;
    let text = if migrated.from == migrated.to {
        format!("the database is at version {} already", migrated.to)
    } else {
        format!(
            "the database went from version {} to {}",
            migrated.from, migrated.to
        )
    };
    Ok(Done {
        text,
        json: json!({ "from": migrated.from, "to": migrated.to }),
    })
}

async fn reindex(registry: &Registry) -> Result<Done, AdminError> {
    let changed = maintenance::rederive(registry).await?;
    let text = match changed {
        0 => "everything is up to date already".to_owned(),
        1 => "1 skill was brought up to date".to_owned(),
        _ => format!("{changed} skills were brought up to date"),
    };
    Ok(Done {
        text,
        json: json!({ "reindexed": changed }),
    })
}
