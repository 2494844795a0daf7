package main

import (
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// Targets have other forms than paths (RFC 9112 section 3.2). What is none of them is refused, and asks the upstream nothing.
func TestFormsOfTargets(t *testing.T) {
	u := startUpstream(t, says(ok))
	w := startWire(t, postgrestest.DSN(t), "", targetGateways(u)[:3]...)
	for gateway := range w.gateways {
		for request, want := range map[string]string{ // what the upstream gets, or the status where that is nothing
			"OPTIONS * HTTP/1.1\r\nHost: shop\r\n":                               "OPTIONS * HTTP/1.1",
			"OPTIONS / HTTP/1.1\r\nHost: shop\r\n":                               "OPTIONS / HTTP/1.1",
			"GET http://shop HTTP/1.1\r\nHost: shop\r\n":                         "GET / HTTP/1.1",
			"GET http://shop/ HTTP/1.1\r\nHost: other\r\n":                       "GET / HTTP/1.1",
			"GET HTTP://shop:80/a%2Fb|c/../d?b=2&a=1 HTTP/1.1\r\nHost: shop\r\n": "GET /a%2Fb|c/../d?b=2&a=1 HTTP/1.1",
			"GET http://shop?q HTTP/1.1\r\nHost: shop\r\n":                       "GET /?q HTTP/1.1",
			"GET http://shop//a HTTP/1.1\r\nHost: shop\r\n":                      "GET //a HTTP/1.1",
			"PROPFIND /a HTTP/1.1\r\nHost: shop\r\n":                             "PROPFIND /a HTTP/1.1",
			"get /a HTTP/1.1\r\nHost: shop\r\n":                                  "get /a HTTP/1.1",
			"M-SEARCH * HTTP/1.1\r\nHost: shop\r\n":                              "400",
			"GET * HTTP/1.1\r\nHost: shop\r\n":                                   "400",
			"GET http://user:pw@shop/ HTTP/1.1\r\nHost: shop\r\n":                "400",
			"GET ftp://shop/ HTTP/1.1\r\nHost: shop\r\n":                         "400",
			"GET http:///a HTTP/1.1\r\nHost: shop\r\n":                           "400",
			"GET a HTTP/1.1\r\nHost: shop\r\n":                                   "400",
			"GET ?a HTTP/1.1\r\nHost: shop\r\n":                                  "400",
			"GET  /a HTTP/1.1\r\nHost: shop\r\n":                                 "400",
			"GET /%zz HTTP/1.1\r\nHost: shop\r\n":                                "400",
			"GET /% HTTP/1.1\r\nHost: shop\r\n":                                  "400",
			"GET /?%zz HTTP/1.1\r\nHost: shop\r\n":                               "GET /?%zz HTTP/1.1",
			"GET /a b HTTP/1.1\r\nHost: shop\r\n":                                "400",
			"GET /a\tb HTTP/1.1\r\nHost: shop\r\n":                               "400",
			"GET /a\x00b HTTP/1.1\r\nHost: shop\r\n":                             "400",
			"GET /a\rb HTTP/1.1\r\nHost: shop\r\n":                               "400",
			"GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n":                          "400",
			"GET /a HTTP/1.1\r\nX: 1\r\n":                                        "400",
			"GET /a HTTP/1.1\r\nHost: shop\r\n folded: 1\r\n":                    "400",
			"GET /a HTTP/1.1\r\nHost : shop\r\n":                                 "400",
			"GET /a HTTP/1.1\r\nHost: a b\r\n":                                   "400",
			"GET /a HTTP/2.0\r\nHost: shop\r\n":                                  "505",
			"CONNECT shop:443 HTTP/1.1\r\nHost: shop:443\r\n":                    "501",
		} {
			answer := w.talk(t, gateway, request+"Connection: close\r\n\r\n")
			status, _, _ := strings.Cut(strings.TrimPrefix(answer, "HTTP/1.1 "), " ")
			if len(want) == 3 {
				if status != want {
					t.Errorf("%s %q: got %.60q, want %s", gateway, request, answer, want)
				}
				u.none(t)
				continue
			}
			if status != "200" {
				t.Errorf("%s %q: got %.60q", gateway, request, answer)
				continue
			}
			got := u.next(t)
			if got.line != want || strings.Contains(request, "Host: other") && got.field("Host") != "shop" {
				t.Errorf("%s %q: the upstream got %q %q", gateway, request, got.line, got.fields)
			}
		}
	}
	for i, r := range w.recorded(t, `{"gateways":["straight"],"methods":["OPTIONS"]}`, 2) {
		if r.Target != "*" && r.Target != "/" {
			t.Errorf("recording %d has the target %q", i, r.Target)
		}
		if replay, text := w.replay(t, r.ID.String(), `{}`); replay.Replayed.Failure != "" {
			t.Errorf("%q: %s", r.Target, text)
		} else if got := u.next(t).line; got != "OPTIONS "+string(r.Target)+" HTTP/1.1" {
			t.Errorf("%q was replayed as %q", r.Target, got)
		}
	}
}

// What is one segment as it was sent is one for all patterns, whatever it is decoded.
func TestPatternsSeeSegmentsAsTheyWereSent(t *testing.T) {
	u := startUpstream(t, says(ok))
	gateways := targetGateways(u)[:3]
	for i := range gateways {
		gateways[i].more += "      routes: [ \"/routes/{id}\", \"/routes/{id}/items\" ]\n" +
			"      mocks: [ { name: project, path: \"/mocks/{id}\", template: true, body: \"project {{ .PathValue \\\"id\\\" }} of {{ .Path }}\" }, { name: spaced, path: \"/a b\", body: spaced } ]\n"
	}
	w := startWire(t, postgrestest.DSN(t), "    recorder:\n      exclude_paths: [ \"/exclude/{id}\", \"/health\" ]\n      sampling: { rules: [ { path: \"/sample/{id}\", share: 0 } ] }\n", gateways...)
	w.rules(t, `[{"name":"projects","target":{"path":"/rules/{id}"},"mode":"error","status_codes":[418]},{"name":"slash","target":{"path":"/literal/a%2Fb"},"mode":"error","status_codes":[419]}]`)
	segments := map[string]bool{ // whether it is one
		"a%2Fb": true, "a%2fb": true, "auth0|a%2Fb": true, "a%252Fb": true, "%2F": true, "..": true, ".": true, "a;b=c": true, "\xff": true, "caf\xc3\xa9": true,
		"a+b": true, "a%20b": true, "%2E%2E": true, "a/b": false, "": false, "a/": false, "/a": false, "a%2Fb/c": false,
	}
	for gateway := range w.gateways {
		talk := func(path string) string {
			return w.talk(t, gateway, "GET "+path+" HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
		}
		routes := map[string]string{}
		for segment, is := range segments {
			if got := strings.HasPrefix(talk("/rules/"+segment), "HTTP/1.1 418 "); got != is {
				t.Errorf("%s: a rule matches %q: %v", gateway, segment, got)
			}
			answer := talk("/mocks/" + segment)
			if got := strings.Contains(answer, "project "); got != is {
				t.Errorf("%s: a mock matches %q: %v", gateway, segment, got)
			}
			if segment == "a%2Fb" && !strings.HasSuffix(answer, "\r\n\r\nproject a/b of /mocks/a%2Fb") {
				t.Errorf("%s: a mock of %q: %q", gateway, segment, answer)
			}
			for _, path := range []string{"/routes/" + segment, "/exclude/" + segment, "/sample/" + segment, "/filter/" + segment} {
				if answer := talk(path); !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
					t.Errorf("%s %q: %.60q", gateway, path, answer)
				}
			}
			routes["/routes/"+segment] = map[bool]string{true: "/routes/{id}"}[is]
		}
		if answer := talk("/literal/a%2Fb"); !strings.HasPrefix(answer, "HTTP/1.1 419 ") {
			t.Errorf("%s: an escaped slash in a rule: %.60q", gateway, answer)
		}
		if answer := talk("/literal/a/b"); !strings.HasPrefix(answer, "HTTP/1.1 200 ") {
			t.Errorf("%s: a slash, where an escaped one is in the rule: %.60q", gateway, answer)
		}
		if answer := talk("/a%20b"); !strings.HasSuffix(answer, "spaced") {
			t.Errorf("%s: a space in a mock: %.60q", gateway, answer)
		}
		only := `{"gateways":["` + gateway + `"],"path":`
		for _, r := range w.recorded(t, only+`"/routes/**"}`, len(segments)) {
			if want := routes[string(r.Target)]; want != "" && r.Route != want || want == "" && r.Route == "/routes/{id}" {
				// Routes ignore empty segments.
				if empty := strings.Contains(string(r.Target), "//") || strings.HasSuffix(string(r.Target), "/"); !empty {
					t.Errorf("%s: %q has the route %q", gateway, r.Target, r.Route)
				}
			}
		}
		for _, filtered := range []string{"exclude", "sample"} {
			for _, r := range w.recorded(t, only+`"/`+filtered+`/**"}`, 5) {
				if segments[strings.TrimPrefix(string(r.Target), "/"+filtered+"/")] {
					t.Errorf("%s: %q is recorded", gateway, r.Target)
				}
			}
		}
		for _, r := range w.recorded(t, only+`"/filter/{id}"}`, len(segments)-5) {
			if !segments[strings.TrimPrefix(string(r.Target), "/filter/")] {
				t.Errorf("%s: the filter finds %q", gateway, r.Target)
			}
		}
	}
}
