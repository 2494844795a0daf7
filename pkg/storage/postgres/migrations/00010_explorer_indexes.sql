-- +goose Up
-- Each of the explorer's filters finds its first page without reading a day. Where most recordings have one value, the index
-- has only the others, so that it costs nothing for most of what is written: the common value is met soon by time.
SET LOCAL statement_timeout = 0;
CREATE INDEX recorded_requests_gateway ON recorded_requests (gateway, timestamp, id);
CREATE INDEX recorded_requests_status ON recorded_requests (response_status, timestamp, id);
CREATE INDEX recorded_requests_method ON recorded_requests (method, timestamp, id) WHERE method NOT IN ('GET', 'POST');
CREATE INDEX recorded_requests_protocol ON recorded_requests (protocol, timestamp, id) WHERE protocol <> 'http';
CREATE INDEX recorded_requests_mode ON recorded_requests (scenario_mode, timestamp, id) WHERE scenario_mode <> 'healthy';
CREATE INDEX recorded_requests_rule ON recorded_requests (rule, timestamp, id) WHERE rule <> '';
CREATE INDEX recorded_requests_failures ON recorded_requests (timestamp, id) WHERE failure <> '' OR response_status = 0;
CREATE INDEX recorded_requests_slow ON recorded_requests (timestamp, id, response_time_ms) WHERE response_time_ms >= 100;
CREATE INDEX recorded_requests_faults ON recorded_requests USING gin (fault_kinds) WHERE cardinality(fault_kinds) > 0;
CREATE INDEX recorded_requests_tags ON recorded_requests USING gin (tags) WHERE cardinality(tags) > 0;

-- +goose Down
DROP INDEX recorded_requests_gateway, recorded_requests_status, recorded_requests_method, recorded_requests_protocol, recorded_requests_mode,
    recorded_requests_rule, recorded_requests_failures, recorded_requests_slow, recorded_requests_faults, recorded_requests_tags;
