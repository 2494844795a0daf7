-- +goose Up
-- What sums of a day need besides is in the index by time as well, so that they do not read the table. Statements say the sum of the bytes in
-- the same words: of a generated column SQLite would not see that the index has it, and with a function that is younger, such as
-- octet_length, older programs could not open the file.
DROP INDEX recordings_time;
CREATE INDEX recordings_time ON recordings (timestamp, id, response_status, method, gateway, protocol, scenario_mode, response_time_ms, route, consumer, path,
    faults, rule, failure, failed_by, failure_kind, tags, grpc_status, websocket_close, coalesce(length(CAST(body AS BLOB)), 0) + coalesce(length(CAST(response_body AS BLOB)), 0));

-- +goose Down
DROP INDEX recordings_time;
CREATE INDEX recordings_time ON recordings (timestamp, id, response_status, method, gateway, protocol, scenario_mode, response_time_ms, route, consumer, path,
    faults, rule, failure, failed_by, failure_kind, tags);
