package fault

import (
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// complete returns a fault of a kind with all that it requires.
func complete(kind *scenario.Kind, place scenario.Place) scenario.Drawn {
	f := scenario.Fault{
		Kind: kind.Name, At: place, DelayMS: new(5.0), BytesPerSecond: new(int64(10)), Limit: new(1), SetHeaders: map[string]string{"x-a": "b"},
	}.WithDefaults()
	return scenario.Drawn{Fault: &f, Delay: 1, Code: 503, Quota: &scenario.Quota{Exceeded: true}}
}

func TestEachKindHasAnExecutor(t *testing.T) {
	for _, kind := range scenario.Kinds() {
		places := kind.Places()
		if len(places) == 0 {
			places = []scenario.Place{""}
		}
		for _, place := range places {
			d := complete(kind, place)
			if kind.Level == scenario.LevelConnection {
				continue // Engine.Refuses decides about it, and listeners do it.
			}
			if !d.AtMessages() {
				if one(d) == nil {
					t.Errorf("nothing does %s at %q to an exchange: register it by executes", kind.Name, place)
				}
				continue
			}
			if one(d) != nil {
				t.Errorf("%s at %q is done to the exchange, not to messages", kind.Name, place)
			}
			way, other := MessagesToClient, MessagesFromClient
			if place == scenario.AtRequest {
				way, other = other, way
			}
			faults, tally := []scenario.Drawn{d}, new(Tally)
			messages := way(faults, tally)
			if messages == nil || messages.Next(true) == (Message{}) {
				t.Errorf("nothing does %s at %q to messages: register it by executesAtMessages", kind.Name, place)
			}
			if other(faults, tally) != nil {
				t.Errorf("%s at %q is done to messages of both directions", kind.Name, place)
			}
		}
		for _, field := range kind.Fields {
			if field.Name != "after_messages" {
				continue
			}
			d := complete(kind, "")
			d.AfterMessages = new(1)
			messages := MessagesToClient([]scenario.Drawn{d}, new(Tally))
			if one(d) != nil || messages == nil || messages.Sent(1) == nil {
				t.Errorf("%s does not end a stream after messages", kind.Name)
			}
		}
	}
	for kind := range executors {
		if _, known := kind.Registered(); !known {
			t.Errorf("%q is done, and no kind of fault", kind)
		}
	}
	for kind := range messageExecutors {
		if _, known := kind.Registered(); !known {
			t.Errorf("%q is done to messages, and no kind of fault", kind)
		}
	}
}
