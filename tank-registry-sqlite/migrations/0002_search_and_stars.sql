-- Stars, and what a search needs: an entry for each skill that has one, an index of tokens over the
-- listed ones, and the vocabulary of their terms.

CREATE TABLE star (
    skill INTEGER NOT NULL REFERENCES skill (ordinal),
    user  BLOB    NOT NULL REFERENCES user (id),
    PRIMARY KEY (skill, user)
) STRICT, WITHOUT ROWID;

ALTER TABLE skill ADD COLUMN stars INTEGER NOT NULL DEFAULT 0;

-- Which rules derived the head and the search entry; NULL where there is no latest version and so
-- nothing to search.
ALTER TABLE skill ADD COLUMN head_rule INTEGER NOT NULL DEFAULT 0;
ALTER TABLE skill ADD COLUMN entry_rule INTEGER;

UPDATE skill SET
    head_rule = json_extract(head, '$.derived_version'),
    entry_rule = iif(json_extract(head, '$.latest') IS NULL, NULL, 0);

CREATE INDEX skill_by_rules ON skill (name, head_rule, entry_rule);

CREATE INDEX user_by_email ON user (email COLLATE NOCASE);

-- What a hit shows. `row` is the popularity class, turned round, above the skill's ordinal: rows in
-- ascending order are in the order of lists, and the popular ones lie together. `shown` is 0 while
-- the skill is not listed, else 2 where everyone may read it and 1 where not. `recent` holds the
-- downloads of the newest days.
CREATE TABLE search_entry (
    row         INTEGER PRIMARY KEY,
    ordinal     INTEGER NOT NULL REFERENCES skill (ordinal),
    shown       INTEGER NOT NULL CHECK (shown IN (0, 1, 2)),
    skill       BLOB    NOT NULL CHECK (length(skill) = 16),
    name        TEXT    NOT NULL,
    publisher   BLOB    NOT NULL,
    visibility  TEXT    NOT NULL,
    deprecated  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    stars       INTEGER NOT NULL,
    recent      BLOB    NOT NULL,
    terms       TEXT    NOT NULL,
    description TEXT,
    latest      TEXT    NOT NULL,
    audit_score INTEGER,
    verdict     TEXT,
    atom_kinds  TEXT    NOT NULL
) STRICT;

CREATE INDEX search_entry_by_update ON search_entry (shown, updated_at DESC, ordinal);

-- What a whole list is checked and sorted by, without the words of its entries: a tenth of the
-- pages.
CREATE INDEX search_entry_keys
    ON search_entry (row, updated_at, stars, audit_score, recent, name);

-- The rest of an entry, which only the writer reads: what its tokens are made of.
CREATE TABLE search_document (
    skill        INTEGER PRIMARY KEY REFERENCES skill (ordinal),
    readme_terms TEXT    NOT NULL,
    head_marks   TEXT    NOT NULL,
    entry_marks  TEXT    NOT NULL,
    rule         INTEGER NOT NULL
) STRICT;

-- How many entries are shown, by `shown`.
CREATE TABLE search_count (
    shown   INTEGER PRIMARY KEY,
    entries INTEGER NOT NULL CHECK (entries >= 0)
) STRICT;

INSERT INTO search_count (shown, entries) VALUES (1, 0), (2, 0);

-- The tokens of each entry that is shown, by the entry's row: of those that everyone may read, and of
-- the others. The tokenizer takes letters and digits of any script as they are, and these few
-- characters; everything else is escaped.
CREATE VIRTUAL TABLE search_public USING fts5 (
    tokens,
    content = '',
    contentless_delete = 1,
    detail = none,
    prefix = '2 3 4 5 6 7 8',
    tokenize = "ascii tokenchars '_.@/-:'"
);

CREATE VIRTUAL TABLE search_other USING fts5 (
    tokens,
    content = '',
    contentless_delete = 1,
    detail = none,
    prefix = '2 3 4 5 6 7 8',
    tokenize = "ascii tokenchars '_.@/-:'"
);

-- Every term of an entry that is shown, with the number of entries of either kind.
CREATE TABLE vocabulary (
    id     INTEGER PRIMARY KEY,
    term   TEXT    NOT NULL UNIQUE,
    public INTEGER NOT NULL CHECK (public >= 0),
    other  INTEGER NOT NULL CHECK (other >= 0)
) STRICT;

CREATE INDEX vocabulary_unused ON vocabulary (id) WHERE public = 0 AND other = 0;

-- What is left of a term's beginning without one or two of its characters, by the term's id.
CREATE VIRTUAL TABLE vocabulary_rest USING fts5 (
    rests,
    content = '',
    contentless_delete = 1,
    detail = none,
    tokenize = "ascii tokenchars '_.@/-:'"
);

-- Each command adds a small segment, and each search looks into all of them: merged sooner than by
-- default, and by maintenance whenever there are two of a size.
INSERT INTO search_public (search_public, rank) VALUES ('crisismerge', 8), ('usermerge', 2);
INSERT INTO search_other (search_other, rank) VALUES ('crisismerge', 8), ('usermerge', 2);
INSERT INTO vocabulary_rest (vocabulary_rest, rank) VALUES ('crisismerge', 4), ('usermerge', 2);
