package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// Faults that a request asks for in names of gRPC are those of HTTP that mean the same.
func TestFaultsThatRequestsAskFor(t *testing.T) {
	u := startUpstream(t, says(ok))
	gateways := targetGateways(u)[:3]
	for i := range gateways {
		gateways[i].more += "      fault_requests: { enabled: true }\n"
	}
	w := startWire(t, postgrestest.DSN(t), "", gateways...)
	for gateway := range w.gateways {
		for wish, want := range map[string]string{
			"error=UNAVAILABLE": "503", "error=NOT_FOUND": "404", "error=RESOURCE_EXHAUSTED": "429", "error=UNAUTHENTICATED": "401", "error=PERMISSION_DENIED": "403",
			"error=DEADLINE_EXCEEDED": "504", "error=UNIMPLEMENTED": "501", "error=INTERNAL": "500", "error=INVALID_ARGUMENT": "400", "error=418": "418",
			"error=unavailable": "400", "error=99": "400", "error=OK": "400", "nothing": "400",
		} {
			answer := w.talk(t, gateway, "GET / HTTP/1.1\r\nHost: shop\r\nx-mockforge-FAULT: "+wish+"\r\nConnection: close\r\n\r\n")
			if !strings.HasPrefix(answer, "HTTP/1.1 "+want+" ") {
				t.Errorf("%s, %s: %.60q, want %s", gateway, wish, answer, want)
			}
		}
	}
	u.none(t)
}

// Shares are of exchanges, traces or consumers, and limits may count by route.
func TestSharesAndLimits(t *testing.T) {
	u := startUpstream(t, says(ok))
	gateways := targetGateways(u)[:3]
	for i := range gateways {
		gateways[i].more += "      routes: [ /limit/a, /limit/b, \"/limit/c/{id}\" ]\n"
	}
	w := startWire(t, postgrestest.DSN(t), "", gateways...)
	var rules []string
	for _, by := range []string{"exchange", "trace", "consumer", ""} {
		target := `"share":0.5,"path":"/share/` + by + `"`
		if by != "" {
			target += `,"share_by":"` + by + `"`
		}
		rules = append(rules, `{"name":"by `+by+`","target":{`+target+`},"mode":"error","status_codes":[418]}`)
	}
	for gateway := range w.gateways {
		rules = append(rules, `{"name":"limit `+gateway+`","target":{"gateway":"`+gateway+`","path":"/limit/**"},"mode":"error","faults":[{"kind":"rate_limit","limit":1,"window_ms":3600000,"per":"route"}]}`)
	}
	status, answer := call(t, http.MethodPut, w.control+"/scenarios/rules", "", `{"rules":[`+strings.Join(rules, ",")+`]}`)
	if status != 200 {
		t.Fatalf("%d %s", status, answer)
	}
	get := func(gateway, path, more string) string {
		answer := w.talk(t, gateway, "GET "+path+" HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n"+more+"\r\n")
		return strings.TrimPrefix(answer, "HTTP/1.1 ")[:3]
	}
	const traces, tries = 16, 8
	trace := func(i int) string {
		return "traceparent: 00-" + strings.Repeat("0", 30) + string("0123456789abcdef"[i]) + "1-00f067aa0ba902b7-01\r\n"
	}
	for gateway := range w.gateways {
		for by, alike := range map[string]bool{"exchange": false, "trace": true, "": true} {
			hit, mixed := 0, 0
			for i := range traces {
				first := get(gateway, "/share/"+by, trace(i))
				differs := false
				for range tries {
					differs = get(gateway, "/share/"+by, trace(i)) != first || differs
				}
				if first == "418" {
					hit++
				}
				if differs {
					mixed++
				}
			}
			if hit == 0 || hit == traces {
				t.Errorf("%s by %q: a share of a half hits %d of %d", gateway, by, hit, traces)
			}
			if alike && mixed > 0 || !alike && mixed == 0 {
				t.Errorf("%s by %q: %d of %d traces are treated in several ways", gateway, by, mixed, traces)
			}
		}
		hit := 0
		for i := range traces {
			consumer := "X-Consumer: c" + string("0123456789abcdef"[i]) + "\r\n"
			first := get(gateway, "/share/consumer", consumer)
			for range tries {
				if got := get(gateway, "/share/consumer", consumer); got != first {
					t.Errorf("%s: a consumer gets %s, and then %s", gateway, first, got)
				}
			}
			if first == "418" {
				hit++
			}
		}
		if hit == 0 || hit == traces {
			t.Errorf("%s: a share of a half hits %d of %d consumers", gateway, hit, traces)
		}
		for _, test := range []struct{ path, want string }{{"/a", "200"}, {"/b", "200"}, {"/c/1", "200"}, {"/a", "429"}, {"/b?x", "429"}, {"/c/2", "429"}, {"/c/a%2Fb", "429"}} {
			if got := get(gateway, "/limit"+test.path, ""); got != test.want {
				t.Errorf("%s: %s gets %s, want %s", gateway, test.path, got, test.want)
			}
		}
	}
}
