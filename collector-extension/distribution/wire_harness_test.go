package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// sent is a request as an upstream got it, byte for byte.
type sent struct {
	line   string
	fields []string
	body   string
}

// field is the value of the first header of that name, in whatever case.
func (s *sent) field(name string) string {
	for _, line := range s.fields {
		if before, value, _ := strings.Cut(line, ":"); strings.EqualFold(before, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// rawUpstream keeps what it gets, and knows no more of HTTP than where a message ends.
type rawUpstream struct {
	address string
	got     chan *sent
}

// ok is the answer of upstreams whose answer does not matter.
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

// startUpstream answers with what answer writes, which reports whether the connection stays open.
func startUpstream(t *testing.T, answer func(conn net.Conn, r *sent) (keep bool)) *rawUpstream {
	t.Helper()
	return startReader(t, func(conn net.Conn, u *rawUpstream) {
		for reader := bufio.NewReader(conn); ; {
			r, err := readRequest(reader)
			if err != nil {
				return
			}
			u.got <- r
			if !answer(conn, r) {
				return
			}
		}
	})
}

// startReader has serve read connections by itself; they are closed when it returns.
func startReader(t *testing.T, serve func(conn net.Conn, u *rawUpstream)) *rawUpstream {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	u := &rawUpstream{address: listener.Addr().String(), got: make(chan *sent, 10_000)}
	var open sync.WaitGroup
	var mu sync.Mutex
	var all []net.Conn
	t.Cleanup(func() {
		listener.Close()
		mu.Lock()
		for _, conn := range all {
			conn.Close()
		}
		mu.Unlock()
		open.Wait()
	})
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			all = append(all, conn)
			mu.Unlock()
			open.Go(func() { defer conn.Close(); serve(conn, u) })
		}
	})
	return u
}

// says answers all requests with the same.
func says(answer string) func(net.Conn, *sent) bool {
	return func(conn net.Conn, _ *sent) bool { _, err := io.WriteString(conn, answer); return err == nil }
}

func readRequest(reader *bufio.Reader) (*sent, error) {
	r, err := readHead(reader)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.EqualFold(r.field("Transfer-Encoding"), "chunked"):
		for {
			line, err := reader.ReadString('\n')
			if err != nil {
				return nil, err
			}
			size, err := strconv.ParseInt(strings.TrimSpace(line), 16, 64)
			if err != nil {
				return nil, err
			}
			part := make([]byte, size+2)
			if _, err := io.ReadFull(reader, part); err != nil {
				return nil, err
			}
			if size == 0 {
				return r, nil
			}
			r.body += string(part[:size])
		}
	case r.field("Content-Length") != "":
		size, err := strconv.Atoi(r.field("Content-Length"))
		if err != nil {
			return nil, err
		}
		body := make([]byte, size)
		_, err = io.ReadFull(reader, body)
		r.body = string(body)
		return r, err
	}
	return r, nil
}

func readHead(reader *bufio.Reader) (*sent, error) {
	r := &sent{}
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			return nil, err
		}
		line = strings.TrimSuffix(line, "\r\n")
		switch {
		case line == "" && r.line != "":
			return r, nil
		case r.line == "":
			r.line = line
		default:
			r.fields = append(r.fields, line)
		}
	}
}

// next is the next request that the upstream gets.
func (u *rawUpstream) next(t *testing.T) *sent {
	t.Helper()
	select {
	case r := <-u.got:
		return r
	case <-time.After(patience):
		t.Fatal("the upstream is asked nothing")
		return nil
	}
}

// none fails where the upstream was asked what nobody has looked at.
func (u *rawUpstream) none(t *testing.T) {
	t.Helper()
	select {
	case r := <-u.got:
		t.Errorf("the upstream was asked: %q", r.line)
	default:
	}
}

// wire is a Collector between raw sockets, with a database.
type wire struct {
	*collector
	// gateways are their addresses by their names.
	gateways map[string]string
}

// gatewayOf is one of the configuration: server, client and more are YAML behind the listener, the upstream and both.
type gatewayOf struct{ name, upstream, server, client, more string }

// startWire starts a Collector with these gateways; more is YAML below the extension, the recorder last.
func startWire(t *testing.T, dsn, more string, gateways ...gatewayOf) *wire {
	t.Helper()
	return startPipes(t, dsn, more, func(func() string) string {
		return "receivers: { otlp: { protocols: { http: { endpoint: 127.0.0.1:0 } } } }\nexporters: { debug: {} }\n"
	}, gateways...)
}

// startPipes is startWire with receivers and exporters of its own: traces go from otlp to otlp_http where there is one, else to debug.
// pipes makes their YAML, and gets what gives it addresses to listen on.
func startPipes(t *testing.T, dsn, more string, pipes func(listen func() string) string, gateways ...gatewayOf) *wire {
	t.Helper()
	local := func() string { return "127.0.0.1:" + port(t) }
	control, metrics := local(), local()
	w := &wire{
		collector: &collector{control: "http://" + control, metrics: "http://" + metrics + "/metrics", log: &log{}, ended: make(chan error, 1)},
		gateways:  map[string]string{},
	}
	if !strings.Contains(more, "recorder:") {
		more += "    recorder:\n"
	}
	var text strings.Builder
	fmt.Fprintf(&text, "extensions:\n  header_stamp:\n    response: { X-Stamp: here }\n  mockforge:\n    control: { endpoint: %q }\n    prometheus: { endpoint: %q }\n%s", control, metrics, more)
	fmt.Fprintf(&text, "      storage: { dsn: %q }\n    gateways:\n", dsn)
	for _, g := range gateways {
		w.gateways[g.name] = local()
		fmt.Fprintf(&text, "    - name: %s\n      server: { endpoint: %q%s }\n", g.name, w.gateways[g.name], g.server)
		if g.upstream != "" {
			fmt.Fprintf(&text, "      upstream: { endpoint: %q%s }\n", g.upstream, g.client)
		}
		text.WriteString(g.more)
	}
	piped := pipes(local)
	exporter := "debug"
	if strings.Contains(piped, "otlp_http:") {
		exporter = "otlp_http"
	}
	fmt.Fprintf(&text, "%sservice:\n  extensions: [header_stamp, mockforge]\n  telemetry: { metrics: { level: none } }\n  pipelines: { traces: { receivers: [otlp], exporters: [%s] } }\n", piped, exporter)
	name := filepath.Join(t.TempDir(), "wire.yaml")
	if err := os.WriteFile(name, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	w.process = command(t, nil, "--config", name)
	w.process.Stdout, w.process.Stderr = w.log, w.log
	if err := w.process.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() { w.ended <- w.process.Wait(); close(over) }()
	ready := false
	eventually(t, "the Collector is there, and so is the schema", func() bool {
		select {
		case <-over:
			return true
		default:
		}
		status, _ := call(t, "GET", w.control+"/recordings/stats", "", "")
		ready = status == http.StatusOK
		return ready
	})
	t.Cleanup(func() {
		w.kill(t)
		if t.Failed() {
			t.Log(w.log.String())
		}
	})
	if !ready {
		t.Fatal("the Collector does not start")
	}
	return w
}

// talk sends bytes to a gateway, and is all that it answers until it closes the connection.
func (w *wire) talk(t *testing.T, gateway, request string) string {
	t.Helper()
	return talk(t, w.gateways[gateway], request)
}

func talk(t *testing.T, address, request string) string {
	t.Helper()
	conn := dial(t, address)
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		return fmt.Sprintf("%s%v", answer, err)
	}
	return string(answer)
}

func dial(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	return conn.(*net.TCPConn)
}

// recorded are all recordings of a filter, whole, in their order; there must come to be n.
func (w *wire) recorded(t *testing.T, filter string, n int) []recording.Recording {
	t.Helper()
	var page struct{ Recordings []recording.Recording }
	eventually(t, fmt.Sprintf("%d recordings of %s", n, filter), func() bool {
		status, body := call(t, "POST", w.control+"/recordings/query", "", `{"limit":500`+strings.TrimSuffix(","+strings.TrimSuffix(strings.TrimPrefix(filter, "{"), "}"), ",")+"}")
		if status != http.StatusOK {
			t.Fatalf("query: %d %s", status, body)
		}
		page.Recordings = nil
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err)
		}
		return len(page.Recordings) == n
	})
	slices.Reverse(page.Recordings)
	for i := range page.Recordings {
		status, body := call(t, "GET", w.control+"/recordings/"+page.Recordings[i].ID.String(), "", "")
		if status != http.StatusOK {
			t.Fatalf("recording: %d %s", status, body)
		}
		page.Recordings[i] = recording.Recording{}
		if err := json.Unmarshal([]byte(body), &page.Recordings[i]); err != nil {
			t.Fatal(err)
		}
	}
	return page.Recordings
}

// one is the only recording of a filter.
func (w *wire) one(t *testing.T, filter string) recording.Recording {
	t.Helper()
	return w.recorded(t, filter, 1)[0]
}

// replayed is what the control API says of a replay.
type replayed struct {
	Replayed struct {
		Failure string
		Status  int `json:"status"`
		Dropped []struct{ Part, Name, Reason string }
	}
	Diff struct{ Equal bool }
}

func (w *wire) replay(t *testing.T, id, request string) (replayed, string) {
	t.Helper()
	status, body := call(t, "POST", w.control+"/recordings/replay/"+id, "", request)
	var r replayed
	if err := json.Unmarshal([]byte(body), &r); err != nil || status != http.StatusOK {
		t.Errorf("replay: %d %s (%v)", status, body, err)
	}
	return r, body
}

func (w *wire) export(t *testing.T, format, filter string) []byte {
	t.Helper()
	response, err := http.Get(w.control + "/recordings/export?format=" + format + "&" + filter)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(response.Body); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("export: %d %v %s", response.StatusCode, err, b.String())
	}
	return b.Bytes()
}

// scenario puts one in force.
func (w *wire) scenario(t *testing.T, method, path, body string) {
	t.Helper()
	if status, answer := call(t, method, w.control+path, "", body); status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, status, answer)
	}
}

// rules are those in force.
func (w *wire) rules(t *testing.T, rules string) {
	t.Helper()
	w.scenario(t, "PUT", "/scenarios/rules", `{"rules":`+rules+`}`)
}
