package scenario

// FaultCorrupt changes bytes: those of the answer's body (at: response, the default), of the request's (at: request)
// or of messages (at: message), as many as bytes_changed says, at places that the draw decides.
const FaultCorrupt FaultKind = "corrupt"

// defaultBytesChanged is how many bytes are changed.
const defaultBytesChanged = 1

const maxBytesChanged = 1 << 16

var bytesChanged = number("bytes_changed", func(f *Fault) **int { return &f.BytesChanged }, 1, maxBytesChanged).in("B")

func init() {
	register(Kind{
		Name: FaultCorrupt, Order: 90, Group: GroupBody, Label: "Corrupted bytes", Effect: EffectChanged,
		Description: "Changes some bytes at places that are drawn.",
		Doc:         "changes bytes of the `response`, the `request` or of each `message`",
		Fields: []Field{
			{Parameter: bytesChanged, Label: "Bytes changed", Default: defaultBytesChanged},
			worksAt(
				work{AtResponse, "The body of the answer"},
				work{AtRequest, "The body of the request"},
				work{AtMessage, "Messages of a stream"},
			),
		},
		Request: &RequestForm{Example: "corrupt=3 for the bytes that are changed", read: readNumber(func(f *Fault) **int { return &f.BytesChanged })},
	})
}
