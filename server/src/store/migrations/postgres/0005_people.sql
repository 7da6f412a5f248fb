-- People who sign in. None of these tables is about one school: a distributed database keeps them on its coordinator.

-- `id` is a keyed hash of what the provider calls the person; `rights` is JSON, as of `signed_in_at`, the last time that they signed in.
CREATE TABLE person (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    mail         TEXT,
    rights       TEXT NOT NULL,
    signed_in_at BIGINT NOT NULL
);

-- Browsers that are signed in: `hash` is the SHA-256 of the identifier that the cookie holds, `provider` that of the one that the provider
-- ends it by, `id_token` what the provider wants to be shown when the person signs out.
CREATE TABLE web_session (
    hash       BYTEA PRIMARY KEY,
    person     TEXT NOT NULL,
    provider   BYTEA,
    id_token   TEXT,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL
);

CREATE INDEX web_session_of_person ON web_session (person);
CREATE INDEX web_session_of_provider ON web_session (provider);

-- What already served to sign in, whatever the provider says of it: SHA-256 of tickets and of authorisation codes.
CREATE TABLE used_proof (
    hash    BYTEA PRIMARY KEY,
    used_at BIGINT NOT NULL
);

-- Whose responsable somebody is.
CREATE INDEX responsable_by_person ON responsable (person);
