-- +goose Up
-- By whose doing and how an exchange failed. Null where it did not, and where that is not known, as before these columns: the table
-- is not written anew. Few exchanges fail, so the index of those that do serves queries for one of these, too.
ALTER TABLE recorded_requests ADD COLUMN failed_by text, ADD COLUMN failure_kind text;

-- +goose Down
ALTER TABLE recorded_requests DROP COLUMN failed_by, DROP COLUMN failure_kind;
