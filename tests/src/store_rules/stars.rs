//! Stars.

use tank_registry_core::store::{Outcome, Stars};

use super::shelf::star;
use super::world::no_skill;
use crate::StoreHandles;
use crate::fixtures::{a_user, applied, done, give, meta, publish, race, user, NOW};

pub async fn a_user_stars_a_skill_once(handles: StoreHandles) {
    let store = &*handles.one;
    let (ada, bob) = (a_user(store, "ada").await, a_user(store, "bob").await);
    let tool = publish(store, &ada, "tool", "1.0.0").await.skill;
    let other = publish(store, &ada, "other", "1.0.0").await.skill;
    let seen = async |skill, user| handles.two.stars(skill, user).await.unwrap();
    let stars = |count, starred| Stars { count, starred };
    assert_eq!(seen(tool, Some(ada.id)).await, stars(0, false));
    done(store, star(tool, ada.id, true)).await;
    assert_eq!(give(store, star(tool, ada.id, true)).await, Outcome::Exists);
    assert_eq!(seen(tool, Some(ada.id)).await, stars(1, true));
    assert_eq!(seen(tool, Some(bob.id)).await, stars(1, false));
    done(store, star(tool, bob.id, true)).await;
    done(store, star(other, bob.id, true)).await;
    assert_eq!(seen(tool, None).await, stars(2, false));
    done(store, star(tool, ada.id, false)).await;
    assert_eq!(give(store, star(tool, ada.id, false)).await, Outcome::Exists);
    assert_eq!(seen(tool, Some(ada.id)).await, stars(1, false));
    assert_eq!(seen(tool, Some(bob.id)).await, stars(1, true));
    assert_eq!(seen(other, Some(bob.id)).await, stars(1, true));
}

pub async fn a_star_has_a_skill_and_a_user(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let tool = publish(store, &ada, "tool", "1.0.0").await.skill;
    let (nobody, nothing) = (user("nobody").id, no_skill());
    for starred in [true, false] {
        assert_eq!(give(store, star(nothing, ada.id, starred)).await, Outcome::Missing);
        assert_eq!(give(store, star(tool, nobody, starred)).await, Outcome::Missing);
    }
    assert_eq!(store.stars(tool, None).await.unwrap(), Stars::default());
    assert_eq!(store.stars(nothing, Some(ada.id)).await.unwrap(), Stars::default());
}

pub async fn stars_that_come_at_once_all_count(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let tool = publish(store, &ada, "tool", "1.0.0").await.skill;
    let mut commands = Vec::new();
    for number in 0..8 {
        let fan = a_user(store, &format!("fan-{number}")).await.id;
        commands.extend((0..4).map(|_| (meta(NOW), star(tool, fan, true))));
    }
    let outcomes = race(&handles, commands).await;
    assert_eq!(applied(&outcomes), 8, "{outcomes:?}");
    assert_eq!(handles.two.stars(tool, None).await.unwrap().count, 8);
}
