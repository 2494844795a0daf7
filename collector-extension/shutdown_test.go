package mockforgeextension

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// locked returns recorded_requests for nobody; waiting is how many of the control API want to read it.
func locked(t *testing.T, dsn string) (waiting func() int, unlock func()) {
	t.Helper()
	count, unlock := postgrestest.Lock(t, dsn, "recorded_requests")
	return func() int { return count("mockforge control API") }, unlock
}

// background sends a request whose answer nobody waits for. The error of a connection that is broken off is no failure.
func background(t *testing.T, method, target, body string) (ended <-chan int) {
	t.Helper()
	status := make(chan int, 1)
	go func() {
		defer close(status)
		r, err := http.NewRequestWithContext(context.Background(), method, target, strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", "application/json")
		response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
		if err != nil {
			return
		}
		defer response.Body.Close()
		_, _ = io.Copy(io.Discard, response.Body)
		status <- response.StatusCode
	}()
	return status
}

// patient returns a DSN whose statements take as long as they take.
func patient(dsn string) string { return dsn + "&statement_timeout=0" }

func TestQueriesThatHangKeepNobodyFromStopping(t *testing.T) {
	// As many hang as there are connections for searching, or as may search at once.
	for most, hanging := range map[int]int{4: 1, 16: 6} {
		t.Run(strconv.Itoa(most)+" connections", func(t *testing.T) { testQueriesThatHangKeepNobodyFromStopping(t, most, hanging) })
	}
}

func testQueriesThatHangKeepNobodyFromStopping(t *testing.T, most, hanging int) {
	c := config(t, shop(t))
	c.Recorder.Storage.MaxConnections = most
	store := withDatabase(t, c, patient(postgrestest.DSN(t)))
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	e := made(t, c)
	if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	gateway, control := "http://"+c.Gateways[0].Server.NetAddr.Endpoint, "http://"+c.Control.NetAddr.Endpoint
	if status, body := send(t, "PUT", control+"/scenarios/mode", `{"mode":"error","error_rate":1}`); status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	waiting, unlock := locked(t, string(c.Recorder.Storage.DSN))
	var ended []<-chan int
	for range 10 {
		ended = append(ended,
			background(t, "POST", control+"/recordings/query", `{}`), background(t, "GET", control+"/recordings/stats", ""),
			background(t, "GET", control+"/recordings/export?format=jsonl", ""), background(t, "GET", control+"/recordings/diagram?consumer=a", ""))
	}
	eventually(t, "queries wait for the lock", func() bool { return waiting() >= hanging })
	eventually(t, "requests that are too many are refused", func() bool {
		for _, one := range ended {
			select {
			case status := <-one:
				if status == http.StatusServiceUnavailable {
					return true
				}
			default:
			}
		}
		return false
	})
	if status, body := send(t, "GET", control+"/scenarios/mode", ""); status != 200 {
		t.Errorf("reading the scenario: %d %s", status, body)
	}
	if status, body := send(t, "POST", control+"/scenarios/stop", `{"reason":"enough"}`); status != 200 {
		t.Errorf("stopping: %d %s", status, body)
	}
	eventually(t, "traffic is unharmed", func() bool { status, _ := get(t, gateway+"/users/1"); return status == 200 })
	// The lock is held until the collector has ended.
	if err := e.Shutdown(context.Background()); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	for _, one := range ended {
		<-one
	}
	unlock()
	http.DefaultClient.CloseIdleConnections()
}

// A client that leaves takes its query along.
func TestAQueryEndsWithItsClient(t *testing.T) {
	c := config(t, shop(t))
	store := withDatabase(t, c, patient(postgrestest.DSN(t)))
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	start(t, c)
	waiting, _ := locked(t, string(c.Recorder.Storage.DSN))
	control := "http://" + c.Control.NetAddr.Endpoint
	for _, one := range []struct{ method, target, body string }{
		{"POST", "/recordings/query", "{}"},
		{"GET", "/recordings/stats", ""},
		{"GET", "/recordings/export?format=openapi", ""},
		{"GET", "/recordings/diagram?consumer=a", ""},
		{"GET", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdef", ""},
		{"POST", "/recordings/replay/019cf0a1-7b3c-7def-8123-456789abcdef", ""},
		{"POST", "/recordings/replays", `{"filter":{}}`},
		{"PUT", "/recordings/019cf0a1-7b3c-7def-8123-456789abcdef/tags", `{"tags":[]}`},
	} {
		ctx, leave := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, one.method, control+one.target, strings.NewReader(one.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		left := make(chan error, 1)
		go func() {
			response, err := http.DefaultClient.Do(r)
			if err == nil {
				_ = response.Body.Close()
				err = fmt.Errorf("answered %d", response.StatusCode)
			}
			left <- err
		}()
		eventually(t, one.target+" waits", func() bool { return waiting() > 0 })
		leave()
		if err := <-left; ctx.Err() == nil {
			t.Errorf("%s: %v", one.target, err)
		}
		eventually(t, one.target+" ends", func() bool { return waiting() == 0 })
	}
}

// freezer is a way to PostgreSQL that can stop to carry anything, as a machine that is lost does.
type freezer struct {
	net.Listener
	frozen chan struct{}
	conns  sync.WaitGroup
}

func newFreezer(t *testing.T, dsn string) (*freezer, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &freezer{Listener: l, frozen: make(chan struct{})}
	t.Cleanup(func() { _ = l.Close(); f.conns.Wait() })
	target := u.Host
	f.conns.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", target)
			if err != nil {
				_ = client.Close()
				continue
			}
			f.conns.Go(func() { defer server.Close(); f.carry(server, client) })
			f.conns.Go(func() { defer client.Close(); f.carry(client, server) })
		}
	})
	u.Host = l.Addr().String()
	return f, u.String()
}

func (f *freezer) carry(to io.Writer, from io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		select {
		case <-f.frozen:
			_, _ = io.Copy(io.Discard, from) // until it is closed
			return
		default:
		}
		if err != nil {
			return
		}
		if _, err := to.Write(bytes.Clone(buffer[:n])); err != nil {
			return
		}
	}
}

// What hangs for good is left behind, so that traffic is handed over: PostgreSQL's machine is lost while a query is answered.
func TestADatabaseThatIsLostKeepsNobodyFromStopping(t *testing.T) {
	dsn := postgrestest.DSN(t)
	way, through := newFreezer(t, patient(dsn))
	c := config(t, shop(t))
	store := withDatabase(t, c, dsn)
	if err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	withDSN(c, through)
	e := made(t, c)
	if err := e.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	control := "http://" + c.Control.NetAddr.Endpoint
	eventually(t, "the database is there", func() bool { status, _ := send(t, "POST", control+"/recordings/query", "{}"); return status == 200 })
	waiting, _ := locked(t, dsn)
	ended := background(t, "POST", control+"/recordings/query", "{}")
	eventually(t, "the query waits", func() bool { return waiting() > 0 })
	close(way.frozen)
	if err := e.Shutdown(context.Background()); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if status, answered := <-ended; answered && status < 500 {
		t.Errorf("answered %d", status)
	}
	http.DefaultClient.CloseIdleConnections()
}
