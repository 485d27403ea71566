//! `admin user`

use serde_json::json;
use tank_registry_core::model::{Handle, UserStatus};
use tank_registry_core::ops::CreateUser;
use tank_registry_core::{Error, MetadataStore, Registry, Viewer};

use super::Done;
use crate::cli::UserCommand;
use crate::output;

pub(super) async fn run(
    registry: &Registry,
    store: &dyn MetadataStore,
    command: UserCommand,
) -> Result<Done, Error> {
    match command {
        UserCommand::Create { name, email, admin } => {
            let request = CreateUser {
                handle: name,
                email,
                administrator: admin,
            };
            let user = registry.create_user(&Viewer::Operator, request).await?;
            let same = store.users_by_email(&user.email, 2).await?;
            if same.iter().any(|other| other.id != user.id) {
                output::tell(format_args!(
                    "tank-registry-server: warning: another user has the address {} too, so neither can be added to an organization by it; use the names",
                    user.email
                ));
            }
            Ok(Done {
                text: format!("user {} is there", user.handle),
                json: json!({
                    "id": user.id,
                    "name": user.handle,
                    "email": user.email,
                    "role": user.role,
                    "createdAt": user.created_at,
                }),
            })
        }
        UserCommand::Suspend { name } => {
            let status = UserStatus::Suspended { until: None };
            set_status(registry, name, status, "suspended").await
        }
        UserCommand::Restore { name } => {
            set_status(registry, name, UserStatus::Active, "active").await
        }
    }
}

async fn set_status(
    registry: &Registry,
    name: Handle,
    status: UserStatus,
    word: &str,
) -> Result<Done, Error> {
    registry
        .set_user_status(&Viewer::Operator, &name, status)
        .await?;
    Ok(Done {
        text: format!("user {name} is {word}"),
        json: json!({ "name": name, "status": word }),
    })
}
