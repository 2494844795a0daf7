//go:build !linux

package punctual

import "time"

// clock is nothing: elsewhere the runtime waits in finer steps than milliseconds.
type clock struct{}

func newClock() (*clock, error) { return nil, nil }

func (*clock) set(time.Duration) {}
func (*clock) wait() bool        { return false }
func (*clock) ended()            {}
func (*clock) close()            {}
