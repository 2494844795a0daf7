package replay

import (
	"fmt"
	"slices"

	"github.com/mockforge/mockforge-observability-app/pkg/fieldpath"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// MessagesDiff is what differs between the messages of the upstream in two conversations, by their sequence.
type MessagesDiff struct {
	Equal bool `json:"equal"`
	// Before and After are how many there were.
	Before int `json:"before"`
	After  int `json:"after"`
	// Different are the first that differ.
	Different []MessageDiff `json:"different"`
}

// MessageDiff is one message that differs.
type MessageDiff struct {
	// Number is its place among the upstream's messages, from 1.
	Number int  `json:"number"`
	Kind   Kind `json:"kind"`
	// Body is absent where only one side has the message.
	Body *BodyDiff `json:"body,omitempty"`
}

// maxMessageDiffs is how many messages that differ are told.
const maxMessageDiffs = 50

// compareMessages holds the upstream's messages against each other. Where not all were recorded, only those are compared.
func compareMessages(before, after []recording.Message, all bool, ignored []*fieldpath.Path) (MessagesDiff, []string) {
	d := MessagesDiff{Equal: true, Before: len(before), After: len(after), Different: []MessageDiff{}}
	var notes []string
	n := max(len(before), len(after))
	if !all {
		n = len(before)
		notes = append(notes, fmt.Sprintf("Not all messages were recorded; only the first %d are compared.", n))
	}
	add := func(m MessageDiff) {
		d.Equal = false
		if len(d.Different) < maxMessageDiffs {
			d.Different = append(d.Different, m)
		}
	}
	for i := range n {
		switch {
		case i >= len(before):
			add(MessageDiff{Number: i + 1, Kind: Added})
		case i >= len(after):
			add(MessageDiff{Number: i + 1, Kind: Removed})
		case before[i].Kind != after[i].Kind:
			add(MessageDiff{Number: i + 1, Kind: Type})
		default:
			body, more := compareBodies(answer{body: unpacked(before[i].Body)}, answer{body: unpacked(after[i].Body)}, ignored)
			for _, note := range more {
				if !slices.Contains(notes, note) {
					notes = append(notes, note)
				}
			}
			if !body.Equal {
				add(MessageDiff{Number: i + 1, Kind: Changed, Body: &body})
			}
		}
	}
	return d, notes
}

// unpacked has the size of its content where that was compressed, since compressors differ.
func unpacked(b recording.Body) recording.Body {
	if b.Decoded && !b.Truncated {
		b.Size = int64(len(b.Content))
	}
	return b
}

// allRecorded reports whether a recording has all messages of the upstream.
func allRecorded(r recording.Recording, messages []recording.Message) bool {
	if r.Protocol != recording.GRPC {
		return len(r.Messages) < maxMessages
	}
	var size int64
	for _, m := range messages {
		size += grpcPrefix + m.Body.Size
	}
	return size >= r.ResponseBody.Size
}
