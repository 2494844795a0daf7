package grpcstatus_test

import (
	"net/url"
	"regexp"
	"testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/grpcstatus"
)

func TestMessagesArePercentEncoded(t *testing.T) {
	for text, want := range map[string]string{
		"":                  "",
		"not enough, sorry": "not enough, sorry",
		"100 %":             "100 %25",
		"größer\n":          "gr%C3%B6%C3%9Fer%0A",
		"\x7f~ ":            "%7F~ ",
	} {
		if got := grpcstatus.Message(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func FuzzMessage(f *testing.F) {
	f.Add("größer %41\x00")
	wire := regexp.MustCompile(`^(?:[ -$&-~]|%[0-9A-F]{2})*$`)
	f.Fuzz(func(t *testing.T, text string) {
		encoded := grpcstatus.Message(text)
		if back, err := url.PathUnescape(encoded); err != nil || back != text || !wire.MatchString(encoded) {
			t.Errorf("%q became %q, and then %q (%v)", text, encoded, back, err)
		}
	})
}
