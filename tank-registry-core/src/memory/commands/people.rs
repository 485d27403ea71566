//! The registry's first row, users, organizations and keys.

use super::{Done, State};
use crate::model::{KeyId, Timestamp};
use crate::store::{
    ChangeKey, Effect, Initialise, Key, Member, Organization, Outcome, RefreshUser, RegistryRecord,
    SetMember, SetUserStatus, User,
};

pub(super) fn initialise(state: &mut State, at: Timestamp, command: Initialise) -> Done {
    let Initialise {
        incarnation,
        signing_secret,
        user,
        key,
    } = command;
    // Users or keys of this name mean that somebody wrote to the store before it was a registry.
    if state.registry.is_some() || state.user_exists(&user) || state.key_exists(&key) {
        return Err(Outcome::Exists);
    }
    state.registry = Some(RegistryRecord {
        incarnation,
        signing_secret,
        initialised_at: at,
    });
    state.tell(at, ChangeKey::User(user.id));
    state.tell(at, ChangeKey::Key(key.id));
    state.users.insert(user.id, user);
    state.keys.insert(key.id, key);
    Ok(Effect::none())
}

pub(super) fn create_user(state: &mut State, at: Timestamp, user: User) -> Done {
    if state.user_exists(&user) {
        return Err(Outcome::Exists);
    }
    let revision = user.revision;
    state.tell(at, ChangeKey::User(user.id));
    state.users.insert(user.id, user);
    Ok(Effect::revision(revision))
}

pub(super) fn refresh_user(state: &mut State, at: Timestamp, command: RefreshUser) -> Done {
    let user = state.users.get_mut(&command.user).ok_or(Outcome::Missing)?;
    if user.revision != command.expect {
        return Err(Outcome::Stale);
    }
    user.display_name = command.display_name;
    user.email = command.email;
    user.role = command.role;
    user.revision = user.revision.next();
    let revision = user.revision;
    state.tell(at, ChangeKey::User(command.user));
    Ok(Effect::revision(revision))
}

pub(super) fn set_user_status(state: &mut State, at: Timestamp, command: SetUserStatus) -> Done {
    let user = state.users.get_mut(&command.user).ok_or(Outcome::Missing)?;
    user.status = command.status;
    user.revision = user.revision.next();
    let revision = user.revision;
    state.tell(at, ChangeKey::User(command.user));
    Ok(Effect::revision(revision))
}

pub(super) fn create_org(state: &mut State, at: Timestamp, org: Organization) -> Done {
    if state.orgs.contains_key(&org.slug) || state.orgs.values().any(|held| held.id == org.id) {
        return Err(Outcome::Exists);
    }
    let mut members = org.members.iter();
    if !members.all(|member| state.users.contains_key(&member.user)) {
        return Err(Outcome::Missing);
    }
    let revision = org.revision;
    state.tell(at, ChangeKey::Organization(org.slug.clone()));
    state.orgs.insert(org.slug.clone(), org);
    Ok(Effect::revision(revision))
}

pub(super) fn set_member(state: &mut State, at: Timestamp, command: SetMember) -> Done {
    let SetMember {
        org: slug,
        expect,
        user,
        role,
    } = command;
    let org = state.orgs.get_mut(&slug).ok_or(Outcome::Missing)?;
    if org.revision != expect {
        return Err(Outcome::Stale);
    }
    if !state.users.contains_key(&user) {
        return Err(Outcome::Missing);
    }
    let place = org.members.iter().position(|member| member.user == user);
    match (place, role) {
        (None, None) => return Err(Outcome::Missing),
        (None, Some(role)) => org.members.push(Member { user, role }),
        // A new role keeps the place: members are listed in order of joining.
        (Some(place), Some(role)) => org.members[place].role = role,
        (Some(place), None) => {
            org.members.remove(place);
        }
    }
    org.revision = org.revision.next();
    let revision = org.revision;
    state.tell(at, ChangeKey::Organization(slug));
    Ok(Effect::revision(revision))
}

pub(super) fn create_key(state: &mut State, at: Timestamp, key: Key) -> Done {
    if state.key_exists(&key) {
        return Err(Outcome::Exists);
    }
    if !state.users.contains_key(&key.user) {
        return Err(Outcome::Missing);
    }
    state.tell(at, ChangeKey::Key(key.id));
    state.keys.insert(key.id, key);
    Ok(Effect::none())
}

pub(super) fn revoke_key(state: &mut State, at: Timestamp, id: KeyId) -> Done {
    let key = state.keys.get_mut(&id).ok_or(Outcome::Missing)?;
    if key.revoked_at.is_none() {
        key.revoked_at = Some(at);
        state.tell(at, ChangeKey::Key(id));
    }
    Ok(Effect::none())
}
