package clickhouse

import "context"

// Quoted is quoted.
var Quoted = quoted

// SettleUpTo settles batches that began before a time of Unix in seconds, and returns the mark.
func (s *Store) SettleUpTo(ctx context.Context, next uint32) (uint32, error) {
	return s.settleUpTo(ctx, next)
}

// CommitTime is for how long a batch can be committed.
const CommitTime = commitTime
