-- +goose Up
-- pg_trgm makes parts of paths quick to find. A server without it, or a user who may not create it, does without.
-- +goose StatementBegin
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX recorded_requests_path ON recorded_requests USING gin (path gin_trgm_ops);
EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'paths are searched without an index: %', SQLERRM;
END
$$;
-- +goose StatementEnd

-- +goose Down
DROP INDEX IF EXISTS recorded_requests_path;
