-- +goose Up
-- Times are microseconds of UTC since 1970. number grows with what is written and is never used again: the index for searching goes
-- by it.
CREATE TABLE recordings (
    number                  INTEGER PRIMARY KEY AUTOINCREMENT,
    id                      BLOB NOT NULL UNIQUE,
    timestamp               INTEGER NOT NULL,
    trace_id                TEXT,
    span_id                 TEXT,
    protocol                TEXT NOT NULL,
    gateway                 TEXT NOT NULL,
    instance                TEXT NOT NULL,
    consumer                TEXT NOT NULL,
    client_ip               TEXT NOT NULL,
    method                  TEXT NOT NULL,
    scheme                  TEXT NOT NULL,
    host                    TEXT NOT NULL,
    path                    TEXT NOT NULL,
    -- As recording.Target.Text has it; null where it is not known.
    target                  TEXT,
    target_redacted         INTEGER NOT NULL,
    route                   TEXT NOT NULL,
    operation               TEXT NOT NULL,
    http_version            TEXT NOT NULL,
    response_status         INTEGER NOT NULL,
    grpc_status             INTEGER,
    websocket_close         INTEGER,
    response_time_ms        REAL NOT NULL,
    upstream_time_ms        REAL,
    first_byte_ms           REAL,
    injected_delay_ms       REAL NOT NULL,
    scenario_mode           TEXT NOT NULL,
    scenario_version        INTEGER NOT NULL,
    rule                    TEXT NOT NULL,
    -- Lists and objects are JSON; null is none.
    faults                  TEXT,
    failure                 TEXT NOT NULL,
    failed_by               TEXT,
    failure_kind            TEXT,
    mock_matched            TEXT NOT NULL,
    plugin_executed         TEXT,
    tags                    TEXT,
    body_size               INTEGER NOT NULL,
    body_truncated          INTEGER NOT NULL,
    body_redacted           INTEGER NOT NULL,
    body_decoded            INTEGER NOT NULL,
    response_body_size      INTEGER NOT NULL,
    response_body_truncated INTEGER NOT NULL,
    response_body_redacted  INTEGER NOT NULL,
    response_body_decoded   INTEGER NOT NULL,
    query_params            TEXT,
    headers                 TEXT,
    header_form             TEXT,
    response_headers        TEXT,
    response_header_form    TEXT,
    response_trailers       TEXT,
    -- Text where the content is text, else a blob; last, since what is behind a long value is slow to read.
    body                    ANY,
    response_body           ANY
) STRICT;
-- Pages are read in order of time and id. What most filters are about is behind that, so that looking at one after another does not
-- need the table; what few have takes a byte.
CREATE INDEX recordings_time ON recordings (timestamp, id, response_status, method, gateway, protocol, scenario_mode, response_time_ms, route, consumer, path,
    faults, rule, failure, failed_by, failure_kind, tags);
CREATE INDEX recordings_route ON recordings (route, timestamp, id, response_status, method, gateway);
CREATE INDEX recordings_consumer ON recordings (consumer, timestamp, id, response_status, method);
CREATE INDEX recordings_status ON recordings (response_status, timestamp, id, faults);
CREATE INDEX recordings_method ON recordings (method, timestamp, id);
CREATE INDEX recordings_gateway ON recordings (gateway, timestamp, id);
-- Few have what these are of. Queries say the condition in the same words.
CREATE INDEX recordings_trace ON recordings (trace_id, timestamp) WHERE trace_id IS NOT NULL;
CREATE INDEX recordings_protocol ON recordings (protocol, timestamp, id) WHERE protocol <> 'http';
CREATE INDEX recordings_mode ON recordings (scenario_mode, timestamp, id) WHERE scenario_mode <> 'healthy';
CREATE INDEX recordings_rule ON recordings (rule, timestamp, id) WHERE rule <> '';
CREATE INDEX recordings_slow ON recordings (timestamp, id, response_time_ms) WHERE response_time_ms >= 100;
CREATE INDEX recordings_injected ON recordings (timestamp, id, response_status, faults) WHERE faults IS NOT NULL;
CREATE INDEX recordings_tagged ON recordings (timestamp, id, tags) WHERE tags IS NOT NULL;
CREATE INDEX recordings_failures ON recordings (timestamp, id) WHERE failure <> '' OR response_status = 0;

CREATE TABLE messages (
    recording      INTEGER NOT NULL,
    sequence       INTEGER NOT NULL,
    direction      TEXT NOT NULL,
    offset_ms      REAL NOT NULL,
    kind           TEXT NOT NULL,
    body_size      INTEGER NOT NULL,
    body_truncated INTEGER NOT NULL,
    body_redacted  INTEGER NOT NULL,
    body_decoded   INTEGER NOT NULL,
    body           ANY,
    PRIMARY KEY (recording, sequence)
) STRICT;

-- What recordings have that can be searched, as trigrams; it tells which are worth a look. It is made behind what is written:
-- search_progress says up to which number.
CREATE VIRTUAL TABLE search USING fts5 (content, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram');
-- What is looked for as a whole, as hashes: names of headers, headers with a value, segments of paths.
CREATE VIRTUAL TABLE marks USING fts5 (content, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
CREATE TABLE search_progress (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), number INTEGER NOT NULL) STRICT;
INSERT INTO search_progress VALUES (1, 0);

-- What analysis found in recordings. related_requests and metadata are JSON.
CREATE TABLE behavior_patterns (
    pattern_id       TEXT PRIMARY KEY,
    pattern_type     TEXT NOT NULL,
    description      TEXT NOT NULL,
    first_seen       INTEGER NOT NULL,
    last_seen        INTEGER NOT NULL,
    occurrence_count INTEGER NOT NULL,
    confidence       REAL NOT NULL,
    related_requests TEXT NOT NULL,
    metadata         TEXT NOT NULL
) STRICT;
CREATE INDEX behavior_patterns_last ON behavior_patterns (last_seen);

-- +goose Down
DROP TABLE behavior_patterns;
DROP TABLE search_progress;
DROP TABLE marks;
DROP TABLE search;
DROP TABLE messages;
DROP TABLE recordings;
