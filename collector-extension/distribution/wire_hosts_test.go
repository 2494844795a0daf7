package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// The Host that an upstream sees is the client's, its own, or that of the configuration; and replays send the same.
func TestHostsAreThoseOfTheConfiguration(t *testing.T) {
	u := startUpstream(t, says(ok))
	upstream := "http://" + u.address
	w := startWire(t, postgrestest.DSN(t), "",
		gatewayOf{name: "guessed", upstream: upstream},
		gatewayOf{name: "kept", upstream: upstream, more: "      preserve_host: true\n"},
		gatewayOf{name: "own", upstream: upstream, more: "      preserve_host: false\n"},
		gatewayOf{name: "set", upstream: upstream, client: `, headers: { Host: set.test }`},
		gatewayOf{name: "kept-handlers", upstream: upstream, server: `, cors: { allowed_origins: ["http://pages"] }`},
	)
	for gateway, want := range map[string]string{"guessed": "Shop.test:8080", "kept": "Shop.test:8080", "own": u.address, "set": "set.test", "kept-handlers": "Shop.test:8080"} {
		w.talk(t, gateway, "GET /"+gateway+" HTTP/1.1\r\nhOST: Shop.test:8080\r\nConnection: close\r\n\r\n")
		got := u.next(t)
		if got.field("Host") != want || got.field("X-Forwarded-Host") != "Shop.test:8080" {
			t.Errorf("%s: the upstream gets %q", gateway, got.fields)
		}
		r := w.one(t, `{"gateways":["`+gateway+`"]}`)
		if r.Host != "Shop.test:8080" {
			t.Errorf("%s: recorded with the host %q", gateway, r.Host)
		}
		for _, how := range []string{`{}`, `{"scenario":{"mode":"healthy"}}`} {
			w.replay(t, r.ID.String(), how)
			if got := u.next(t); got.field("Host") != want {
				t.Errorf("%s: replayed (%s) as %q", gateway, how, got.fields)
			}
		}
	}
	if said := regexp.MustCompile(`the upstream sees (its own Host|the Host of the client)`).FindAllString(w.log.String(), -1); len(said) < 5 {
		t.Errorf("the log says which Host it is %d times", len(said))
	}
}

// An answer has one Access-Control-Allow-Origin, and what was injected can be read by the page that asked.
func TestPagesOfOtherOrigins(t *testing.T) {
	const own = "Access-Control-Allow-Origin: https://upstream.test\r\n"
	u := startUpstream(t, says("HTTP/1.1 200 OK\r\n"+own+"Content-Length: 0\r\n\r\n"))
	silent := startUpstream(t, says(ok))
	w := startWire(t, postgrestest.DSN(t), "",
		gatewayOf{name: "straight", upstream: "http://" + u.address},
		gatewayOf{name: "handlers", upstream: "http://" + u.address, server: `, cors: { allowed_origins: ["http://pages.test"] }`},
		gatewayOf{name: "silent", upstream: "http://" + silent.address},
		gatewayOf{name: "silent-handlers", upstream: "http://" + silent.address, server: `, cors: { allowed_origins: ["http://pages.test"] }`},
	)
	w.rules(t, `[{"name":"down","target":{"path":"/down"},"mode":"error","status_codes":[503]}]`)
	for _, test := range []struct{ gateway, path, origin, want string }{
		{"straight", "/", "http://pages.test", "https://upstream.test"},
		{"straight", "/down", "http://pages.test", "http://pages.test"},
		{"straight", "/down", "null", "null"},
		{"handlers", "/", "http://pages.test", "https://upstream.test"},
		{"handlers", "/down", "http://pages.test", "http://pages.test"},
		{"handlers", "/down", "http://others.test", ""},
		{"silent", "/", "http://pages.test", ""},
		{"silent", "/down", "", ""},
		{"silent-handlers", "/", "http://pages.test", "http://pages.test"},
		{"silent-handlers", "/", "http://others.test", ""},
	} {
		request := "GET " + test.path + " HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n"
		if test.origin != "" {
			request += "Origin: " + test.origin + "\r\n"
		}
		var got []string
		for line := range strings.SplitSeq(w.talk(t, test.gateway, request+"\r\n"), "\r\n") {
			if name, value, _ := strings.Cut(line, ": "); strings.EqualFold(name, "Access-Control-Allow-Origin") {
				got = append(got, value)
			}
		}
		if strings.Join(got, " and ") != test.want {
			t.Errorf("%+v: got %q", test, got)
		}
	}
	// A preflight passes a fault, so that the request which follows can meet it.
	preflight := "OPTIONS /down HTTP/1.1\r\nHost: shop\r\nConnection: close\r\nOrigin: http://pages.test\r\nAccess-Control-Request-Method: GET\r\n\r\n"
	for _, gateway := range []string{"straight", "silent"} {
		if answer := w.talk(t, gateway, preflight); !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
			t.Errorf("%s: a preflight gets %q", gateway, answer)
		}
	}
	if answer := w.talk(t, "handlers", preflight); !strings.HasPrefix(answer, "HTTP/1.1 204 ") || !strings.Contains(answer, "Access-Control-Allow-Origin: http://pages.test") {
		t.Errorf("a preflight for the Collector: %q", answer)
	}
}
