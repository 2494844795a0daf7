-- +goose Up
-- What sums of a day need besides is in the index by time as well, so that they do not read the table.
ALTER TABLE recordings ADD COLUMN stored_bytes INTEGER GENERATED ALWAYS AS (coalesce(octet_length(body), 0) + coalesce(octet_length(response_body), 0)) VIRTUAL;
DROP INDEX recordings_time;
CREATE INDEX recordings_time ON recordings (timestamp, id, response_status, method, gateway, protocol, scenario_mode, response_time_ms, route, consumer, path,
    faults, rule, failure, failed_by, failure_kind, tags, grpc_status, websocket_close, stored_bytes);

-- +goose Down
DROP INDEX recordings_time;
ALTER TABLE recordings DROP COLUMN stored_bytes;
CREATE INDEX recordings_time ON recordings (timestamp, id, response_status, method, gateway, protocol, scenario_mode, response_time_ms, route, consumer, path,
    faults, rule, failure, failed_by, failure_kind, tags);
