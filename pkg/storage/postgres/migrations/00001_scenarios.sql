-- +goose Up
CREATE TABLE scenario_state (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version    bigint NOT NULL,
    scenario   jsonb NOT NULL,
    expires_at timestamptz
);
INSERT INTO scenario_state (version, scenario)
VALUES (0, jsonb_build_object('mode', 'healthy', 'version', 0, 'set_at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')));

CREATE TABLE scenario_history (
    version  bigint PRIMARY KEY,
    at       timestamptz NOT NULL,
    by       text NOT NULL,
    action   text NOT NULL,
    reason   text NOT NULL DEFAULT '',
    scenario jsonb NOT NULL
);

CREATE TABLE scenario_presets (
    name       text NOT NULL,
    source     text NOT NULL CHECK (source IN ('configuration', 'user')),
    preset     jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, source)
);

CREATE TABLE instances (
    id              text PRIMARY KEY,
    name            text NOT NULL,
    build           text NOT NULL DEFAULT '',
    started_at      timestamptz NOT NULL,
    last_seen_at    timestamptz NOT NULL DEFAULT now(),
    applied_version bigint NOT NULL DEFAULT 0,
    applied_at      timestamptz,
    gateways        jsonb NOT NULL DEFAULT '[]'
);

-- +goose Down
DROP TABLE instances, scenario_presets, scenario_history, scenario_state;
