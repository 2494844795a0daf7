package sqlite

import (
	"context"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/retry"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const (
	// scenarioPoll bounds how long an expiry that nobody has written yet stays unseen.
	scenarioPoll = time.Second
	// retryFirst and retryMost are between attempts to read the scenario while the file cannot be read.
	retryFirst = 100 * time.Millisecond
	retryMost  = time.Second
)

// Watch calls back with the live scenario whenever its version is another than before, starting from version 0 (nothing was ever
// set). Calls come one at a time. It returns nil when ctx ends or the store is closed.
func (s *Store) Watch(ctx context.Context, changed func(scenario.Scenario)) error {
	due, leave := s.changes.join()
	defer leave()
	var version int64
	away := false
	pace := retry.NewPace(retryFirst, retryMost)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.closed:
			return nil
		case <-due:
		case <-timer.C:
		}
		current, err := s.Current(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			if !away {
				s.logger.WarnContext(ctx, "the scenario cannot be read, the last one stays in force", "error", err)
			}
			away = true
			timer.Reset(pace.Next())
			continue
		case away:
			s.logger.InfoContext(ctx, "the scenario can be read again", "version", current.Version)
			away = false
			pace.Reset()
		}
		timer.Reset(scenarioPoll)
		if current.Version != version {
			version = current.Version
			changed(current)
		}
	}
}
