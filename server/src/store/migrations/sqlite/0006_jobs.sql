-- What is done while nobody waits: jobs, the files that some of them make, and who asked for these. None of these tables is cut by
-- school: the queue is one, and a distributed database keeps it on its coordinator. Moments are milliseconds since 1970.

-- `key` is what identical jobs share while one of them is to be done ('' when nothing is shared). `lease` names the run that holds the job:
-- a run that no longer finds its name there writes nothing. `done` of `expected` says how far it is, in a unit of the job's own.
-- `attempts` is how often it was begun, `failures` how often it failed: a server that is killed says nothing of its jobs.
CREATE TABLE job (
    id          TEXT PRIMARY KEY,
    kind        TEXT NOT NULL,
    payload     TEXT NOT NULL,
    key         TEXT NOT NULL,
    state       TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    failures    INTEGER NOT NULL,
    done        INTEGER NOT NULL,
    expected    INTEGER NOT NULL,
    lease       TEXT,
    lease_until INTEGER,
    worker      TEXT,
    cancelling  INTEGER NOT NULL,
    ended_at    INTEGER,
    reason      TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX job_to_do ON job (state, due_at);
CREATE UNIQUE INDEX job_shared ON job (key) WHERE key <> '' AND state IN ('waiting', 'running');

-- `id` is also the folder of the file, beside which is its recipe.
CREATE TABLE export_file (
    id         TEXT PRIMARY KEY,
    key        TEXT NOT NULL,
    name       TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    sha256     TEXT NOT NULL,
    data_rows  INTEGER NOT NULL,
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX export_file_by_key ON export_file (key);

-- `times` is how often, within a day of `counted_at`, a file had to be made for it.
-- `question` is the address form with its school, days and step written out. `asked_by` is the name of the person at that moment. `gone_at` is
-- when its file was over, or lost: from then on who asked is known for a while, however late the file went.
CREATE TABLE export (
    id         TEXT PRIMARY KEY,
    person     TEXT NOT NULL,
    asked_by   TEXT NOT NULL,
    school     TEXT NOT NULL,
    question   TEXT NOT NULL,
    format     TEXT NOT NULL,
    key        TEXT NOT NULL,
    state      TEXT NOT NULL,
    job        TEXT,
    file       TEXT,
    reason     TEXT,
    asked_at   INTEGER NOT NULL,
    times      INTEGER NOT NULL,
    counted_at INTEGER,
    ready_at   INTEGER,
    seen_at    INTEGER,
    gone_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX export_of_school ON export (school, asked_at);
CREATE INDEX export_of_person ON export (person, asked_at);
CREATE INDEX export_of_job ON export (job);
CREATE INDEX export_of_file ON export (file);
-- What is lost is looked for when the file is made again.
CREATE INDEX export_lost ON export (key) WHERE state = 'lost';

CREATE TABLE export_taken (
    export   TEXT NOT NULL,
    taken_at INTEGER NOT NULL,
    person   TEXT NOT NULL,
    taken_by TEXT NOT NULL,
    PRIMARY KEY (export, taken_at, person)
) STRICT, WITHOUT ROWID;
