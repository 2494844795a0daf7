package main

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/sqlite"
)

// loadFile writes count recordings of the shapes that generate makes in PostgreSQL, the newest of them at now.
func loadFile(ctx context.Context, store *sqlite.Store, count int, now time.Time) error {
	random := rand.New(rand.NewPCG(11, 13))
	first, lastDay := now.AddDate(0, 0, -loadedDays), now.Add(-24*time.Hour)
	before := int(float64(count) * (1 - lastDayShare))
	batch := make([]recording.Recording, 0, batchSize)
	start := time.Now()
	for n := range count {
		at := first.Add(time.Duration(float64(lastDay.Sub(first)) * float64(n) / float64(before)))
		if n >= before {
			at = lastDay.Add(time.Duration(float64(24*time.Hour) * float64(n-before) / float64(count-before)))
		}
		batch = append(batch, shaped(random, n, at.Truncate(time.Microsecond)))
		if len(batch) < cap(batch) && n < count-1 {
			continue
		}
		if err := store.WriteRecordings(ctx, batch); err != nil {
			return err
		}
		batch = batch[:0]
		if (n+1)%100_000 == 0 {
			fmt.Printf("  %d recordings in %s\n", n+1, time.Since(start).Round(time.Second))
		}
	}
	return nil
}

func pick[T any](random *rand.Rand, skew float64, values ...T) T {
	return values[skewed(random, len(values), skew)]
}

// shaped makes one recording up; see generate.
func shaped(random *rand.Rand, n int, at time.Time) recording.Recording {
	sum := md5.Sum(fmt.Append(nil, n, at))
	h := hex.EncodeToString(sum[:])
	trace := md5.Sum(fmt.Append(nil, n/4))
	route, consumer, thing, rule := skewed(random, 200, 3), skewed(random, 500, 2), skewed(random, 100_000, 1.5), skewed(random, 10, 2)
	method, protocol, mode := methodOf(random), protocolOf(random), modeOf(random, at.Hour())
	status, duration := statusOf(random, n, mode), durationOf(random)
	gateway := pick(random, 1.2, "shop", "shop", "shop", "shop", "pay", "pay", "blog", "search", "search", "legacy")
	upstream, beginning := duration*0.9, duration*0.95
	r := recording.Recording{
		ID: idOf(at, sum), Timestamp: at, TraceID: hex.EncodeToString(trace[:]), SpanID: h[:16], Protocol: protocol, Gateway: gateway,
		Instance: fmt.Sprint("collector-", n%5), Consumer: fmt.Sprint("app-", consumer), ClientIP: fmt.Sprintf("10.0.%d.%d", consumer%256, n%250),
		Method: method, Scheme: "https", Host: gateway + ".example", Path: fmt.Sprintf("/things-%d/%d", route, thing), Route: fmt.Sprintf("/things-%d/{id}", route),
		HTTPVersion: "1.1", ResponseStatus: status, ResponseTimeMS: duration, UpstreamTimeMS: &upstream, FirstByteMS: &beginning, ScenarioMode: mode, ScenarioVersion: 17,
		Headers: recording.Values{
			"Accept": {"application/json"}, "User-Agent": {fmt.Sprint("app/", consumer%12)}, "X-Tenant": {fmt.Sprint("tenant-", consumer)}, "X-Request-Id": {h}, "Content-Type": {"application/json"},
		},
		ResponseHeaders: recording.Values{"Content-Type": {"application/json"}, "Date": {at.Format(time.RFC1123)}, "Etag": {`"` + h[19:29] + `"`}},
	}
	r.Target = recording.Target(r.Path)
	switch protocol {
	case recording.GraphQL:
		r.Operation = fmt.Sprint("query Thing", route)
	case recording.GRPC:
		code := 0
		if status >= 500 {
			code = 14
		}
		r.Operation, r.GRPCStatus = fmt.Sprint("shop.Things/Get", route), &code
	}
	if n%3 == 0 {
		r.QueryParams = recording.Values{"page": {fmt.Sprint(n % 20)}}
	}
	if method == "POST" || method == "PUT" || method == "PATCH" {
		r.Body.Content = fmt.Appendf(nil, `{"order":"%s","customer":%d,"note":"%s"}`, h[:12], thing, strings.Repeat(h[12:20]+" ", 10))
	}
	if status == 0 {
		r.Failure = "client aborted"
	} else {
		r.ResponseBody.Content = fmt.Appendf(nil, `{"thing":%d,"reference":"%s","state":"%s","lines":[%s{}]}`, thing, h[4:20],
			[]string{"new", "paid", "shipped", "returned"}[n%4], strings.Repeat(fmt.Sprintf(`{"sku":"%s","quantity":1},`, h[:6]), 6))
	}
	r.Body.Size, r.ResponseBody.Size = int64(len(r.Body.Content)), int64(len(r.ResponseBody.Content))
	switch mode {
	case "degraded":
		r.InjectedDelayMS, r.Faults = 120, []recording.Fault{{Kind: "latency", Detail: "120ms"}}
	case "error":
		r.Faults = []recording.Fault{{Kind: "error", Detail: "503"}}
	case "chaos":
		r.Faults = []recording.Fault{{Kind: []string{"reset", "truncate", "timeout"}[rule%3]}}
	}
	if mode != "healthy" {
		r.Rule = fmt.Sprint("rule-", rule)
	}
	switch {
	case n%5000 == 0:
		r.Tags = []string{fmt.Sprint("seen-", rule)}
	case n%100 == 0:
		r.Tags = []string{"replay"}
	}
	return r
}

func idOf(at time.Time, sum [16]byte) uuid.UUID {
	id := uuid.UUID(sum)
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	id[6], id[8] = 0x70|id[6]&0x0f, 0x80|id[8]&0x3f
	return id
}

func methodOf(random *rand.Rand) string {
	switch {
	case random.Float64() < 0.001:
		return "HEAD"
	case random.Float64() < 0.01:
		return "PATCH"
	}
	return pick(random, 1.3, "GET", "GET", "GET", "GET", "GET", "POST", "POST", "PUT", "DELETE")
}

func protocolOf(random *rand.Rand) recording.Protocol {
	switch {
	case random.Float64() < 0.01:
		return recording.WebSocket
	case random.Float64() < 0.08:
		return recording.GRPC
	case random.Float64() < 0.06:
		return recording.GraphQL
	}
	return recording.HTTP
}

// modeOf has scenarios in force for a while, and reach a part of the traffic.
func modeOf(random *rand.Rand, hour int) string {
	switch {
	case hour != 3 && hour != 9 || random.Float64() < 0.7:
		return "healthy"
	case hour == 3:
		return "chaos"
	case random.Float64() < 0.3:
		return "error"
	}
	return "degraded"
}

func statusOf(random *rand.Rand, n int, mode string) int {
	lot := random.Float64()
	switch {
	case mode == "error":
		return 503
	case mode == "chaos", lot < 0.0003:
		return 0
	case lot < 0.0023:
		return 500 + int(lot*1e7)%5
	case lot < 0.06:
		return []int{404, 404, 404, 400, 401, 403, 409, 422, 429}[n%9]
	case lot < 0.0601:
		return 418
	case lot < 0.08:
		return 304
	case lot < 0.2:
		return 201
	}
	return 200
}

func durationOf(random *rand.Rand) float64 {
	switch lot := random.Float64(); {
	case lot < 0.0002:
		return 2000 + 8000*random.Float64()
	case lot < 0.002:
		return 500 + 1500*random.Float64()
	}
	return 1 + 60*math.Pow(random.Float64(), 3)
}
