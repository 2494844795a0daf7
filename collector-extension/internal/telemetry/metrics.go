// Package telemetry counts what happens, for Prometheus.
//
// Labels come from the configuration, from route templates and from closed sets only, never from a request as it is.
package telemetry

import (
	"net/http"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

const namespace = "mockforge"

// Options are what the metrics are made of.
type Options struct {
	// Buckets are the upper bounds of latency histograms in seconds.
	Buckets          []float64
	NativeHistograms bool
	// Mode is the default mode in force; QueueLength how many recordings wait; Active how many connections each
	// gateway has. They are called at every scrape.
	Mode        func() scenario.Mode
	QueueLength func() int
	// SpooledBytes is the size of the recordings that wait on disk, at every scrape.
	SpooledBytes func() int64
	Active       func() map[string]int64
	// TapQueues is how many recordings wait for each receiver, at every scrape; nil is for none.
	TapQueues func() map[string]int
}

// Metrics are the metrics of one extension, in a registry of their own.
type Metrics struct {
	registry *prometheus.Registry

	httpRequests, grpcRequests, graphqlRequests, wsConnections *prometheus.CounterVec
	duration                                                   *prometheus.HistogramVec
	errors, failures, faults, chaos                            *prometheus.CounterVec
	pluginExecutions, pluginErrors                             *prometheus.CounterVec
	pluginDuration                                             *prometheus.HistogramVec
	recorded                                                   prometheus.Counter
	spooled                                                    prometheus.Counter
	sampledOut                                                 prometheus.Counter
	dropped                                                    *prometheus.CounterVec
	turnedAway, misdirected, leftOut                           *prometheus.CounterVec
	flush                                                      prometheus.Histogram
	delivered, lost                                            *prometheus.CounterVec

	buckets []float64
	series  seriesByKey
}

// New registers all metrics.
func New(o Options) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry(), buckets: o.Buckets}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		vec := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
		m.registry.MustRegister(vec)
		return vec
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		opts := prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: o.Buckets}
		if o.NativeHistograms {
			opts.NativeHistogramBucketFactor = 1.1
			opts.NativeHistogramMaxBucketNumber = 160
			opts.NativeHistogramMinResetDuration = time.Hour
		}
		vec := prometheus.NewHistogramVec(opts, labels)
		m.registry.MustRegister(vec)
		return vec
	}
	m.httpRequests = counter("http_requests_total", "HTTP requests, by what was answered.", "gateway", "method", "route", "status", "mode", "injected")
	m.grpcRequests = counter("grpc_requests_total", "gRPC calls, by what was answered.", "gateway", "method", "grpc_status", "mode", "injected")
	m.graphqlRequests = counter("graphql_requests_total", "GraphQL requests, by what was answered.", "gateway", "operation_type", "route", "status", "mode", "injected")
	m.wsConnections = counter("ws_connections_total", "WebSocket connections that were asked for, by what was answered.", "gateway", "route", "status", "mode", "injected")
	m.duration = histogram("request_duration_seconds", "Time from the arrival of a request to the end of its response.", "gateway", "protocol", "route", "mode", "injected")
	m.errors = counter("errors_total", "Exchanges that failed, by whose doing it was: organic or injected, of the client, of a limit, or of the gateway.", "gateway", "protocol", "origin", "kind")
	m.failures = counter("failures_total", "Exchanges that ended other than by a whole answer, by whose doing and how.", "gateway", "protocol", "failed_by", "failure_kind")
	m.faults = counter("injected_faults_total", "Faults that were injected.", "gateway", "protocol", "fault", "mode")
	m.chaos = counter("chaos_mode_triggers_total", "Exchanges into which chaos mode injected a fault.", "gateway")
	m.pluginExecutions = counter("plugin_executions_total", "Runs of the middlewares of a gateway.", "gateway", "plugin")
	m.pluginErrors = counter("plugin_errors_total", "Runs of the middlewares of a gateway that failed.", "gateway", "plugin")
	m.pluginDuration = histogram("plugin_execution_duration_seconds", "Time that a middleware of a gateway took by itself.", "gateway", "plugin")
	m.leftOut = counter("recorder_left_out_total", "What recordings do not have of contents, since an exchange had more than is kept: whole or parts of messages, and bytes.", "unit")
	for _, unit := range []string{leftOutMessages, leftOutBytes} {
		m.leftOut.WithLabelValues(unit)
	}
	m.turnedAway = counter("connections_turned_away_total", "Connections that were closed at once, since a gateway had as many as it may.", "gateway")
	m.misdirected = counter("misdirected_requests_total", "Requests that were answered with 421, since they were for a host that an endpoint does not serve.", "endpoint")
	m.dropped = counter("recorder_dropped_total", "Recordings that were lost, by the reason.", "reason")
	m.delivered = counter("receiver_recordings_total", "Recordings that the pipelines of a receiver took.", "receiver")
	m.lost = counter("receiver_dropped_total", "Recordings that did not get into the pipelines of a receiver, by the reason.", "receiver", "reason")
	m.recorded = prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: "recorder_recordings_total", Help: "Recordings that were stored."})
	m.flush = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Name: "recorder_flush_duration_seconds", Help: "Time to write one batch of recordings.", Buckets: o.Buckets,
	})
	m.spooled = prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: "recorder_spooled_total", Help: "Recordings that were put on disk while the database was away."})
	m.sampledOut = prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: "recorder_sampled_out_total", Help: "Exchanges that sampling left unrecorded."})
	spooled := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: "recorder_spooled_bytes", Help: "Size of the recordings that wait on disk."},
		func() float64 {
			if o.SpooledBytes == nil {
				return 0
			}
			return float64(o.SpooledBytes())
		})
	queue := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: "recorder_queue_length", Help: "Recordings that wait in memory."},
		func() float64 { return float64(o.QueueLength()) })
	memory := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: "memory_usage_bytes", Help: "Memory that the process got from the operating system and has not returned."}, memoryUsage)
	m.registry.MustRegister(m.recorded, m.spooled, m.sampledOut, m.flush, spooled, queue, memory, state{o}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func memoryUsage() float64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return float64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}

// Handler serves the metrics; OpenMetrics, and with it exemplars, to those who ask for it.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{EnableOpenMetrics: true, MaxRequestsInFlight: 4})
}

// Observe counts one exchange.
func (m *Metrics) Observe(r *recording.Recording) {
	key := keyOf(r)
	m.series.get(&key, m.newSeries).
		observe(r.ResponseTimeMS/1000, r.Timestamp.Add(time.Duration(r.ResponseTimeMS*float64(time.Millisecond))), func() prometheus.Labels {
			exemplar := prometheus.Labels{"trace_id": r.TraceID}
			if recorded(r) {
				exemplar["recording_id"] = r.ID.String()
			}
			return exemplar
		})
	mode := r.ScenarioMode
	if origin, kind, ok := errorOf(r); ok {
		m.errors.WithLabelValues(r.Gateway, string(r.Protocol), origin, kind).Inc()
	}
	if r.FailedBy != "" {
		m.failures.WithLabelValues(r.Gateway, string(r.Protocol), string(r.FailedBy), string(r.FailureKind)).Inc()
	}
	for _, f := range r.Faults {
		m.faults.WithLabelValues(r.Gateway, string(r.Protocol), f.Kind, mode).Inc()
	}
	if mode == string(scenario.Chaos) && r.Injected() {
		m.chaos.WithLabelValues(r.Gateway).Inc()
	}
}

// newSeries has what an exchange of k is counted in.
func (m *Metrics) newSeries(k seriesKey) *series {
	injected := strconv.FormatBool(k.injected)
	made := &series{
		buckets: m.buckets, exemplified: make([]atomic.Int64, len(m.buckets)+2),
		duration: m.duration.WithLabelValues(k.gateway, string(k.protocol), k.route, k.mode, injected),
	}
	switch k.protocol {
	case recording.GRPC:
		made.requests = m.grpcRequests.WithLabelValues(k.gateway, k.route, grpcStatus(k.grpcStatus), k.mode, injected)
	case recording.GraphQL:
		made.requests = m.graphqlRequests.WithLabelValues(k.gateway, operationTypeLabel(k.operationType), k.route, Status(int(k.status)), k.mode, injected)
	case recording.WebSocket:
		made.requests = m.wsConnections.WithLabelValues(k.gateway, k.route, Status(int(k.status)), k.mode, injected)
	default:
		made.requests = m.httpRequests.WithLabelValues(k.gateway, methodLabel(k.method), k.route, Status(int(k.status)), k.mode, injected)
	}
	return made
}

// connections is the protocol of what is done to connections before anybody can tell theirs.
const connections = "connection"

// Refused counts a connection that was refused before anybody could tell its protocol.
func (m *Metrics) Refused(gateway string, mode scenario.Mode) {
	m.faults.WithLabelValues(gateway, connections, string(scenario.FaultRefuse), string(mode)).Inc()
}

// Unread counts a request that was answered before there was an exchange.
func (m *Metrics) Unread(gateway string, by recording.FailedBy, kind recording.FailureKind) {
	origin := recording.OriginClient
	if by == recording.ByLimit {
		origin = recording.OriginLimit
	}
	m.errors.WithLabelValues(gateway, string(recording.HTTP), string(origin), string(origin)).Inc()
	m.failures.WithLabelValues(gateway, string(recording.HTTP), string(by), string(kind)).Inc()
}

// Recorded counts recordings that were stored.
func (m *Metrics) Recorded(n int) { m.recorded.Add(float64(n)) }

// Dropped counts recordings that were lost.
func (m *Metrics) Dropped(reason string, n int) { m.dropped.WithLabelValues(reason).Add(float64(n)) }

// TurnedAway counts a connection that was closed at once.
func (m *Metrics) TurnedAway(gateway string) { m.turnedAway.WithLabelValues(gateway).Inc() }

// Misdirected begins to count the requests to an endpoint that are answered with 421; the function counts one.
func (m *Metrics) Misdirected(endpoint string) func() {
	return m.misdirected.WithLabelValues(endpoint).Inc
}

// SampledOut counts an exchange that sampling left unrecorded.
func (m *Metrics) SampledOut() { m.sampledOut.Inc() }

// Spooled counts recordings that were put on disk.
func (m *Metrics) Spooled(n int) { m.spooled.Add(float64(n)) }

// Flushed notes how long one batch took.
func (m *Metrics) Flushed(d time.Duration) { m.flush.Observe(d.Seconds()) }

// Status returns the label of a status code: "none" where there was no answer, "other" for codes that HTTP does not have.
func Status(code int) string {
	switch {
	case code == 0:
		return "none"
	case code < 100 || code > 599:
		return "other"
	}
	return statuses[code-100]
}

var statuses = func() (texts [500]string) {
	for i := range texts {
		texts[i] = strconv.Itoa(100 + i)
	}
	return texts
}()

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	http.MethodConnect, http.MethodOptions, http.MethodTrace,
}

// Method returns the label of a method: "_OTHER" for what is not one of HTTP's own, as in the semantic conventions.
func Method(method string) string { return methodLabel(placeOf(method)) }

// placeOf returns where a method is among methods; -1 where it is not.
func placeOf(method string) int8 { return int8(slices.Index(methods, method)) }

func methodLabel(place int8) string {
	if place < 0 {
		return "_OTHER"
	}
	return methods[place]
}

// noGRPCStatus and otherGRPCStatus stand for a call without a status, and for one with a status that gRPC does not have.
const (
	noGRPCStatus    = -1
	otherGRPCStatus = 17
)

func grpcStatus(code int8) string {
	switch {
	case code == noGRPCStatus:
		return "none"
	case code < 0 || code >= otherGRPCStatus:
		return "other"
	}
	return strconv.Itoa(int(code))
}

var operationTypes = []string{"query", "mutation", "subscription"}

func operationType(operation string) string { return operationTypeLabel(operationPlace(operation)) }

// operationPlace returns where the type of an operation is among operationTypes; -1 where it is not.
func operationPlace(operation string) int8 {
	kind, _, _ := strings.Cut(operation, " ")
	return int8(slices.Index(operationTypes, kind))
}

func operationTypeLabel(place int8) string {
	if place < 0 {
		return "unknown"
	}
	return operationTypes[place]
}
