//! Scans in a database of an earlier release, and how versions are looked for.

use rusqlite::params;
use tank_registry_core::blob::Digest;
use tank_registry_core::model::Timestamp;
use tank_registry_core::scan::{ScanRecord, ScanReport};
use tank_registry_core::store::{Reads as _, VersionFilter, VersionPart};

use super::fixtures::{NOW, World, adding, applied, skill, upload, user};

const SCHEMAS: [(&str, &str); 2] = [
    (
        "first_schema",
        include_str!("../../migrations/0001_first_schema.sql"),
    ),
    (
        "search_and_stars",
        include_str!("../../migrations/0002_search_and_stars.sql"),
    ),
];

#[tokio::test]
async fn a_scan_of_an_older_schema_is_the_first_of_its_versions_history() {
    let world = World::new();
    let session = upload(user("ada").id, "tools", "1.0.0");
    let scan = ScanRecord {
        report: Some(ScanReport::new("rules-1")),
        scanned_at: NOW,
    };
    let mut record = *adding(&session, None).add.unwrap();
    record.scan = Some(scan.clone());
    let never = upload(user("ada").id, "tools", "1.1.0");
    let never = *adding(&never, None).add.unwrap();
    {
        let raw = world.raw();
        raw.execute_batch(
            "CREATE TABLE migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL,
                                     sha512 BLOB NOT NULL) STRICT;
             PRAGMA foreign_keys = OFF;",
        )
        .unwrap();
        for (number, (name, sql)) in (1..).zip(SCHEMAS) {
            raw.execute_batch(sql).unwrap();
            let digest = Digest::of(sql.as_bytes());
            raw.execute(
                "INSERT INTO migration VALUES (?1, ?2, ?3)",
                params![number, name, digest.as_bytes()],
            )
            .unwrap();
        }
        raw.execute(
            "INSERT INTO skill (id, name, revision, created_at, head) VALUES (?1, 'tools', 1, 0, '{}')",
            [session.skill.as_uuid().as_bytes()],
        )
        .unwrap();
        for (ordinal, record) in (1..).zip([&record, &never]) {
            // As the earlier release wrote it.
            let mut text = serde_json::to_value(record).unwrap();
            let mut brief = text["brief"].take();
            for new in ["scanned_at", "rules_version", "awaits_scan"] {
                brief.as_object_mut().unwrap().remove(new);
            }
            let fields = text.as_object_mut().unwrap();
            fields.remove("brief");
            fields.remove("release");
            raw.execute(
                "INSERT INTO version (ordinal, id, skill, key, brief) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    ordinal,
                    record.brief.id.as_uuid().as_bytes(),
                    session.skill.as_uuid().as_bytes(),
                    record.brief.version.key(),
                    brief.to_string(),
                ],
            )
            .unwrap();
            raw.execute(
                "INSERT INTO version_record (version, record) VALUES (?1, ?2)",
                params![ordinal, text.to_string()],
            )
            .unwrap();
        }
        raw.pragma_update(None, "application_id", 0x7461_6e6b)
            .unwrap();
        raw.pragma_update(None, "user_version", 2).unwrap();
    }
    let store = world.open().await;
    let held = store.version_by_id(session.id).await.unwrap().unwrap();
    assert_eq!(held.scan, Some(scan.clone()));
    assert_eq!(held.brief.scanned_at, Some(NOW));
    assert_eq!(held.brief.rules_version.as_deref(), Some("rules-1"));
    let history = store.scans(session.id, 0, 9).await.unwrap();
    assert_eq!((history.scans, history.total), (vec![scan], 1));
    let held = store.version_by_id(never.brief.id).await.unwrap().unwrap();
    assert_eq!((held.scan, held.brief), (None, never.brief));
    for (before, total) in [(NOW, 1), (Timestamp::from_millis(NOW.as_millis() + 1), 2)] {
        let filter = VersionFilter {
            scanned_before: Some(before),
            ..VersionFilter::default()
        };
        let list = store.versions(&filter, VersionPart::first(9)).await;
        assert_eq!(list.unwrap().total, total);
    }
}

#[tokio::test]
async fn versions_that_do_not_fit_are_passed_over_in_the_index() {
    let world = World::new();
    let store = world.open().await;
    let session = upload(user("ada").id, "tools", "1.0.0");
    applied(&store, skill(adding(&session, None))).await;
    let plans = store
        .read(|connection| {
            let mut plans = Vec::new();
            for sql in [crate::reads::COUNT_VERSIONS, crate::reads::SELECT_VERSIONS] {
                let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                let mut rows = plan.raw_query();
                let mut steps = String::new();
                while let Some(row) = rows.next()? {
                    steps += &row.get::<_, String>(3)?;
                    steps += "\n";
                }
                plans.push(steps);
            }
            Ok(plans)
        })
        .await
        .unwrap();
    assert!(
        plans[0].contains("COVERING INDEX version_by_scan"),
        "{plans:?}"
    );
    assert!(plans[1].contains("INDEX version_by_scan ("), "{plans:?}");
    assert!(!plans[1].contains("TEMP B-TREE"), "{plans:?}");
}
