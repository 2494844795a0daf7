package clickhouse_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/dev/clickhouse/clickhousetest"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/clickhouse"
)

// What literals say is for the server to read: every byte, and every pair of those that mean something, goes there and comes back.
func TestTheServerReadsLiteralsAsTheyAreMeant(t *testing.T) {
	server := clickhousetest.One(t).Servers[0]
	var all []string
	for b := range 256 {
		all = append(all, string([]byte{byte(b)}))
	}
	for _, first := range []string{`\`, `'`, `x`, `"`, "\x00", "\n", "é", "`", "{", "%", "\xff"} {
		for _, second := range []string{`\`, `'`, `x27`, `"`, "0", "n", "N", "\x00", "é"} {
			all = append(all, first+second, first+second+first)
		}
	}
	var asked strings.Builder
	for i, text := range all {
		if i > 0 {
			asked.WriteString(", ")
		}
		asked.WriteString(clickhouse.Quoted(text))
	}
	got, err := server.Execute(t.Context(), "SELECT arrayMap(x -> hex(x), ["+asked.String()+"]) FORMAT TSVRaw")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, text := range all {
		want = append(want, fmt.Sprintf("'%X'", text))
	}
	if got != "["+strings.Join(want, ",")+"]" {
		t.Errorf("%s", got)
	}
}
