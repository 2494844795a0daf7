-- +goose Up
-- Path and query as they were sent; base64: and their bytes where they are no text. Null where they are not known, as before this
-- column. Neither column has the table written anew: null and constants are defaults without that.
ALTER TABLE recorded_requests ADD COLUMN target text, ADD COLUMN target_redacted boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE recorded_requests DROP COLUMN target, DROP COLUMN target_redacted;
