-- +goose Up
-- Traffic is kept by the second for a day, and rolled up into longer intervals for years: of all instances together, one page for each
-- interval with the totals of all gateways, and one for each interval and gateway with its routes. Their figures are compact, and read by
-- the program (traffic.FigureReader): a dashboard over months reads some thousand pages instead of half a million rows.
CREATE TABLE traffic_10s (
    start   timestamptz NOT NULL,
    gateway text NOT NULL,
    figures bytea NOT NULL,
    PRIMARY KEY (start, gateway)
);
CREATE TABLE traffic_1m (LIKE traffic_10s INCLUDING ALL);
CREATE TABLE traffic_1h (LIKE traffic_10s INCLUDING ALL);
CREATE TABLE traffic_1d (LIKE traffic_10s INCLUDING ALL);
CREATE TABLE traffic_10s_routes (LIKE traffic_10s INCLUDING ALL);
CREATE TABLE traffic_1m_routes (LIKE traffic_10s INCLUDING ALL);
CREATE TABLE traffic_1h_routes (LIKE traffic_10s INCLUDING ALL);
CREATE TABLE traffic_1d_routes (LIKE traffic_10s INCLUDING ALL);

-- The sum of integers is one of any length in PostgreSQL, which takes several times as long as adding them up, and as much memory.
CREATE AGGREGATE traffic_sum(bigint) (SFUNC = int8pl, STYPE = bigint, COMBINEFUNC = int8pl, PARALLEL = SAFE);

-- From when on a resolution is kept, null for ever; until when it was rolled up, null where it was not yet.
CREATE TABLE traffic_kept (
    seconds   integer PRIMARY KEY,
    kept_from timestamptz,
    rolled_to timestamptz
);
INSERT INTO traffic_kept (seconds) VALUES (10), (60), (3600), (86400);
-- That of the seconds is lost with them in a crash, so that nobody looks for what is not there any more.
CREATE UNLOGGED TABLE traffic_kept_seconds (kept_from timestamptz);
INSERT INTO traffic_kept_seconds VALUES (NULL);

-- When an interval was written: it is kept for as long as the same one might be written again.
ALTER TABLE traffic_intervals ADD COLUMN stored_at timestamptz NOT NULL DEFAULT now();

-- How long each collector wants traffic kept, in days, by resolution.
ALTER TABLE retention_claims ADD COLUMN traffic_days integer[];

-- +goose Down
ALTER TABLE retention_claims DROP COLUMN traffic_days;
ALTER TABLE traffic_intervals DROP COLUMN stored_at;
DROP AGGREGATE traffic_sum(bigint);
DROP TABLE traffic_kept_seconds;
DROP TABLE traffic_kept;
DROP TABLE traffic_1d_routes;
DROP TABLE traffic_1h_routes;
DROP TABLE traffic_1m_routes;
DROP TABLE traffic_10s_routes;
DROP TABLE traffic_1d;
DROP TABLE traffic_1h;
DROP TABLE traffic_1m;
DROP TABLE traffic_10s;
