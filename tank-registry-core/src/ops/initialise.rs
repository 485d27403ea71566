//! The first start.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::access::{Scope, Scopes};
use crate::auth::ApiKey;
use crate::blob::SigningSecret;
use crate::clock::Clock;
use crate::error::Error;
use crate::model::{Handle, KeyId, Revision, Role, UserId, UserStatus};
use crate::registry::apply;
use crate::store::{Actor, AuditEvent, Command, Initialise, Key, MetadataStore, Outcome, User};

/// What came of [`initialise`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Initialised {
    /// The store is a registry now, and the key is its administrator's.
    Now,
    /// It was one already; the key means nothing.
    Before,
}

/// Makes an empty store a registry: a new incarnation, a secret that signs links, a user `admin`
/// whose role is administrator, and `key` as theirs, with the scope `skills:admin`, good for 365
/// days and without a daily limit. Of several nodes that start at once one does it.
pub async fn initialise(
    store: &dyn MetadataStore,
    clock: &dyn Clock,
    key: &ApiKey,
) -> Result<Initialised, Error> {
    const NO_LIMIT: Option<NonZeroU32> = None;
    if store.registry().await?.is_some() {
        return Ok(Initialised::Before);
    }
    let now = clock.now();
    let handle =
        Handle::parse("admin").map_err(|error| Error::internal("making a handle", error))?;
    let user = User {
        id: UserId::new(clock.new_id()),
        handle,
        display_name: None,
        email: String::new(),
        role: Role::Admin,
        status: UserStatus::Active,
        external: None,
        revision: Revision::FIRST,
        created_at: now,
    };
    let key = Key {
        id: KeyId::new(clock.new_id()),
        user: user.id,
        name: "first key".to_owned(),
        hash: key.hash(),
        start: key.start().to_owned(),
        scopes: Scopes::new([Scope::Admin]),
        per_day: NO_LIMIT,
        created_at: now,
        expires_at: now.after(Duration::from_hours(24 * 365)),
        last_used: None,
        revoked_at: None,
    };
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| Error::internal("making a secret", error))?;
    let audit = AuditEvent::new(
        "registry.initialise",
        user.id.to_string(),
        serde_json::json!({ "keyId": key.id }),
    );
    let command = Command::Initialise(Box::new(Initialise::new(
        clock.new_id(),
        SigningSecret::new(secret),
        user,
        key,
    )));
    match apply(store, clock, Actor::Operator, Some(audit), command).await? {
        Outcome::Applied(_) => Ok(Initialised::Now),
        _ => Ok(Initialised::Before),
    }
}
