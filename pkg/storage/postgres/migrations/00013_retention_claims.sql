-- +goose Up
-- How long each collector wants recordings and the history of the scenario kept, in days; null is for ever. Beside instances, since
-- it counts for a week after a collector was last seen, however it has stopped.
CREATE TABLE retention_claims (
    instance       text PRIMARY KEY,
    name           text NOT NULL DEFAULT '',
    recording_days integer,
    history_days   integer,
    last_seen_at   timestamptz NOT NULL DEFAULT now()
);
-- Where there are recordings, collectors get an hour in which to say how long they want them, before any of these are dropped.
INSERT INTO retention_claims (instance, name, last_seen_at)
SELECT 'migration', 'migration', now() - interval '7 days' + interval '1 hour'
WHERE EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'recorded_requests'::regclass);

-- +goose Down
DROP TABLE retention_claims;
