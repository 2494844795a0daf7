package mock

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// MaxMocks is how many mocks a gateway can have.
const MaxMocks = 1000

// Options are where mocks get what is not in the request.
type Options struct {
	// GRPCCode is the gRPC status that corresponds to an HTTP status. Required.
	GRPCCode func(status int) codes.Code
	// Now is the time; nil is time.Now.
	Now func() time.Time
	// Random is for delays and templates, and need not be safe for use by several goroutines at once: nil is math/rand/v2.
	Random rand.Source
}

// Set are the mocks of a gateway, in order.
type Set struct{ mocks []*Mock }

// New compiles mocks, and reads the files that they name. The error joins one *validation.Error per offence, each with
// its key ("mocks[2].body: …").
func New(definitions []Definition, o Options) (*Set, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if len(definitions) > MaxMocks {
		return nil, validation.Errorf("mocks", "must be at most %d, are %d", MaxMocks, len(definitions))
	}
	set := &Set{}
	var errs []error
	names := map[string]bool{}
	env := &environment{now: o.Now, random: &random{source: o.Random}, grpcCode: o.GRPCCode}
	for i, d := range definitions {
		place := "mocks[" + strconv.Itoa(i) + "]"
		if d.Name != "" && names[d.Name] {
			errs = append(errs, validation.Errorf(place+".name", "must be unique, %q is there twice", d.Name))
		}
		names[d.Name] = true
		m, err := compile(d, env, true)
		errs = append(errs, validation.In(place, err))
		set.mocks = append(set.mocks, m)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return set, nil
}

// Empty reports whether there is no mock.
func (s *Set) Empty() bool { return len(s.mocks) == 0 }

// Match returns the first mock whose conditions hold, or nil. It reads the body of r only where a mock asks for it whose other
// conditions hold, and puts back what it has read.
func (s *Set) Match(x *scenario.Exchange, r *http.Request) *Mock {
	for _, m := range s.mocks {
		if m.matches(x, r) {
			return m
		}
	}
	return nil
}
