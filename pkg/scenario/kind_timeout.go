package scenario

// FaultTimeout forwards nothing and holds the exchange for timeout_ms, then answers 504.
const FaultTimeout FaultKind = "timeout"

var timeoutMS = number("timeout_ms", func(f *Fault) **int { return &f.TimeoutMS }, 1, MaxDelayMS).limitedBy(maxTimeout).inSeconds()

func init() {
	register(Kind{
		Name: FaultTimeout, Order: 30, Group: GroupFailure, Label: "Timeout", Effect: EffectTimeout, Fails: true,
		Description: "Forwards nothing, holds the request, and then answers 504.",
		Doc:         "forwards nothing, holds the exchange, then answers 504",
		Fields:      []Field{{Parameter: timeoutMS, Label: "Hold for", Default: DefaultTimeoutMS}},
		Request:     &RequestForm{Example: "timeout=5s", read: readMilliseconds(func(f *Fault) **int { return &f.TimeoutMS })},
	})
}
