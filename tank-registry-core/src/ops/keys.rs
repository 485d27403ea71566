//! API keys: created, listed, revoked.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::access::{Scopes, Viewer};
use crate::auth::ApiKey;
use crate::error::Error;
use crate::model::{Handle, KeyId};
use crate::registry::Registry;
use crate::store::{AuditEvent, Command, Key, Outcome};

/// A key to create.
#[derive(Debug, Clone)]
pub struct CreateKey {
    /// Whose.
    pub user: Handle,
    /// What the owner calls it, 1 to 32 characters.
    pub name: String,
    /// What it lets its bearer do.
    pub scopes: Scopes,
    /// When it ends, in days from now; what is not within 1 to 365 is moved to the nearer end.
    pub expires_in_days: u32,
    /// How many requests it has.
    pub per_day: PerDay,
}

/// Requests a day of a key that is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PerDay {
    /// What the registry's settings say for keys.
    #[default]
    Default,
    /// This many.
    Limit(NonZeroU32),
    /// As many as it likes.
    Unlimited,
}

impl CreateKey {
    /// How long a key is good when nothing else is said.
    pub const DEFAULT_DAYS: u32 = 90;
}

/// A key that was created, and the only time it can be seen.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CreatedKey {
    /// The key itself.
    pub secret: ApiKey,
    /// What is stored of it.
    pub key: Key,
}

impl Registry {
    /// Creates a key for a user. For administrators and the operator.
    pub async fn create_key(
        &self,
        viewer: &Viewer,
        request: CreateKey,
    ) -> Result<CreatedKey, Error> {
        let user = self.user(viewer, &request.user).await?;
        if !(1..=32).contains(&request.name.chars().count()) {
            return Err(Error::InvalidValue(
                "name: expected 1 to 32 characters".to_owned(),
            ));
        }
        let days = request.expires_in_days.clamp(1, 365);
        let secret = ApiKey::generate().map_err(|error| Error::internal("making a key", error))?;
        let now = self.inner.clock.now();
        let key = Key {
            id: KeyId::new(self.inner.clock.new_id()),
            user: user.id,
            name: request.name,
            hash: secret.hash(),
            start: secret.start().to_owned(),
            scopes: request.scopes,
            per_day: match request.per_day {
                PerDay::Default => self.inner.settings.key_per_day,
                PerDay::Limit(limit) => Some(limit),
                PerDay::Unlimited => None,
            },
            created_at: now,
            expires_at: now.after(Duration::from_hours(24 * u64::from(days))),
            last_used: None,
            revoked_at: None,
        };
        let audit = AuditEvent::new(
            "api_key.create",
            key.id.to_string(),
            serde_json::json!({
                "name": key.name,
                "scopes": key.scopes,
                "expiresInDays": days,
            }),
        );
        let command = Command::CreateKey(Box::new(key.clone()));
        match self.apply(viewer.actor(), Some(audit), command).await? {
            Outcome::Applied(_) => Ok(CreatedKey { secret, key }),
            Outcome::Missing => Err(Error::UserNotFound),
            _ => Err(Error::internal("creating a key", "its random id is taken")),
        }
    }

    /// A user's keys, the oldest first. For administrators and the operator.
    pub async fn keys(&self, viewer: &Viewer, user: &Handle) -> Result<Vec<Key>, Error> {
        let user = self.user(viewer, user).await?;
        Ok(self.inner.store.keys(user.id).await?)
    }

    /// Revokes a key; a second time changes nothing and is no error. For administrators and the
    /// operator.
    pub async fn revoke_key(&self, viewer: &Viewer, key: KeyId) -> Result<(), Error> {
        viewer.require_admin()?;
        let Some(held) = self.inner.store.key(key).await? else {
            return Err(Error::KeyNotFound);
        };
        if held.revoked_at.is_some() {
            // Whoever revoked it may still be waiting.
            self.settle().await;
            return Ok(());
        }
        let audit = AuditEvent::new(
            "api_key.revoke",
            key.to_string(),
            serde_json::json!({ "name": held.name, "userId": held.user }),
        );
        match self
            .apply(viewer.actor(), Some(audit), Command::RevokeKey(key))
            .await?
        {
            Outcome::Applied(_) => {
                self.settle().await;
                Ok(())
            }
            _ => Err(Error::KeyNotFound),
        }
    }
}
