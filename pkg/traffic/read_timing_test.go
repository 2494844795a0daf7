package traffic_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/traffic"
)

// pagesOnly has a day of pages by the minute, of 20 gateways with 10 routes.
type pagesOnly struct {
	traffic.Stored
	pages [traffic.Details][]traffic.Page
}

func (p pagesOnly) Pages(_ context.Context, _ int, detail traffic.Detail, _, _ time.Time, _ []string, f func(traffic.Page) error) error {
	for _, page := range p.pages[detail] {
		if err := f(page); err != nil {
			return err
		}
	}
	return nil
}

func BenchmarkReadADayByTheMinute(b *testing.B) {
	var intervals []traffic.Interval
	for minute := range 1440 {
		for g := range 20 {
			gateway := fmt.Sprint("gateway-", g)
			intervals = append(intervals, traffic.Interval{Key: traffic.Key{Gateway: gateway}, Start: at(time.Duration(minute) * time.Minute), Active: 3})
			for r := range 10 {
				in := traffic.Interval{Key: traffic.Key{Gateway: gateway, Protocol: "http", Route: fmt.Sprint("/things/", r), Mode: "healthy"}, Start: at(time.Duration(minute) * time.Minute), Requests: 300, LatencySumMS: 12.5}
				copy(in.Buckets[2:], []int64{50, 90, 80, 40, 30, 10})
				intervals = append(intervals, in)
			}
		}
	}
	store := pagesOnly{pages: traffic.Pages(intervals)}
	k := traffic.Kept{{From: at(48 * time.Hour)}, {From: at(48 * time.Hour), To: at(48 * time.Hour)}, {To: at(48 * time.Hour)}, {To: at(0)}, {To: at(0)}}
	for name, ask := range map[string]func() error{
		"by gateway": func() error {
			_, err := traffic.ReadSeries(b.Context(), store, k, at(0), at(24*time.Hour), 2*time.Minute, traffic.ByGateway, traffic.Selection{}, 20)
			return err
		},
		"by route": func() error {
			_, err := traffic.ReadSeries(b.Context(), store, k, at(0), at(24*time.Hour), 2*time.Minute, traffic.ByRoute, traffic.Selection{}, 20)
			return err
		},
		"points": func() error {
			_, err := traffic.ReadPoints(b.Context(), store, k, "", at(0), at(24*time.Hour), 5*time.Minute)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
