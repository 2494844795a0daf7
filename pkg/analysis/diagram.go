package analysis

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// ParticipantKind says what a participant of a diagram is.
type ParticipantKind string

// The kinds of participants.
const (
	ConsumerParticipant ParticipantKind = "consumer"
	GatewayParticipant  ParticipantKind = "gateway"
	UpstreamParticipant ParticipantKind = "upstream"
)

// Participant is one lifeline of a diagram.
type Participant struct {
	Name string          `json:"name"`
	Kind ParticipantKind `json:"kind"`
}

// StepKind says how a step is drawn.
type StepKind string

// The kinds of steps.
const (
	// RequestStep is a solid arrow, ResponseStep a dashed one, LostStep an arrow with a cross: no answer arrived.
	RequestStep  StepKind = "request"
	ResponseStep StepKind = "response"
	LostStep     StepKind = "lost"
	// NoteStep is a note over the participant From, about what was injected.
	NoteStep StepKind = "note"
)

// Step is one arrow or note.
type Step struct {
	Kind StepKind `json:"kind"`
	// From and To are indexes into Participants; of a note both are the same.
	From int       `json:"from"`
	To   int       `json:"to"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
	// Recording is the exchange that the step belongs to.
	Recording uuid.UUID `json:"recording_id"`
	// Failed reports whether the exchange failed, Injected whether anything was done to it.
	Failed   bool `json:"failed,omitempty"`
	Injected bool `json:"injected,omitempty"`
}

// Diagram is a sequence diagram: what passed between consumers, gateways and upstreams, in order of time.
type Diagram struct {
	Title        string        `json:"title,omitempty"`
	Participants []Participant `json:"participants"`
	Steps        []Step        `json:"steps"`
	// Exchanges is how many recordings are drawn; Truncated reports whether there were more.
	Exchanges int  `json:"exchanges"`
	Truncated bool `json:"truncated,omitempty"`
}

// DiagramOptions are the limits and the words of a diagram. Zero values are the defaults.
type DiagramOptions struct {
	Title string
	// MaxExchanges (default 100, 1 to 1000) bounds the length.
	MaxExchanges int
	// Upstream names the upstream of a gateway, such as its host; nil, or an empty name, is "upstream of <gateway>".
	Upstream func(gateway string) string
}

// maxParticipants bounds the width; consumers beyond it share one lifeline.
const maxParticipants = 24

// NewDiagram draws recordings, such as those of one trace or of one consumer's session. They come in order of time. The
// error is a *validation.Error about options, or the first error of recordings.
func NewDiagram(recordings iter.Seq2[recording.Recording, error], options DiagramOptions) (Diagram, error) {
	setDefault(&options.MaxExchanges, 100)
	if options.MaxExchanges < 1 || options.MaxExchanges > 1000 {
		return Diagram{}, validation.Errorf("max_exchanges", "must be between 1 and 1000, is %d", options.MaxExchanges)
	}
	d := Diagram{Title: clip(options.Title, 200), Participants: []Participant{}, Steps: []Step{}}
	for r, err := range recordings {
		if err != nil {
			return Diagram{}, err
		}
		if d.Exchanges == options.MaxExchanges {
			d.Truncated = true
			break
		}
		d.Exchanges++
		d.draw(&r, options.Upstream)
	}
	// Exchanges may overlap: what happened first comes first, whatever exchange it belongs to.
	slices.SortStableFunc(d.Steps, func(a, b Step) int { return a.At.Compare(b.At) })
	d.arrange()
	return d, nil
}

func (d *Diagram) draw(r *recording.Recording, upstreamName func(string) string) {
	consumer := d.participant(cmp.Or(r.Consumer, r.ClientIP, "anonymous"), ConsumerParticipant)
	gateway := d.participant(cmp.Or(r.Gateway, "gateway"), GatewayParticipant)
	end := r.Timestamp.Add(milliseconds(r.ResponseTimeMS))
	failed := Failed(r)
	add := func(kind StepKind, from, to int, at time.Time, text string) {
		d.Steps = append(d.Steps, Step{Kind: kind, From: from, To: to, At: at, Text: text, Recording: r.ID, Failed: failed, Injected: r.Injected()})
	}
	add(RequestStep, consumer, gateway, r.Timestamp, request(r))
	if r.Injected() {
		add(NoteStep, gateway, gateway, r.Timestamp, "injected: "+faults(r.Faults))
	}
	if r.UpstreamTimeMS != nil {
		name := ""
		if upstreamName != nil {
			name = upstreamName(r.Gateway)
		}
		upstream := d.participant(cmp.Or(name, "upstream of "+cmp.Or(r.Gateway, "gateway")), UpstreamParticipant)
		took := milliseconds(*r.UpstreamTimeMS)
		// When the upstream was asked is not recorded: injected delays come before, within the exchange.
		asked := r.Timestamp.Add(milliseconds(r.InjectedDelayMS))
		if latest := end.Add(-took); asked.After(latest) {
			asked = latest
		}
		if asked.Before(r.Timestamp) {
			asked = r.Timestamp
		}
		add(RequestStep, gateway, upstream, asked, request(r))
		answered := asked.Add(took)
		if answered.After(end) {
			answered = end
		}
		// What the upstream answered is known only where nothing else was answered instead.
		answer := spell(took)
		if !r.Injected() && r.ResponseStatus != 0 {
			answer = outcome(r) + ", " + answer
		}
		add(ResponseStep, upstream, gateway, answered, answer)
	}
	took := spell(milliseconds(r.ResponseTimeMS))
	if r.ResponseStatus == 0 && r.GRPCStatus == nil && r.WebSocketClose == nil {
		add(LostStep, gateway, consumer, end, cmp.Or(clip(r.Failure, 120), "no answer")+" after "+took)
		return
	}
	add(ResponseStep, gateway, consumer, end, outcome(r)+", "+took)
}

func (d *Diagram) participant(name string, kind ParticipantKind) int {
	p := Participant{Name: clip(name, 80), Kind: kind}
	if i := slices.Index(d.Participants, p); i >= 0 {
		return i
	}
	if len(d.Participants) >= maxParticipants {
		p.Name = "other " + string(kind) + "s"
		if i := slices.Index(d.Participants, p); i >= 0 {
			return i
		}
	}
	d.Participants = append(d.Participants, p)
	return len(d.Participants) - 1
}

// arrange orders the lifelines: consumers, gateways, upstreams.
func (d *Diagram) arrange() {
	order := []ParticipantKind{ConsumerParticipant, GatewayParticipant, UpstreamParticipant}
	indexes := make([]int, len(d.Participants))
	for i := range indexes {
		indexes[i] = i
	}
	slices.SortStableFunc(indexes, func(a, b int) int {
		return cmp.Compare(slices.Index(order, d.Participants[a].Kind), slices.Index(order, d.Participants[b].Kind))
	})
	moved := make([]int, len(indexes))
	arranged := make([]Participant, len(indexes))
	for to, from := range indexes {
		moved[from] = to
		arranged[to] = d.Participants[from]
	}
	for i := range d.Steps {
		d.Steps[i].From, d.Steps[i].To = moved[d.Steps[i].From], moved[d.Steps[i].To]
	}
	d.Participants = arranged
}

// request names the call: the operation where there is one, else method and path.
func request(r *recording.Recording) string {
	if r.Operation != "" && (r.Protocol == recording.GRPC || r.Protocol == recording.GraphQL) {
		return clip(r.Operation, 120)
	}
	method := r.Method
	if r.Protocol == recording.WebSocket {
		method = "WebSocket"
	}
	return clip(strings.TrimSpace(method+" "+cmp.Or(r.Path, r.Route)), 120)
}

func outcome(r *recording.Recording) string {
	switch {
	case r.GRPCStatus != nil:
		return fmt.Sprintf("gRPC status %d", *r.GRPCStatus)
	case r.WebSocketClose != nil:
		return fmt.Sprintf("closed with %d", *r.WebSocketClose)
	}
	return itoa(r.ResponseStatus)
}

func faults(all []recording.Fault) string {
	var words []string
	for _, f := range all[:min(len(all), 5)] {
		words = append(words, clip(strings.TrimSpace(f.Kind+" "+f.Detail), 60))
	}
	if more := len(all) - 5; more > 0 {
		words = append(words, fmt.Sprintf("%d more", more))
	}
	return strings.Join(words, ", ")
}

// clip shortens a text to a number of characters.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	n := 0
	for i := range s {
		if n == limit-1 {
			if rest := []rune(s[i:min(len(s), i+8)]); len(rest) > 1 {
				return s[:i] + "…"
			}
			return s
		}
		n++
	}
	return s
}
