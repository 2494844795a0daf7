package main

import "runtime"

// ballastBytes is what the heap of a small Collector lacks. The garbage of each exchange is little, but a heap of 10 MB is
// collected every 10 MB of it, each time with all that the Collector itself has: a tenth of the processor time of a busy
// gateway. It is never written, so that it takes no memory but for what the collector leaves to a heap that is as much larger.
const ballastBytes = 32 << 20

// withBallast runs f with a heap that is collected every 40 MB of garbage or more. The collector goes by GOGC and
// GOMEMLIMIT as ever.
func withBallast(f func()) {
	ballast := make([]byte, ballastBytes)
	f()
	runtime.KeepAlive(ballast)
}
