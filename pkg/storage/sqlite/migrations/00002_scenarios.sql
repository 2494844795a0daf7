-- +goose Up
-- Documents are JSON, times microseconds of UTC since 1970.
CREATE TABLE scenario_state (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    version  INTEGER NOT NULL,
    scenario TEXT NOT NULL
) STRICT;
INSERT INTO scenario_state VALUES (1, 0, '{"mode":"healthy"}');

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

-- +goose Down
DROP TABLE instances;
DROP TABLE scenario_presets;
DROP TABLE scenario_history;
DROP TABLE scenario_state;
