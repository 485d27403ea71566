//! Organizations and their members.

use tank_registry_core::MetadataStore;
use tank_registry_core::model::{OrgId, OrgRole, Revision, UserId};
use tank_registry_core::store::{
    Command, Effect, Member, Membership, Organization, Outcome, SetMember,
};

use crate::StoreHandles;
use crate::fixtures::{NOW, a_user, an_org, applied, done, give, meta, org, race, user};

fn set(
    org: &Organization,
    expect: Revision,
    user: UserId,
    role: Option<OrgRole>,
) -> Command {
    Command::SetMember(SetMember::new(org.slug.clone(), expect, user, role))
}

async fn members(store: &dyn MetadataStore, org: &Organization) -> Vec<(UserId, OrgRole)> {
    let org = store.organization(&org.slug).await.unwrap().unwrap();
    let members = org.members.iter();
    members.map(|member| (member.user, member.role)).collect()
}

pub async fn ids_and_slugs_of_organizations_are_unique(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let acme = an_org(&*handles.one, "acme", &[&ada]).await;
    let mut same_id = org("other", &[&ada]);
    same_id.id = acme.id.clone();
    for taken in [org("acme", &[&ada]), same_id] {
        let command = Command::CreateOrg(Box::new(taken));
        assert_eq!(give(&*handles.two, command).await, Outcome::Exists);
    }
    let found = handles.two.organization(&acme.slug).await.unwrap();
    assert_eq!(found.as_ref(), Some(&acme));
    let found = handles.two.organization_by_id(&acme.id).await.unwrap();
    assert_eq!(found, Some(acme));
    let absent = OrgId::new("other");
    let found = handles.two.organization_by_id(&absent).await.unwrap();
    assert_eq!(found, None);
}

pub async fn an_organization_has_users_for_members(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let acme = org("acme", &[&ada, &user("nobody")]);
    let command = Command::CreateOrg(Box::new(acme.clone()));
    assert_eq!(give(store, command).await, Outcome::Missing);
    assert_eq!(store.organization(&acme.slug).await.unwrap(), None);
    assert_eq!(store.memberships(ada.id).await.unwrap(), []);
}

pub async fn a_member_changes_on_the_revision_that_was_seen(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let bob = a_user(store, "bob").await;
    let acme = an_org(store, "acme", &[&ada]).await;
    let mut revision = acme.revision;
    for role in [Some(OrgRole::Member), Some(OrgRole::Admin), None] {
        let command = set(&acme, revision, bob.id, role);
        let effect = done(store, command.clone()).await;
        let seen = revision;
        revision = revision.next();
        assert_eq!(effect, Effect::revision(revision));
        assert_eq!(give(&*handles.two, command).await, Outcome::Stale, "{seen:?}");
        let held = handles.two.organization(&acme.slug).await.unwrap().unwrap();
        assert_eq!(held.revision, revision);
        let member = held.members.iter().find(|member| member.user == bob.id);
        assert_eq!(member.map(|member| member.role), role);
    }
    let again = set(&acme, revision, bob.id, None);
    assert_eq!(give(store, again).await, Outcome::Missing);
    let stranger = set(&acme, revision, user("eve").id, Some(OrgRole::Member));
    assert_eq!(give(store, stranger).await, Outcome::Missing);
    let nowhere = set(&org("none", &[]), revision, bob.id, Some(OrgRole::Member));
    assert_eq!(give(store, nowhere).await, Outcome::Missing);
}

pub async fn members_are_listed_in_order_of_joining(handles: StoreHandles) {
    let store = &*handles.one;
    let mut users = Vec::new();
    // Neither their ids nor their handles are in the order in which they join.
    for handle in ["cid", "ada", "dan", "bob"] {
        users.push(a_user(store, handle).await);
    }
    let [cid, ada, dan, bob] = &users[..] else {
        unreachable!("four users were made")
    };
    let acme = an_org(store, "acme", &[dan, cid]).await;
    let mut revision = acme.revision;
    for (user, role) in [
        (bob, Some(OrgRole::Member)),
        (ada, Some(OrgRole::Member)),
        (dan, Some(OrgRole::Member)),
        (cid, None),
        (cid, Some(OrgRole::Admin)),
    ] {
        done(store, set(&acme, revision, user.id, role)).await;
        revision = revision.next();
    }
    let expected = [
        (dan.id, OrgRole::Member),
        (bob.id, OrgRole::Member),
        (ada.id, OrgRole::Member),
        (cid.id, OrgRole::Admin),
    ];
    assert_eq!(members(&*handles.two, &acme).await, expected);
}

pub async fn of_changes_of_members_on_one_revision_one_is_applied(handles: StoreHandles) {
    let store = &*handles.one;
    let mut owners = Vec::new();
    for number in 0..8 {
        owners.push(a_user(store, &format!("owner-{number}")).await);
    }
    let acme = an_org(store, "acme", &owners.iter().collect::<Vec<_>>()).await;
    let leaving = owners.iter().map(|owner| {
        let command = set(&acme, acme.revision, owner.id, None);
        (meta(NOW), command)
    });
    let outcomes = race(&handles, leaving.collect()).await;
    assert_eq!(applied(&outcomes), 1, "{outcomes:?}");
    let stale = outcomes.iter().filter(|outcome| **outcome == Outcome::Stale);
    assert_eq!(stale.count(), 7, "{outcomes:?}");
    assert_eq!(members(store, &acme).await.len(), 7);
}

pub async fn memberships_are_listed_in_order_of_slugs(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let bob = a_user(store, "bob").await;
    let mut expected = Vec::new();
    for slug in ["mid", "zoo", "abc", "a-b"] {
        let mut new = org(slug, &[&bob]);
        let (user, role) = (ada.id, OrgRole::Admin);
        new.members.push(Member { user, role });
        done(store, Command::CreateOrg(Box::new(new.clone()))).await;
        expected.push(Membership {
            org: new.id,
            slug: new.slug,
            role,
        });
    }
    an_org(store, "bobs", &[&bob]).await;
    expected.sort_by(|one, other| one.slug.cmp(&other.slug));
    let found = handles.two.memberships(ada.id).await.unwrap();
    assert_eq!(found, expected);
}
