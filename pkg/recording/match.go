package recording

import (
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/pathpattern"
)

// Matches reports whether r meets every condition of f, with the same meaning as in the database. It needs r whole: Text
// is not found in bodies that a page left out. It reports false for a filter that Validate refuses.
func (f *Filter) Matches(r *Recording) bool { return f.Matcher()(r) }

// Matcher is Matches for many recordings: what f says is prepared once. f must not change meanwhile.
func (f *Filter) Matcher() func(*Recording) bool {
	all := f.conditions()
	var none []condition
	if f.Not != nil {
		none = f.Not.conditions()
	}
	return func(r *Recording) bool {
		for _, holds := range all {
			if !holds(r) {
				return false
			}
		}
		for _, holds := range none {
			if holds(r) {
				return false
			}
		}
		return true
	}
}

type condition func(r *Recording) bool

// conditions returns the conditions that f gives, without Not.
func (f *Filter) conditions() []condition {
	var all []condition
	when := func(given bool, holds condition) {
		if given {
			all = append(all, holds)
		}
	}
	when(f.From != nil || f.To != nil, f.matchesTime)
	when(len(f.Protocols) > 0, func(r *Recording) bool { return slices.Contains(f.Protocols, r.Protocol) })
	when(len(f.Gateways) > 0, func(r *Recording) bool { return slices.Contains(f.Gateways, r.Gateway) })
	when(len(f.Methods) > 0, func(r *Recording) bool { return slices.Contains(f.Methods, r.Method) })
	when(len(f.Routes) > 0, func(r *Recording) bool { return slices.Contains(f.Routes, r.Route) })
	when(len(f.Modes) > 0, func(r *Recording) bool { return slices.Contains(f.Modes, r.ScenarioMode) })
	when(len(f.Consumers) > 0, func(r *Recording) bool { return slices.Contains(f.Consumers, r.Consumer) })
	when(len(f.Rules) > 0, func(r *Recording) bool { return slices.Contains(f.Rules, r.Rule) })
	when(len(f.Faults) > 0, func(r *Recording) bool {
		return slices.ContainsFunc(r.Faults, func(fault Fault) bool { return slices.Contains(f.Faults, fault.Kind) })
	})
	when(len(f.Tags) > 0, func(r *Recording) bool {
		return slices.ContainsFunc(r.Tags, func(tag string) bool { return slices.Contains(f.Tags, tag) })
	})
	if f.Path != "" {
		all = append(all, f.pathCondition())
	}
	if len(f.Statuses) > 0 {
		all = append(all, f.statusCondition())
	}
	when(f.MinDurationMS != nil || f.MaxDurationMS != nil, func(r *Recording) bool {
		return (f.MinDurationMS == nil || r.ResponseTimeMS >= *f.MinDurationMS) && (f.MaxDurationMS == nil || r.ResponseTimeMS <= *f.MaxDurationMS)
	})
	when(f.Injected != nil, func(r *Recording) bool { return *f.Injected == r.Injected() })
	when(f.Failures != nil, func(r *Recording) bool { return *f.Failures == r.Failed() })
	when(len(f.FailedBy) > 0, func(r *Recording) bool { return r.Failed() && slices.Contains(f.FailedBy, r.FailedBy) })
	when(len(f.FailureKinds) > 0, func(r *Recording) bool { return r.Failed() && slices.Contains(f.FailureKinds, r.FailureKind) })
	when(f.TraceID != "", func(r *Recording) bool { return strings.EqualFold(f.TraceID, r.TraceID) })
	for name, value := range f.Headers {
		when(true, func(r *Recording) bool {
			return hasHeader(r.Headers, name, value) || hasHeader(r.ResponseHeaders, name, value)
		})
	}
	when(f.Text != "", f.textCondition())
	return all
}

func (f *Filter) matchesTime(r *Recording) bool {
	at := r.Timestamp.Truncate(time.Microsecond)
	return (f.From == nil || !at.Before(*f.From)) && (f.To == nil || !at.After(*f.To))
}

// hasHeader reports whether headers, whose names are in their canonical form, have a value; "*" is any, or none.
func hasHeader(headers Values, name, value string) bool {
	values, ok := headers[HeaderName(name)]
	return ok && (value == AnyValue || slices.Contains(values, value))
}

func (f *Filter) statusCondition() condition {
	var wanted []StatusRange
	for _, text := range f.Statuses {
		if r, err := ParseStatus(text); err == nil {
			wanted = append(wanted, r)
		}
	}
	return func(r *Recording) bool {
		return slices.ContainsFunc(wanted, func(w StatusRange) bool { return r.ResponseStatus >= w.From && r.ResponseStatus <= w.To })
	}
}

func (f *Filter) pathCondition() condition {
	pattern, err := f.PathPattern()
	switch {
	case err != nil:
		return func(*Recording) bool { return false }
	case pattern != nil:
		return func(r *Recording) bool { return pattern.Match(r.EscapedPath()) }
	}
	spellings := pathpattern.Spellings(f.Path)
	return func(r *Recording) bool { return containsAny(r.Path, spellings) }
}

func (f *Filter) textCondition() condition {
	spellings := pathpattern.Spellings(f.Text)
	return func(r *Recording) bool { return containsAny(r.Path, spellings) || f.matchesText(r) }
}

// matchesText reports whether headers or bodies have the text.
func (f *Filter) matchesText(r *Recording) bool {
	for _, values := range []Values{r.Headers, r.ResponseHeaders} {
		for name, list := range values {
			if ContainsFold(name, f.Text) || slices.ContainsFunc(list, func(v string) bool { return ContainsFold(v, f.Text) }) {
				return true
			}
		}
	}
	for _, body := range []Body{r.Body, r.ResponseBody} {
		if text, ok := body.Text(); ok && ContainsFold(text, f.Text) {
			return true
		}
	}
	return false
}

func containsAny(text string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return ContainsFold(text, part) })
}
