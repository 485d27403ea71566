//! The write side: entries, and with them the index and the vocabulary.

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use tank_registry_core::model::{SkillId, SkillStatus};
use tank_registry_core::store::{Head, SearchEntry, SkillCommit};

use super::document::{Document, Shown};
use super::recent::Recent;
use super::row::row_id;
use super::vocabulary;
use crate::rows::{Count, Json};

const SELECT_SKILL: &str = "SELECT ordinal, downloads, stars FROM skill WHERE id = ?1";

const SELECT_DOCUMENT: &str = "
    SELECT search_entry.shown, search_entry.name, search_entry.terms,
           search_document.readme_terms, search_document.head_marks, search_document.entry_marks,
           search_document.rule
    FROM search_entry JOIN search_document ON search_document.skill = search_entry.ordinal
    WHERE search_entry.row = ?1";

const PUT_ENTRY: &str = "
    INSERT INTO search_entry (row, ordinal, skill, name, stars, recent, shown, publisher, visibility,
                              deprecated, updated_at, terms, description, latest, audit_score,
                              verdict, atom_kinds)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
    ON CONFLICT (row) DO UPDATE SET
        shown = excluded.shown, publisher = excluded.publisher, visibility = excluded.visibility,
        deprecated = excluded.deprecated, updated_at = excluded.updated_at, terms = excluded.terms,
        description = excluded.description, latest = excluded.latest,
        audit_score = excluded.audit_score, verdict = excluded.verdict,
        atom_kinds = excluded.atom_kinds";

const SET_HEAD: &str = "
    UPDATE search_entry SET shown = ?2, publisher = ?3, visibility = ?4, deprecated = ?5,
                            updated_at = ?6
    WHERE row = ?1";

const PUT_DOCUMENT: &str = "
    INSERT INTO search_document (skill, readme_terms, head_marks, entry_marks, rule)
    VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (skill) DO UPDATE SET
        readme_terms = excluded.readme_terms, head_marks = excluded.head_marks,
        entry_marks = excluded.entry_marks, rule = excluded.rule";

const SET_RECENT: &str = "UPDATE search_entry SET recent = ?2 WHERE row = ?1";

const MOVE_ENTRY: &str = "UPDATE search_entry SET row = ?2 WHERE row = ?1";

const SET_STARS: &str = "UPDATE search_entry SET stars = ?2 WHERE row = ?1";

const ADD_SHOWN: &str = "UPDATE search_count SET entries = entries + ?2 WHERE shown = ?1";

/// Where the entry of a skill is, or will be.
struct Place {
    ordinal: i64,
    row: i64,
    stars: i64,
}

/// Keeps what a commit says of its skill, whose row it has written.
pub(crate) fn keep(connection: &Connection, commit: &SkillCommit) -> Result<()> {
    let place = place(connection, commit.skill)?;
    let before = document(connection, place.row)?;
    let Some(after) = Document::after(commit, before.as_ref()) else {
        // There never was anything to search by.
        return Ok(());
    };
    match &commit.search {
        Some(entry) => put_entry(connection, &place, commit, entry, after.shown)?,
        None => set_head(connection, &place, commit, after.shown)?,
    }
    // Most commits change nothing of what follows.
    let before = before.as_ref();
    if before.is_none_or(|before| !before.is_stored_as(&after)) {
        put_document(connection, place.ordinal, &after)?;
    }
    if before.is_none_or(|before| !before.is_indexed_as(&after)) {
        index(connection, place.row, before, &after)?;
    }
    Ok(())
}

/// Moves the entry of a skill whose downloads have grown, if it has one.
pub(crate) fn counted(
    connection: &Connection,
    skill: SkillId,
    ordinal: i64,
    downloads: std::ops::Range<u64>,
) -> Result<()> {
    let from = row_id(downloads.start, ordinal);
    let to = row_id(downloads.end, ordinal);
    let recent = Recent::read(connection, skill)?;
    let has_entry = connection
        .prepare_cached(SET_RECENT)?
        .execute(params![from, recent.as_bytes()])?
        > 0;
    if !has_entry || from == to {
        return Ok(());
    }
    connection.prepare_cached(MOVE_ENTRY)?.execute([from, to])?;
    if let Some(document) = document(connection, to)? {
        delete_tokens(connection, from, &document)?;
        insert_tokens(connection, to, &document)?;
    }
    Ok(())
}

/// Notes on the entry of a skill, if it has one, how many stars there are.
pub(crate) fn starred(connection: &Connection, skill: SkillId) -> Result<()> {
    let place = place(connection, skill)?;
    connection
        .prepare_cached(SET_STARS)?
        .execute([place.row, place.stars])?;
    Ok(())
}

fn place(connection: &Connection, skill: SkillId) -> Result<Place> {
    connection
        .prepare_cached(SELECT_SKILL)?
        .query_one([skill.as_uuid().as_bytes()], |row| {
            let ordinal = row.get(0)?;
            let Count(downloads) = row.get(1)?;
            Ok(Place {
                ordinal,
                row: row_id(downloads, ordinal),
                stars: row.get(2)?,
            })
        })
}

fn document(connection: &Connection, row: i64) -> Result<Option<Document>> {
    connection
        .prepare_cached(SELECT_DOCUMENT)?
        .query_one([row], Document::from_row)
        .optional()
}

fn put_entry(
    connection: &Connection,
    place: &Place,
    commit: &SkillCommit,
    entry: &SearchEntry,
    shown: Shown,
) -> Result<()> {
    let head = &commit.head;
    connection.prepare_cached(PUT_ENTRY)?.execute(params![
        place.row,
        place.ordinal,
        commit.skill.as_uuid().as_bytes(),
        commit.name.as_str(),
        place.stars,
        Recent::read(connection, commit.skill)?.as_bytes(),
        shown,
        head.publisher.as_uuid().as_bytes(),
        head.visibility.as_str(),
        is_deprecated(head),
        head.updated_at.as_millis(),
        entry.terms.as_text(),
        entry.description,
        entry.latest.as_str(),
        entry.audit_score,
        entry.verdict.map(Json),
        Json(&entry.atom_kinds),
    ])?;
    Ok(())
}

fn set_head(
    connection: &Connection,
    place: &Place,
    commit: &SkillCommit,
    shown: Shown,
) -> Result<()> {
    let head = &commit.head;
    connection.prepare_cached(SET_HEAD)?.execute(params![
        place.row,
        shown,
        head.publisher.as_uuid().as_bytes(),
        head.visibility.as_str(),
        is_deprecated(head),
        head.updated_at.as_millis(),
    ])?;
    Ok(())
}

fn is_deprecated(head: &Head) -> bool {
    matches!(head.status, SkillStatus::Deprecated { .. })
}

fn put_document(connection: &Connection, ordinal: i64, document: &Document) -> Result<()> {
    connection.prepare_cached(PUT_DOCUMENT)?.execute(params![
        ordinal,
        document.readme_terms,
        document.head_marks,
        document.entry_marks,
        document.rule,
    ])?;
    Ok(())
}

/// Brings index, vocabulary and counters from one document to another.
fn index(
    connection: &Connection,
    row: i64,
    before: Option<&Document>,
    after: &Document,
) -> Result<()> {
    if let Some(before) = before {
        delete_tokens(connection, row, before)?;
    }
    insert_tokens(connection, row, after)?;
    vocabulary::change(connection, before, after)?;
    let mut add = connection.prepare_cached(ADD_SHOWN)?;
    for (document, change) in [(before, -1), (Some(after), 1)] {
        if let Some(document) = document {
            // No row counts what is not shown.
            add.execute(params![document.shown, change])?;
        }
    }
    Ok(())
}

fn insert_tokens(connection: &Connection, row: i64, document: &Document) -> Result<()> {
    if let Some(part) = document.shown.part() {
        connection
            .prepare_cached(part.insert)?
            .execute(params![row, document.tokens()])?;
    }
    Ok(())
}

fn delete_tokens(connection: &Connection, row: i64, document: &Document) -> Result<()> {
    if let Some(part) = document.shown.part() {
        connection.prepare_cached(part.delete)?.execute([row])?;
    }
    Ok(())
}
