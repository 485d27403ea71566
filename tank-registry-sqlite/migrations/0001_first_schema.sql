-- Ids are the 16 bytes of a UUID, times are milliseconds since 1970, digests are raw bytes.
-- A column named after a record holds its JSON; what is guarded or looked up has a column.

CREATE TABLE registry (
    one            INTEGER PRIMARY KEY CHECK (one = 1),
    incarnation    BLOB    NOT NULL CHECK (length(incarnation) = 16),
    signing_secret BLOB    NOT NULL CHECK (length(signing_secret) = 32),
    initialised_at INTEGER NOT NULL
) STRICT;

-- How many changes there ever were, and how many of them the feed has forgotten.
CREATE TABLE feed (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    newest    INTEGER NOT NULL,
    forgotten INTEGER NOT NULL CHECK (forgotten <= newest)
) STRICT;

INSERT INTO feed (one, newest, forgotten) VALUES (1, 0, 0);

CREATE TABLE change (
    sequence INTEGER PRIMARY KEY,
    command  BLOB    NOT NULL,
    at       INTEGER NOT NULL,
    key      TEXT    NOT NULL
) STRICT;

CREATE TABLE command (
    id     BLOB    PRIMARY KEY CHECK (length(id) = 16),
    at     INTEGER NOT NULL,
    effect TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX command_by_age ON command (at);

CREATE TABLE audit_event (
    ordinal  INTEGER PRIMARY KEY,
    command  BLOB    NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    action   TEXT    NOT NULL,
    target   TEXT    NOT NULL,
    metadata TEXT    NOT NULL
) STRICT;

CREATE TABLE user (
    id           BLOB    PRIMARY KEY CHECK (length(id) = 16),
    handle       TEXT    NOT NULL UNIQUE,
    display_name TEXT,
    email        TEXT    NOT NULL,
    role         TEXT    NOT NULL,
    status       TEXT    NOT NULL,
    issuer       TEXT,
    subject      TEXT,
    revision     INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    UNIQUE (issuer, subject),
    CHECK ((issuer IS NULL) = (subject IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE organization (
    id         TEXT    PRIMARY KEY,
    slug       TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    revision   INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `joined` orders the members of one organization; it has no other meaning.
CREATE TABLE member (
    org    TEXT    NOT NULL REFERENCES organization (id),
    user   BLOB    NOT NULL REFERENCES user (id),
    role   TEXT    NOT NULL,
    joined INTEGER NOT NULL,
    PRIMARY KEY (org, user)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_by_user ON member (user);

CREATE TABLE api_key (
    id         BLOB    PRIMARY KEY CHECK (length(id) = 16),
    user       BLOB    NOT NULL REFERENCES user (id),
    name       TEXT    NOT NULL,
    hash       BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    start      TEXT    NOT NULL,
    scopes     TEXT    NOT NULL,
    per_day    INTEGER,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    last_used  INTEGER,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX api_key_by_user ON api_key (user, created_at, id);

CREATE TABLE skill (
    ordinal    INTEGER PRIMARY KEY,
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    name       TEXT    NOT NULL UNIQUE,
    revision   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    downloads  INTEGER NOT NULL DEFAULT 0,
    head       TEXT    NOT NULL
) STRICT;

-- Rows are never taken away, so `ordinal` is the order of publication.
CREATE TABLE version (
    ordinal INTEGER PRIMARY KEY,
    id      BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    skill   BLOB    NOT NULL REFERENCES skill (id),
    key     TEXT    NOT NULL,
    brief   TEXT    NOT NULL,
    UNIQUE (skill, key)
) STRICT;

CREATE INDEX version_by_skill ON version (skill, ordinal);

-- The record without its brief: it may be megabytes, which no list of versions wants to pass over.
CREATE TABLE version_record (
    version INTEGER PRIMARY KEY REFERENCES version (ordinal),
    record  TEXT    NOT NULL
) STRICT;

-- Generations that were given out. One that is claimed stays, so that its number is not reused.
CREATE TABLE blob (
    digest     BLOB    NOT NULL CHECK (length(digest) = 64),
    generation INTEGER NOT NULL CHECK (generation > 0),
    size       INTEGER NOT NULL CHECK (size >= 0),
    claimed_at INTEGER,
    PRIMARY KEY (digest, generation)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX blob_open ON blob (digest) WHERE claimed_at IS NULL;

-- What keeps a blob from being collected, beside its pins.
CREATE TABLE version_blob (
    version    INTEGER NOT NULL REFERENCES version (ordinal),
    position   INTEGER NOT NULL,
    digest     BLOB    NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY (version, position),
    FOREIGN KEY (digest, generation) REFERENCES blob (digest, generation)
) STRICT, WITHOUT ROWID;

CREATE INDEX version_blob_by_blob ON version_blob (digest, generation);

CREATE TABLE upload (
    id         BLOB    PRIMARY KEY CHECK (length(id) = 16),
    owner      BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    expires_at INTEGER NOT NULL,
    staged     INTEGER,
    record     TEXT    NOT NULL,
    UNIQUE (owner, name, key)
) STRICT;

CREATE INDEX upload_by_expiry ON upload (expires_at);

CREATE TABLE pin (
    upload     BLOB    NOT NULL REFERENCES upload (id) ON DELETE CASCADE,
    digest     BLOB    NOT NULL,
    generation INTEGER NOT NULL,
    until      INTEGER NOT NULL,
    PRIMARY KEY (upload, digest, generation),
    FOREIGN KEY (digest, generation) REFERENCES blob (digest, generation)
) STRICT, WITHOUT ROWID;

CREATE INDEX pin_by_blob ON pin (digest, generation);

CREATE TABLE downloads (
    skill BLOB    NOT NULL REFERENCES skill (id),
    day   INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (skill, day)
) STRICT, WITHOUT ROWID;
