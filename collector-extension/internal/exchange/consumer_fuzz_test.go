package exchange

import (
	"net/http"
	"testing"
	"unicode/utf8"
)

func FuzzConsumer(f *testing.F) {
	f.Add("web", "curl/8", "10.0.0.1:80")
	f.Fuzz(func(t *testing.T, header, agent, address string) {
		terms := &Terms{ConsumerHeader: "X-Consumer"}
		if got := terms.Consumer(http.Header{"X-Consumer": {header}, "User-Agent": {agent}}, address); len(got) > maxConsumer || !utf8.ValidString(got) {
			t.Errorf("consumer is %q", got)
		}
	})
}

func TestAConsumerIsToldByWhatIsThere(t *testing.T) {
	terms := &Terms{ConsumerHeader: "X-Consumer"}
	for name, test := range map[string]struct {
		header        http.Header
		address, want string
	}{
		"header":         {http.Header{"X-Consumer": {"web"}, "User-Agent": {"curl/8"}}, "10.0.0.1:80", "web"},
		"agent":          {http.Header{"User-Agent": {"curl/8 (linux)"}}, "10.0.0.1:80", "curl/8 10.0.0.1"},
		"address":        {http.Header{}, "[::1]:80", "::1"},
		"an exporter":    {http.Header{"User-Agent": {"collector/1 x"}}, "", "collector/1"},
		"nothing":        {nil, "", ""},
		"an odd address": {nil, "@", "@"},
	} {
		if got := terms.Consumer(test.header, test.address); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
