package scenario

// FaultThrottle limits the bandwidth of the answer's body (at: response, the default) or of the request's
// (at: request) to bytes_per_second.
const FaultThrottle FaultKind = "throttle"

var bytesPerSecond = number("bytes_per_second", func(f *Fault) **int64 { return &f.BytesPerSecond }, 1, maxBytes).in("B/s")

func init() {
	register(Kind{
		Name: FaultThrottle, Order: 100, Group: GroupLatency, Label: "Throttle", Effect: EffectSlowed,
		Description: "Limits the bandwidth of the body.",
		Doc:         "limits the bandwidth of the body of the `response` or the `request`",
		Fields: []Field{
			{Parameter: bytesPerSecond, Label: "Bandwidth", Required: true, Initial: 10_240},
			worksAt(work{AtResponse, "The body of the answer"}, work{AtRequest, "The body of the request"}),
		},
		Request: &RequestForm{
			Example: "throttle=1024 for bytes per second", Required: true,
			read: readNumber(func(f *Fault) **int64 { return &f.BytesPerSecond }),
		},
	})
}
