-- Every scan of a version. Rows are never taken away, so `ordinal` is the order of scanning and the
-- last one of a version is its current one, which its record no longer holds.
CREATE TABLE scan (
    ordinal INTEGER PRIMARY KEY,
    version INTEGER NOT NULL REFERENCES version (ordinal),
    record  TEXT    NOT NULL
) STRICT;

CREATE INDEX scan_by_version ON scan (version, ordinal);

INSERT INTO scan (version, record)
SELECT version, json_extract(record, '$.scan') FROM version_record
WHERE json_type(record, '$.scan') = 'object'
ORDER BY version;

UPDATE version SET brief = json_set(
    brief,
    '$.scanned_at', json_extract(scan.record, '$.scanned_at'),
    '$.rules_version', json_extract(scan.record, '$.report.rules_version'))
FROM scan WHERE scan.version = version.ordinal;

UPDATE version_record SET record = json_remove(record, '$.scan');

-- What versions are looked for by, whatever their skill, as their briefs say it. Times are
-- milliseconds; that of a version that was never scanned comes before all of them.
ALTER TABLE version ADD COLUMN state TEXT NOT NULL DEFAULT '';
ALTER TABLE version ADD COLUMN audit_status TEXT NOT NULL DEFAULT '';
ALTER TABLE version ADD COLUMN scanned_at INTEGER NOT NULL DEFAULT -1;
ALTER TABLE version ADD COLUMN rules TEXT;

UPDATE version SET
    state = iif(json_type(brief, '$.state') = 'object', 'yanked', json_extract(brief, '$.state')),
    audit_status = json_extract(brief, '$.audit_status'),
    scanned_at = coalesce(
        CAST(round(1000 * unixepoch(json_extract(brief, '$.scanned_at'), 'subsec')) AS INTEGER), -1),
    rules = json_extract(brief, '$.rules_version');

CREATE INDEX version_by_scan ON version (scanned_at, id, state, audit_status, rules);
