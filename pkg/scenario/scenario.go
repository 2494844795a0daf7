// Package scenario holds the words of the product's core: modes, rules, presets and the whole live state, with their
// JSON and YAML forms, their validation, and the compiled engine that decides what happens to one exchange.
package scenario

import (
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// Mode is one of the four ways in which traffic is treated.
type Mode string

// The four modes. Healthy leaves traffic alone; the others are described at the fields of Behavior that they use.
const (
	Healthy  Mode = "healthy"
	Degraded Mode = "degraded"
	Error    Mode = "error"
	Chaos    Mode = "chaos"
)

// Modes lists the modes in the order in which they are shown.
func Modes() []Mode { return []Mode{Healthy, Degraded, Error, Chaos} }

// Behavior is a mode with its parameters, in the flat form of presets and of PUT /scenarios/mode. A parameter that is
// absent has the default that WithDefaults gives; one that the mode does not use is refused by Validate.
type Behavior struct {
	Mode Mode `json:"mode" yaml:"mode"`
	// LatencyMultiplier (degraded; default 2): the latency that the upstream really took is multiplied by it, with a
	// floor of 50 ms × multiplier where the upstream is faster. At least 1.
	LatencyMultiplier *float64 `json:"latency_multiplier,omitempty" yaml:"latency_multiplier,omitempty"`
	// ErrorRate (degraded, default 0; error, default 1; chaos, default 0.1): share of exchanges answered with an error, 0 to 1.
	ErrorRate *float64 `json:"error_rate,omitempty" yaml:"error_rate,omitempty"`
	// StatusCodes (degraded, error; default 500, 502, 503) to draw from, each 100 to 599. Chaos draws from 500, 502,
	// 503, 504 and 429 unless they are given.
	StatusCodes []int `json:"status_codes,omitempty" yaml:"status_codes,omitempty"`
	// TimeoutRate (chaos; default 0.05, or 0 where RandomErrors is false): share of exchanges held until the client gives up or TimeoutMS has passed, 0 to 1.
	TimeoutRate *float64 `json:"timeout_rate,omitempty" yaml:"timeout_rate,omitempty"`
	// TimeoutMS (chaos; default 30000): how long a timeout holds an exchange before it is answered with 504, in milliseconds.
	TimeoutMS *int `json:"timeout_ms,omitempty" yaml:"timeout_ms,omitempty"`
	// LatencyMinMS and LatencyMaxMS (chaos; default 0 and 5000) bound the latency of a spike, in milliseconds.
	LatencyMinMS *int `json:"latency_min_ms,omitempty" yaml:"latency_min_ms,omitempty"`
	LatencyMaxMS *int `json:"latency_max_ms,omitempty" yaml:"latency_max_ms,omitempty"`
	// SpikeProbability (chaos; default 0.2): share of exchanges whose latency is drawn between LatencyMinMS and
	// LatencyMaxMS; the others get 0 to 50 ms. 0 to 1.
	SpikeProbability *float64 `json:"spike_probability,omitempty" yaml:"spike_probability,omitempty"`
	// RandomErrors and RandomSlowdowns (chaos; default true) turn the errors and the latency of chaos off where false.
	RandomErrors    *bool `json:"random_errors,omitempty" yaml:"random_errors,omitempty"`
	RandomSlowdowns *bool `json:"random_slowdowns,omitempty" yaml:"random_slowdowns,omitempty"`
	// Faults (degraded, error, chaos) are done in their order, besides what the parameters above say. Where there are any,
	// a parameter above that is absent is off instead of having its default.
	Faults []Fault `json:"faults,omitempty" yaml:"faults,omitempty"`
}

// Latency is the live override that adds latency to every exchange that no rule excludes, in any mode, healthy included:
// drawn uniformly between both bounds, in milliseconds.
type Latency struct {
	MinMS int `json:"min_ms" yaml:"min_ms"`
	MaxMS int `json:"max_ms" yaml:"max_ms"`
}

// Target says which exchanges a rule is about. Every condition that is given must hold.
type Target struct {
	Gateway string `json:"gateway,omitempty" yaml:"gateway,omitempty"`
	// Protocol is http, grpc, websocket or graphql.
	Protocol string   `json:"protocol,omitempty" yaml:"protocol,omitempty"`
	Methods  []string `json:"methods,omitempty" yaml:"methods,omitempty"`
	// Path is a pattern of pkg/pathpattern: {} or {name} is one segment, * is within a segment, a final /** the rest, as in
	// "/users/{id}/orders/**".
	Path string `json:"path,omitempty" yaml:"path,omitempty"`
	// Headers and Query match by exact value, any one of repeated ones; the value "*" is any value.
	Headers map[string]string `json:"headers,omitempty" yaml:"headers,omitempty"`
	Query   map[string]string `json:"query,omitempty" yaml:"query,omitempty"`
	// Consumer is the exact client identity.
	Consumer string `json:"consumer,omitempty" yaml:"consumer,omitempty"`
	// Operation is a gRPC full method ("/shop.Shop/Get") or a GraphQL operation name.
	Operation string `json:"operation,omitempty" yaml:"operation,omitempty"`
	// Share (0 to 1; absent is all) of the matching traffic.
	Share *float64 `json:"share,omitempty" yaml:"share,omitempty"`
	// ShareBy is what the share is of: "trace" (default) and "consumer" by hash with the name of the rule, so that the same
	// ones are hit each time, at every collector, with a seed or without; "exchange" draws for each. An exchange without a
	// trace or a consumer is drawn for.
	ShareBy string `json:"share_by,omitempty" yaml:"share_by,omitempty"`
}

// Rule is a target and what happens to it. The first rule that matches wins.
type Rule struct {
	Name   string `json:"name" yaml:"name"`
	Target Target `json:"target" yaml:"target"`
	// Exclude leaves the matching traffic unharmed, whatever follows.
	Exclude  bool `json:"exclude,omitempty" yaml:"exclude,omitempty"`
	Disabled bool `json:"disabled,omitempty" yaml:"disabled,omitempty"`
	Behavior `yaml:",inline"`
}

// Definition is what a preset names and what a scenario is made of: the part of the state that a user chooses.
type Definition struct {
	Behavior `yaml:",inline"`
	Latency  *Latency `json:"latency,omitempty" yaml:"latency,omitempty"`
	Rules    []Rule   `json:"rules,omitempty" yaml:"rules,omitempty"`
	// Seed (0 to 2^53-1) makes every draw a function of (seed, trace id, rule). Absent: drawn anew for each exchange.
	Seed *uint64 `json:"seed,omitempty" yaml:"seed,omitempty"`
}

// Scenario is the whole live state.
type Scenario struct {
	Definition
	// Version counts changes, from 1; 0 is the configured default where nothing was ever set.
	Version int64 `json:"version"`
	// Preset names the preset that was applied last, empty once anything else was changed since.
	Preset string `json:"preset,omitempty"`
	// ExpiresAt is when the scenario falls back to healthy by itself; absent: never.
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	SetAt     time.Time  `json:"set_at"`
	SetBy     string     `json:"set_by,omitempty"`
	Reason    string     `json:"reason,omitempty"`
	// ChaosConfig keeps the parameters that the next switch to chaos without parameters of its own takes; absent: the
	// defaults.
	ChaosConfig *Behavior `json:"chaos_config,omitempty"`
}

// Source says where a preset comes from.
type Source string

// Where presets come from. Only those of users can be changed or deleted.
const (
	BuiltIn       Source = "builtin"
	Configuration Source = "configuration"
	User          Source = "user"
)

// Preset is a named definition, applied with one click.
type Preset struct {
	Name        string `json:"name" yaml:"name"`
	Description string `json:"description,omitempty" yaml:"description,omitempty"`
	Source      Source `json:"source" yaml:"-"`
	Definition  `yaml:",inline"`
}

// Change is one entry of the history: who, when, what, why.
type Change struct {
	Version int64     `json:"version"`
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	// Action is mode, latency, chaos, rules, preset, stop or expired.
	Action string `json:"action"`
	Reason string `json:"reason,omitempty"`
	// Scenario is the state after the change.
	Scenario Scenario `json:"scenario"`
}

// Instance is one running collector, as it reports itself.
type Instance struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Build    string    `json:"build,omitempty"`
	Started  time.Time `json:"started_at"`
	LastSeen time.Time `json:"last_seen_at"`
	// AppliedVersion is the scenario version that the instance serves; AppliedAt is when it began to.
	AppliedVersion int64      `json:"applied_version"`
	AppliedAt      *time.Time `json:"applied_at,omitempty"`
	Gateways       []Gateway  `json:"gateways"`
	// Live reports whether the instance was seen within the last 10 s.
	Live bool `json:"live"`
	// Limits are the limits of the instance's configuration.
	Limits Limits `json:"limits,omitzero"`
	// Retention is what the instance wants kept; the longest of the fleet's counts.
	Retention Retention `json:"retention,omitzero"`
}

// Retention is for how many days things are kept. 0 is for ever, or not known.
type Retention struct {
	RecordingDays int `json:"recording_days,omitempty"`
	// HistoryDays are for the changes of the scenario.
	HistoryDays int `json:"history_days,omitempty"`
	// Traffic is for the figures of traffic; zero is not known.
	Traffic traffic.Days `json:"-"`
}

// Gateway is a listener of an instance, as shown to users.
type Gateway struct {
	Name     string `json:"name"`
	Endpoint string `json:"endpoint"`
	Upstream string `json:"upstream"`
	// ReplayTargets are the names of where recordings may be replayed besides the upstream.
	ReplayTargets []string `json:"replay_targets,omitempty"`
}
