package scenario

// FaultTruncate ends the body of the answer early: after_bytes, or keep of it, were sent. The client sees a body that
// is shorter than was announced.
const FaultTruncate FaultKind = "truncate"

// defaultKeep is the share of a body that is left.
const defaultKeep = 0.5

var keepParameter = share("keep", func(f *Fault) **float64 { return &f.Keep })

func init() {
	after := bytesAfter()
	after.Otherwise = "a share"
	register(Kind{
		Name: FaultTruncate, Order: 70, Group: GroupBody, Label: "Truncated body", Effect: EffectBroken, Fails: true,
		Description: "Ends the body early: the client gets less than was announced.",
		Doc:         "ends the body of the answer early",
		Fields: []Field{
			{Parameter: keepParameter, Label: "Keep", Help: "Of what Content-Length says", Default: defaultKeep, Unless: afterBytes},
			after,
		},
		Request: &RequestForm{Example: "truncate=100 for the bytes that are left", read: readNumber(func(f *Fault) **int64 { return &f.AfterBytes })},
	})
}
