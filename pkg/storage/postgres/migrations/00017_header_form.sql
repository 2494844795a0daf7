-- +goose Up
-- The names of headers in the order and the case in which they were sent, and the bytes of values that are no text: see
-- recording.HeaderForm. Null where that is not known, as before these columns, and where there is nothing to tell. No table is written
-- anew for them.
ALTER TABLE recorded_requests ADD COLUMN header_form text, ADD COLUMN response_header_form text;

-- +goose Down
ALTER TABLE recorded_requests DROP COLUMN header_form, DROP COLUMN response_header_form;
