-- +goose Up
ALTER TABLE instances ADD COLUMN limits jsonb NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE instances DROP COLUMN limits;
