package scenario

// FaultReset breaks the connection off with a TCP reset (HTTP/2: RST_STREAM), before anything is answered, or once
// after_bytes of the body were sent.
const FaultReset FaultKind = "reset"

func init() {
	register(Kind{
		Name: FaultReset, Order: 40, Group: GroupConnection, Label: "Connection reset", Effect: EffectBroken, Fails: true,
		Description: "Breaks the connection off, before the answer or within it.",
		Doc:         "breaks the connection off, at once or within the body or a stream",
		Fields:      breaks(),
		Request:     &RequestForm{Example: "reset"},
	})
}
