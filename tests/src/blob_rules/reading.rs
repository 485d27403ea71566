//! Reading, listing and taking away.

use std::time::Duration;

use tank_registry_core::blob::{
    BlobArea, BlobErrorKind, BlobKey, BlobStat, once, read_to_bytes,
};
use tank_registry_core::{BlobStore, Clock as _, SystemClock};
use uuid::Uuid;

use super::writing::{blob, read, staged_key};
use crate::BlobHandles;

/// More than one page of a store with small pages.
const MANY: u32 = 250;

pub async fn a_part_of_an_object_is_read_by_its_range(handles: BlobHandles) {
    let content = blob(b"0123456789");
    let put = handles.one.put_verified(&content, 10, once("0123456789".into()));
    put.await.unwrap();
    let staged = staged_key();
    handles.one.stage(&staged, once("0123456789".into())).await.unwrap();
    for key in [BlobKey::Content(content), staged] {
        for (range, expected) in [
            (0..10, "0123456789"),
            (0..1, "0"),
            (3..7, "3456"),
            (9..10, "9"),
        ] {
            let body = handles.two.get(&key, Some(range)).await.unwrap();
            assert_eq!(read_to_bytes(body, 99).await.unwrap(), expected);
        }
    }
}

pub async fn a_range_outside_the_object_is_refused(handles: BlobHandles) {
    let key = staged_key();
    handles.one.stage(&key, once("0123456789".into())).await.unwrap();
    for range in [0..11, 9..12, 10..11, 50..60, u64::MAX - 1..u64::MAX] {
        let answer = handles.two.get(&key, Some(range.clone())).await;
        let error = answer.err().map(|error| error.kind());
        assert_eq!(error, Some(BlobErrorKind::Range), "{range:?}");
    }
}

pub async fn what_is_not_there_is_not_found(handles: BlobHandles) {
    let probe = BlobKey::Probe(Uuid::now_v7());
    for key in [staged_key(), BlobKey::Content(blob(b"nothing")), probe] {
        for range in [None, Some(0..1)] {
            let answer = handles.one.get(&key, range).await;
            let error = answer.err().map(|error| error.kind());
            assert_eq!(error, Some(BlobErrorKind::NotFound), "{key}");
        }
        assert_eq!(handles.one.stat(&key).await.unwrap(), None);
    }
}

pub async fn a_stat_tells_the_size_and_a_time(handles: BlobHandles) {
    let key = staged_key();
    handles.one.stage(&key, once("12345".into())).await.unwrap();
    let stat = handles.two.stat(&key).await.unwrap().expect("an object");
    assert_eq!(stat.size, 5);
    // The store's clock may be another machine's, and count in whole seconds.
    let hour = Duration::from_hours(1);
    let now = SystemClock.now();
    assert!(now.before(hour) < stat.modified && stat.modified < now.after(hour));
}

pub async fn a_deleted_object_is_gone_and_may_be_deleted_again(handles: BlobHandles) {
    let content = blob(b"bytes");
    let put = handles.one.put_verified(&content, 5, once("bytes".into()));
    put.await.unwrap();
    let staged = staged_key();
    handles.one.stage(&staged, once("bytes".into())).await.unwrap();
    let other = staged_key();
    handles.one.stage(&other, once("other".into())).await.unwrap();
    for key in [BlobKey::Content(content), staged] {
        for _ in 0..2 {
            handles.two.delete(&key).await.unwrap();
            assert_eq!(handles.one.stat(&key).await.unwrap(), None);
        }
    }
    assert_eq!(read(&*handles.one, &other).await, "other");
}

/// A whole area, page by page, beginning behind a key.
async fn list(
    store: &dyn BlobStore,
    area: BlobArea,
    mut after: Option<BlobKey>,
) -> Vec<(BlobKey, BlobStat)> {
    let mut found = Vec::new();
    loop {
        let page = store.list(area, after.as_ref()).await.unwrap();
        after = page.objects.last().map(|(key, _)| *key);
        found.extend(page.objects);
        if !page.more {
            return found;
        }
        assert!(after.is_some(), "an empty page with more behind it");
    }
}

pub async fn objects_are_listed_in_the_order_of_their_paths(handles: BlobHandles) {
    let mut staged = Vec::new();
    let mut content = Vec::new();
    for number in 0..MANY {
        let bytes = number.to_string();
        let key = staged_key();
        handles.one.stage(&key, once(bytes.clone().into())).await.unwrap();
        staged.push((key, bytes.len() as u64));
        let blob = blob(bytes.as_bytes());
        let size = bytes.len() as u64;
        let put = handles.one.put_verified(&blob, size, once(bytes.into()));
        put.await.unwrap();
        content.push((BlobKey::Content(blob), size));
    }
    for (area, mut expected) in [(BlobArea::Staged, staged), (BlobArea::Content, content)] {
        expected.sort_by_key(|(key, _)| key.path());
        let found = list(&*handles.two, area, None).await;
        let sizes = |found: &[(BlobKey, BlobStat)]| -> Vec<(BlobKey, u64)> {
            found.iter().map(|(key, stat)| (*key, stat.size)).collect()
        };
        assert_eq!(sizes(&found), expected);
        for at in [0, 17, expected.len() - 1] {
            let rest = list(&*handles.two, area, Some(expected[at].0)).await;
            assert_eq!(sizes(&rest), expected[at + 1..]);
        }
        // The key to begin behind need not be there any more.
        handles.one.delete(&expected[5].0).await.unwrap();
        let rest = list(&*handles.two, area, Some(expected[5].0)).await;
        assert_eq!(sizes(&rest), expected[6..]);
    }
}

pub async fn a_listing_shows_one_area_only(handles: BlobHandles) {
    for area in [BlobArea::Staged, BlobArea::Content] {
        assert_eq!(list(&*handles.one, area, None).await, []);
    }
    let probe = BlobKey::Probe(Uuid::now_v7());
    handles.one.stage(&probe, once("probe".into())).await.unwrap();
    let staged = staged_key();
    handles.one.stage(&staged, once("staged".into())).await.unwrap();
    let content = blob(b"content");
    let put = handles.one.put_verified(&content, 7, once("content".into()));
    put.await.unwrap();
    for (area, expected) in [
        (BlobArea::Staged, staged),
        (BlobArea::Content, BlobKey::Content(content)),
    ] {
        let found = list(&*handles.two, area, None).await;
        let keys: Vec<_> = found.iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, [expected]);
        for (key, stat) in found {
            assert_eq!(handles.two.stat(&key).await.unwrap(), Some(stat));
        }
    }
}
