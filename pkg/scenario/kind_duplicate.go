package scenario

// FaultDuplicate sends messages of a stream twice: those to the client (at: response, the default), or those from it
// (at: request). share is then a share of messages.
const FaultDuplicate FaultKind = "duplicate"

func init() {
	register(Kind{
		Name: FaultDuplicate, Order: 170, Group: GroupStreams, Label: "Duplicated messages", Effect: EffectChanged, Level: LevelMessage,
		Description: "Sends messages of a stream twice.",
		Doc:         "sends messages of streams twice: those to the client (`response`) or from it (`request`)",
		Initial:     Fault{Share: new(0.1)},
		Fields:      []Field{atMessagesOf()},
	})
}
