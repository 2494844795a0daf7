package recording

import (
	"slices"
	"strings"
	"time"
)

// Matches is whether r meets every condition of f, with the same meaning as in the database. It needs r whole: Text
// is not found in bodies that a page left out. It reports false for a filter that Validate refuses.
func (f *Filter) Matches(r *Recording) bool {
	at := r.Timestamp.Truncate(time.Microsecond)
	switch {
	case f.From != nil && at.Before(*f.From),
		f.To != nil && at.After(*f.To),
		!oneOf(f.Protocols, r.Protocol),
		!oneOf(f.Gateways, r.Gateway),
		!oneOf(f.Methods, r.Method),
		!oneOf(f.Routes, r.Route),
		!oneOf(f.Modes, r.ScenarioMode),
		!oneOf(f.Consumers, r.Consumer),
		f.MinDurationMS != nil && r.ResponseTimeMS < *f.MinDurationMS,
		f.MaxDurationMS != nil && r.ResponseTimeMS > *f.MaxDurationMS,
		f.Injected != nil && *f.Injected != r.Injected(),
		f.TraceID != "" && !strings.EqualFold(f.TraceID, r.TraceID):
		return false
	}
	if len(f.Tags) > 0 && !slices.ContainsFunc(r.Tags, func(tag string) bool { return slices.Contains(f.Tags, tag) }) {
		return false
	}
	if len(f.Faults) > 0 && !slices.ContainsFunc(r.Faults, func(fault Fault) bool { return slices.Contains(f.Faults, fault.Kind) }) {
		return false
	}
	return f.matchesStatus(r.ResponseStatus) && f.matchesPath(r.Path) && f.matchesText(r)
}

func oneOf[T comparable](wanted []T, value T) bool {
	return len(wanted) == 0 || slices.Contains(wanted, value)
}

func (f *Filter) matchesStatus(status int) bool {
	return len(f.Statuses) == 0 || slices.ContainsFunc(f.Statuses, func(text string) bool {
		wanted, err := ParseStatus(text)
		return err == nil && status >= wanted.From && status <= wanted.To
	})
}

func (f *Filter) matchesPath(path string) bool {
	if f.Path == "" {
		return true
	}
	pattern, err := f.pathPattern()
	if err != nil {
		return false
	}
	if pattern != nil {
		return pattern.MatchString(path)
	}
	return containsFold(path, f.Path)
}

func (f *Filter) matchesText(r *Recording) bool {
	if f.Text == "" || containsFold(r.Path, f.Text) {
		return true
	}
	for _, values := range []Values{r.Headers, r.ResponseHeaders} {
		for name, list := range values {
			if containsFold(name, f.Text) || slices.ContainsFunc(list, func(v string) bool { return containsFold(v, f.Text) }) {
				return true
			}
		}
	}
	for _, body := range []Body{r.Body, r.ResponseBody} {
		if text, ok := body.Text(); ok && containsFold(text, f.Text) {
			return true
		}
	}
	return false
}

func containsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}
