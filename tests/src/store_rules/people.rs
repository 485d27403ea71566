//! The first start, and users.

use tank_registry_core::model::{Revision, Role, UserStatus};
use tank_registry_core::store::{
    Command, Effect, ExternalId, Outcome, RefreshUser, SetUserStatus, User, UserRef,
};

use crate::StoreHandles;
use crate::fixtures::{
    NOW, a_user, applied, done, done_at, external, external_user, give, initialise, meta, minute,
    race, user,
};

fn create(user: &User) -> Command {
    Command::CreateUser(Box::new(user.clone()))
}

pub async fn of_many_that_initialise_at_once_one_does(handles: StoreHandles) {
    let starts: Vec<_> = (0..16).map(|_| initialise()).collect();
    let commands = starts.iter().map(|start| {
        let command = Command::Initialise(Box::new(start.clone()));
        (meta(NOW), command)
    });
    let outcomes = race(&handles, commands.collect()).await;
    assert_eq!(applied(&outcomes), 1, "{outcomes:?}");
    let registry = handles.one.registry().await.unwrap().unwrap();
    for (start, outcome) in starts.iter().zip(&outcomes) {
        let won = start.incarnation == registry.incarnation;
        assert_eq!(won, matches!(outcome, Outcome::Applied(_)));
        assert!(won || *outcome == Outcome::Exists, "{outcome:?}");
        let principal = handles.two.principal(&start.key.hash).await.unwrap();
        assert_eq!(principal.is_some(), won);
    }
}

pub async fn an_initialised_store_knows_its_administrator(handles: StoreHandles) {
    assert!(handles.two.registry().await.unwrap().is_none());
    let start = initialise();
    let command = Command::Initialise(Box::new(start.clone()));
    done_at(&*handles.one, minute(3), command).await;
    let registry = handles.two.registry().await.unwrap().unwrap();
    assert_eq!(registry.incarnation, start.incarnation);
    assert_eq!(registry.signing_secret, start.signing_secret);
    assert_eq!(registry.initialised_at, minute(3));
    let principal = handles.two.principal(&start.key.hash).await.unwrap();
    assert_eq!(principal, Some((start.key, start.user)));
}

pub async fn handles_ids_and_external_identities_are_unique(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = external_user("ada", "1");
    assert_eq!(
        give(store, create(&ada)).await,
        Outcome::Applied(Effect::revision(Revision::FIRST))
    );
    let same_id = User {
        id: ada.id,
        ..external_user("bob", "2")
    };
    for taken in [same_id, user("ada"), external_user("bob", "1")] {
        let outcome = give(&*handles.two, create(&taken)).await;
        assert_eq!(outcome, Outcome::Exists, "{taken:?}");
    }
    let mut elsewhere = external_user("bob", "1");
    elsewhere.external = elsewhere.external.map(|external| ExternalId {
        issuer: "https://other.example.org".to_owned(),
        ..external
    });
    done(store, create(&elsewhere)).await;
    // To have no external identity is not an identity that only one may have.
    done(store, create(&user("eve"))).await;
    done(store, create(&user("fay"))).await;
    for reference in [
        UserRef::Id(ada.id),
        UserRef::Handle(ada.handle.clone()),
        UserRef::External(external("1")),
    ] {
        let found = handles.two.user(&reference).await.unwrap();
        assert_eq!(found.as_ref(), Some(&ada), "{reference:?}");
    }
    let nobody = UserRef::External(external("3"));
    assert_eq!(store.user(&nobody).await.unwrap(), None);
}

pub async fn one_external_identity_has_one_user_among_racers(handles: StoreHandles) {
    let users = (0..16).map(|number| external_user(&format!("ada-{number}"), "1"));
    let commands = users.map(|user| (meta(NOW), create(&user)));
    let outcomes = race(&handles, commands.collect()).await;
    assert_eq!(applied(&outcomes), 1, "{outcomes:?}");
    let refused = outcomes.iter().filter(|outcome| **outcome == Outcome::Exists);
    assert_eq!(refused.count(), 15, "{outcomes:?}");
}

pub async fn a_refresh_needs_the_revision_that_was_seen(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let refresh = RefreshUser::new(ada.id, ada.revision, Some("Ada".to_owned()), "new@example.org".to_owned(), Role::Admin);
    let command = Command::RefreshUser(refresh.clone());
    let effect = done(store, command.clone()).await;
    assert_eq!(effect, Effect::revision(ada.revision.next()));
    let expected = User {
        display_name: refresh.display_name,
        email: refresh.email,
        role: Role::Admin,
        revision: ada.revision.next(),
        ..ada.clone()
    };
    let found = handles.two.user(&UserRef::Id(ada.id)).await.unwrap();
    assert_eq!(found, Some(expected));
    assert_eq!(give(&*handles.two, command).await, Outcome::Stale);
}

pub async fn a_status_is_set_on_any_revision_and_moves_it(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let suspended = UserStatus::Suspended {
        until: Some(minute(5)),
    };
    let mut revision = ada.revision;
    for status in [suspended, UserStatus::Active, UserStatus::Suspended { until: None }] {
        let user = ada.id;
        let command = Command::SetUserStatus(SetUserStatus::new(user, status));
        let effect = done(&*handles.one, command).await;
        revision = revision.next();
        assert_eq!(effect, Effect::revision(revision));
        let found = handles.two.user(&UserRef::Id(user)).await.unwrap().unwrap();
        assert_eq!((found.status, found.revision), (status, revision));
    }
}
