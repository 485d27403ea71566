//! `admin skill`

use serde_json::json;
use tank_registry_core::{Error, Registry, Viewer};

use super::Done;
use crate::cli::SkillCommand;

pub(super) async fn run(registry: &Registry, command: SkillCommand) -> Result<Done, Error> {
    let SkillCommand::Visibility { skill, visibility } = command;
    registry
        .set_visibility(&Viewer::Operator, &skill, visibility)
        .await?;
    Ok(Done {
        text: format!("{skill} is {visibility}"),
        json: json!({ "skill": skill, "visibility": visibility }),
    })
}
