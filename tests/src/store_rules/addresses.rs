//! Users by their addresses.

use tank_registry_core::model::UserId;
use tank_registry_core::store::{Command, RefreshUser, User};

use crate::StoreHandles;
use crate::fixtures::{done, user};

pub async fn users_are_found_by_their_address_in_any_case(handles: StoreHandles) {
    let store = &*handles.one;
    let mut users: Vec<User> = Vec::new();
    for (handle, email) in [
        ("one", "Ada@Example.org"),
        ("two", "ada@example.org"),
        ("three", "bada@example.org"),
        ("four", "Ärger@example.org"),
        ("five", "ada_@example.org"),
        ("six", ""),
        ("seven", "ADA@EXAMPLE.ORG"),
    ] {
        let user = User { email: email.to_owned(), ..user(handle) };
        done(store, Command::CreateUser(Box::new(user.clone()))).await;
        users.push(user);
    }
    let found = async |email: &str, limit: u32| {
        let found = handles.two.users_by_email(email, limit).await.unwrap();
        found.iter().map(|user| user.id).collect::<Vec<UserId>>()
    };
    let ids = |places: &[usize]| {
        let mut ids: Vec<UserId> = places.iter().map(|place| users[*place].id).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(found("aDa@example.org", 50).await, ids(&[0, 1, 6]));
    assert_eq!(found("aDa@example.org", 2).await, ids(&[0, 1, 6])[..2]);
    assert_eq!(found("ärger@example.org", 50).await, []);
    assert_eq!(found("Ärger@EXAMPLE.org", 50).await, ids(&[3]));
    assert_eq!(found("ada%", 50).await, []);
    assert_eq!(found("ada@example.or_", 50).await, []);
    let moved = RefreshUser::new(
        users[0].id,
        users[0].revision,
        None,
        "elsewhere@example.org".to_owned(),
        users[0].role,
    );
    done(store, Command::RefreshUser(moved)).await;
    assert_eq!(found("ada@example.org", 50).await, ids(&[1, 6]));
    assert_eq!(found("elsewhere@example.org", 1).await, ids(&[0]));
}
