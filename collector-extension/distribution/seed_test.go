package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/postgres"
)

const seededScenario = `{"rules": [
  {"name": "orders", "target": {"path": "/orders/{id}", "share": 0.8}, "mode": "chaos", "error_rate": 0.1, "faults": [
    {"kind": "latency", "distribution": "lognormal", "delay_ms": 4, "share": 0.6},
    {"kind": "error", "share": 0.2, "status_codes": [500, 503, 504]},
    {"kind": "reset", "share": 0.05},
    {"kind": "headers", "share": 0.5, "set_headers": {"X-Harmed": "yes"}},
    {"kind": "corrupt", "share": 0.3, "bytes_changed": 2},
    {"kind": "truncate", "share": 0.1}]}]}`

// outcome is what a client sees of an exchange that a seed has to fix.
type outcome struct {
	Status int
	Body   string
	Fault  string
	Harmed string
	Failed bool
}

// TestASeedMeetsTheSameFaultsOnEveryCollector sends the same traces through two Collectors, in different orders.
func TestASeedMeetsTheSameFaultsOnEveryCollector(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s is a body of some length, of which bytes can be changed", r.URL.Path)
	}))
	t.Cleanup(upstream.Close)
	dsn := postgrestest.DSN(t)
	store := database(t, dsn)
	first, second := startCollector(t, dsn, upstream.URL, "", nil), startCollector(t, dsn, upstream.URL, "", nil)
	eventually(t, "the seed is set", func() bool {
		status, _ := call(t, "PUT", first.control+"/scenarios/mode", "", `{"mode":"healthy","seed":2026}`)
		return status == 200
	})
	if status, body := call(t, "PUT", second.control+"/scenarios/rules", "", seededScenario); status != 200 {
		t.Fatalf("setting the rules: %d %s", status, body)
	}
	eventually(t, "both gateways follow", instances(t, store, func(all []scenario.Instance) bool {
		return len(all) == 2 && all[0].AppliedVersion == 2 && all[1].AppliedVersion == 2
	}))
	const traces = 150
	met := map[*collector]map[string]outcome{}
	for i, c := range []*collector{first, second} {
		met[c] = sendTraces(t, c.gateway, rand.New(rand.NewPCG(uint64(i), 1)).Perm(traces))
	}
	if diff := cmp.Diff(met[first], met[second]); diff != "" {
		t.Errorf("clients see (-first +second):\n%s", diff)
	}
	kinds := map[string]bool{}
	for _, o := range met[first] {
		for kind := range strings.SplitSeq(o.Fault, ";") {
			kind, _, _ = strings.Cut(kind, "=")
			kinds[kind] = true
		}
		kinds["reset"] = kinds["reset"] || o.Failed && o.Status == 0
	}
	for _, kind := range []string{"", "latency", "error", "reset", "headers", "corrupt", "truncate"} {
		if !kinds[kind] {
			t.Errorf("no exchange met %q: %v", kind, kinds)
		}
	}

	recorded := map[string]map[string][]recording.Fault{}
	eventually(t, "both have recorded all", func() bool { recorded = faultsByInstance(t, store); return complete(recorded, traces) })
	var all []map[string][]recording.Fault
	for _, byTrace := range recorded {
		all = append(all, byTrace)
	}
	if diff := cmp.Diff(all[0], all[1]); diff != "" {
		t.Errorf("recordings of both Collectors:\n%s", diff)
	}
}

// sendTraces sends the exchanges of order, several at once, each in its trace.
func sendTraces(t *testing.T, gateway string, order []int) map[string]outcome {
	t.Helper()
	// On a connection of its own no exchange is tried again.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var mu sync.Mutex
	met := map[string]outcome{}
	var group sync.WaitGroup
	next := make(chan int)
	for range 4 {
		group.Go(func() {
			for n := range next {
				trace := fmt.Sprintf("%032x", uint64(n+1)*0x9e3779b97f4a7c15)
				o := sendTrace(t, client, fmt.Sprintf("%s/orders/%d", gateway, n), "00-"+trace+"-00f067aa0ba902b7-01")
				mu.Lock()
				met[trace] = o
				mu.Unlock()
			}
		})
	}
	for _, n := range order {
		next <- n
	}
	close(next)
	group.Wait()
	return met
}

func sendTrace(t *testing.T, client *http.Client, url, traceparent string) outcome {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Error(err)
		return outcome{}
	}
	r.Header.Set("Traceparent", traceparent)
	response, err := client.Do(r)
	if err != nil {
		return outcome{Failed: true}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	o := outcome{Status: response.StatusCode, Body: string(body), Fault: response.Header.Get("X-MockForge-Fault"), Harmed: response.Header.Get("X-Harmed"), Failed: err != nil}
	if o.Status >= 500 {
		o.Body = "" // a problem document may name the exchange
	}
	return o
}

// faultsByInstance returns the faults of the traces that each Collector has recorded.
func faultsByInstance(t *testing.T, store *postgres.Store) map[string]map[string][]recording.Fault {
	t.Helper()
	page, err := store.Query(t.Context(), recording.Query{Filter: recording.Filter{Path: "/orders/*"}, Limit: 1000})
	if err != nil {
		return nil
	}
	all := map[string]map[string][]recording.Fault{}
	for _, r := range page.Recordings {
		if all[r.Instance] == nil {
			all[r.Instance] = map[string][]recording.Fault{}
		}
		all[r.Instance][r.TraceID] = r.Faults
	}
	return all
}

func complete(recorded map[string]map[string][]recording.Fault, traces int) bool {
	for _, byTrace := range recorded {
		if len(byTrace) != traces {
			return false
		}
	}
	return len(recorded) == 2
}
