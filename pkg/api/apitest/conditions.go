package apitest

import (
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// EachCondition returns a valid filter for every field of a filter, by its name in the JSON, which gives that field only. Few
// recordings of the samples meet one.
func EachCondition() map[string]recording.Filter {
	early, late := time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2100, 1, 2, 0, 0, 0, 0, time.UTC)
	long, short, yes := 1e9, 0.0, true
	rare := []string{"rare"}
	return map[string]recording.Filter{
		"from":            {From: &late},
		"to":              {To: &early},
		"protocols":       {Protocols: []recording.Protocol{recording.GraphQL}},
		"gateways":        {Gateways: rare},
		"methods":         {Methods: rare},
		"routes":          {Routes: rare},
		"modes":           {Modes: rare},
		"consumers":       {Consumers: rare},
		"rules":           {Rules: rare},
		"faults":          {Faults: rare},
		"tags":            {Tags: rare},
		"path":            {Path: "/rare/{id}"},
		"statuses":        {Statuses: []string{"418"}},
		"min_duration_ms": {MinDurationMS: &long},
		"max_duration_ms": {MaxDurationMS: &short},
		"injected":        {Injected: &yes},
		"failures":        {Failures: &yes},
		"failed_by":       {FailedBy: []recording.FailedBy{recording.ByPlugin}},
		"failure_kind":    {FailureKinds: []recording.FailureKind{recording.FailureDNS}},
		"trace_id":        {TraceID: "ffffffffffffffffffffffffffffffff"},
		"headers":         {Headers: map[string]string{"X-Rare": recording.AnyValue}},
		"text":            {Text: "very rare"},
		"not":             {Not: &recording.Filter{Methods: []string{"GET", "POST"}}},
	}
}
