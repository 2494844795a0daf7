-- +goose Up
-- Traffic is kept by the second for a day, and rolled up into longer intervals for years: one page for each interval with the totals of all
-- gateways, and one for each interval and gateway with its routes. traffic.FigureReader reads their figures.
CREATE TABLE traffic_10s (
    start   INTEGER NOT NULL,
    gateway TEXT NOT NULL,
    figures BLOB NOT NULL,
    PRIMARY KEY (start, gateway)
) STRICT;
CREATE TABLE traffic_1m (start INTEGER NOT NULL, gateway TEXT NOT NULL, figures BLOB NOT NULL, PRIMARY KEY (start, gateway)) STRICT;
CREATE TABLE traffic_1h (start INTEGER NOT NULL, gateway TEXT NOT NULL, figures BLOB NOT NULL, PRIMARY KEY (start, gateway)) STRICT;
CREATE TABLE traffic_1d (start INTEGER NOT NULL, gateway TEXT NOT NULL, figures BLOB NOT NULL, PRIMARY KEY (start, gateway)) STRICT;
CREATE TABLE traffic_10s_routes (start INTEGER NOT NULL, gateway TEXT NOT NULL, figures BLOB NOT NULL, PRIMARY KEY (start, gateway)) STRICT;
CREATE TABLE traffic_1m_routes (start INTEGER NOT NULL, gateway TEXT NOT NULL, figures BLOB NOT NULL, PRIMARY KEY (start, gateway)) STRICT;
CREATE TABLE traffic_1h_routes (start INTEGER NOT NULL, gateway TEXT NOT NULL, figures BLOB NOT NULL, PRIMARY KEY (start, gateway)) STRICT;
CREATE TABLE traffic_1d_routes (start INTEGER NOT NULL, gateway TEXT NOT NULL, figures BLOB NOT NULL, PRIMARY KEY (start, gateway)) STRICT;

-- From when on a resolution is kept, null for ever; until when it was rolled up, null where it was not yet, and for seconds.
CREATE TABLE traffic_kept (
    seconds   INTEGER PRIMARY KEY,
    kept_from INTEGER,
    rolled_to INTEGER
) STRICT;
INSERT INTO traffic_kept (seconds) VALUES (1), (10), (60), (3600), (86400);

-- When an interval was written: it is kept for as long as the same one might be written again.
ALTER TABLE traffic_intervals ADD COLUMN stored_at INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE traffic_intervals DROP COLUMN stored_at;
DROP TABLE traffic_kept;
DROP TABLE traffic_1d_routes;
DROP TABLE traffic_1h_routes;
DROP TABLE traffic_1m_routes;
DROP TABLE traffic_10s_routes;
DROP TABLE traffic_1d;
DROP TABLE traffic_1h;
DROP TABLE traffic_1m;
DROP TABLE traffic_10s;
