-- +goose Up
-- What sums of a day need besides is in the index by time as well, so that they do not read the table. Statements say the sum of the bytes in
-- the same words. (Of a generated column SQLite would not see that the index has it.)
DROP INDEX recordings_time;
CREATE INDEX recordings_time ON recordings (timestamp, id, response_status, method, gateway, protocol, scenario_mode, response_time_ms, route, consumer, path,
    faults, rule, failure, failed_by, failure_kind, tags, grpc_status, websocket_close, coalesce(octet_length(body), 0) + coalesce(octet_length(response_body), 0));

-- +goose Down
DROP INDEX recordings_time;
CREATE INDEX recordings_time ON recordings (timestamp, id, response_status, method, gateway, protocol, scenario_mode, response_time_ms, route, consumer, path,
    faults, rule, failure, failed_by, failure_kind, tags);
