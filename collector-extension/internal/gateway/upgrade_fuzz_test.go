package gateway

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func FuzzUpgradeOf(f *testing.F) {
	for _, upgrade := range []string{"websocket", "h2c, websocket", "foo/2 ,bar", ",, ", "\xff", "WebSocket/13", "foo/", "/2", "foo\n"} {
		f.Add("Upgrade", upgrade, "foo")
	}
	f.Add("keep-alive, upgrade", "bar/2", "bar/2")
	f.Add("", "websocket", "")
	f.Fuzz(func(t *testing.T, connection, upgrade, listed string) {
		r := &http.Request{ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Connection": {connection}, "Upgrade": {upgrade}, "Http2-Settings": {"x"}}}
		others := []string{"listed"}
		if listed != "" {
			others = append(others, listed)
		}
		got := upgradeOf(r, others)
		name, _, _ := strings.Cut(got, "/")
		if got != "" && (!strings.Contains(upgrade, got) || strings.Contains(got, ",") || !strings.Contains(strings.ToLower(connection), "upgrade") ||
			!slices.ContainsFunc(append(others, "websocket"), func(other string) bool {
				return strings.EqualFold(other, got) || other != "websocket" && strings.EqualFold(other, name)
			})) {
			t.Errorf("%q of %q is upgraded to %q", connection, upgrade, got)
		}
		sent := withUpgrade(r, got).Header
		if len(sent["Http2-Settings"]) > 0 || sent.Get("Upgrade") != got || len(r.Header["Upgrade"]) != 1 {
			t.Errorf("sent %v of %v", sent, r.Header)
		}
	})
}
