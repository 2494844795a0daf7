package field_test

import (
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/field"
)

func TestLinesKeepTheirOrderAndTheCaseOfTheirNames(t *testing.T) {
	got, err := field.Lines("x-b: 1\r\nX-A: Jos\xe9 \r\nX-B: 2\r\n  3\r\n", false)
	if err != nil {
		t.Fatal(err)
	}
	want := []field.Line{{"x-b", "1"}, {"X-A", "Jos\xe9"}, {"X-B", "2 3"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHeadersAreArrangedAsTheyWereSent(t *testing.T) {
	sent := []field.Line{{"x-b", "1"}, {"ACCEPT", "a"}, {"X-B", "2"}, {"gone", "x"}, {"X-b", "3"}}
	for name, test := range map[string]struct {
		header http.Header
		want   []field.Line
	}{
		"unchanged but for one that is gone": {
			http.Header{"X-B": {"1", "2", "3"}, "Accept": {"a"}},
			[]field.Line{{"x-b", "1"}, {"ACCEPT", "a"}, {"X-B", "2"}, {"X-b", "3"}},
		},
		"fewer, changed and added": {
			http.Header{"X-B": {"9"}, "Via": {"1", "2"}, "Added": {"yes"}},
			[]field.Line{{"x-b", "9"}, {"Added", "yes"}, {"Via", "1"}, {"Via", "2"}},
		},
		"more of one": {
			http.Header{"Accept": {"a", "b"}},
			[]field.Line{{"ACCEPT", "a"}, {"Accept", "b"}},
		},
		"nil values are none": {http.Header{"Accept": nil}, nil},
	} {
		if diff := cmp.Diff(test.want, arrange(nil, test.header, sent)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func FuzzLinesAreWhatParseReads(f *testing.F) {
	f.Add("x-a: b\r\nX-A:\tc \r\nx-empty:\r\n", false)
	f.Add("X-A: b \r\n\t c\r\n \r\nX-B: d\r\n", true)
	f.Fuzz(func(t *testing.T, block string, bare bool) {
		header, err := field.Parse(block, bare)
		lines, lineErr := field.Lines(block, bare)
		if (err == nil) != (lineErr == nil) {
			t.Fatalf("Parse says %v, Lines says %v", err, lineErr)
		}
		if err != nil {
			return
		}
		got, names := http.Header{}, []string(nil)
		for _, line := range lines {
			got.Add(line.Name, line.Value)
			names = append(names, line.Name)
		}
		if diff := cmp.Diff(names, field.AppendNames(nil, block)); diff != "" {
			t.Errorf("(-Lines +AppendNames):\n%s", diff)
		}
		if diff := cmp.Diff(header, got); diff != "" {
			t.Errorf("(-Parse +Lines):\n%s", diff)
		}
		if diff := cmp.Diff(lines, arrange(nil, header, lines)); len(lines) > 0 && diff != "" {
			t.Errorf("arranged otherwise (-sent +arranged):\n%s", diff)
		}
	})
}

// arrange returns the plain form of Order, to compare it with: it appends to dst what header has, in the form that a message
// had: the n-th value of a name stands where its n-th was sent, under the name as it was sent. What sent has not comes behind,
// sorted by name, under the name that header has for it.
func arrange(dst []field.Line, header http.Header, sent []field.Line) []field.Line {
	placed := make(map[string]int, len(header))
	for _, line := range sent {
		name := textproto.CanonicalMIMEHeaderKey(line.Name)
		values, at := header[name], placed[name]
		if at >= len(values) {
			continue
		}
		placed[name] = at + 1
		dst = append(dst, field.Line{Name: line.Name, Value: values[at]})
	}
	begun := len(dst)
	for name, values := range header {
		for _, value := range values[min(placed[name], len(values)):] {
			dst = append(dst, field.Line{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(dst[begun:], func(a, b field.Line) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
	return dst
}

// arranged returns what Order gives of a header, as lines.
func arranged(header http.Header, own []field.Own, sent string) (lines []field.Line) {
	new(field.Order).Each(header, own, sent, func(p *field.Placed) {
		if p.Line != "" && p.Line != p.Name+": "+p.Value+"\r\n" {
			panic("the line " + p.Line + " is not that of " + p.Name + ": " + p.Value)
		}
		lines = append(lines, field.Line{Name: p.Name, Value: p.Value})
	})
	return lines
}

func TestFieldsOfTheSendersOwnStandWhereTheyWereSent(t *testing.T) {
	const sent = "accept: a\r\nhOST: client\r\nX-A: 1\r\nconnection: close\r\nhost: again\r\nX-a: 2\r\n"
	header := http.Header{"Accept": {"a"}, "X-A": {"1", "2"}, "Connection": {"close"}, "Via": {"me"}}
	own := []field.Own{
		{Name: field.Host, Value: "upstream"},
		{Name: field.ContentLength, Value: "3"},
		{Name: field.Connection, Omit: true},
		{Name: field.Trailer, Omit: true},
	}
	want := []field.Line{{"Content-Length", "3"}, {"accept", "a"}, {"hOST", "upstream"}, {"X-A", "1"}, {"X-a", "2"}, {"Via", "me"}}
	if diff := cmp.Diff(want, arranged(header, own, sent)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzOrderIsThatOfArrange(f *testing.F) {
	f.Add("x-b: 1\r\nACCEPT: a\r\nX-B: 2\r\n", "X-B: 9\r\nVia: 1\r\nvia: 2\r\n")
	f.Add(strings.Repeat("a1: x\r\nA2: y\r\n", 40), "A1: z\r\n")
	many := ""
	for i := range 100 {
		many += "X" + strconv.Itoa(i) + ": " + strconv.Itoa(i) + "\r\n"
	}
	f.Add(many+many, many)
	f.Fuzz(func(t *testing.T, sent, now string) {
		lines, err := field.Lines(sent, true)
		header, headerErr := field.Parse(now, true)
		if err != nil || headerErr != nil {
			return
		}
		if diff := cmp.Diff(arrange(nil, header, lines), arranged(header, nil, sent)); diff != "" {
			t.Errorf("(-arrange +Order):\n%s", diff)
		}
	})
}

func BenchmarkOrder(b *testing.B) {
	const sent = "Host: shop\r\nUser-Agent: bench\r\nAccept: */*\r\nAccept-Encoding: gzip\r\nContent-Type: text/plain\r\nX-Request-Id: 1\r\n"
	header, err := field.Parse(sent+"X-Forwarded-For: 1\r\n", false)
	if err != nil {
		b.Fatal(err)
	}
	var order field.Order
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		order.Each(header, nil, sent, func(p *field.Placed) { n += len(p.Value) })
	}
}
