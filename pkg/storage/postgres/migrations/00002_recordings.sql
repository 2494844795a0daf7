-- +goose Up
-- A body is text where it is valid UTF-8 without NUL, so that it can be searched, and bytes otherwise.
CREATE TABLE recorded_requests (
    id                      uuid NOT NULL,
    timestamp               timestamptz NOT NULL,
    trace_id                text,
    span_id                 text,
    protocol                text NOT NULL,
    gateway                 text NOT NULL,
    instance                text NOT NULL,
    consumer                text NOT NULL DEFAULT '',
    client_ip               text NOT NULL DEFAULT '',
    method                  text NOT NULL,
    scheme                  text NOT NULL DEFAULT '',
    host                    text NOT NULL DEFAULT '',
    path                    text NOT NULL,
    route                   text NOT NULL DEFAULT '',
    operation               text NOT NULL DEFAULT '',
    http_version            text NOT NULL DEFAULT '',
    query_params            jsonb,
    headers                 jsonb,
    body                    text,
    body_binary             bytea,
    body_size               bigint NOT NULL DEFAULT 0,
    body_truncated          boolean NOT NULL DEFAULT false,
    body_redacted           boolean NOT NULL DEFAULT false,
    body_decoded            boolean NOT NULL DEFAULT false,
    response_status         integer NOT NULL,
    response_headers        jsonb,
    response_trailers       jsonb,
    response_body           text,
    response_body_binary    bytea,
    response_body_size      bigint NOT NULL DEFAULT 0,
    response_body_truncated boolean NOT NULL DEFAULT false,
    response_body_redacted  boolean NOT NULL DEFAULT false,
    response_body_decoded   boolean NOT NULL DEFAULT false,
    grpc_status             integer,
    websocket_close         integer,
    response_time_ms        double precision NOT NULL,
    upstream_time_ms        double precision,
    first_byte_ms           double precision,
    injected_delay_ms       double precision NOT NULL DEFAULT 0,
    scenario_mode           text NOT NULL,
    scenario_version        bigint NOT NULL DEFAULT 0,
    rule                    text NOT NULL DEFAULT '',
    faults                  jsonb,
    fault_kinds             text[] NOT NULL DEFAULT '{}',
    failure                 text NOT NULL DEFAULT '',
    mock_matched            text NOT NULL DEFAULT '',
    plugin_executed         text[] NOT NULL DEFAULT '{}',
    tags                    text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (timestamp, id)
) PARTITION BY RANGE (timestamp);

CREATE INDEX recorded_requests_id ON recorded_requests (id);
CREATE INDEX recorded_requests_trace_id ON recorded_requests (trace_id, timestamp) WHERE trace_id IS NOT NULL;
CREATE INDEX recorded_requests_route ON recorded_requests (route, timestamp);
CREATE INDEX recorded_requests_consumer ON recorded_requests (consumer, timestamp);
CREATE INDEX recorded_requests_errors ON recorded_requests (timestamp, id) WHERE response_status >= 500 OR response_status = 0;
CREATE INDEX recorded_requests_injected ON recorded_requests (timestamp, id) WHERE cardinality(fault_kinds) > 0;

-- timestamp is that of the recording, so that both are dropped together and found by one key.
CREATE TABLE recorded_messages (
    timestamp      timestamptz NOT NULL,
    recording_id   uuid NOT NULL,
    sequence       integer NOT NULL,
    direction      text NOT NULL,
    offset_ms      double precision NOT NULL,
    kind           text NOT NULL,
    body           text,
    body_binary    bytea,
    body_size      bigint NOT NULL DEFAULT 0,
    body_truncated boolean NOT NULL DEFAULT false,
    body_redacted  boolean NOT NULL DEFAULT false,
    body_decoded   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (timestamp, recording_id, sequence)
) PARTITION BY RANGE (timestamp);

CREATE TABLE behavior_patterns (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pattern_type     text NOT NULL,
    description      text NOT NULL DEFAULT '',
    first_seen       timestamptz NOT NULL,
    last_seen        timestamptz NOT NULL,
    occurrence_count bigint NOT NULL DEFAULT 0,
    related_requests jsonb NOT NULL DEFAULT '[]',
    metadata         jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX behavior_patterns_last_seen ON behavior_patterns (last_seen);

-- +goose Down
DROP TABLE behavior_patterns, recorded_messages, recorded_requests;
