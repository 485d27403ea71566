//! Threads and queues.

use std::sync::mpsc;
use std::time::Duration;

use tank_registry_core::store::{
    Certainty, Command, Feed as _, Outcome, Reads as _, StoreErrorKind, UserRef, Writes as _,
};
use tokio::task::JoinSet;

use super::fixtures::{Fault, World, applied, failing, id, meta, user};
use crate::{SqliteOptions, SqliteStore};

fn create_user() -> Command {
    Command::CreateUser(Box::new(user(&format!("u{}", id().simple()))))
}

/// Waits until something that other threads do has happened.
async fn until(happened: impl Fn() -> bool) {
    while !happened() {
        tokio::task::yield_now().await;
    }
}

/// Sends commands while another process holds the write lock, so that the writer, busy with the
/// first, finds the others waiting together.
async fn apply_together(
    world: &World,
    store: &SqliteStore,
    commands: Vec<(tank_registry_core::store::Meta, Command)>,
) -> Vec<Result<Outcome, tank_registry_core::store::StoreError>> {
    let lock = world.lock();
    let first = tokio::spawn({
        let store = store.clone();
        async move { store.apply(meta(), create_user()).await }
    });
    // The writer has taken the first alone before the others come.
    tokio::task::yield_now().await;
    until(|| store.waiting_commands() == 0).await;
    let expected = commands.len();
    let mut tasks = JoinSet::new();
    for (number, (meta, command)) in commands.into_iter().enumerate() {
        let store = store.clone();
        tasks.spawn(async move { (number, store.apply(meta, command).await) });
    }
    until(|| store.waiting_commands() == expected).await;
    lock.execute_batch("ROLLBACK").unwrap();
    assert!(matches!(first.await.unwrap(), Ok(Outcome::Applied(_))));
    let mut answers = tasks.join_all().await;
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[tokio::test]
async fn commands_that_wait_together_are_committed_together() {
    let world = World::new();
    let store = world.open().await;
    let commands = (0..100).map(|_| (meta(), create_user())).collect();
    let answers = apply_together(&world, &store, commands).await;
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, Ok(Outcome::Applied(_))))
    );
    assert_eq!(store.commits(), 2, "the first, and a hundred at once");
    assert_eq!(store.position().await.unwrap().sequence, 101);
}

#[tokio::test]
async fn one_command_twice_in_one_transaction_is_applied_once() {
    let world = World::new();
    let store = world.open().await;
    let (meta, command) = (meta(), create_user());
    let twice = vec![(meta.clone(), command.clone()), (meta, command)];
    let answers = apply_together(&world, &store, twice).await;
    assert_eq!(store.commits(), 2);
    let [Ok(Outcome::Applied(first)), Ok(Outcome::Repeat(second))] = &answers[..] else {
        panic!("expected one applied and one repeated, got {answers:?}");
    };
    assert_eq!(first, second);
}

#[tokio::test]
async fn a_panic_in_one_command_spares_those_beside_it() {
    let world = World::new();
    let store = world.open().await;
    let ghost = user("ghost");
    let commands = vec![
        (meta(), create_user()),
        (
            failing(Fault::Panic),
            Command::CreateUser(Box::new(ghost.clone())),
        ),
        (meta(), create_user()),
    ];
    let answers = apply_together(&world, &store, commands).await;
    assert_eq!(store.commits(), 2);
    let [Ok(Outcome::Applied(_)), Err(error), Ok(Outcome::Applied(_))] = &answers[..] else {
        panic!("expected only the second to fail, got {answers:?}");
    };
    assert_eq!(error.kind(), StoreErrorKind::Internal);
    assert_eq!(error.certainty(), Certainty::NotApplied);
    assert_eq!(store.user(&UserRef::Id(ghost.id)).await.unwrap(), None);
    assert_eq!(store.position().await.unwrap().sequence, 3);
    applied(&store, Command::CreateUser(Box::new(ghost))).await;
}

#[tokio::test]
async fn a_batch_that_was_not_committed_is_answered_as_such() {
    for (fault, certainty) in [
        (Fault::Rollback, Certainty::NotApplied),
        (Fault::Commit, Certainty::Unknown),
    ] {
        let world = World::new();
        let store = world.open().await;
        let twice = user("ada");
        let create = Command::CreateUser(Box::new(twice.clone()));
        let commands = vec![
            (meta(), create.clone()),
            (failing(fault), create_user()),
            // Refused because of the first, which is then not applied either.
            (meta(), create.clone()),
        ];
        let answers = apply_together(&world, &store, commands).await;
        for answer in answers {
            assert_eq!(answer.unwrap_err().certainty(), certainty, "{fault:?}");
        }
        assert_eq!(store.position().await.unwrap().sequence, 1, "{fault:?}");
        applied(&store, create).await;
    }
}

#[tokio::test]
async fn the_threads_end_with_the_last_handle() {
    let world = World::new();
    let store = world.open().await;
    let handle = store.clone();
    let mut threads = store.threads();
    applied(&store, create_user()).await;
    drop(store);
    applied(&handle, create_user()).await;
    drop(handle);
    assert!(threads.changed().await.is_err(), "all have ended");
    assert!(!world.path().with_extension("db-wal").exists());
}

#[tokio::test]
async fn a_panic_in_a_read_spares_its_reader() {
    let world = World::new();
    let options = SqliteOptions {
        readers: 1,
        ..SqliteOptions::default()
    };
    let store = world.open_with(options).await;
    let answer = store.read::<()>(|_| panic!("a test asked for it")).await;
    assert_eq!(answer.unwrap_err().kind(), StoreErrorKind::Internal);
    assert!(store.position().await.is_ok());
}

#[tokio::test]
async fn a_full_queue_answers_at_once() {
    let world = World::new();
    let options = SqliteOptions {
        readers: 1,
        read_queue: 2,
        write_queue: 2,
        ..SqliteOptions::default()
    };
    let store = world.open_with(options).await;

    let lock = world.lock();
    let mut waiting = JoinSet::new();
    // One is with the writer, two wait.
    for taken in [0, 1, 2] {
        let store = store.clone();
        let busy = store.clone();
        waiting.spawn(async move { store.apply(meta(), create_user()).await });
        tokio::task::yield_now().await;
        until(|| busy.waiting_commands() == taken).await;
    }
    let error = store.apply(meta(), create_user()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Overloaded);
    assert_eq!(error.certainty(), Certainty::NotApplied);
    lock.execute_batch("ROLLBACK").unwrap();
    for answer in waiting.join_all().await {
        assert!(matches!(answer, Ok(Outcome::Applied(_))));
    }

    let (release, hold) = mpsc::channel::<()>();
    let (began, beginning) = mpsc::channel();
    let blocked = tokio::spawn({
        let store = store.clone();
        async move {
            store
                .read(move |_| {
                    began.send(()).unwrap();
                    hold.recv().unwrap();
                    Ok(())
                })
                .await
        }
    });
    tokio::task::yield_now().await;
    beginning.recv().unwrap();
    let mut waiting = JoinSet::new();
    for _ in 0..2 {
        let store = store.clone();
        waiting.spawn(async move { store.position().await });
    }
    until(|| store.waiting_reads() == 2).await;
    let error = store.position().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Overloaded);
    release.send(()).unwrap();
    blocked.await.unwrap().unwrap();
    for answer in waiting.join_all().await {
        assert!(answer.is_ok());
    }
}

#[tokio::test]
async fn a_lock_that_another_process_keeps_is_not_waited_for_forever() {
    let world = World::new();
    let options = SqliteOptions {
        busy_timeout: Duration::from_millis(20),
        ..SqliteOptions::default()
    };
    let store = world.open_with(options).await;
    let lock = world.lock();
    let error = store.apply(meta(), create_user()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout);
    assert_eq!(error.certainty(), Certainty::NotApplied);
    assert!(store.position().await.is_ok(), "readers need no lock");
    lock.execute_batch("ROLLBACK").unwrap();
    applied(&store, create_user()).await;
}

#[tokio::test]
async fn a_dropped_future_undoes_no_command_and_harms_no_reader() {
    let world = World::new();
    let options = SqliteOptions {
        readers: 1,
        ..SqliteOptions::default()
    };
    let store = world.open_with(options).await;
    let ada = user("ada");
    let lock = world.lock();
    let command = Command::CreateUser(Box::new(ada.clone()));
    let mut apply = store.apply(meta(), command);
    let polled = futures_poll_once(&mut apply).await;
    assert!(polled.is_none());
    drop(apply);
    lock.execute_batch("ROLLBACK").unwrap();
    for _ in 0..20 {
        let mut read = store.position();
        futures_poll_once(&mut read).await;
        drop(read);
    }
    // Behind the dropped one in the queue.
    applied(&store, create_user()).await;
    let found = store.user(&UserRef::Id(ada.id)).await.unwrap();
    assert_eq!(found, Some(ada));
}

async fn futures_poll_once<T>(
    future: &mut std::pin::Pin<Box<dyn Future<Output = T> + Send + '_>>,
) -> Option<T> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match future.as_mut().poll(context) {
            std::task::Poll::Ready(value) => Some(value),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

#[tokio::test]
async fn closing_writes_what_waits_and_then_refuses() {
    let world = World::new();
    let store = world.open().await;
    let lock = world.lock();
    let mut waiting = JoinSet::new();
    for _ in 0..10 {
        let store = store.clone();
        waiting.spawn(async move { store.apply(meta(), create_user()).await });
    }
    tokio::task::yield_now().await;
    until(|| store.waiting_commands() > 0).await;
    let closing = tokio::spawn({
        let store = store.clone();
        async move { store.close().await }
    });
    tokio::task::yield_now().await;
    lock.execute_batch("ROLLBACK").unwrap();
    drop(lock);
    closing.await.unwrap();
    for answer in waiting.join_all().await {
        assert!(matches!(answer, Ok(Outcome::Applied(_))), "{answer:?}");
    }
    let error = store.apply(meta(), create_user()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert_eq!(error.certainty(), Certainty::NotApplied);
    let error = store.position().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    store.close().await;
    let log = world.path().with_extension("db-wal");
    assert!(!log.exists(), "the log went into the file");
}
