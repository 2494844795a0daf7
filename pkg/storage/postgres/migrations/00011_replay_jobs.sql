-- +goose Up
-- replay_jobs are single replays; replays are jobs of many recordings.
CREATE TABLE replays (
    id         uuid PRIMARY KEY,
    name       text NOT NULL DEFAULT '',
    status     text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'paused', 'stopping', 'stopped', 'done', 'failed')),
    -- json rather than jsonb, which cannot hold U+0000; with the values of headers masked.
    request    json NOT NULL,
    headers    boolean NOT NULL,
    total      integer NOT NULL,
    origin     timestamptz,
    problem    text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL DEFAULT '',
    started_at timestamptz,
    ended_at   timestamptz
);
CREATE INDEX replays_open ON replays (created_at) WHERE ended_at IS NULL;
CREATE INDEX replays_ended ON replays (ended_at);

-- Values of headers, which may be credentials: unlogged, so that neither the log of the server nor its replicas and
-- backups have them, and deleted when the job is over.
CREATE UNLOGGED TABLE replay_headers (
    replay  uuid PRIMARY KEY REFERENCES replays ON DELETE CASCADE,
    headers json NOT NULL
);

-- The part of a job that the collectors of one gateway do. lease grows with each taking: who has a lower one has lost it.
CREATE TABLE replay_shares (
    replay      uuid NOT NULL REFERENCES replays ON DELETE CASCADE,
    gateway     text NOT NULL,
    total       integer NOT NULL,
    same        integer NOT NULL DEFAULT 0,
    different   integer NOT NULL DEFAULT 0,
    failed      integer NOT NULL DEFAULT 0,
    skipped     integer NOT NULL DEFAULT 0,
    lease       bigint NOT NULL DEFAULT 0,
    taken_by    text NOT NULL DEFAULT '',
    lease_until timestamptz,
    free_since  timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz,
    PRIMARY KEY (replay, gateway)
);
CREATE INDEX replay_shares_open ON replay_shares (gateway) WHERE ended_at IS NULL;

CREATE TABLE replay_items (
    replay           uuid NOT NULL REFERENCES replays ON DELETE CASCADE,
    sequence         integer NOT NULL,
    gateway          text NOT NULL,
    recording_id     uuid NOT NULL,
    recorded_at      timestamptz NOT NULL,
    outcome          text NOT NULL DEFAULT 'waiting' CHECK (outcome IN ('waiting', 'sending', 'same', 'different', 'failed', 'skipped')),
    response_status  integer NOT NULL DEFAULT 0,
    response_time_ms double precision NOT NULL DEFAULT 0,
    recorded_status  integer NOT NULL DEFAULT 0,
    recorded_time_ms double precision NOT NULL DEFAULT 0,
    differences      json,
    more             boolean NOT NULL DEFAULT false,
    problem          text NOT NULL DEFAULT '',
    PRIMARY KEY (replay, sequence)
);
CREATE INDEX replay_items_open ON replay_items (replay, sequence) WHERE outcome IN ('waiting', 'sending');

-- +goose Down
DROP TABLE replay_items, replay_shares, replay_headers, replays;
