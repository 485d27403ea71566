//! Listings of the local store.

use std::fs;

use crate::common::{Store, blob, staged};
use tank_registry_core::blob::{BlobArea, BlobId, BlobKey, BlobStore as _, Digest, once};

/// Puts an object where the store would put it, without waiting for the disk.
fn place(store: &Store, key: &BlobKey) {
    fs::write(store.path(key.path()), "bytes").unwrap();
}

/// Lists page by page; answers the keys and how many there were on each page.
async fn list_all(store: &Store, area: BlobArea) -> (Vec<BlobKey>, Vec<usize>) {
    let (mut keys, mut sizes) = (Vec::new(), Vec::new());
    loop {
        let page = store.blobs.list(area, keys.last()).await.unwrap();
        sizes.push(page.objects.len());
        for (key, stat) in page.objects {
            assert_eq!(stat.size, 5);
            keys.push(key);
        }
        if !page.more {
            return (keys, sizes);
        }
    }
}

#[tokio::test]
async fn content_is_listed_in_the_order_of_paths() {
    let store = Store::new();
    let mut expected = Vec::new();
    for number in 0..2500_u32 {
        let key = BlobKey::Content(BlobId {
            digest: Digest::of(&(number / 5).to_be_bytes()),
            // As text 10 comes before 2.
            generation: number % 5 * 5 + 1,
        });
        place(&store, &key);
        expected.push(key);
    }
    expected.sort_by_key(BlobKey::path);
    let (keys, sizes) = list_all(&store, BlobArea::Content).await;
    assert_eq!(sizes, [1000, 1000, 500]);
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn a_full_last_page_says_that_there_is_no_more() {
    let store = Store::new();
    let expected: Vec<_> = (0..1000).map(staged).collect();
    for key in expected.iter().rev() {
        place(&store, key);
    }
    let (keys, sizes) = list_all(&store, BlobArea::Staged).await;
    assert_eq!((keys, sizes), (expected, vec![1000]));

    place(&store, &staged(1000));
    let (_, sizes) = list_all(&store, BlobArea::Staged).await;
    assert_eq!(sizes, [1000, 1]);
}

#[tokio::test]
async fn a_listing_begins_behind_a_key_that_need_not_exist() {
    let store = Store::new();
    for number in [1, 3, 5] {
        place(&store, &staged(number));
    }
    for (after, expected) in [
        (0, vec![1, 3, 5]),
        (2, vec![3, 5]),
        (3, vec![5]),
        (5, vec![]),
    ] {
        let after = staged(after);
        let page = store.blobs.list(BlobArea::Staged, Some(&after));
        let page = page.await.unwrap();
        let keys: Vec<_> = page.objects.into_iter().map(|(key, _)| key).collect();
        let expected: Vec<_> = expected.into_iter().map(staged).collect();
        assert_eq!((keys, page.more), (expected, false), "{after}");
    }
}

#[tokio::test]
async fn an_empty_area_has_an_empty_page() {
    let store = Store::new();
    for area in [BlobArea::Staged, BlobArea::Content] {
        let page = store.blobs.list(area, None).await.unwrap();
        assert!(page.objects.is_empty() && !page.more);
    }
}

#[tokio::test]
async fn what_no_key_names_is_passed_over() {
    let store = Store::new();
    let id = blob(b"bytes");
    let content = BlobKey::Content(id);
    let put = store.blobs.put_verified(&id, 5, once("bytes".into()));
    put.await.unwrap();
    place(&store, &staged(7));

    let path = content.path();
    let (folder, name) = path.rsplit_once('/').unwrap();
    for foreign in [
        "uploads/notes.txt",
        "uploads/.hidden",
        "uploads/00000000-0000-0000-0000-00000000000G",
        "blobs/notes.txt",
        &format!("{folder}/notes.txt"),
        // A digest that belongs into another folder, and a generation written in another way.
        &format!("blobs/00/{name}"),
        &format!("{folder}/{}01", name.trim_end_matches('1')),
    ] {
        fs::write(store.path(foreign), "foreign").unwrap();
    }
    // Names of keys, but no files.
    fs::create_dir(store.path(staged(8).path())).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(
        store.path("uploads/notes.txt"),
        store.path(staged(9).path()),
    )
    .unwrap();

    let (keys, _) = list_all(&store, BlobArea::Content).await;
    assert_eq!(keys, [content]);
    let (keys, _) = list_all(&store, BlobArea::Staged).await;
    assert_eq!(keys, [staged(7)]);
    for number in [8, 9] {
        let key = staged(number);
        assert_eq!(store.blobs.stat(&key).await.unwrap(), None);
        assert!(store.blobs.get(&key, None).await.is_err());
    }
}

#[tokio::test]
async fn objects_that_are_no_files_do_not_shorten_a_page() {
    let store = Store::new();
    for number in 0..30 {
        fs::create_dir(store.path(staged(number).path())).unwrap();
    }
    let expected: Vec<_> = (30..1040).map(staged).collect();
    for key in &expected {
        place(&store, key);
    }
    let (keys, sizes) = list_all(&store, BlobArea::Staged).await;
    assert_eq!((keys, sizes), (expected, vec![1000, 10]));
}
