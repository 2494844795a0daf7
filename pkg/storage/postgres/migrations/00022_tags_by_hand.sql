-- Tags that people give to recordings which are in another store than this one.

-- +goose Up
CREATE TABLE tags_by_hand (
    recording_id uuid PRIMARY KEY,
    recorded_at  timestamptz NOT NULL,
    tags         text[] NOT NULL
);
CREATE INDEX tags_by_hand_recorded_at ON tags_by_hand (recorded_at);

-- +goose Down
DROP TABLE tags_by_hand;
