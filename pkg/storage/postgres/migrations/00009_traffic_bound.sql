-- +goose Up
-- A bound at 7500 ms within 5000 to 10000: what was counted there belongs to its upper half, as far as is known.
ALTER TABLE traffic_intervals ADD COLUMN bucket_15 bigint NOT NULL DEFAULT 0;
UPDATE traffic_intervals SET bucket_15 = bucket_14, bucket_14 = bucket_13, bucket_13 = bucket_12, bucket_12 = 0
    WHERE bucket_12 + bucket_13 + bucket_14 > 0;

-- +goose Down
UPDATE traffic_intervals SET bucket_12 = bucket_12 + bucket_13, bucket_13 = bucket_14, bucket_14 = bucket_15
    WHERE bucket_13 + bucket_14 + bucket_15 > 0;
ALTER TABLE traffic_intervals DROP COLUMN bucket_15;
