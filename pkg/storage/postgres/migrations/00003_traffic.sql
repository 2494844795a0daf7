-- +goose Up
-- Unlogged: the last day of live figures is not worth its weight in the write-ahead log, nor missed after a crash.
CREATE UNLOGGED TABLE traffic_intervals (
    start           timestamptz NOT NULL,
    instance        text NOT NULL,
    gateway         text NOT NULL,
    protocol        text NOT NULL,
    route           text NOT NULL,
    mode            text NOT NULL,
    seconds         double precision NOT NULL,
    requests        bigint NOT NULL,
    organic_errors  bigint NOT NULL,
    injected_errors bigint NOT NULL,
    injected        bigint NOT NULL,
    latency_sum_ms  double precision NOT NULL,
    active          bigint NOT NULL,
    bucket_0        bigint NOT NULL,
    bucket_1        bigint NOT NULL,
    bucket_2        bigint NOT NULL,
    bucket_3        bigint NOT NULL,
    bucket_4        bigint NOT NULL,
    bucket_5        bigint NOT NULL,
    bucket_6        bigint NOT NULL,
    bucket_7        bigint NOT NULL,
    bucket_8        bigint NOT NULL,
    bucket_9        bigint NOT NULL,
    bucket_10       bigint NOT NULL,
    bucket_11       bigint NOT NULL,
    bucket_12       bigint NOT NULL,
    bucket_13       bigint NOT NULL,
    bucket_14       bigint NOT NULL,
    PRIMARY KEY (start, instance, gateway, protocol, route, mode)
);

-- +goose Down
DROP TABLE traffic_intervals;
