//! Opening, migrating and refusing.

use rusqlite::Connection;
use tank_registry_core::store::{Command, Feed as _, Reads as _, UserRef};

use super::fixtures::{World, applied, initialise, user};
use crate::{Migrate, OpenError, SqliteOptions, SqliteStore, migrate};

fn check() -> SqliteOptions {
    SqliteOptions {
        migrate: Migrate::Check,
        ..SqliteOptions::default()
    }
}

async fn refused(world: &World, options: SqliteOptions) -> OpenError {
    SqliteStore::open(world.path(), options).await.unwrap_err()
}

#[tokio::test]
async fn everything_is_there_after_reopening() {
    let world = World::new();
    let store = world.open().await;
    let ada = user("ada");
    applied(&store, Command::Initialise(Box::new(initialise()))).await;
    applied(&store, Command::CreateUser(Box::new(ada.clone()))).await;
    let position = store.position().await.unwrap();
    let before = world.dump();
    drop(store);
    let store = world.open_with(check()).await;
    assert_eq!(store.position().await.unwrap(), position);
    assert_eq!(world.dump(), before);
    let found = store.user(&UserRef::Id(ada.id)).await.unwrap();
    assert_eq!(found, Some(ada));
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let world = World::new();
    let store = world.open().await;
    applied(&store, Command::Initialise(Box::new(initialise()))).await;
    for extension in ["db", "db-wal", "db-shm"] {
        let file = world.path().with_extension(extension);
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{extension}");
    }
}

#[tokio::test]
async fn connections_sync_every_commit_and_readers_cannot_write() {
    let world = World::new();
    let store = world.open().await;
    let mode: String = world
        .raw()
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    let wait = std::time::Duration::ZERO;
    let writer = crate::connect::writer(&world.path(), wait).unwrap();
    let full: i64 = writer
        .query_row("PRAGMA synchronous", [], |row| row.get(0))
        .unwrap();
    assert_eq!(full, 2);
    let written = store
        .read(|connection| connection.execute("DELETE FROM feed", []))
        .await;
    assert!(written.is_err());
}

#[tokio::test]
async fn a_database_that_is_not_there_is_made_only_if_asked() {
    let world = World::new();
    let error = refused(&world, check()).await;
    assert!(matches!(error, OpenError::Missing { .. }), "{error}");
    assert!(error.to_string().contains("admin migrate"));
    assert!(!world.path().exists());
    let moved = migrate(world.path()).await.unwrap();
    assert_eq!((moved.from, moved.to), (0, 3));
    let moved = migrate(world.path()).await.unwrap();
    assert_eq!((moved.from, moved.to), (3, 3));
    world.open_with(check()).await;

    let nowhere = world.path().join("folder").join("registry.db");
    let error = SqliteStore::open(nowhere, SqliteOptions::default()).await;
    assert!(matches!(error, Err(OpenError::File { .. })));
}

#[tokio::test]
async fn an_older_schema_is_not_migrated_by_a_check() {
    let world = World::new();
    std::fs::write(world.path(), "").unwrap();
    let error = refused(&world, check()).await;
    assert!(
        matches!(
            error,
            OpenError::Older {
                found: 0,
                known: 3,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("admin migrate"));
    assert_eq!(world.path().metadata().unwrap().len(), 0);
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let world = World::new();
    world.open().await.close().await;
    world.raw().pragma_update(None, "user_version", 99).unwrap();
    for options in [check(), SqliteOptions::default()] {
        let error = refused(&world, options).await;
        assert!(
            matches!(error, OpenError::Newer { found: 99, .. }),
            "{error}"
        );
    }
    assert!(matches!(
        migrate(world.path()).await,
        Err(OpenError::Newer { .. })
    ));
}

#[tokio::test]
async fn another_applications_file_is_left_alone() {
    let world = World::new();
    let raw = Connection::open(world.path()).unwrap();
    raw.execute_batch("CREATE TABLE recipe (name TEXT)")
        .unwrap();
    drop(raw);
    let before = std::fs::read(world.path()).unwrap();
    for options in [check(), SqliteOptions::default()] {
        let error = refused(&world, options).await;
        assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    }
    assert_eq!(std::fs::read(world.path()).unwrap(), before);

    let text = "Dear diary, this is no database at all. ".repeat(100);
    std::fs::write(world.path(), &text).unwrap();
    let error = refused(&world, SqliteOptions::default()).await;
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(world.path()).unwrap(), text);
}

#[tokio::test]
async fn an_altered_migration_is_refused() {
    let world = World::new();
    world.open().await.close().await;
    world
        .raw()
        .execute("UPDATE migration SET sha512 = x'00'", [])
        .unwrap();
    let error = refused(&world, SqliteOptions::default()).await;
    assert!(
        matches!(error, OpenError::Altered { number: 1, .. }),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_together_migrate_once() {
    let world = World::new();
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..8 {
        opening.spawn(SqliteStore::open(world.path(), SqliteOptions::default()));
    }
    for opened in opening.join_all().await {
        opened.unwrap();
    }
    let steps: i64 = world
        .raw()
        .query_row("SELECT count(*) FROM migration", [], |row| row.get(0))
        .unwrap();
    assert_eq!(steps, 3);
}
