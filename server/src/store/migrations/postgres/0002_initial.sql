-- The first schema to be published (that of version 1 never was).
--
-- Days are whole numbers of days since 1 January 1970, times are seconds since then. What a school did on a day is one row, whose
-- blob holds every count of that day: what is read together lies together. Texts that tell counts apart (profiles, resources,
-- presentation types, devices) are numbered within their school.
--
-- Every table of schools begins with the school, which Citus cuts them by (`store/citus.rs`). The SQLite schema is the same.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

-- `version` grows with everything that is written about the school.
CREATE TABLE school (
    uai         TEXT PRIMARY KEY,
    name        TEXT,
    nature      TEXT,
    commune     TEXT,
    departement TEXT,
    academie    TEXT,
    version     BIGINT NOT NULL DEFAULT 0
);

-- Names of communes, départements and académies.
CREATE TABLE place (
    kind  TEXT NOT NULL,
    code  TEXT NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (kind, code)
);

-- What catalogues say of resources. `key` is the beginning of the SHA-256 of `code`, which may be longer than an index takes.
CREATE TABLE resource (
    key          BYTEA PRIMARY KEY,
    code         TEXT NOT NULL,
    title        TEXT,
    publisher    TEXT,
    presentation TEXT
);

CREATE TABLE presentation (
    key   BYTEA PRIMARY KEY,
    code  TEXT NOT NULL,
    label TEXT NOT NULL
);

-- Texts numbered within their school; 0 is no text.
CREATE TABLE code (
    uai    TEXT NOT NULL,
    number BIGINT NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (uai, number)
);

-- Counts of a day. `part` keeps blobs short where there are very many resources: it is the number of the resource divided by 1024.
CREATE TABLE daily_cells (
    uai   TEXT NOT NULL,
    day   BIGINT NOT NULL,
    part  BIGINT NOT NULL,
    cells BYTEA NOT NULL,
    PRIMARY KEY (uai, day, part)
);

-- Members of a population met on a day: for each profile, the roaring bitmap of their numbers; nothing once they were purged.
-- `received` is the day on which something was last added.
CREATE TABLE daily_sets (
    uai        TEXT NOT NULL,
    population TEXT NOT NULL,
    day        BIGINT NOT NULL,
    members    BYTEA NOT NULL,
    received   BIGINT NOT NULL,
    PRIMARY KEY (uai, population, day)
);

-- At which second of a day a complete export of a directory told who has an account, for each profile: a later one replaces it. Once the
-- accounts of a day are erased, every profile of which some were listed is there, at the second -1 when nothing tells it; and 0 when
-- there may be others.
CREATE TABLE directory_export (
    uai     TEXT NOT NULL,
    day     BIGINT NOT NULL,
    profile BIGINT NOT NULL,
    second  BIGINT NOT NULL,
    PRIMARY KEY (uai, day, profile)
);

-- Members of a population met over a whole school year, of the populations that say how many people have a profile.
CREATE TABLE yearly_sets (
    uai        TEXT NOT NULL,
    population TEXT NOT NULL,
    year       BIGINT NOT NULL,
    members    BYTEA NOT NULL,
    received   BIGINT NOT NULL,
    PRIMARY KEY (uai, population, year)
);

-- The numbers of members: `keys` are those of members whose numbers follow one another from `first`, and who were first received on the
-- same day; noughts for somebody who was unlinked or erased. `received` is that day or, once a purge left some of them, the one on which
-- the next to be erased was last received. `year` is the first year of the school year for those who are numbered afresh every year, else
-- 0.
CREATE TABLE member (
    uai    TEXT NOT NULL,
    family TEXT NOT NULL,
    year   BIGINT NOT NULL,
    first  BIGINT NOT NULL,
    keys   BYTEA NOT NULL,
    received BIGINT NOT NULL,
    PRIMARY KEY (uai, family, year, first)
);

-- Pseudonyms, year by year, of those who do not want to be counted.
CREATE TABLE opted_out (
    uai  TEXT NOT NULL,
    year BIGINT NOT NULL,
    key  BYTEA NOT NULL,
    PRIMARY KEY (uai, year, key)
);

-- The last number given, kept apart so that purging members never gives a number twice.
CREATE TABLE numbering (
    uai    TEXT NOT NULL,
    family TEXT NOT NULL,
    year   BIGINT NOT NULL,
    last   BIGINT NOT NULL,
    PRIMARY KEY (uai, family, year)
);

-- Which profiles are shown together in a school year.
CREATE TABLE profile_grouping (
    uai    TEXT NOT NULL,
    year   BIGINT NOT NULL,
    groups TEXT NOT NULL,
    PRIMARY KEY (uai, year)
);

-- The measures and populations that some source of a school feeds, and from when to when. `written` tells what was written of days, so that
-- a loss shows: for a population, how many sets; for the measures, how many rows of `daily_cells`, under the one that came with each.
CREATE TABLE feed (
    uai       TEXT NOT NULL,
    term      TEXT NOT NULL,
    first_day BIGINT NOT NULL,
    last_day  BIGINT NOT NULL,
    written   BIGINT NOT NULL,
    PRIMARY KEY (uai, term)
);

-- Subscriptions as the operations of a day left them. `uais` are separated by spaces, which a UAI never holds; where they were not named
-- that day, they are those of before. Without `licences`, what was left of the subscription is what there was before.
-- Days are those of Paris, beside the moment when the source tells one: it may be on another day where the school is.
CREATE TABLE subscription (
    id          TEXT NOT NULL,
    day         BIGINT NOT NULL,
    at          BIGINT,
    operation   TEXT NOT NULL,
    named       BIGINT NOT NULL,
    uais        TEXT NOT NULL,
    resource    TEXT,
    first_day   BIGINT,
    first_at    BIGINT,
    last_day    BIGINT,
    last_at     BIGINT,
    licences    TEXT,
    fingerprint BYTEA NOT NULL,
    PRIMARY KEY (id, day)
);

-- A subscription of a school as the operations of a day left it: it holds until the next one. `licences` reads `*=30 eleve=illimite`.
CREATE TABLE subscription_state (
    uai          TEXT NOT NULL,
    subscription TEXT NOT NULL,
    day          BIGINT NOT NULL,
    resource     TEXT,
    first_day    BIGINT,
    last_day     BIGINT,
    licences     TEXT NOT NULL,
    deleted      BIGINT NOT NULL,
    PRIMARY KEY (uai, subscription, day)
);

-- Cumulative counts of assignments, as they were read: one for each resource of a subscription (none is an empty text) and each profile,
-- with the second of its day at which it was made, -1 when nothing tells it: a later one replaces it.
CREATE TABLE cumulative (
    uai          TEXT NOT NULL,
    subscription TEXT NOT NULL,
    resource     TEXT NOT NULL,
    profile      TEXT NOT NULL,
    day          BIGINT NOT NULL,
    second       BIGINT NOT NULL,
    value        BIGINT NOT NULL,
    PRIMARY KEY (uai, subscription, resource, profile, day)
);

-- What a source says that cannot be: a cumulative count that falls.
CREATE TABLE incident (
    uai      TEXT NOT NULL,
    kind     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    resource TEXT NOT NULL,
    profile  TEXT NOT NULL,
    day      BIGINT NOT NULL,
    earlier  BIGINT NOT NULL,
    later    BIGINT NOT NULL,
    PRIMARY KEY (uai, kind, subject, resource, profile, day)
);

-- Who is responsable of a school, and the day of the last export that says so.
CREATE TABLE responsable (
    uai    TEXT NOT NULL,
    person BYTEA NOT NULL,
    day    BIGINT NOT NULL,
    PRIMARY KEY (uai, person)
);

-- Events already counted: sorted runs of the beginnings of keyed hashes of their identifiers, each received on a day or, for those
-- that were merged, a few days before.
CREATE TABLE seen_run (
    uai      TEXT NOT NULL,
    run      BIGINT NOT NULL,
    level    BIGINT NOT NULL,
    received BIGINT NOT NULL,
    ids      BYTEA NOT NULL,
    PRIMARY KEY (uai, run)
);

-- `rejected` is how many of its lines could not be used: the first of them are in `reject`. `received` is the day on which it last came.
CREATE TABLE import_file (
    digest      BYTEA PRIMARY KEY,
    name        TEXT NOT NULL,
    format      TEXT NOT NULL,
    position    BIGINT NOT NULL,
    counted     BIGINT NOT NULL,
    rejected    BIGINT NOT NULL,
    received    BIGINT NOT NULL,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT
);

CREATE INDEX import_file_by_name ON import_file (name);

CREATE TABLE reject (
    digest  BYTEA NOT NULL REFERENCES import_file (digest) ON DELETE CASCADE,
    rank    BIGINT NOT NULL,
    line    BIGINT NOT NULL,
    reason  TEXT NOT NULL,
    excerpt TEXT NOT NULL,
    PRIMARY KEY (digest, line, rank)
);

-- Where the import of a file stands in each school, for databases that write schools one by one.
CREATE TABLE import_marker (
    uai      TEXT NOT NULL,
    digest   BYTEA NOT NULL,
    position BIGINT NOT NULL,
    day      BIGINT NOT NULL,
    PRIMARY KEY (uai, digest)
);

-- These blobs do not compress, or are read so often that it would not pay.
ALTER TABLE daily_cells ALTER COLUMN cells SET STORAGE EXTERNAL;
ALTER TABLE daily_sets ALTER COLUMN members SET STORAGE EXTERNAL;
ALTER TABLE member ALTER COLUMN keys SET STORAGE EXTERNAL;
ALTER TABLE seen_run ALTER COLUMN ids SET STORAGE EXTERNAL;

-- Who may send events, and the SHA-256 of the key it does so with.
CREATE TABLE source_key (
    name       TEXT PRIMARY KEY,
    hash       BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- What was received, under the digest that names its import; `body` is the SHA-256 of what was sent, and `content` is the same for what holds
-- the same, by whichever way it comes. Files, which have no source, are there too.
CREATE TABLE delivery (
    digest  BYTEA PRIMARY KEY,
    source  TEXT NOT NULL,
    body    BYTEA NOT NULL,
    content BYTEA,
    first   BIGINT NOT NULL,
    day     BIGINT NOT NULL
);

CREATE INDEX delivery_content ON delivery (content) WHERE content IS NOT NULL;

-- Of what holds the same, the first to come names the import of what comes at the same time by the other way.
CREATE UNIQUE INDEX delivery_first ON delivery (content) WHERE first = 1;

-- xAPI statements that were received, the SHA-256 of what each says, and whether it is counted. One that is voided before it comes has no
-- digest, and is never counted.
CREATE TABLE statement (
    id      TEXT PRIMARY KEY,
    digest  BYTEA NOT NULL,
    counted BIGINT NOT NULL,
    day     BIGINT NOT NULL
);

CREATE INDEX statement_voided ON statement (id) WHERE length(digest) = 0;

-- Outside the schools, figures are about blocks of schools and nothing smaller. `number`, `region`: their numbers within the school year.
CREATE TABLE region (
    year     BIGINT NOT NULL,
    number   BIGINT NOT NULL,
    profiles TEXT NOT NULL,
    PRIMARY KEY (year, number)
);

-- `schools` are separated by spaces; `places` are those of its schools, as of `until`, the day on which its figures were put together.
CREATE TABLE block (
    year    BIGINT NOT NULL,
    number  BIGINT NOT NULL,
    region  BIGINT NOT NULL,
    schools TEXT NOT NULL,
    places  TEXT NOT NULL,
    until   BIGINT NOT NULL,
    PRIMARY KEY (year, number)
);

-- The figures of blocks (`profiles` is -1) and of the groups of profiles of regions; with the day since
-- which they may be told; nothing for those that must not.
CREATE TABLE published (
    year      BIGINT NOT NULL,
    indicator TEXT NOT NULL,
    number    BIGINT NOT NULL,
    profiles  BIGINT NOT NULL,
    figures   TEXT,
    PRIMARY KEY (year, indicator, number, profiles)
);

-- The figures of a school, month by month, that the next ones of its block are made of; `version` is that of the school.
CREATE TABLE school_figures (
    uai     TEXT NOT NULL,
    year    BIGINT NOT NULL,
    version BIGINT NOT NULL,
    until   BIGINT NOT NULL,
    figures TEXT NOT NULL,
    PRIMARY KEY (uai, year)
);
