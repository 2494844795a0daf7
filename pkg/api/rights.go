package api

import (
	"fmt"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// right is what an actor must be allowed to do so that a route is served.
type right int

// The rights. Everybody whom Authorize lets in may read; neither of the other two includes the other.
const (
	read right = iota
	// readBodies is to read contents of recordings: bodies, headers, trailers, messages, query parameters.
	readBodies
	// write is to change what is stored or in force, to send requests, and to have recordings analysed.
	write
)

// refusal says why the actor may not; nil is that it may.
func (a Actor) refusal(needs right) *Problem {
	switch {
	case needs == write && !a.CanWrite:
		return problem(http.StatusForbidden, "Changes and replays need write access: the role of editor or administrator.", "")
	case needs == readBodies && !a.CanReadBodies:
		return problem(http.StatusForbidden, needsReadBodies, "")
	}
	return nil
}

// They name the right as plugin.json does.
const (
	lacksReadBodies = "takes the right to read bodies, headers and messages of recordings (recordings:read-bodies), which your role does not have"
	needsReadBodies = "It " + lacksReadBodies + "."
)

// searchable refuses a filter that looks into contents for an actor who may not read them: its answers would tell them
// letter by letter.
func searchable(r *http.Request, filter *recording.Filter) error {
	if actorOf(r).CanReadBodies {
		return nil
	}
	if names := filter.OfContents(); len(names) > 0 {
		return lacking(names[0])
	}
	return nil
}

// replayable does the same for the scenarios of a replay: whether a rule hits what was recorded shows in its result.
func replayable(r *http.Request, field string, s *scenario.Definition) error {
	if s == nil || actorOf(r).CanReadBodies {
		return nil
	}
	for i, rule := range s.Rules {
		target := fmt.Sprintf("%s.rules[%d].target.", field, i)
		switch {
		case len(rule.Target.Headers) > 0:
			return lacking(target + "headers")
		case len(rule.Target.Query) > 0:
			return lacking(target + "query")
		}
	}
	return nil
}

// lacking refuses a field.
func lacking(field string) *Problem {
	refusal := problem(http.StatusForbidden, field+" "+lacksReadBodies+".", field)
	refusal.Errors[0].Problem = lacksReadBodies
	return refusal
}

// withholder is what has contents that not all may read.
type withholder interface{ Withhold() }

// readable returns what the actor may read of a recording, or of what has contents of one.
func readable[T any, P interface {
	*T
	withholder
}](r *http.Request, one T,
) T {
	if !actorOf(r).CanReadBodies {
		P(&one).Withhold()
	}
	return one
}

// readableAll makes each of a list readable, in its place. It never returns nil, so that it is [] in JSON.
func readableAll[T any, P interface {
	*T
	withholder
}](r *http.Request, all []T,
) []T {
	for i := range all {
		all[i] = readable[T, P](r, all[i])
	}
	return list(all)
}
