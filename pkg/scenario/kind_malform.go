package scenario

// FaultMalform sends a body that cannot be read: of JSON, XML and other text that is not well-formed any more
// (part: body, the default), or a broken chunk (part: chunk; HTTP/1 only, elsewhere the stream is reset).
const FaultMalform FaultKind = "malform"

// The parts of a body that FaultMalform breaks.
const (
	PartBody  = "body"
	PartChunk = "chunk"
)

var partParameter = word("part", func(f *Fault) *string { return &f.Part }, PartBody, PartChunk)

func init() {
	register(Kind{
		Name: FaultMalform, Order: 80, Group: GroupBody, Label: "Malformed body", Effect: EffectBroken, Fails: true,
		Description: "Sends a body that cannot be read: JSON that is not well-formed, or a broken chunk.",
		Doc:         "sends a body that cannot be parsed, or a broken chunk",
		Fields: []Field{{
			Parameter: partParameter, Label: "Breaks", Default: PartBody,
			Choices: []Choice{
				{PartBody, "Body", "JSON, XML and text that is not well-formed"},
				{PartChunk, "Chunk", "A chunk that is broken; HTTP/1 only, else a reset"},
			},
		}},
		Request: &RequestForm{Example: "malform=chunk", read: func(f *Fault, v string) error { f.Part = v; return nil }},
	})
}
