package scenario

// FaultDrop leaves messages of a stream out: those to the client (at: response, the default), or those from it
// (at: request). share is then a share of messages.
const FaultDrop FaultKind = "drop"

func init() {
	register(Kind{
		Name: FaultDrop, Order: 160, Group: GroupStreams, Label: "Dropped messages", Effect: EffectChanged, Level: LevelMessage,
		Description: "Leaves messages of a stream out.",
		Doc:         "leaves messages of streams out: those to the client (`response`) or from it (`request`)",
		Initial:     Fault{Share: new(0.1)},
		Fields:      []Field{atMessagesOf()},
	})
}

// atMessagesOf returns the choice between the directions of a stream.
func atMessagesOf() Field {
	return worksAt(work{AtResponse, "Messages to the client"}, work{AtRequest, "Messages from the client"})
}
