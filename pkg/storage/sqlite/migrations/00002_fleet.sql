-- +goose Up
-- Documents are JSON, times microseconds of UTC since 1970.
CREATE TABLE scenario_state (
    only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
    version    INTEGER NOT NULL,
    -- When somebody asked for a change last, null for never: by it a stop that is told later is measured.
    changed_at INTEGER,
    scenario   TEXT NOT NULL
) STRICT;
INSERT INTO scenario_state VALUES (1, 0, NULL, '{"mode":"healthy"}');

CREATE TABLE scenario_history (
    version  INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    by       TEXT NOT NULL,
    action   TEXT NOT NULL,
    reason   TEXT NOT NULL,
    scenario TEXT NOT NULL
) STRICT;
CREATE INDEX scenario_history_at ON scenario_history (at);

CREATE TABLE scenario_presets (
    name   TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('configuration', 'user')),
    preset TEXT NOT NULL,
    PRIMARY KEY (name, source)
) STRICT;

CREATE TABLE instances (
    id           TEXT PRIMARY KEY,
    last_seen_at INTEGER NOT NULL,
    instance     TEXT NOT NULL
) STRICT;

-- What instances count, interval by interval. By its middle an interval belongs to a step of a query.
CREATE TABLE traffic_intervals (
    start           INTEGER NOT NULL,
    middle          INTEGER NOT NULL,
    instance        TEXT NOT NULL,
    gateway         TEXT NOT NULL,
    protocol        TEXT NOT NULL,
    route           TEXT NOT NULL,
    mode            TEXT NOT NULL,
    seconds         REAL NOT NULL,
    requests        INTEGER NOT NULL,
    organic_errors  INTEGER NOT NULL,
    injected_errors INTEGER NOT NULL,
    injected        INTEGER NOT NULL,
    latency_sum_ms  REAL NOT NULL,
    active          INTEGER NOT NULL,
    bucket_0       INTEGER NOT NULL,
    bucket_1       INTEGER NOT NULL,
    bucket_2       INTEGER NOT NULL,
    bucket_3       INTEGER NOT NULL,
    bucket_4       INTEGER NOT NULL,
    bucket_5       INTEGER NOT NULL,
    bucket_6       INTEGER NOT NULL,
    bucket_7       INTEGER NOT NULL,
    bucket_8       INTEGER NOT NULL,
    bucket_9       INTEGER NOT NULL,
    bucket_10      INTEGER NOT NULL,
    bucket_11      INTEGER NOT NULL,
    bucket_12      INTEGER NOT NULL,
    bucket_13      INTEGER NOT NULL,
    bucket_14      INTEGER NOT NULL,
    bucket_15      INTEGER NOT NULL,
    -- JSON by name of the plugin; null where none ran.
    plugins         TEXT,
    PRIMARY KEY (start, instance, gateway, protocol, route, mode)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE traffic_intervals;
DROP TABLE instances;
DROP TABLE scenario_presets;
DROP TABLE scenario_history;
DROP TABLE scenario_state;
