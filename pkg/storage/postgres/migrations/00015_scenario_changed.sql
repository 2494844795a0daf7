-- +goose Up
-- When somebody last asked for a change, by the clock of the database; null where that was before this column.
ALTER TABLE scenario_state ADD COLUMN changed_at timestamptz;

-- +goose Down
ALTER TABLE scenario_state DROP COLUMN changed_at;
