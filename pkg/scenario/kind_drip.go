package scenario

// FaultDrip sends the body of the answer in small parts, evenly over duration_ms.
const FaultDrip FaultKind = "drip"

// defaultDurationMS is how long a body drips, in milliseconds.
const defaultDurationMS = 10_000

var durationMS = number("duration_ms", func(f *Fault) **int { return &f.DurationMS }, 1, MaxDelayMS).limitedBy(maxLatency).inSeconds()

func init() {
	register(Kind{
		Name: FaultDrip, Order: 110, Group: GroupLatency, Label: "Slow drip", Effect: EffectSlowed,
		Description: "Sends the body of the answer in small parts, evenly over a time.",
		Doc:         "sends the body in small parts, evenly over a time",
		Fields:      []Field{{Parameter: durationMS, Label: "Over", Default: defaultDurationMS}},
		Request:     &RequestForm{Example: "drip=2s", read: readMilliseconds(func(f *Fault) **int { return &f.DurationMS })},
	})
}
