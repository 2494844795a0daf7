-- +goose Up
-- Paths are stored as they were sent from now on, escaped. Those with escapes are few mostly, and patterns compare what they decode
-- to, which the index of their text does not have. No row is written: earlier ones, which have no target, stay decoded.
SET LOCAL statement_timeout = 0;
CREATE INDEX recorded_requests_escaped ON recorded_requests (timestamp, id) WHERE path LIKE '%\%%';

-- +goose Down
DROP INDEX recorded_requests_escaped;
