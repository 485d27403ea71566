//! Users: created, suspended, restored.

use crate::access::Viewer;
use crate::error::Error;
use crate::model::{Handle, Revision, Role, UserId, UserStatus};
use crate::registry::Registry;
use crate::store::{AuditEvent, Command, Outcome, SetUserStatus, User, UserRef};

/// A user to create.
#[derive(Debug, Clone)]
pub struct CreateUser {
    /// What commands call the user.
    pub handle: Handle,
    /// The address.
    pub email: String,
    /// Whether they may administer.
    pub administrator: bool,
}

impl CreateUser {
    /// Whether a text is an address that a user may have; the error says what would be.
    pub fn check_email(email: &str) -> Result<(), String> {
        let well_formed = email.len() <= 254
            && !email
                .chars()
                .any(|letter| letter.is_whitespace() || letter.is_control())
            && email.split_once('@').is_some_and(|(name, host)| {
                !name.is_empty() && !host.is_empty() && !host.contains('@')
            });
        if well_formed {
            Ok(())
        } else {
            let expected = "an address such as ada@example.org, at most 254 characters";
            Err(format!("email: expected {expected}"))
        }
    }
}

impl Registry {
    /// The user with this handle. For administrators and the operator.
    pub async fn user(&self, viewer: &Viewer, handle: &Handle) -> Result<User, Error> {
        viewer.require_admin()?;
        let user = self
            .inner
            .store
            .user(&UserRef::Handle(handle.clone()))
            .await?;
        user.ok_or(Error::UserNotFound)
    }

    /// Creates a user. One with the same handle, address and role that is there already is
    /// answered as it is; another one of that handle is refused with [`Error::Exists`].
    pub async fn create_user(&self, viewer: &Viewer, request: CreateUser) -> Result<User, Error> {
        viewer.require_admin()?;
        CreateUser::check_email(&request.email).map_err(Error::InvalidValue)?;
        let user = User {
            id: UserId::new(self.inner.clock.new_id()),
            handle: request.handle,
            display_name: None,
            email: request.email,
            role: if request.administrator {
                Role::Admin
            } else {
                Role::User
            },
            status: UserStatus::Active,
            external: None,
            revision: Revision::FIRST,
            created_at: self.inner.clock.now(),
        };
        let audit = AuditEvent::new(
            "user.create",
            user.id.to_string(),
            serde_json::json!({ "handle": user.handle, "administrator": request.administrator }),
        );
        let command = Command::CreateUser(Box::new(user.clone()));
        if let Outcome::Applied(_) = self.apply(viewer.actor(), Some(audit), command).await? {
            return Ok(user);
        }
        let held = self
            .inner
            .store
            .user(&UserRef::Handle(user.handle.clone()))
            .await?;
        match held {
            Some(held) if held.email == user.email && held.role == user.role => Ok(held),
            _ => Err(Error::Exists(format!("User '{}'", user.handle))),
        }
    }

    /// Suspends or restores a user. While suspended their keys and links do not work.
    pub async fn set_user_status(
        &self,
        viewer: &Viewer,
        handle: &Handle,
        status: UserStatus,
    ) -> Result<(), Error> {
        let user = self.user(viewer, handle).await?;
        if user.status == status {
            // Whoever suspended them may still be waiting.
            self.settle().await;
            return Ok(());
        }
        let action = match status {
            UserStatus::Active => "user.restore",
            UserStatus::Suspended { .. } => "user.suspend",
        };
        let audit = AuditEvent::new(
            action,
            user.id.to_string(),
            serde_json::json!({ "handle": handle }),
        );
        let command = Command::SetUserStatus(SetUserStatus {
            user: user.id,
            status,
        });
        match self.apply(viewer.actor(), Some(audit), command).await? {
            Outcome::Applied(_) => {
                if status != UserStatus::Active {
                    self.settle().await;
                }
                Ok(())
            }
            _ => Err(Error::UserNotFound),
        }
    }
}
