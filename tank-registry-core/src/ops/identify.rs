//! From a request's head, a link or an earlier viewer to who is asking now.

use std::sync::Arc;

use http::header::AUTHORIZATION;

use crate::access::{Audience, Credential, Principal, Scope, Scopes, Viewer};
use crate::auth::{ApiKey, ExternalIdentity};
use crate::blob::LinkViewer;
use crate::cache::CachedSkill;
use crate::clock::Clock;
use crate::error::Error;
use crate::model::{Handle, Revision, Role, SkillName, UserId, UserStatus};
use crate::registry::Registry;
use crate::store::{
    Actor, AuditEvent, Command, Head, Key, Membership, Outcome, RefreshUser, User, UserRef,
};

/// Who sent a request, and what the limit on guessing must know of it.
pub(crate) struct Caller {
    pub(crate) viewer: Viewer,
    /// Whether they brought a key that nobody was ever given. One that has expired, was revoked or
    /// is a suspended user's is known; the answer is the same for both.
    pub(crate) has_unknown_key: bool,
}

impl Caller {
    fn known(viewer: Viewer) -> Self {
        Self {
            viewer,
            has_unknown_key: false,
        }
    }

    fn with_unknown_key() -> Self {
        Self {
            viewer: Viewer::Anonymous,
            has_unknown_key: true,
        }
    }
}

impl Registry {
    /// Who sent a request with this head. A key that is unknown, expired, revoked or whose owner
    /// is suspended makes an anonymous viewer; so does no key at all, unless the host's
    /// [`Authenticator`](crate::Authenticator) knows the caller.
    pub async fn identify(&self, head: &http::request::Parts) -> Result<Viewer, Error> {
        Ok(self.caller(head).await?.viewer)
    }

    pub(crate) async fn caller(&self, head: &http::request::Parts) -> Result<Caller, Error> {
        let bearer = bearer(&head.headers);
        if let Some(text) = bearer.filter(|text| ApiKey::is_claimed_by(text)) {
            let Ok(key) = ApiKey::parse(text) else {
                return Ok(Caller::with_unknown_key());
            };
            let Some(principal) = self.cached_principal(&key.hash()).await? else {
                return Ok(Caller::with_unknown_key());
            };
            let (key, user) = &*principal;
            let viewer = self.viewer_of_key(key, user);
            if viewer.user().is_some() {
                self.inner.counters.key_used(key.id, self.inner.clock.now());
            }
            return Ok(Caller::known(viewer));
        }
        match self.inner.authenticator.authenticate(head).await? {
            Some(identity) => self.sign_in(&identity).await.map(Caller::known),
            None if bearer.is_some() => Ok(Caller::with_unknown_key()),
            None => Ok(Caller::known(Viewer::Anonymous)),
        }
    }

    /// The viewer that an identity of the host's stands for. Its user row is made, or refreshed
    /// when the host now says something else.
    pub async fn sign_in(&self, identity: &ExternalIdentity) -> Result<Viewer, Error> {
        let user = self.user_of(identity).await?;
        Ok(self.external_viewer(user))
    }

    fn viewer_of_key(&self, key: &Key, user: &Arc<User>) -> Viewer {
        let now = self.inner.clock.now();
        let alive = key.revoked_at.is_none() && now < key.expires_at && user.status.is_active(now);
        if !alive {
            return Viewer::Anonymous;
        }
        let credential = Credential::Key {
            id: key.id,
            hash: key.hash,
            per_day: key.per_day,
        };
        Viewer::principal(Arc::clone(user), key.scopes.clone(), credential)
    }

    fn external_viewer(&self, user: User) -> Viewer {
        if !user.status.is_active(self.inner.clock.now()) {
            return Viewer::Anonymous;
        }
        let scopes = match user.role {
            Role::User => Scopes::new([Scope::Publish]),
            Role::Admin => Scopes::new([Scope::Admin]),
        };
        Viewer::principal(Arc::new(user), scopes, Credential::External)
    }

    async fn user_of(&self, identity: &ExternalIdentity) -> Result<User, Error> {
        /// Each turn but the first follows a race that somebody else won.
        const ATTEMPTS: u32 = 16;
        let by = UserRef::External(identity.id.clone());
        let role = if identity.administrator {
            Role::Admin
        } else {
            Role::User
        };
        let is_same = |user: &User| {
            user.display_name == identity.display_name
                && user.email == identity.email
                && user.role == role
        };
        // A host vouches for the same people again and again.
        let known = self.cached_external(&identity.id).await?;
        if let Some(user) = known.filter(|user| is_same(user)) {
            return Ok(User::clone(&user));
        }
        for attempt in 0..ATTEMPTS {
            let Some(user) = self.inner.store.user(&by).await? else {
                let user = User {
                    id: UserId::new(self.inner.clock.new_id()),
                    handle: handle_for(identity, attempt, &*self.inner.clock)?,
                    display_name: identity.display_name.clone(),
                    email: identity.email.clone(),
                    role,
                    status: UserStatus::Active,
                    external: Some(identity.id.clone()),
                    revision: Revision::FIRST,
                    created_at: self.inner.clock.now(),
                };
                let audit = AuditEvent::new(
                    "user.create",
                    user.id.to_string(),
                    serde_json::json!({ "handle": user.handle, "issuer": identity.id.issuer }),
                );
                let command = Command::CreateUser(Box::new(user.clone()));
                match self.apply(Actor::System, Some(audit), command).await? {
                    Outcome::Applied(_) => return Ok(user),
                    _ => continue,
                }
            };
            if is_same(&user) {
                return Ok(user);
            }
            let command = Command::RefreshUser(RefreshUser {
                user: user.id,
                expect: user.revision,
                display_name: identity.display_name.clone(),
                email: identity.email.clone(),
                role,
            });
            let outcome = self.apply(Actor::System, None, command).await?;
            if user.role == Role::Admin
                && role == Role::User
                && matches!(outcome, Outcome::Applied(_))
            {
                self.settle().await;
            }
        }
        Err(Error::internal(
            "finding a user's row",
            "other processes kept changing it",
        ))
    }

    /// The same viewer as of now: a key that has been revoked since, or a user who has been
    /// suspended, is refused.
    pub(crate) async fn renew(&self, principal: &Principal) -> Result<Viewer, Error> {
        let viewer = match principal.credential {
            Credential::Key { hash, .. } => match self.inner.store.principal(&hash).await? {
                Some((key, user)) => self.viewer_of_key(&key, &Arc::new(user)),
                None => Viewer::Anonymous,
            },
            Credential::External => {
                match self
                    .inner
                    .store
                    .user(&UserRef::Id(principal.user.id))
                    .await?
                {
                    Some(user) => self.external_viewer(user),
                    None => Viewer::Anonymous,
                }
            }
            // A link reads; it never changes anything.
            Credential::Link => Viewer::Anonymous,
        };
        match viewer {
            Viewer::Anonymous => Err(Error::Unauthorized),
            viewer => Ok(viewer),
        }
    }

    /// The viewer that a link was made for, as of now.
    pub(crate) async fn viewer_of_link(&self, link: LinkViewer) -> Result<Viewer, Error> {
        let LinkViewer::User { user, admin } = link else {
            return Ok(Viewer::Anonymous);
        };
        let Some(user) = self.cached_user(user).await? else {
            return Ok(Viewer::Anonymous);
        };
        if !user.status.is_active(self.inner.clock.now()) {
            return Ok(Viewer::Anonymous);
        }
        let scope = if admin { Scope::Admin } else { Scope::Read };
        Ok(Viewer::principal(
            user,
            Scopes::new([scope]),
            Credential::Link,
        ))
    }

    /// A user's memberships, as the directory knows them now.
    pub(crate) async fn memberships(&self, user: &User) -> Result<Vec<Membership>, Error> {
        Ok(self.inner.directory.memberships(user).await?)
    }

    /// Whether a viewer may read a skill. The directory is asked only when nothing else decides.
    pub(crate) async fn may_read(&self, viewer: &Viewer, head: &Head) -> Result<bool, Error> {
        if head.is_public() {
            return Ok(true);
        }
        if viewer.is_admin() {
            return Ok(head.is_visible_to(&Audience::All));
        }
        match viewer.user() {
            Some(user) => self.user_may_read(user, head).await,
            None => Ok(false),
        }
    }

    /// Whether a user may read a skill without an administrator's rights.
    pub(crate) async fn user_may_read(&self, user: &User, head: &Head) -> Result<bool, Error> {
        if head.is_public() || head.names_user(user.id) {
            return Ok(true);
        }
        if !head.names_an_organization() {
            return Ok(false);
        }
        let memberships = self.cached_memberships(user).await?;
        Ok(head.is_visible_to(&Audience::of_user(user.id, &memberships)))
    }

    /// A skill that the viewer may read; what they may not read does not exist.
    pub(crate) async fn readable_skill(
        &self,
        viewer: &Viewer,
        name: &SkillName,
    ) -> Result<Arc<CachedSkill>, Error> {
        let skill = self.cached_skill(name).await?.ok_or(Error::SkillNotFound)?;
        if self.may_read(viewer, &skill.head).await? {
            Ok(skill)
        } else {
            Err(Error::SkillNotFound)
        }
    }
}

impl Viewer {
    /// The principal whose credential has a scope.
    pub(crate) fn with_scope(&self, scope: Scope) -> Result<&Principal, Error> {
        let Self::Principal(principal) = self else {
            return Err(Error::Unauthorized);
        };
        if principal.scopes.allow(scope) {
            Ok(principal)
        } else {
            Err(Error::MissingScope(scope))
        }
    }

    /// Refuses all but administrators and the operator.
    pub(crate) fn require_admin(&self) -> Result<(), Error> {
        match self {
            Self::Operator => Ok(()),
            Self::Anonymous => Err(Error::Unauthorized),
            Self::Principal(_) => {
                self.with_scope(Scope::Admin)?;
                if self.is_admin() {
                    Ok(())
                } else {
                    Err(Error::Forbidden)
                }
            }
        }
    }
}

/// The bearer token of a request: the scheme in any case, one blank or more.
fn bearer(headers: &http::HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once([' ', '\t'])?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A handle for an external identity: its name with what does not fit replaced by hyphens, and a
/// number when that is taken, and when those are too, eight random digits.
fn handle_for(
    identity: &ExternalIdentity,
    attempt: u32,
    clock: &dyn Clock,
) -> Result<Handle, Error> {
    const NUMBERED: u32 = 4;
    let name = identity
        .display_name
        .as_deref()
        .unwrap_or(&identity.id.subject);
    let mut base = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            base.push(letter);
        } else if !base.is_empty() && !base.ends_with('-') {
            base.push('-');
        }
        if base.len() >= 30 {
            break;
        }
    }
    let base = base.trim_end_matches('-');
    let base = if base.is_empty() { "user" } else { base };
    let text = match attempt {
        0 => base.to_owned(),
        1..NUMBERED => format!("{base}-{}", attempt + 1),
        // Many people share this name: counting further would ask the store for each of them.
        _ => format!("{base}-{}", &clock.new_id().simple().to_string()[24..]),
    };
    Handle::parse(&text).map_err(|error| Error::internal("making a handle", error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::ExternalId;

    #[test]
    fn the_scheme_may_be_written_in_any_case_and_followed_by_blanks() {
        let parse = |text: &str| {
            let mut headers = http::HeaderMap::new();
            headers.insert(AUTHORIZATION, text.parse().unwrap());
            bearer(&headers).map(ToOwned::to_owned)
        };
        assert_eq!(parse("Bearer tank_a").as_deref(), Some("tank_a"));
        assert_eq!(parse("bEARER   tank_a ").as_deref(), Some("tank_a"));
        assert_eq!(parse("Basic dGFuaw=="), None);
        assert_eq!(parse("tank_a"), None);
    }

    #[test]
    fn a_handle_is_made_from_any_name() {
        let handle = |name: &str, attempt| {
            let id = ExternalId {
                issuer: "i".into(),
                subject: "s".into(),
            };
            let identity = ExternalIdentity {
                id,
                display_name: Some(name.to_owned()),
                email: String::new(),
                administrator: false,
            };
            handle_for(&identity, attempt, &crate::SystemClock)
                .unwrap()
                .as_str()
                .to_owned()
        };
        assert_eq!(handle("Ada Byron", 0), "ada-byron");
        assert_eq!(handle("Ada Byron", 1), "ada-byron-2");
        assert_eq!(handle("--Zoë!", 0), "zo");
        assert_eq!(handle("李", 0), "user");
        assert_eq!(handle(&"x".repeat(200), 2).len(), 32);
        assert_eq!(handle(&"x".repeat(200), 7).len(), 39);
        assert_ne!(handle("李", 7), handle("李", 7));
    }
}
