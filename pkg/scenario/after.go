package scenario

// maxBytes bounds bytes and rates of them: 1 TiB.
const maxBytes = 1 << 40

var (
	afterBytes    = number("after_bytes", func(f *Fault) **int64 { return &f.AfterBytes }, 0, maxBytes).in("B").doc("of the answer's body")
	afterMessages = number("after_messages", func(f *Fault) **int { return &f.AfterMessages }, 0, MaxCount).
			doc("only streams, after so many messages to the client")
)

// bytesAfter returns the bytes after which a connection breaks; absent: before anything is answered.
func bytesAfter() Field {
	return Field{Parameter: afterBytes, Label: "After bytes", Help: "Once so many bytes of the body were sent", Otherwise: "before the answer"}
}

// messagesAfter returns the messages after which a stream ends; absent: at once.
func messagesAfter() Field {
	return Field{
		Parameter: afterMessages, Label: "After messages", Help: "Streams only: once so many messages were sent to the client", Otherwise: "at once",
	}
}

// breaks returns the fields of what breaks a connection off: after bytes of the answer or after messages of a stream.
func breaks() []Field {
	inBody, inStream := bytesAfter(), messagesAfter()
	inBody.Unless, inStream.Unless = afterMessages, afterBytes
	return []Field{inBody, inStream}
}
