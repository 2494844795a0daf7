package fault

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// Messages says what happens to the messages of one direction of a stream, one after the other. It is for one goroutine;
// a nil one harms nothing.
type Messages struct {
	faults []scenario.Drawn
	// executors and random belong to the faults, one for each.
	executors []messageExecutor
	random    []*rand.Rand
	ends      []scenario.Drawn
	tally     *Tally
	seen      int
	sent      int
	rewrite   bool
}

// Message is what happens to one message. Delay comes first; Drop leaves nothing of the rest to do.
type Message struct {
	Delay           time.Duration
	Drop, Duplicate bool
	// Change changes bytes of the payload; nil is to leave it alone.
	Change *Change
}

// messageExecutor is what a kind does to messages of streams.
type messageExecutor struct {
	// first reports that the kind works at the first message of its direction where it does not work at messages.
	first bool
	// content reports that the content of a message must be at hand.
	content bool
	// harm adds to next, which happens to message n, what the fault does.
	harm func(d scenario.Drawn, n int, random *rand.Rand, next Message) Message
}

var messageExecutors = map[scenario.FaultKind]messageExecutor{}

// executesAtMessages registers what a kind does to messages. It is called by the file of the kind while the package is initialised.
func executesAtMessages(kind scenario.FaultKind, executor messageExecutor) {
	messageExecutors[kind] = executor
}

// MessagesToClient returns those of faults that work on messages to the client: latency and corrupt at messages, drop and
// duplicate at the response, corrupt at the response as the first message, and what ends a stream after messages. It is
// nil where there are none. What is done is added to tally.
func MessagesToClient(faults []scenario.Drawn, tally *Tally) *Messages {
	return messages(faults, tally, func(d scenario.Drawn) bool { return d.At != scenario.AtRequest }, EndsStream)
}

// MessagesFromClient returns those of faults that work on messages from the client: drop, duplicate and corrupt at the
// request. It is nil where there are none.
func MessagesFromClient(faults []scenario.Drawn, tally *Tally) *Messages {
	return messages(
		faults, tally, func(d scenario.Drawn) bool { return d.At == scenario.AtRequest }, func(scenario.Drawn) bool { return false },
	)
}

// EndsStream reports whether d ends a stream once messages were sent on it, instead of answering at the start.
func EndsStream(d scenario.Drawn) bool { return d.AfterMessages != nil }

func messages(faults []scenario.Drawn, tally *Tally, direction, ends func(scenario.Drawn) bool) *Messages {
	m := Messages{tally: tally}
	for _, d := range faults {
		executor, known := messageExecutors[d.Kind]
		switch {
		case ends(d):
			m.ends = append(m.ends, d)
		case known && direction(d) && (executor.first || d.AtMessages()):
			m.faults = append(m.faults, d)
			m.executors = append(m.executors, executor)
			m.random = append(m.random, d.Random())
			m.rewrite = m.rewrite || executor.content
		}
	}
	if len(m.faults) == 0 && len(m.ends) == 0 {
		return nil
	}
	return &m
}

// Rewrites reports whether messages may be left out, sent twice or changed, for which their content must be at hand.
func (m *Messages) Rewrites() bool { return m != nil && m.rewrite }

// Next decides about the next message. readable reports whether its content is at hand: what cannot be read is only delayed.
func (m *Messages) Next(readable bool) Message {
	var next Message
	if m == nil {
		return next
	}
	n := m.seen
	m.seen++
	for i, d := range m.faults {
		executor := m.executors[i]
		first := executor.first && !d.AtMessages()
		if first && n > 0 || !first && !d.Hits(n) || !readable && executor.content {
			continue
		}
		next = executor.harm(d, n, m.random[i], next)
	}
	switch {
	case next.Drop:
		next.Duplicate, next.Change = false, nil
		m.tally.Message(string(scenario.FaultDrop))
	case next.Duplicate:
		m.tally.Message(string(scenario.FaultDuplicate))
	}
	if next.Change != nil {
		m.tally.Message(string(scenario.FaultCorrupt))
	}
	return next
}

// Sent counts n messages that were sent, and returns the fault that ends the stream now; nil where it goes on.
func (m *Messages) Sent(n int) *scenario.Drawn {
	if m == nil {
		return nil
	}
	m.sent += n
	for i, d := range m.ends {
		if m.sent >= *d.AfterMessages {
			m.ends = slices.Delete(m.ends, i, i+1)
			return &d
		}
	}
	return nil
}

// Tally counts what was done to the messages of a stream, for its recording. Both directions may use it at the same time.
type Tally struct {
	mu    sync.Mutex
	kinds []tallied
}

type tallied struct {
	kind     string
	messages int
	delay    time.Duration
}

// Message notes that something of kind was done to a message.
func (t *Tally) Message(kind string) { t.add(kind, 0) }

// Delayed notes that a message was made to wait.
func (t *Tally) Delayed(d time.Duration) { t.add(string(scenario.FaultLatency), d) }

func (t *Tally) add(kind string, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.IndexFunc(t.kinds, func(k tallied) bool { return k.kind == kind })
	if at < 0 {
		at = len(t.kinds)
		t.kinds = append(t.kinds, tallied{kind: kind})
	}
	t.kinds[at].messages++
	t.kinds[at].delay += d
}

// Report returns what was done, one entry for each kind ("2 messages, 120ms in all"), and how long messages waited in all.
func (t *Tally) Report() (faults []recording.Fault, delay time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range t.kinds {
		detail := strconv.Itoa(k.messages) + " messages"
		if k.kind == string(scenario.FaultLatency) {
			detail += ", " + milliseconds(k.delay) + " in all"
		}
		faults = append(faults, recording.Fault{Kind: k.kind, Detail: detail})
		delay += k.delay
	}
	return faults, delay
}
