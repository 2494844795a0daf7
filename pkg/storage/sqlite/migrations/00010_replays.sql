-- +goose Up
-- Jobs of replays. Replays of one recording, and values of headers, which may be credentials, are never in the file.
-- Documents are JSON, times microseconds of UTC since 1970.
CREATE TABLE replays (
    id         BLOB PRIMARY KEY,
    name       TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('queued', 'running', 'paused', 'stopping', 'stopped', 'done', 'failed')),
    request    TEXT NOT NULL,
    headers    INTEGER NOT NULL,
    total      INTEGER NOT NULL DEFAULT 0,
    origin     INTEGER NOT NULL DEFAULT 0,
    problem    TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    started_at INTEGER,
    ended_at   INTEGER
) STRICT;
CREATE INDEX replays_open ON replays (created_at) WHERE ended_at IS NULL;
CREATE INDEX replays_ended ON replays (ended_at) WHERE ended_at IS NOT NULL;

-- The part of a job that the collector of one gateway does. lease grows with each taking: who has a lower one has lost it.
CREATE TABLE replay_shares (
    replay      BLOB NOT NULL REFERENCES replays ON DELETE CASCADE,
    gateway     TEXT NOT NULL,
    total       INTEGER NOT NULL,
    same        INTEGER NOT NULL DEFAULT 0,
    different   INTEGER NOT NULL DEFAULT 0,
    failed      INTEGER NOT NULL DEFAULT 0,
    skipped     INTEGER NOT NULL DEFAULT 0,
    lease       INTEGER NOT NULL DEFAULT 0,
    taken_by    TEXT NOT NULL DEFAULT '',
    lease_until INTEGER NOT NULL DEFAULT 0,
    free_since  INTEGER NOT NULL,
    ended_at    INTEGER,
    PRIMARY KEY (replay, gateway)
) STRICT, WITHOUT ROWID;

CREATE TABLE replay_items (
    replay           BLOB NOT NULL REFERENCES replays ON DELETE CASCADE,
    sequence         INTEGER NOT NULL,
    gateway          TEXT NOT NULL,
    recording_id     BLOB NOT NULL,
    recorded_at      INTEGER NOT NULL,
    outcome          TEXT NOT NULL DEFAULT 'waiting' CHECK (outcome IN ('waiting', 'sending', 'same', 'different', 'failed', 'skipped')),
    response_status  INTEGER NOT NULL DEFAULT 0,
    response_time_ms REAL NOT NULL DEFAULT 0,
    recorded_status  INTEGER NOT NULL DEFAULT 0,
    recorded_time_ms REAL NOT NULL DEFAULT 0,
    differences      TEXT,
    more             INTEGER NOT NULL DEFAULT 0,
    problem          TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (replay, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX replay_items_open ON replay_items (replay, outcome, sequence) WHERE outcome IN ('waiting', 'sending');

-- +goose Down
DROP TABLE replay_items;
DROP TABLE replay_shares;
DROP TABLE replays;
