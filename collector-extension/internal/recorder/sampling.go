package recorder

import (
	"fmt"
	"math"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxSamplingRules bounds what each exchange is compared with.
const maxSamplingRules = 100

// Sampling says which exchanges are recorded: of those that a rule matches its share, of the others Share. Exchanges of
// one trace, and the same exchange on any instance, have the same luck.
type Sampling struct {
	// Share is between 0 and 1.
	Share float64 `mapstructure:"share"`
	// KeepInjected records whatever a fault was injected into, KeepErrors what failed: statuses of 500 and above, no or
	// incomplete answers, gRPC statuses other than OK. Both come before the rules.
	KeepInjected bool `mapstructure:"keep_injected"`
	KeepErrors   bool `mapstructure:"keep_errors"`
	// Rules are tried in order; the first that matches counts.
	Rules []SamplingRule `mapstructure:"rules"`
}

// SamplingRule is a share of the exchanges that meet all of its conditions, which are those of recording.Filter.
type SamplingRule struct {
	Gateways      []string             `mapstructure:"gateways"`
	Protocols     []recording.Protocol `mapstructure:"protocols"`
	Methods       []string             `mapstructure:"methods"`
	Path          string               `mapstructure:"path"`
	Routes        []string             `mapstructure:"routes"`
	Consumers     []string             `mapstructure:"consumers"`
	Statuses      []string             `mapstructure:"statuses"`
	MinDurationMS *float64             `mapstructure:"min_duration_ms"`
	// Share is between 0 and 1, and required.
	Share *float64 `mapstructure:"share"`
}

// AllKept returns sampling that records everything.
func AllKept() Sampling { return Sampling{Share: 1, KeepInjected: true, KeepErrors: true} }

// Validate names the key that is wrong. The error joins *validation.Error.
func (s *Sampling) Validate() error {
	_, err := NewSampler(*s)
	return err
}

func (r *SamplingRule) filter() recording.Filter {
	return recording.Filter{
		Gateways: r.Gateways, Protocols: r.Protocols, Methods: r.Methods, Path: r.Path, Routes: r.Routes, Consumers: r.Consumers,
		Statuses: r.Statuses, MinDurationMS: r.MinDurationMS,
	}
}

// Sampler decides by Sampling.
type Sampler struct {
	share                    float64
	keepInjected, keepErrors bool
	rules                    []sampledRule
}

type sampledRule struct {
	matches func(*recording.Recording) bool
	share   float64
}

// NewSampler prepares sampling. The error joins *validation.Error.
func NewSampler(s Sampling) (*Sampler, error) {
	if err := validation.Rate("share", &s.Share); err != nil {
		return nil, err
	}
	if len(s.Rules) > maxSamplingRules {
		return nil, validation.Errorf("rules", "must be at most %d, are %d", maxSamplingRules, len(s.Rules))
	}
	made := &Sampler{share: s.Share, keepInjected: s.KeepInjected, keepErrors: s.KeepErrors}
	for i, rule := range s.Rules {
		field := fmt.Sprintf("rules[%d]", i)
		if rule.Share == nil {
			return nil, validation.Errorf(field+".share", "is required: a number between 0 and 1")
		}
		if err := validation.Rate(field+".share", rule.Share); err != nil {
			return nil, err
		}
		filter := rule.filter()
		if err := filter.Validate(); err != nil {
			return nil, validation.In(field, err)
		}
		made.rules = append(made.rules, sampledRule{matches: filter.Matcher(), share: *rule.Share})
	}
	return made, nil
}

// Keeps reports whether an exchange that is over is recorded.
func (s *Sampler) Keeps(r *recording.Recording) bool {
	if s.share >= 1 && len(s.rules) == 0 || s.keepInjected && r.Injected() || s.keepErrors && failed(r) {
		return true
	}
	share := s.share
	for _, rule := range s.rules {
		if rule.matches(r) {
			share = rule.share
			break
		}
	}
	return draw(r) < share
}

func failed(r *recording.Recording) bool {
	return r.Failed() || r.ResponseStatus >= 500 || r.GRPCStatus != nil && *r.GRPCStatus != 0
}

// draw returns a number from 0 up to 1 that the trace id gives, or the recording's own id where there is none. It is hashed
// (FNV-1a, then the finalizer of MurmurHash3), since not all that make trace ids make them random.
func draw(r *recording.Recording) float64 {
	hash := uint64(14695981039346656037)
	mix := func(b byte) { hash = (hash ^ uint64(b)) * 1099511628211 }
	if r.TraceID == "" {
		for _, b := range r.ID {
			mix(b)
		}
	}
	for i := range len(r.TraceID) {
		mix(r.TraceID[i])
	}
	hash = (hash ^ hash>>33) * 0xff51afd7ed558ccd
	hash = (hash ^ hash>>33) * 0xc4ceb9fe1a85ec53
	hash ^= hash >> 33
	return float64(hash>>11) / math.Exp2(53)
}
