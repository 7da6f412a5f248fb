-- Days are whole numbers of days since 1 January 1970: half the size of ISO text in keys that are mostly days, compared as
-- integers, and `date(day * 86400, 'unixepoch')` still reads them. Texts that are not known are '' where they are in a key.
-- Every big table begins with the school, which is what a distributed database would cut it by.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (name, value) VALUES ('data_version', 0);

CREATE TABLE school (
    uai    TEXT PRIMARY KEY,
    name   TEXT,
    nature TEXT
) STRICT, WITHOUT ROWID;

-- `id` is what cells and sets hold; 0 stands there for a resource that the source does not name.
CREATE TABLE resource (
    id           INTEGER PRIMARY KEY,
    code         TEXT NOT NULL UNIQUE,
    title        TEXT,
    publisher    TEXT,
    presentation TEXT
) STRICT;

CREATE TABLE presentation (
    code  TEXT PRIMARY KEY,
    label TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Counts of events.
CREATE TABLE cell (
    uai          TEXT NOT NULL,
    measure      TEXT NOT NULL,
    day          INTEGER NOT NULL,
    profile      TEXT NOT NULL,
    resource     INTEGER NOT NULL,
    presentation TEXT NOT NULL,
    device       TEXT NOT NULL,
    n            INTEGER NOT NULL,
    PRIMARY KEY (uai, measure, day, profile, resource, presentation, device)
) STRICT, WITHOUT ROWID;

-- Members of a population met on a day: a serialised roaring bitmap of their numbers.
CREATE TABLE daily_set (
    uai        TEXT NOT NULL,
    population TEXT NOT NULL,
    day        INTEGER NOT NULL,
    profile    TEXT NOT NULL,
    members    BLOB NOT NULL,
    PRIMARY KEY (uai, population, day, profile)
) STRICT, WITHOUT ROWID;

-- The number of each member. `year` is the first year of the school year for those who are numbered afresh every year, else 0.
CREATE TABLE member (
    uai    TEXT NOT NULL,
    family TEXT NOT NULL,
    year   INTEGER NOT NULL,
    key    BLOB NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (uai, family, year, key)
) STRICT, WITHOUT ROWID;

-- The last number given, kept apart so that purging members never gives a number twice.
CREATE TABLE numbering (
    uai    TEXT NOT NULL,
    family TEXT NOT NULL,
    year   INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    PRIMARY KEY (uai, family, year)
) STRICT, WITHOUT ROWID;

-- The measures and populations that some source of a school feeds, and from when to when.
CREATE TABLE feed (
    uai       TEXT NOT NULL,
    term      TEXT NOT NULL,
    first_day INTEGER NOT NULL,
    last_day  INTEGER NOT NULL,
    PRIMARY KEY (uai, term)
) STRICT, WITHOUT ROWID;

-- Subscriptions as the source last described them; `uais` are separated by spaces, which a UAI never holds.
CREATE TABLE subscription (
    id          TEXT PRIMARY KEY,
    uais        TEXT NOT NULL,
    resource    TEXT,
    fingerprint BLOB NOT NULL,
    deleted     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Events already counted, by the beginning of the SHA-256 of their identifier. `day`, which serves the purge, is theirs or a later
-- one of the same batch.
CREATE TABLE event_seen (
    uai TEXT NOT NULL,
    id  BLOB NOT NULL,
    day INTEGER NOT NULL,
    PRIMARY KEY (uai, id)
) STRICT, WITHOUT ROWID;

-- Times are seconds since 1 January 1970.
CREATE TABLE import_file (
    sha256      BLOB PRIMARY KEY,
    name        TEXT NOT NULL,
    format      TEXT NOT NULL,
    position    INTEGER NOT NULL,
    counted     INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE reject (
    sha256  BLOB NOT NULL REFERENCES import_file (sha256) ON DELETE CASCADE,
    line    INTEGER NOT NULL,
    reason  TEXT NOT NULL,
    excerpt TEXT NOT NULL
) STRICT;

CREATE INDEX reject_of_file ON reject (sha256, line);

-- « Vigi »: the database is ours.
PRAGMA application_id = 0x56696769;
PRAGMA user_version = 1;
