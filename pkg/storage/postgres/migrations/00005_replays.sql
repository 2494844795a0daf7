-- +goose Up
-- Unlogged, and without the request once it is taken: it may hold a header that a user gave for this one time.
CREATE UNLOGGED TABLE replay_jobs (
    id           uuid PRIMARY KEY,
    recording_id uuid NOT NULL,
    gateway      text NOT NULL,
    request      json,
    status       text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'failed')),
    taken_by     text,
    lease_until  timestamptz,
    -- json rather than jsonb, which cannot hold U+0000.
    result       json,
    problem      json,
    created_at   timestamptz NOT NULL DEFAULT now(),
    created_by   text NOT NULL DEFAULT ''
);
CREATE INDEX replay_jobs_queued ON replay_jobs (created_at) WHERE status = 'queued';

-- +goose Down
DROP TABLE replay_jobs;
