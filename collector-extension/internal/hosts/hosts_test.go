package hosts_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/hosts"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const key = "control::allowed_hosts"

// ask sends a request for a host over a connection that has come in at local, and returns the status.
func ask(g *hosts.Guard, method, host string, local net.Addr) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/", nil)
	r.Host = host
	r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, local))
	w := httptest.NewRecorder()
	g.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })).ServeHTTP(w, r)
	return w
}

func tcp(address string) net.Addr {
	resolved, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		panic(err)
	}
	return resolved
}

func TestWhichHostsAreLetIn(t *testing.T) {
	allowed := []string{"collector", "*.Monitoring.svc", "grafana.example.", "10.1.2.3", "2001:db8::7", "[2001:db8::8]"}
	for endpoint, test := range map[string]struct {
		local   string
		in, out []string
	}{
		"127.0.0.1:4600": {"127.0.0.1:4600", []string{
			"127.0.0.1:4600", "127.0.0.1", "127.9.9.9:1", "localhost:4600", "LOCALHOST", "localhost.", "shop.localhost", "[::1]:4600", "[::1]",
			"[::ffff:127.0.0.1]", "127.0.0.1.:4600", "localhost:", "collector:4600", "Collector.", "a.monitoring.svc", "a.b.monitoring.svc:80", "grafana.example",
			"10.1.2.3", "[2001:db8::7]:4600", "[2001:DB8:0::8]",
		}, []string{
			"evil.example", "evil.example:4600", "", ":4600", ".", "localhost.evil.example", "notlocalhost", "localhost@evil.example", "evil.example@localhost", "evil.example:x@localhost",
			"monitoring.svc", "evilmonitoring.svc", ".monitoring.svc", "a..monitoring.svc", "collector.evil.example", "x.collector", "192.168.0.5:4600", "0.0.0.0:4600", "[::]:4600", "::1", "::1:4600",
			"127.1", "2130706433", "0x7f000001", "127.0.0.1:http", "127.0.0.1:123456", "localhost:80:80", "[::1", "[::1]x", "[127.0.0.1]", "local host", "localhost/", "localhost#", "lоcalhost",
			strings.Repeat("a.", 200) + "localhost", "localhost\x00", "*", "*.monitoring.svc",
		}},
		"0.0.0.0:4600":         {"10.0.0.5:4600", []string{"10.0.0.5:4600", "10.0.0.5", "localhost", "collector"}, []string{"10.0.0.6", "0.0.0.0", "evil.example"}},
		"[::]:4600":            {"[fe80::1%lo]:4600", []string{"[fe80::1]", "[fe80::1%25lo]:4600", "[::1]"}, []string{"[fe80::2]", "[::]", "evil.example"}},
		":4600":                {"[::ffff:10.0.0.5]:4600", []string{"10.0.0.5:4600", "[::ffff:10.0.0.5]"}, []string{"10.0.0.6", "evil.example", ""}},
		"control.example:4600": {"10.0.0.5:4600", []string{"control.example", "CONTROL.example:1", "10.0.0.5"}, []string{"a.control.example", "example"}},
	} {
		g := hosts.New(endpoint, key, allowed)
		for _, host := range test.in {
			if w := ask(g, "GET", host, tcp(test.local)); w.Code != http.StatusNoContent {
				t.Errorf("%q at %s: %d %s", host, endpoint, w.Code, w.Body)
			}
		}
		for _, host := range test.out {
			w := ask(g, "GET", host, tcp(test.local))
			if w.Code != http.StatusMisdirectedRequest || !strings.Contains(w.Body.String(), key) || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%q at %s: %d %s", host, endpoint, w.Code, w.Body)
			}
		}
	}
}

func TestWhatAProxySaysOfTheHostDoesNotCount(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = "evil.example"
	for _, name := range []string{"X-Forwarded-Host", "X-Host", "Host"} {
		r.Header.Set(name, "localhost")
	}
	r.Header.Set("Forwarded", "host=localhost")
	w := httptest.NewRecorder()
	hosts.New("127.0.0.1:4600", key, nil).Handler(http.NotFoundHandler()).ServeHTTP(w, r)
	if w.Code != http.StatusMisdirectedRequest {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAnythingIsLetInBySocketsOfTheFileSystem(t *testing.T) {
	if w := ask(hosts.New("/run/mockforge.sock", key, nil), "GET", "anything", &net.UnixAddr{Name: "/run/mockforge.sock", Net: "unix"}); w.Code != http.StatusNoContent {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestThereAreNoTunnels(t *testing.T) {
	for _, host := range []string{"localhost", "evil.example:443"} {
		w := ask(hosts.New("127.0.0.1:4600", key, nil), "CONNECT", host, tcp("127.0.0.1:4600"))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") == "" {
			t.Errorf("CONNECT %s: %d, Allow %q", host, w.Code, w.Header().Get("Allow"))
		}
	}
}

func TestWhatCanBeAllowed(t *testing.T) {
	for _, host := range []string{"collector", "a.example", "A.Example.", "*.a.example", "my_service", "10.0.0.1", "::1", "[::1]", "fe80::1", "localhost", "xn--bcher-kva.example"} {
		if err := hosts.Validate(host); err != nil {
			t.Errorf("%q: %v", host, err)
		}
	}
	for _, host := range []string{
		"", "*", "*.", "*.com", "*.10.0.0.1", "a.*.example", "http://a.example", "a.example/", "a.example:4600", "10.0.0.1:4600", "[::1]:4600", "a example", "a@b", "bücher.example", "0.0.0.0", "::",
		".a", "a..b", "[::1", "[10.0.0.1]", strings.Repeat("a", 64), strings.Repeat("a.", 130) + "b",
	} {
		if err := hosts.Validate(host); len(validation.All(err)) != 1 {
			t.Errorf("%q can be allowed: %v", host, err)
		}
	}
}

// FuzzHost: whatever Host is, what is let in names loopback or the one host that is allowed.
func FuzzHost(f *testing.F) {
	for _, host := range []string{"evil.example", "localhost:80", "[::1]:80", "a.b.example", "x@localhost", "127.0.0.1.", "[::ffff:127.0.0.1%25a]", "10.0.0.5"} {
		f.Add(host)
	}
	g := hosts.New("0.0.0.0:4600", key, []string{"*.b.example"})
	f.Fuzz(func(t *testing.T, host string) {
		w := ask(g, "GET", host, tcp("10.0.0.5:4600"))
		if w.Code == http.StatusMisdirectedRequest {
			return
		}
		name := strings.ToLower(host)
		if bare, _, err := net.SplitHostPort(name); err == nil {
			name = bare
		}
		name = strings.Trim(strings.TrimSuffix(name, "."), "[]")
		address, _, _ := strings.Cut(name, "%")
		ip := net.ParseIP(address)
		if own := ip != nil && (ip.IsLoopback() || ip.Equal(net.IPv4(10, 0, 0, 5))); !own && name != "localhost" &&
			!strings.HasSuffix(name, ".localhost") && !strings.HasSuffix(name, ".b.example") {
			t.Errorf("%q is let in", host)
		}
	})
}

// FuzzValidate: what can be allowed is let in, and nothing panics.
func FuzzValidate(f *testing.F) {
	for _, host := range []string{"a.example", "*.a.example", "::1", "10.0.0.1", "*", "A.b.", "[fe80::1%25a]"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		g := hosts.New("127.0.0.1:4600", key, []string{host})
		if hosts.Validate(host) != nil {
			return
		}
		asked := strings.Replace(host, "*.", "x.", 1)
		if strings.Contains(asked, ":") && !strings.HasPrefix(asked, "[") {
			asked = "[" + asked + "]"
		}
		if w := ask(g, "GET", asked, tcp("127.0.0.1:4600")); w.Code != http.StatusNoContent && len(asked) <= 253 {
			t.Errorf("%q is allowed, and %q is refused", host, asked)
		}
	})
}

func TestTheAuthorityOfHTTP2Counts(t *testing.T) {
	s := httptest.NewUnstartedServer(hosts.New("127.0.0.1:4600", key, []string{"collector"}).Handler(http.NotFoundHandler()))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	for host, want := range map[string]int{"evil.example": 421, "collector:4600": 404, "": 404} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", s.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		response, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.ProtoMajor != 2 || response.StatusCode != want {
			t.Errorf("%q over %s: %s", host, response.Proto, response.Status)
		}
	}
}
