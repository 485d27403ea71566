//! Stars.

use super::{Done, State};
use crate::store::{Effect, Outcome, SetStar};

pub(super) fn set(state: &mut State, command: SetStar) -> Done {
    let SetStar {
        skill,
        user,
        starred,
    } = command;
    let is_known = state.skills.values().any(|held| held.id == skill);
    if !is_known || !state.users.contains_key(&user) {
        return Err(Outcome::Missing);
    }
    let star = (skill, user);
    let changed = if starred {
        state.stars.insert(star)
    } else {
        state.stars.remove(&star)
    };
    if changed {
        Ok(Effect::none())
    } else {
        Err(Outcome::Exists)
    }
}
