package recording

import (
	"encoding/base64"
)

func harMessagesOf(r *Recording) []harMessage {
	if r.Protocol != WebSocket {
		return nil
	}
	var messages []harMessage
	for _, m := range r.Messages {
		message := harMessage{Type: "receive", Opcode: 1, Time: float64(r.Timestamp.UnixMicro())/1e6 + m.OffsetMS/1000}
		if m.Direction == "in" {
			message.Type = "send"
		}
		text, ok := m.Body.Text()
		message.Data = text
		if !ok {
			message.Data = base64.StdEncoding.EncodeToString(m.Body.Content)
		}
		switch m.Kind { // RFC 6455, section 5.2.
		case "binary":
			message.Opcode = 2
			message.Data = base64.StdEncoding.EncodeToString(m.Body.Content)
		case "close":
			message.Opcode = 8
		case "ping":
			message.Opcode = 9
		case "pong":
			message.Opcode = 10
		}
		messages = append(messages, message)
	}
	return messages
}
