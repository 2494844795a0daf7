package postgres

import "time"

// SetReplayWaits shortens how long a replay waits for a collector, and for its answer.
func (s *Store) SetReplayWaits(take, total time.Duration) { s.replayTake, s.replayTotal = take, total }
