//! `admin grant`

use serde_json::json;
use tank_registry_core::ops::Grantee;
use tank_registry_core::{Error, Registry, Viewer};

use super::Done;
use crate::cli::{GrantArgs, GrantCommand};

pub(super) async fn run(registry: &Registry, command: GrantCommand) -> Result<Done, Error> {
    let (args, is_granted) = match command {
        GrantCommand::Add(args) => (args, true),
        GrantCommand::Remove(args) => (args, false),
    };
    let GrantArgs { skill, user, org } = args;
    let answer = json!({ "skill": skill, "user": user, "org": org, "granted": is_granted });
    let (grantee, who) = match (user, org) {
        (Some(user), _) => (Grantee::User(user.clone()), user.to_string()),
        (None, Some(org)) => (Grantee::Organization(org.clone()), org.to_string()),
        // The command line asks for one of them.
        (None, None) => return Err(Error::InvalidValue("expected --user or --org".to_owned())),
    };
    let viewer = Viewer::Operator;
    let text = if is_granted {
        registry.add_grant(&viewer, &skill, &grantee).await?;
        format!("{who} is granted {skill}")
    } else {
        registry.remove_grant(&viewer, &skill, &grantee).await?;
        format!("{who} is not granted {skill}")
    };
    Ok(Done { text, json: answer })
}
