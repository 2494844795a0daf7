-- +goose Up
-- Routes and consumers are mostly asked for together with statuses, methods and gateways: what is in the index is looked at
-- there, so that only what matches is read from the table. Errors are few, and asked for by route or consumer.
SET LOCAL statement_timeout = 0;
DROP INDEX recorded_requests_route, recorded_requests_consumer, recorded_requests_errors;
CREATE INDEX recorded_requests_route ON recorded_requests (route, timestamp, id, response_status, method, gateway);
CREATE INDEX recorded_requests_consumer ON recorded_requests (consumer, timestamp, id, response_status, method);
CREATE INDEX recorded_requests_errors ON recorded_requests (timestamp, id, response_status, route, consumer) WHERE response_status >= 500 OR response_status = 0;

-- +goose Down
SET LOCAL statement_timeout = 0;
DROP INDEX recorded_requests_route, recorded_requests_consumer, recorded_requests_errors;
CREATE INDEX recorded_requests_route ON recorded_requests (route, timestamp);
CREATE INDEX recorded_requests_consumer ON recorded_requests (consumer, timestamp);
CREATE INDEX recorded_requests_errors ON recorded_requests (timestamp, id) WHERE response_status >= 500 OR response_status = 0;
