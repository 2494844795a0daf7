-- +goose Up
-- Which numbers the recordings of ten minutes have; time is those since 1970. Numbers grow as recordings are written, mostly in the
-- order of their times: so searching for what is of some time needs to look at few numbers. A range may be wider than what is there.
CREATE TABLE number_ranges (
    time    INTEGER PRIMARY KEY,
    lowest  INTEGER NOT NULL,
    highest INTEGER NOT NULL
) STRICT;
INSERT INTO number_ranges SELECT (timestamp - (timestamp % 600000000 + 600000000) % 600000000) / 600000000, min(number), max(number) FROM recordings GROUP BY 1;

-- +goose Down
DROP TABLE number_ranges;
