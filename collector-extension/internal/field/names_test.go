package field_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

func TestKnownNamesHaveTheFormOfAllOthers(t *testing.T) {
	for n := field.Connection; int(n) < field.Known; n++ {
		name := n.String()
		if canonical := http.CanonicalHeaderKey(name); name == "" || canonical != name {
			t.Errorf("%d is %q, which others write %q", n, name, canonical)
		}
		for _, sent := range []string{name, strings.ToLower(name), strings.ToUpper(name)} {
			var read field.Filled
			if err := read.Parse(sent+": 1\r\n", false); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(http.Header{name: {"1"}}, read.Header); diff != "" {
				t.Errorf("%s (-want +got):\n%s", sent, diff)
			}
			if read.Names != field.Of(n) {
				t.Errorf("%s is known as %b", sent, read.Names)
			}
		}
	}
	if field.Known > 64 {
		t.Errorf("a set has room for 64 names, and there are %d", field.Known)
	}
}

func TestNamesAreThoseThatWereRead(t *testing.T) {
	var read field.Filled
	if err := read.Parse("connection: close\r\nX-Other: 1\r\nKeep-Alive: 5\r\n", false); err != nil {
		t.Fatal(err)
	}
	delete(read.Header, "Connection")
	for n, want := range map[field.Name]bool{field.Connection: true, field.KeepAlive: true, field.Host: false, field.Other: false} {
		if read.Names.Has(n) != want || read.Names.HasAny(field.Of(n, field.TE)) != want {
			t.Errorf("%s: %t, want %t", n, !want, want)
		}
	}
	if read.Empty(); read.Names != 0 {
		t.Errorf("the empty header has %b", read.Names)
	}
}

func TestHostsStandApart(t *testing.T) {
	read := field.Filled{HostApart: true}
	if err := read.Parse("host: a\r\n b\r\nX-A: 1\r\nHOST: c\r\n", false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a b", "c"}, read.Hosts); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(http.Header{"X-A": {"1"}}, read.Header); diff != "" {
		t.Errorf("others (-want +got):\n%s", diff)
	}
	if err := read.Parse("X-A: 1\r\n", false); err != nil || len(read.Hosts) != 0 {
		t.Errorf("hosts of a message without: %q, %v", read.Hosts, err)
	}
}

func TestFieldsThatStandBehindAreAmongTheAdded(t *testing.T) {
	own := []field.Own{
		{Name: field.XForwardedFor, Value: "client", Behind: true},
		{Name: field.Traceparent, Value: "trace", Behind: true},
		{Name: field.XForwardedHost, Value: "host", Behind: true},
	}
	header := http.Header{"Accept": {"a"}, "Via": {"me"}, "X-Forwarded-For": {"not this"}}
	want := []field.Line{{"x-forwarded-HOST", "host"}, {"Accept", "a"}, {"Traceparent", "trace"}, {"Via", "me"}, {"X-Forwarded-For", "client"}}
	if diff := cmp.Diff(want, arranged(header, own, "x-forwarded-HOST: sent\r\nAccept: a\r\n")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOnlyWhatIsUnchangedIsSentAsItsLine(t *testing.T) {
	const sent = "a: 1\r\nb:  2\r\nc: 3\nd: 4\r\n 5\r\ne: 6\r\n"
	header, err := field.Parse(sent, true)
	if err != nil {
		t.Fatal(err)
	}
	header["E"] = []string{"changed"}
	var lines []string
	new(field.Order).Each(header, nil, sent, func(p *field.Placed) { lines = append(lines, p.Line) })
	if diff := cmp.Diff([]string{"a: 1\r\n", "", "", "", ""}, lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
