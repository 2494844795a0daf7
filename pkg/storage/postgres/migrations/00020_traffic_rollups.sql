-- +goose Up
-- Traffic is kept by the second for a day, and rolled up into longer intervals for years: of all instances together, one row for each
-- interval and key with requests, and one for each interval and gateway, without a key, with its connections and plugins (active is not
-- null). Counts of 0 are null, which takes no room and no time to add up.
CREATE TABLE traffic_10s (
    start           timestamptz NOT NULL,
    gateway         text NOT NULL,
    protocol        text NOT NULL,
    route           text NOT NULL,
    mode            text NOT NULL,
    requests        bigint,
    organic_errors  bigint,
    injected_errors bigint,
    injected        bigint,
    latency_sum_ms  double precision,
    active          bigint,
    plugins         jsonb,
    bucket_0        bigint,
    bucket_1        bigint,
    bucket_2        bigint,
    bucket_3        bigint,
    bucket_4        bigint,
    bucket_5        bigint,
    bucket_6        bigint,
    bucket_7        bigint,
    bucket_8        bigint,
    bucket_9        bigint,
    bucket_10       bigint,
    bucket_11       bigint,
    bucket_12       bigint,
    bucket_13       bigint,
    bucket_14       bigint,
    bucket_15       bigint,
    PRIMARY KEY (start, gateway, protocol, route, mode)
);
CREATE INDEX traffic_10s_gateways ON traffic_10s (start) WHERE active IS NOT NULL;
CREATE TABLE traffic_1m (LIKE traffic_10s INCLUDING ALL);
CREATE TABLE traffic_1h (LIKE traffic_10s INCLUDING ALL);

-- The sum of integers is one of any length in PostgreSQL, which takes several times as long as adding them up, and as much memory.
CREATE AGGREGATE traffic_sum(bigint) (SFUNC = int8pl, STYPE = bigint, COMBINEFUNC = int8pl, PARALLEL = SAFE);

-- From when on a resolution is kept, null for ever; until when it was rolled up, null where it was not yet.
CREATE TABLE traffic_kept (
    seconds   integer PRIMARY KEY,
    kept_from timestamptz,
    rolled_to timestamptz
);
INSERT INTO traffic_kept (seconds) VALUES (10), (60), (3600);
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
DROP TABLE traffic_1h;
DROP TABLE traffic_1m;
DROP TABLE traffic_10s;
