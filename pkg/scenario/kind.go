package scenario

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"
)

// FaultKind names one kind of harm. Recordings, metrics and the X-MockForge-Fault header use the same names.
type FaultKind string

// Kind is all there is to know of one kind of fault. Each is registered by a file of its own, kind_<name>.go; what it
// does to an exchange is registered under its name in the fault package of the Collector extension.
//
// Whatever lists kinds or parameters goes by this: validation, defaults, limits, requests for faults, the OpenAPI document,
// the editor and the table of the docs.
type Kind struct {
	Name FaultKind
	// Order is the place among all kinds where they are listed.
	Order int
	// Group is where the editor offers the kind, Label is what it calls it, and Description says in a sentence or two what it does.
	Group       Group
	Label       string
	Description string
	// Doc goes on after the kind's name in the docs, in Markdown: "waits before the exchange is forwarded".
	Doc string
	// Fields are the parameters that the kind takes, in the order in which the editor shows them.
	Fields []Field
	// Initial are the parameters with which a new one begins in the editor, besides the required ones.
	Initial Fault
	// Level is what the kind is decided about.
	Level Level
	// Effect is what becomes of an exchange that it hits.
	Effect Effect
	// Fails reports that an exchange fails for it, as far as its client can tell. FailsByStatus: where the status says so that it
	// answers with.
	Fails, FailsByStatus bool
	// Request is how a request may ask for it; nil: it may not.
	Request *RequestForm

	// places are those that it can work at, its default first; none: it has no choice.
	places []Place
	// check is about parameters that need or exclude each other, once each by itself is right.
	check func(f *Fault) error
	// fill gives defaults that depend on other parameters, before those of the fields.
	fill func(f *Fault)
	// delay and code are drawn for each exchange, from a seed.
	delay func(f *Fault, seed uint64) time.Duration
	code  func(f *Fault, seed uint64) int
	// quota is what exchanges are counted against.
	quota func(f *Fault, counts *counts, salt uint64) *quota
	// bound returns f so that it never draws more than most milliseconds, and reports whether it might have.
	bound func(f Fault, most float64) (Fault, bool)
}

// Group is a part of the editor's list of kinds.
type Group string

// The groups, in their order.
const (
	GroupLatency    Group = "latency"
	GroupFailure    Group = "failure"
	GroupConnection Group = "connection"
	GroupBody       Group = "body"
	GroupHeaders    Group = "headers"
	GroupStreams    Group = "streams"
	GroupLimits     Group = "limits"
)

// Groups lists the groups in the order in which they are offered.
func Groups() []Group {
	return []Group{GroupLatency, GroupFailure, GroupConnection, GroupBody, GroupHeaders, GroupStreams, GroupLimits}
}

// Label returns how people read the group's name.
func (g Group) Label() string {
	switch g {
	case GroupLatency:
		return "Latency and bandwidth"
	case GroupFailure:
		return "Failures"
	}
	return strings.ToUpper(string(g[:1])) + string(g[1:])
}

// Level is what a kind of fault is decided about, one after the other.
type Level string

// The levels. What works at exchanges, the default, may have AtMessage among its places, and is then decided about message by
// message, too.
const (
	LevelExchange   Level = "exchange"
	LevelMessage    Level = "message"
	LevelConnection Level = "connection"
)

// Effect is what a fault makes of the exchanges that it hits.
type Effect string

// The effects. That of a rate limit depends on how fast requests come: it has none.
const (
	EffectSlowed  Effect = "slowed"
	EffectChanged Effect = "changed"
	EffectError   Effect = "error"
	EffectTimeout Effect = "timeout"
	EffectBroken  Effect = "broken"
)

var (
	kindsByName = map[FaultKind]*Kind{}
	kinds       []*Kind
	// parameters are the parameters of all kinds, in the order of the fields of Fault.
	parameters []*Parameter
)

// register adds a kind. It is called while the package is initialised; what is wrong with a kind is a mistake in its file.
func register(k Kind) {
	if k.Level == "" {
		k.Level = LevelExchange
	}
	for i, field := range k.Fields {
		p := field.Parameter
		if p == atPlace {
			for _, choice := range field.Choices {
				k.places = append(k.places, Place(choice.Value))
			}
		}
		if field.Default != nil {
			p.fill(&Fault{}, k.Fields[i].Default) // Panics where it has another type than the parameter.
		}
		if !slices.Contains(parameters, p) {
			parameters = append(parameters, p)
		}
	}
	slices.SortFunc(parameters, func(a, b *Parameter) int { return cmp.Compare(a.place, b.place) })
	kindsByName[k.Name] = &k
	kinds = append(kinds, &k)
	slices.SortFunc(kinds, func(a, b *Kind) int { return cmp.Compare(a.Order, b.Order) })
}

// Kinds lists the kinds in the order in which they are shown. They must not be changed.
func Kinds() []*Kind { return slices.Clone(kinds) }

// Parameters lists the parameters of all kinds, in the order of the fields of Fault. They must not be changed.
func Parameters() []*Parameter { return slices.Clone(parameters) }

// FaultKinds lists the names of the kinds in the order in which they are shown.
func FaultKinds() []FaultKind {
	names := make([]FaultKind, len(kinds))
	for i, kind := range kinds {
		names[i] = kind.Name
	}
	return names
}

// unknown is the kind of faults that no file has registered: it takes nothing and does nothing.
var unknown = &Kind{}

// Registered returns what is known of k, which must not be changed, and reports whether it is known.
func (k FaultKind) Registered() (*Kind, bool) {
	kind, known := kindsByName[k]
	if !known {
		return unknown, false
	}
	return kind, true
}

// kind returns what is known of the kind of f.
func (f *Fault) kind() *Kind {
	kind, _ := f.Kind.Registered()
	return kind
}

// takes reports whether p is one of the kind's parameters.
func (k *Kind) takes(p *Parameter) bool {
	return slices.ContainsFunc(k.Fields, func(f Field) bool { return f.Parameter == p })
}

// placeInFault returns the place of the field of Fault that has a name in JSON; -1 where there is none.
func placeInFault(name string) int {
	return slices.IndexFunc(reflect.VisibleFields(reflect.TypeFor[Fault]()), func(f reflect.StructField) bool {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return tag == name
	})
}
