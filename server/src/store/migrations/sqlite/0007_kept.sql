-- What people keep and hand on. All of it is about a school, and goes where the school is.

-- Questions that are kept under a name: of one person, or of the team of the school. `question` is an address of the version `version`,
-- without its school; `author` is how the person was called; `folder` is empty for none; `removed_at` is when it was taken away.
CREATE TABLE favourite (
    uai        TEXT NOT NULL,
    id         TEXT NOT NULL,
    person     TEXT NOT NULL,
    author     TEXT NOT NULL,
    team       INTEGER NOT NULL,
    name       TEXT NOT NULL,
    folder     TEXT NOT NULL,
    place      INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    question   TEXT NOT NULL,
    added_at   INTEGER NOT NULL,
    removed_at INTEGER,
    PRIMARY KEY (uai, id)
) STRICT, WITHOUT ROWID;

-- A question is kept once by somebody for themselves, however many browsers ask for it at once.
CREATE UNIQUE INDEX favourite_once ON favourite (uai, person, question, version) WHERE team = 0 AND removed_at IS NULL;
-- What goes when somebody has not come for long, and what was taken away long ago.
CREATE INDEX favourite_of_person ON favourite (person) WHERE team = 0;
CREATE INDEX favourite_removed ON favourite (removed_at) WHERE removed_at IS NOT NULL;

-- The question that opens when somebody arrives.
CREATE TABLE default_search (
    uai      TEXT NOT NULL,
    person   TEXT NOT NULL,
    version  INTEGER NOT NULL,
    question TEXT NOT NULL,
    PRIMARY KEY (uai, person)
) STRICT, WITHOUT ROWID;

CREATE INDEX default_search_of_person ON default_search (person);

-- Links: to a question or, when there is a `result`, to its figures at `made_at`, read from the version `data_version` of the school.
-- `form` is the version in which the result is written.
CREATE TABLE shared_link (
    uai          TEXT NOT NULL,
    token        TEXT NOT NULL,
    person       TEXT NOT NULL,
    author       TEXT NOT NULL,
    version      INTEGER NOT NULL,
    question     TEXT NOT NULL,
    form         INTEGER,
    result       TEXT,
    data_version INTEGER,
    made_at      INTEGER NOT NULL,
    revoked_at   INTEGER,
    PRIMARY KEY (uai, token)
) STRICT, WITHOUT ROWID;

CREATE INDEX shared_link_revoked ON shared_link (revoked_at) WHERE revoked_at IS NOT NULL;
