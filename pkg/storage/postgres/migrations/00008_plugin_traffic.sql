-- +goose Up
-- What plugins did, by name, on the row of one key per gateway; null where none ran.
ALTER TABLE traffic_intervals ADD COLUMN plugins jsonb;

-- +goose Down
ALTER TABLE traffic_intervals DROP COLUMN plugins;
