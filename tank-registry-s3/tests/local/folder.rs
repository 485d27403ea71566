//! The folder of a local store: how it is opened, and what killed writers leave in it.

use std::env;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

use crate::common::{Store, blob, kind, staged};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tank_registry_core::blob::{BlobArea, BlobErrorKind, BlobKey, BlobStore as _, once};
use tank_registry_s3::{LocalBlobs, OpenError};

#[cfg(unix)]
#[tokio::test]
async fn folders_and_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let outside = tempfile::tempdir().unwrap();
    let root = outside.path().join("some/where");
    let blobs = LocalBlobs::open(&root).unwrap();
    blobs.stage(&staged(1), once("x".into())).await.unwrap();
    let content = blob(b"x");
    let put = blobs.put_verified(&content, 1, once("x".into()));
    put.await.unwrap();

    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for folder in [
        "..", "", "uploads", "blobs", "blobs/00", "blobs/ff", "probe", "partial",
    ] {
        assert_eq!(mode(&root.join(folder)), 0o700, "{folder}");
    }
    for key in [staged(1), BlobKey::Content(content)] {
        assert_eq!(mode(&root.join(key.path())), 0o600, "{key}");
    }
}

#[test]
fn a_file_is_refused_and_left_alone() {
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("file");
    fs::write(&file, "x").unwrap();
    let error = LocalBlobs::open(&file).unwrap_err();
    assert!(matches!(error, OpenError::NotAFolder { .. }), "{error:?}");
    assert!(error.to_string().contains(&*file.to_string_lossy()));
    let below = LocalBlobs::open(file.join("blobs")).unwrap_err();
    assert!(matches!(below, OpenError::Create { .. }), "{below:?}");
    assert_eq!(fs::read(&file).unwrap(), b"x");
}

#[cfg(unix)]
#[test]
fn a_folder_that_takes_no_files_is_refused() {
    // The administrator may write everywhere, but not even he into `/proc`.
    let error = LocalBlobs::open("/proc/self").unwrap_err();
    assert!(matches!(error, OpenError::Create { .. }), "{error:?}");
}

#[cfg(unix)]
#[test]
fn a_part_that_is_a_symbolic_link_is_refused() {
    let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::os::unix::fs::symlink(other.path(), folder.path().join("uploads")).unwrap();
    let error = LocalBlobs::open(folder.path()).unwrap_err();
    assert!(matches!(error, OpenError::NotAFolder { .. }), "{error:?}");
}

#[tokio::test]
async fn objects_outlive_the_store_that_wrote_them() {
    let store = Store::new();
    store
        .blobs
        .stage(&staged(1), once("x".into()))
        .await
        .unwrap();
    let again = LocalBlobs::open(store.folder.path()).unwrap();
    assert_eq!(again.stat(&staged(1)).await.unwrap().unwrap().size, 1);
}

#[tokio::test]
async fn a_folder_that_went_away_is_unavailable_rather_than_empty() {
    let store = Store::new();
    fs::remove_dir_all(store.folder.path()).unwrap();
    let key = staged(1);
    let blobs = &store.blobs;
    for kind in [
        kind(blobs.stat(&key).await),
        kind(blobs.get(&key, None).await),
        kind(blobs.delete(&key).await),
        kind(blobs.list(BlobArea::Staged, None).await),
        kind(blobs.stage(&key, once("x".into())).await),
        kind(blobs.put_verified(&blob(b"x"), 1, once("x".into())).await),
    ] {
        assert_eq!(kind, BlobErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn only_leftovers_older_than_a_day_are_swept() {
    let store = Store::new();
    let ago = |count| SystemTime::now() - hours(count);
    for (name, written) in [
        ("draft-old", ago(25)),
        ("draft-young", ago(23)),
        ("draft-ahead", SystemTime::now() + hours(48)),
        ("foreign", ago(1000)),
    ] {
        let file = File::create(store.path("partial").join(name)).unwrap();
        file.set_modified(written).unwrap();
    }
    assert_eq!(store.blobs.sweep().await.unwrap(), 1);
    assert!(!store.path("partial/draft-old").exists());
    assert_eq!(store.drafts(), 3);
    assert_eq!(store.blobs.sweep().await.unwrap(), 0);
}

fn hours(count: u64) -> Duration {
    Duration::from_secs(count * 60 * 60)
}

const KILLED: &str = "TANK_REGISTRY_S3_TEST_FOLDER";

/// Not a rule of its own: the process that the next test kills. It writes for ever.
#[tokio::test]
async fn a_writer_that_waits_to_be_killed() {
    let Some(folder) = env::var_os(KILLED) else {
        return;
    };
    let blobs = LocalBlobs::open(folder).unwrap();
    let endless = |name| {
        let written = Bytes::from(vec![7; 1024 * 1024]);
        let waiting = stream::once(async move {
            println!("written {name}");
            io::stdout().flush().unwrap();
            std::future::pending().await
        });
        once(written).chain(waiting).boxed()
    };
    let key = staged(1);
    let content = blob(b"x");
    let (staging, putting) = tokio::join!(
        blobs.stage(&key, endless("staged")),
        blobs.put_verified(&content, 2 * 1024 * 1024, endless("content"))
    );
    panic!("the writers ended: {staging:?} {putting:?}");
}

fn start_writer(folder: &Path) -> Child {
    let mut child = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "folder::a_writer_that_waits_to_be_killed",
            "--nocapture",
        ])
        .env(KILLED, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let written = lines
        .map(Result::unwrap)
        .filter(|line| line.contains("written "));
    assert_eq!(written.take(2).count(), 2);
    child
}

#[tokio::test]
async fn a_killed_writer_leaves_no_object_and_its_leftovers_go_in_time() {
    let store = Store::new();
    let content = BlobKey::Content(blob(b"x"));
    store
        .blobs
        .stage(&staged(1), once("old".into()))
        .await
        .unwrap();
    let mut writer = start_writer(store.folder.path());
    writer.kill().unwrap();
    writer.wait().unwrap();

    let reopened = LocalBlobs::open(store.folder.path()).unwrap();
    assert_eq!(store.drafts(), 2, "young ones may have a living writer");
    assert_eq!(store.read(&staged(1)).await.unwrap(), "old");
    assert_eq!(reopened.stat(&content).await.unwrap(), None);
    let page = reopened.list(BlobArea::Content, None).await.unwrap();
    assert!(page.objects.is_empty());
    let page = reopened.list(BlobArea::Staged, None).await.unwrap();
    assert_eq!(page.objects.len(), 1);

    for entry in fs::read_dir(store.path("partial")).unwrap() {
        let file = File::options().write(true).open(entry.unwrap().path());
        let old = SystemTime::now() - hours(25);
        file.unwrap().set_modified(old).unwrap();
    }
    LocalBlobs::open(store.folder.path()).unwrap();
    assert_eq!(store.drafts(), 0);
}

#[test]
fn opening_what_exists_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    LocalBlobs::open_existing(folder.path()).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    LocalBlobs::open_existing(folder.path().join("none")).unwrap_err();
}
