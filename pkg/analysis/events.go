package analysis

import (
	"cmp"
	"context"
	"hash/fnv"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// event is what detection keeps of a recording.
type event struct {
	at      time.Time
	end     time.Time
	id      uuid.UUID
	call    int32  // index into traffic.calls
	target  uint64 // hash of the very request: method, path, query
	body    uint64 // hash of the request's body, 0 where there is none
	session uint64 // hash of the client's address, so that two clients of one consumer are not mixed up
	status  int16
	failed  bool
	// injected reports whether it failed for a fault, apart whether for its client or a limit: neither is the upstream's
	// doing.
	injected, apart bool
}

// call is what events have in common when they do the same: gateway, method and route, or operation.
type call struct {
	gateway string
	label   string
}

// traffic is the compact form of the recordings that detection works on.
type traffic struct {
	options Options
	calls   []call
	// consumers are in order of name, the events of each in order of time.
	consumers []*consumer
}

type consumer struct {
	name   string
	events []event
	next   int // where the ring continues once it is full
}

// maxCalls bounds the number of different calls; the rest is one call, Other.
const maxCalls = 2000

// collect reads all recordings, and keeps what the limits allow.
func collect(recordings iter.Seq2[recording.Recording, error], options Options) (*traffic, error) {
	t := &traffic{options: options}
	calls := map[call]int32{}
	consumers := map[string]*consumer{}
	learners := map[string]*Learner{}
	for r, err := range recordings {
		if err != nil {
			return nil, err
		}
		if replayed(r.Headers) {
			continue
		}
		key := call{gateway: bounded(r.Gateway), label: label(&r, learners)}
		index, known := calls[key]
		if !known {
			if len(calls) >= maxCalls {
				key = call{label: Other}
				index, known = calls[key]
			}
			if !known {
				index = int32(len(t.calls))
				calls[key] = index
				t.calls = append(t.calls, key)
			}
		}
		name := bounded(cmp.Or(r.Consumer, r.ClientIP, "anonymous"))
		c := consumers[name]
		if c == nil {
			if len(consumers) >= options.MaxConsumers {
				evict(consumers)
			}
			c = &consumer{name: name}
			consumers[name] = c
		}
		origin := r.Origin()
		c.add(event{
			at: r.Timestamp, end: r.Timestamp.Add(milliseconds(r.ResponseTimeMS)), id: r.ID, call: index,
			target: target(&r), body: body(&r), session: hash(r.ClientIP), status: int16(min(max(r.ResponseStatus, 0), 999)),
			failed: Failed(&r), injected: origin == recording.OriginInjected,
			apart: origin == recording.OriginClient || origin == recording.OriginLimit || origin == recording.OriginGateway,
		}, options.MaxEvents)
	}
	for _, c := range consumers {
		slices.SortStableFunc(c.events, func(a, b event) int { return a.at.Compare(b.at) })
		t.consumers = append(t.consumers, c)
	}
	slices.SortFunc(t.consumers, func(a, b *consumer) int { return strings.Compare(a.name, b.name) })
	return t, nil
}

// each gives the consumers, as long as ctx lasts: what is found in some of them only is of no use.
func (t *traffic) each(ctx context.Context) iter.Seq[*consumer] {
	return func(yield func(*consumer) bool) {
		for _, c := range t.consumers {
			if ctx.Err() != nil || !yield(c) {
				return
			}
		}
	}
}

func (c *consumer) add(e event, limit int) {
	if len(c.events) < limit {
		c.events = append(c.events, e)
		return
	}
	c.events[c.next] = e
	c.next = (c.next + 1) % limit
}

// evict forgets the consumer with the fewest events; of several the one that was idle longest.
func evict(consumers map[string]*consumer) {
	var least *consumer
	for _, c := range consumers {
		if least == nil || cmp.Or(
			cmp.Compare(len(c.events), len(least.events)),
			c.events[len(c.events)-1].at.Compare(least.events[len(least.events)-1].at),
			strings.Compare(c.name, least.name),
		) < 0 {
			least = c
		}
	}
	delete(consumers, least.name)
}

// Failed reports whether an exchange went wrong for its client in a way that a client may retry: an answer of 500 and above,
// 408 or 429, no answer at all, a gRPC status other than OK, or a WebSocket close code that tells of a failure (RFC 6455).
func Failed(r *recording.Recording) bool {
	if r.GRPCStatus != nil {
		return *r.GRPCStatus != 0
	}
	if r.WebSocketClose != nil {
		switch *r.WebSocketClose {
		case 1000, 1001, 1005:
			return false
		}
		return true
	}
	s := r.ResponseStatus
	return s == 0 || s >= 500 || s == http.StatusTooManyRequests || s == http.StatusRequestTimeout
}

// Severity returns error where the exchange went wrong for its client, warning where the client was told of its own mistake, else info.
func Severity(r *recording.Recording) string {
	switch {
	case Failed(r):
		return "error"
	case r.ResponseStatus >= 400:
		return "warning"
	}
	return "info"
}

// replayed reports whether the recording is of a replay, which is synthetic: it says nothing of a consumer.
func replayed(headers recording.Values) bool {
	for name := range headers {
		if strings.EqualFold(name, "X-MockForge-Replay") {
			return true
		}
	}
	return false
}

// label returns what people call the call.
func label(r *recording.Recording, learners map[string]*Learner) string {
	switch {
	case r.Protocol == recording.GRPC && r.Operation != "":
		return bounded(r.Operation)
	case r.Protocol == recording.GraphQL && r.Operation != "":
		return bounded(r.Operation)
	}
	route := r.Route
	if route == "" {
		learner := learners[r.Gateway]
		if learner == nil {
			if len(learners) >= 100 {
				return Other
			}
			learner, _ = NewLearner(LearnerOptions{}) // cannot fail without options
			learners[r.Gateway] = learner
		}
		route = learner.Route(r.Method, r.Path)
	}
	method := r.Method
	if r.Protocol == recording.WebSocket {
		method = "WebSocket"
	}
	return bounded(strings.TrimSpace(method + " " + route))
}

// bounded limits what is kept of a text, and frees the recording it came from.
func bounded(s string) string {
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return strings.Clone(s)
}

func target(r *recording.Recording) uint64 {
	h := fnv.New64a()
	write := func(s string) {
		_, _ = h.Write([]byte(s))
		_, _ = h.Write([]byte{0})
	}
	write(r.Gateway)
	write(r.Method)
	write(r.Path)
	write(r.Operation)
	for _, name := range slices.Sorted(maps.Keys(r.QueryParams)) {
		write(name)
		for _, v := range r.QueryParams[name] {
			write(v)
		}
	}
	return h.Sum64()
}

func body(r *recording.Recording) uint64 {
	if len(r.Body.Content) == 0 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write(r.Body.Content)
	return h.Sum64()
}

func hash(s string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s))
	return h.Sum64()
}

// milliseconds converts, and takes nonsense (negative, NaN, more than a day) as 0 or a day.
func milliseconds(ms float64) time.Duration {
	const day = 24 * 60 * 60 * 1000
	if !(ms > 0) {
		return 0
	}
	return time.Duration(min(ms, day) * float64(time.Millisecond))
}

// name returns the call as it is shown.
func (t *traffic) name(index int32) string { return t.calls[index].label }

// gateways returns the gateways of the calls, each once, in order.
func (t *traffic) gateways(indexes ...int32) []string {
	var names []string
	for _, i := range indexes {
		if g := t.calls[i].gateway; g != "" && !slices.Contains(names, g) {
			names = append(names, g)
		}
	}
	slices.Sort(names)
	return names
}

// key names the call in identities.
func (t *traffic) key(index int32) string { return t.calls[index].gateway + " " + t.calls[index].label }
