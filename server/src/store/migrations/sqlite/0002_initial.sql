-- The first schema to be published (that of version 1 never was).
--
-- Days are whole numbers of days since 1 January 1970, times are seconds since then. What a school did on a day is one row, whose
-- blob holds every count of that day: what is read together lies together. Texts that tell counts apart (profiles, resources,
-- presentation types, devices) are numbered within their school.
--
-- Every table of schools begins with the school, which is what a distributed database cuts it by; the PostgreSQL schema is the same.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- `version` grows with everything that is written about the school.
CREATE TABLE school (
    uai         TEXT PRIMARY KEY,
    name        TEXT,
    nature      TEXT,
    commune     TEXT,
    departement TEXT,
    academie    TEXT,
    version     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Names of communes, départements and académies.
CREATE TABLE place (
    kind  TEXT NOT NULL,
    code  TEXT NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (kind, code)
) STRICT, WITHOUT ROWID;

-- What catalogues say of resources. `key` is the beginning of the SHA-256 of `code`, which may be longer than an index takes.
CREATE TABLE resource (
    key          BLOB PRIMARY KEY,
    code         TEXT NOT NULL,
    title        TEXT,
    publisher    TEXT,
    presentation TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE presentation (
    key   BLOB PRIMARY KEY,
    code  TEXT NOT NULL,
    label TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Texts numbered within their school; 0 is no text.
CREATE TABLE code (
    uai    TEXT NOT NULL,
    number INTEGER NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (uai, number)
) STRICT, WITHOUT ROWID;

-- Counts of a day. `part` keeps blobs short where there are very many resources: it is the number of the resource divided by 1024.
CREATE TABLE daily_cells (
    uai   TEXT NOT NULL,
    day   INTEGER NOT NULL,
    part  INTEGER NOT NULL,
    cells BLOB NOT NULL,
    PRIMARY KEY (uai, day, part)
) STRICT, WITHOUT ROWID;

-- Members of a population met on a day: for each profile, the roaring bitmap of their numbers; nothing once they were purged.
-- `received` is the day on which something was last added.
CREATE TABLE daily_sets (
    uai        TEXT NOT NULL,
    population TEXT NOT NULL,
    day        INTEGER NOT NULL,
    members    BLOB NOT NULL,
    received   INTEGER NOT NULL,
    PRIMARY KEY (uai, population, day)
) STRICT, WITHOUT ROWID;

-- At which second of a day a complete export of a directory told who has an account, for each profile: a later one replaces it. Once the
-- accounts of a day are erased, every profile of which some were listed is there, at the second -1 when nothing tells it; and 0 when
-- there may be others.
CREATE TABLE directory_export (
    uai     TEXT NOT NULL,
    day     INTEGER NOT NULL,
    profile INTEGER NOT NULL,
    second  INTEGER NOT NULL,
    PRIMARY KEY (uai, day, profile)
) STRICT, WITHOUT ROWID;

-- Members of a population met over a whole school year, of the populations that say how many people have a profile.
CREATE TABLE yearly_sets (
    uai        TEXT NOT NULL,
    population TEXT NOT NULL,
    year       INTEGER NOT NULL,
    members    BLOB NOT NULL,
    received   INTEGER NOT NULL,
    PRIMARY KEY (uai, population, year)
) STRICT, WITHOUT ROWID;

-- The numbers of members: `keys` are those of members whose numbers follow one another from `first`, and who were first received on the
-- same day; noughts for somebody who was unlinked or erased. `received` is that day or, once a purge left some of them, the one on which
-- the next to be erased was last received. `year` is the first year of the school year for those who are numbered afresh every year, else
-- 0.
CREATE TABLE member (
    uai    TEXT NOT NULL,
    family TEXT NOT NULL,
    year   INTEGER NOT NULL,
    first  INTEGER NOT NULL,
    keys   BLOB NOT NULL,
    received INTEGER NOT NULL,
    PRIMARY KEY (uai, family, year, first)
) STRICT, WITHOUT ROWID;

-- Pseudonyms, year by year, of those who do not want to be counted.
CREATE TABLE opted_out (
    uai  TEXT NOT NULL,
    year INTEGER NOT NULL,
    key  BLOB NOT NULL,
    PRIMARY KEY (uai, year, key)
) STRICT, WITHOUT ROWID;

-- The last number given, kept apart so that purging members never gives a number twice.
CREATE TABLE numbering (
    uai    TEXT NOT NULL,
    family TEXT NOT NULL,
    year   INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    PRIMARY KEY (uai, family, year)
) STRICT, WITHOUT ROWID;

-- Which profiles are shown together in a school year.
CREATE TABLE profile_grouping (
    uai    TEXT NOT NULL,
    year   INTEGER NOT NULL,
    groups TEXT NOT NULL,
    PRIMARY KEY (uai, year)
) STRICT, WITHOUT ROWID;

-- The measures and populations that some source of a school feeds, and from when to when. `written` tells what was written of days, so that
-- a loss shows: for a population, how many sets; for the measures, how many rows of `daily_cells`, under the one that came with each.
CREATE TABLE feed (
    uai       TEXT NOT NULL,
    term      TEXT NOT NULL,
    first_day INTEGER NOT NULL,
    last_day  INTEGER NOT NULL,
    written   INTEGER NOT NULL,
    PRIMARY KEY (uai, term)
) STRICT, WITHOUT ROWID;

-- Subscriptions as the operations of a day left them. `uais` are separated by spaces, which a UAI never holds; where they were not named
-- that day, they are those of before. Without `licences`, what was left of the subscription is what there was before.
-- Days are those of Paris, beside the moment when the source tells one: it may be on another day where the school is.
CREATE TABLE subscription (
    id          TEXT NOT NULL,
    day         INTEGER NOT NULL,
    at          INTEGER,
    operation   TEXT NOT NULL,
    named       INTEGER NOT NULL,
    uais        TEXT NOT NULL,
    resource    TEXT,
    first_day   INTEGER,
    first_at    INTEGER,
    last_day    INTEGER,
    last_at     INTEGER,
    licences    TEXT,
    fingerprint BLOB NOT NULL,
    PRIMARY KEY (id, day)
) STRICT, WITHOUT ROWID;

-- A subscription of a school as the operations of a day left it: it holds until the next one. `licences` reads `*=30 eleve=illimite`.
CREATE TABLE subscription_state (
    uai          TEXT NOT NULL,
    subscription TEXT NOT NULL,
    day          INTEGER NOT NULL,
    resource     TEXT,
    first_day    INTEGER,
    last_day     INTEGER,
    licences     TEXT NOT NULL,
    deleted      INTEGER NOT NULL,
    PRIMARY KEY (uai, subscription, day)
) STRICT, WITHOUT ROWID;

-- Cumulative counts of assignments, as they were read: one for each resource of a subscription (none is an empty text) and each profile,
-- with the second of its day at which it was made, -1 when nothing tells it: a later one replaces it.
CREATE TABLE cumulative (
    uai          TEXT NOT NULL,
    subscription TEXT NOT NULL,
    resource     TEXT NOT NULL,
    profile      TEXT NOT NULL,
    day          INTEGER NOT NULL,
    second       INTEGER NOT NULL,
    value        INTEGER NOT NULL,
    PRIMARY KEY (uai, subscription, resource, profile, day)
) STRICT, WITHOUT ROWID;

-- What a source says that cannot be: a cumulative count that falls.
CREATE TABLE incident (
    uai      TEXT NOT NULL,
    kind     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    resource TEXT NOT NULL,
    profile  TEXT NOT NULL,
    day      INTEGER NOT NULL,
    earlier  INTEGER NOT NULL,
    later    INTEGER NOT NULL,
    PRIMARY KEY (uai, kind, subject, resource, profile, day)
) STRICT, WITHOUT ROWID;

-- Who is responsable of a school, and the day of the last export that says so.
CREATE TABLE responsable (
    uai    TEXT NOT NULL,
    person BLOB NOT NULL,
    day    INTEGER NOT NULL,
    PRIMARY KEY (uai, person)
) STRICT, WITHOUT ROWID;

-- Events already counted: sorted runs of the beginnings of keyed hashes of their identifiers, each received on a day or, for those
-- that were merged, a few days before.
CREATE TABLE seen_run (
    uai      TEXT NOT NULL,
    run      INTEGER NOT NULL,
    level    INTEGER NOT NULL,
    received INTEGER NOT NULL,
    ids      BLOB NOT NULL,
    PRIMARY KEY (uai, run)
) STRICT, WITHOUT ROWID;

-- `rejected` is how many of its lines could not be used: the first of them are in `reject`. `received` is the day on which it last came.
CREATE TABLE import_file (
    digest      BLOB PRIMARY KEY,
    name        TEXT NOT NULL,
    format      TEXT NOT NULL,
    position    INTEGER NOT NULL,
    counted     INTEGER NOT NULL,
    rejected    INTEGER NOT NULL,
    received    INTEGER NOT NULL,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX import_file_by_name ON import_file (name);

CREATE TABLE reject (
    digest  BLOB NOT NULL REFERENCES import_file (digest) ON DELETE CASCADE,
    rank    INTEGER NOT NULL,
    line    INTEGER NOT NULL,
    reason  TEXT NOT NULL,
    excerpt TEXT NOT NULL,
    PRIMARY KEY (digest, line, rank)
) STRICT, WITHOUT ROWID;

-- Where the import of a file stands in each school, for databases that write schools one by one.
CREATE TABLE import_marker (
    uai      TEXT NOT NULL,
    digest   BLOB NOT NULL,
    position INTEGER NOT NULL,
    day      INTEGER NOT NULL,
    PRIMARY KEY (uai, digest)
) STRICT, WITHOUT ROWID;

-- Who may send events, and the SHA-256 of the key it does so with.
CREATE TABLE source_key (
    name       TEXT PRIMARY KEY,
    hash       BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

-- What was received, under the digest that names its import; `body` is the SHA-256 of what was sent, and `content` is the same for what holds
-- the same, by whichever way it comes. Files, which have no source, are there too.
CREATE TABLE delivery (
    digest  BLOB PRIMARY KEY,
    source  TEXT NOT NULL,
    body    BLOB NOT NULL,
    content BLOB,
    first   INTEGER NOT NULL,
    day     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX delivery_content ON delivery (content) WHERE content IS NOT NULL;

-- Of what holds the same, the first to come names the import of what comes at the same time by the other way.
CREATE UNIQUE INDEX delivery_first ON delivery (content) WHERE first = 1;

-- xAPI statements that were received, the SHA-256 of what each says, and whether it is counted. One that is voided before it comes has no
-- digest, and is never counted.
CREATE TABLE statement (
    id      TEXT PRIMARY KEY,
    digest  BLOB NOT NULL,
    counted INTEGER NOT NULL,
    day     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX statement_voided ON statement (id) WHERE length(digest) = 0;

-- Outside the schools, figures are about blocks of schools and nothing smaller. `number`, `region`: their numbers within the school year.
CREATE TABLE region (
    year     INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    profiles TEXT NOT NULL,
    PRIMARY KEY (year, number)
) STRICT, WITHOUT ROWID;

-- `schools` are separated by spaces; `places` are those of its schools, as of `until`, the day on which its figures were put together.
CREATE TABLE block (
    year    INTEGER NOT NULL,
    number  INTEGER NOT NULL,
    region  INTEGER NOT NULL,
    schools TEXT NOT NULL,
    places  TEXT NOT NULL,
    until   INTEGER NOT NULL,
    PRIMARY KEY (year, number)
) STRICT, WITHOUT ROWID;

-- The figures of blocks (`profiles` is -1) and of the groups of profiles of regions; with the day since
-- which they may be told; nothing for those that must not.
CREATE TABLE published (
    year      INTEGER NOT NULL,
    indicator TEXT NOT NULL,
    number    INTEGER NOT NULL,
    profiles  INTEGER NOT NULL,
    figures   TEXT,
    PRIMARY KEY (year, indicator, number, profiles)
) STRICT, WITHOUT ROWID;

-- The figures of a school, month by month, that the next ones of its block are made of; `version` is that of the school.
CREATE TABLE school_figures (
    uai     TEXT NOT NULL,
    year    INTEGER NOT NULL,
    version INTEGER NOT NULL,
    until   INTEGER NOT NULL,
    figures TEXT NOT NULL,
    PRIMARY KEY (uai, year)
) STRICT, WITHOUT ROWID;
