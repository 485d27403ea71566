//! `admin org`

use serde_json::json;
use tank_registry_core::{Error, Registry, Viewer};

use super::Done;
use crate::cli::OrgCommand;

pub(super) async fn run(registry: &Registry, command: OrgCommand) -> Result<Done, Error> {
    let viewer = Viewer::Operator;
    match command {
        OrgCommand::Create { slug, name, owner } => {
            let org = registry
                .create_organization(&viewer, slug, name, &owner)
                .await?;
            Ok(Done {
                text: format!("organization {} is there, owned by {owner}", org.slug),
                json: json!({
                    "id": org.id,
                    "slug": org.slug,
                    "name": org.name,
                    "createdAt": org.created_at,
                }),
            })
        }
        OrgCommand::Add { slug, name, role } => {
            registry.set_member(&viewer, &slug, &name, role).await?;
            Ok(Done {
                text: format!("{name} is {} of {slug}", role.as_str()),
                json: json!({ "org": slug, "user": name, "role": role }),
            })
        }
        OrgCommand::Remove { slug, name } => {
            registry.remove_member(&viewer, &slug, &name).await?;
            Ok(Done {
                text: format!("{name} is no member of {slug}"),
                json: json!({ "org": slug, "user": name, "role": null }),
            })
        }
    }
}
