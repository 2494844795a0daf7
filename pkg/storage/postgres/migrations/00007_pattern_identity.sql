-- +goose Up
-- pattern_id is the same for the same finding in later analyses. What was stored without one is found again.
DELETE FROM behavior_patterns;
ALTER TABLE behavior_patterns
    ADD COLUMN pattern_id text NOT NULL UNIQUE,
    ADD COLUMN confidence double precision NOT NULL DEFAULT 0,
    ADD COLUMN detected_at timestamptz NOT NULL DEFAULT now();

-- +goose Down
ALTER TABLE behavior_patterns DROP COLUMN pattern_id, DROP COLUMN confidence, DROP COLUMN detected_at;
