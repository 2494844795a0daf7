-- +goose Up
-- at is by the clock of whoever made the change; how long a change is kept goes by that of the database.
ALTER TABLE scenario_history ADD COLUMN stored_at timestamptz NOT NULL DEFAULT now();
UPDATE scenario_history SET stored_at = at WHERE at < stored_at;
CREATE INDEX scenario_history_stored_at ON scenario_history (stored_at);

-- +goose Down
ALTER TABLE scenario_history DROP COLUMN stored_at;
