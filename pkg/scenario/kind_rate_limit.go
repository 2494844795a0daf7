package scenario

// FaultRateLimit lets limit exchanges pass in each window_ms, of each consumer (per: consumer, the default), each
// route or all together, and answers the others with 429, Retry-After and RateLimit headers.
const FaultRateLimit FaultKind = "rate_limit"

// defaultWindowMS is how long a window is, in milliseconds.
const defaultWindowMS = 60_000

var (
	windowMS       = number("window_ms", func(f *Fault) **int { return &f.WindowMS }, 1, MaxWindowMS).inSeconds()
	limitParameter = number("limit", func(f *Fault) **int { return &f.Limit }, 0, MaxCount).in("requests")
	perParameter   = word("per", func(f *Fault) *Scope { return &f.Per }, PerConsumer, PerRoute, PerAll)
)

func init() {
	register(Kind{
		Name: FaultRateLimit, Order: 120, Group: GroupLimits, Label: "Rate limit", Fails: true,
		Description: "Lets so many requests pass in each window, and answers the others with 429.",
		Doc:         "lets so many pass in a window, answers the others with 429; tells all what is left",
		Fields: []Field{
			{Parameter: limitParameter, Label: "Limit", Required: true, Initial: 10},
			{Parameter: windowMS, Label: "In each", Default: defaultWindowMS},
			{
				Parameter: perParameter, Label: "Of", Default: PerConsumer,
				Choices: []Choice{
					{string(PerConsumer), "Each consumer", ""},
					{string(PerRoute), "Each route", ""},
					{string(PerAll), "All together", ""},
				},
			},
		},
		quota: newQuota,
	})
}
