package recording

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http/httpguts"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// sentAs returns the names of lines.
func sentAs(lines []HeaderLine) (names []string) {
	for _, line := range lines {
		names = append(names, line.Name)
	}
	return names
}

// captured returns a recording of a request and of an answer with the same headers, as a gateway makes it.
func captured(lines ...HeaderLine) Recording {
	r := Recording{Protocol: HTTP, Method: "GET", Path: "/", HTTPVersion: "HTTP/1.1", ResponseStatus: 200}
	r.Headers, r.ResponseHeaders = Values{}, Values{}
	for _, line := range lines {
		name := HeaderName(line.Name)
		r.ResponseHeaders[name] = append(r.ResponseHeaders[name], line.Value)
		if name == "Host" {
			r.Host = line.Value
			continue
		}
		r.Headers[name] = append(r.Headers[name], line.Value)
	}
	r.KeepHeaderForm(sentAs(lines))
	r.KeepResponseHeaderForm(sentAs(lines))
	return r
}

func TestHeadersComeBackAsTheyWereSent(t *testing.T) {
	for name, test := range map[string]struct {
		sent []HeaderLine
		form HeaderForm
	}{
		"order and case": {[]HeaderLine{{"host", "h"}, {"x-b", "1"}, {"X-A", "2"}, {"X-b", "3"}}, "host x-b X-A X-b"},
		"bytes":          {[]HeaderLine{{"Host", "h"}, {"X-Name", "Jos\xe9"}, {"X-Name", "José"}, {"X-Name", ""}}, "Host X-Name:Sm9z6Q== X-Name X-Name"},
		"nothing to tell": {
			[]HeaderLine{{"Host", "h"}, {"Accept", "*/*"}, {"X-B", "2"}, {"X-B", "1"}}, "",
		},
		"only that it is UTF-8":   {[]HeaderLine{{"Host", "h"}, {"X-B", "é"}}, "Host X-B"},
		"Host behind others":      {[]HeaderLine{{"Accept", "*/*"}, {"Host", "h"}}, "Accept Host"},
		"a name of all that is":   {[]HeaderLine{{"a!#$%&'*+-.^_`|~9", "v"}, {"A", ""}}, "a!#$%&'*+-.^_`|~9 A"},
		"a hundred of one, mixed": {mixed(100), HeaderForm(strings.TrimSpace(strings.Repeat("x-A X-a ", 50)))},
	} {
		t.Run(name, func(t *testing.T) {
			r := captured(test.sent...)
			if r.HeaderForm != test.form {
				t.Errorf("the form is %q, want %q", r.HeaderForm, test.form)
			}
			for at, r := range map[string]Recording{"kept": r, "written and read": written(t, r)} {
				if diff := cmp.Diff(test.sent, r.HeaderLines()); diff != "" {
					t.Errorf("%s (-sent +got):\n%s", at, diff)
				}
				if diff := cmp.Diff(test.sent, r.ResponseHeaderLines()); diff != "" {
					t.Errorf("%s, of the answer (-sent +got):\n%s", at, diff)
				}
			}
		})
	}
}

func mixed(n int) []HeaderLine {
	lines := make([]HeaderLine, n)
	for i := range lines {
		lines[i] = HeaderLine{[]string{"x-A", "X-a"}[i%2], strings.Repeat("v", i)}
	}
	return lines
}

// written returns r as JSON has it.
func written(t *testing.T, r Recording) (read Recording) {
	t.Helper()
	text, err := json.Marshal(&r)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), `\ufffd`) {
		t.Errorf("bytes were lost: %s", text)
	}
	return read
}

func TestTheFormIsThatOfWhatTheMapsHave(t *testing.T) {
	r := Recording{Host: "h", Headers: Values{"X-B": {"changed"}, "X-Added": {"1", "2"}, "X-Few": {"1"}, "Bad Name": {"x"}}}
	r.KeepHeaderForm(sentAs([]HeaderLine{{"x-b", "1"}, {"Transfer-Encoding", "chunked"}, {"x-few", "1"}, {"X-few", "2"}, {"HOST", "other"}}))
	want := []HeaderLine{{"x-b", "changed"}, {"x-few", "1"}, {"HOST", "h"}, {"Bad Name", "x"}, {"X-Added", "1"}, {"X-Added", "2"}}
	if r.HeaderForm != "x-b x-few HOST X-Added X-Added" {
		t.Errorf("the form is %q", r.HeaderForm)
	}
	read := r.HeaderLines()
	want[3], want[4], want[5] = HeaderLine{"X-Added", "1"}, HeaderLine{"X-Added", "2"}, HeaderLine{"Bad Name", "x"}
	if diff := cmp.Diff(want, read); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOldRecordingsAndThoseOfHTTP2HaveAFormToo(t *testing.T) {
	r := Recording{Host: "h", HTTPVersion: "HTTP/1.1", Headers: Values{"x-b": {"2"}, "X-B": {"1"}, "A": {"é"}}}
	if diff := cmp.Diff([]HeaderLine{{"Host", "h"}, {"A", "é"}, {"X-B", "1"}, {"X-B", "2"}}, r.HeaderLines()); diff != "" {
		t.Error(diff)
	}
	if r.HeaderForm.KnowsBytes(r.HeaderLines()) {
		t.Error("an old recording is said to know bytes which it may have lost")
	}
	for _, version := range []string{"HTTP/2.0", "2", "HTTP/3"} {
		r := Recording{Host: "h", HTTPVersion: version, Headers: Values{"X-B": {"Jos\xe9"}, "A": {"1"}}}
		r.KeepHeaderForm(nil)
		if r = written(t, r); !r.HeaderForm.KnowsBytes(r.HeaderLines()) {
			t.Errorf("%s: the bytes are not known", version)
		}
		if diff := cmp.Diff([]HeaderLine{{"a", "1"}, {"x-b", "Jos\xe9"}}, r.HeaderLines()); diff != "" {
			t.Errorf("%s: %s", version, diff)
		}
	}
}

// What somebody has masked in the table itself does not come back out of the form.
func TestBytesCountOnlyWhereTheMapHasTheirText(t *testing.T) {
	r := written(t, captured(HeaderLine{"x-name", "Jos\xe9"}, HeaderLine{"x-other", "\xe9"}))
	r.Headers["X-Name"][0] = Mask
	if diff := cmp.Diff([]HeaderLine{{"x-name", Mask}, {"x-other", "\xe9"}}, r.HeaderLines()); diff != "" {
		t.Error(diff)
	}
	if r.Headers["X-Other"][0] != "é" {
		t.Errorf("the map was changed: %q", r.Headers)
	}
}

func TestABadFormIsRefusedByName(t *testing.T) {
	for form, problem := range map[HeaderForm]string{
		"":                   "",
		"x-b X-A:Sm9z6Q== a": "",
		"a  b":               "names of headers",
		" ":                  "names of headers",
		"a:b b":              "base64",
		"a:Sm9z6R==":         "base64", // with bits that no byte has
		":Sm9z6Q==":          "names of headers",
		"a\nb":               "names of headers",
		"a é":                "names of headers",
		"a\x00":              "names of headers",
	} {
		for field, r := range map[string]*Recording{"header_form": {HeaderForm: form}, "response_header_form": {ResponseHeaderForm: form}} {
			all := validation.All(r.CheckForms())
			if (len(all) > 0) != (problem != "") || len(all) > 0 && (all[0].Field != field || !strings.Contains(all[0].Problem, problem)) {
				t.Errorf("%s %q: %v", field, form, all)
			}
			r.Headers, r.ResponseHeaders = Values{"A": {"1"}}, Values{"A": {"1"}}
			if len(r.HeaderLines()) != 1 || len(r.ResponseHeaderLines()) != 1 {
				t.Errorf("with the form %q are the headers %v and %v", form, r.HeaderLines(), r.ResponseHeaderLines())
			}
		}
	}
}

// linesOf makes valid header lines of any text.
func linesOf(text string) []HeaderLine {
	var lines []HeaderLine
	for line := range strings.SplitSeq(text, "\n") {
		name, value, _ := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		if httpguts.ValidHeaderFieldName(name) && httpguts.ValidHeaderFieldValue(value) && !strings.EqualFold(name, "host") {
			lines = append(lines, HeaderLine{name, value})
		}
	}
	return lines
}

func FuzzHeadersComeBackAsTheyWereSent(f *testing.F) {
	f.Add("x-b: 1\nX-A: Jos\xe9\nX-b: 2", "h", uint8(0))
	f.Add("A: \xc3\xa9\nA: \xff\xfe\na:\nB: 1", "", uint8(3))
	f.Fuzz(func(t *testing.T, text, host string, at uint8) {
		lines := linesOf(text)
		if host = strings.Trim(host, " \t"); host != "" && AsText(host) == host {
			i := int(at) % (len(lines) + 1)
			lines = append(lines[:i:i], append([]HeaderLine{{"hOst", host}}, lines[i:]...)...)
		}
		r := captured(lines...)
		if err := r.CheckForms(); err != nil {
			t.Fatal(err)
		}
		for _, r := range []Recording{r, written(t, r), written(t, written(t, r))} {
			if diff := cmp.Diff(lines, r.HeaderLines()); diff != "" && len(lines) > 0 {
				t.Errorf("(-sent +got):\n%s", diff)
			}
			if !r.HeaderForm.KnowsBytes(r.HeaderLines()) {
				t.Errorf("%q does not know its bytes", r.HeaderForm)
			}
		}
	})
}

func FuzzAnyFormCanBeRead(f *testing.F) {
	f.Add("x-b X-A:Sm9z6Q== host", "A", "x", "José")
	f.Add("a:b  :c a:Sm9z6Q==", "A", "a", "José")
	f.Fuzz(func(t *testing.T, form, one, other, value string) {
		r := Recording{Host: "h", HeaderForm: HeaderForm(form), Headers: Values{one: {value, "x"}, other: {value}}}
		values := 0
		for _, list := range r.Headers {
			values += len(list)
		}
		got := r.HeaderLines()
		for _, line := range got {
			if !strings.EqualFold(line.Name, "host") {
				values--
				if AsText(line.Value) != AsText(value) && line.Value != "x" {
					t.Errorf("%q has the value %q", line.Name, line.Value)
				}
			}
		}
		if values != 0 && !strings.EqualFold(one, "host") && !strings.EqualFold(other, "host") {
			t.Errorf("%d values are missing of %v", values, got)
		}
	})
}

func BenchmarkKeepHeaderForm(b *testing.B) {
	lines := []HeaderLine{
		{"Host", "shop.example"},
		{"user-agent", "Mozilla/5.0"},
		{"accept", "*/*"},
		{"accept-encoding", "gzip, br"},
		{"accept-language", "en"},
		{"content-type", "application/json"},
		{"origin", "https://shop.example"},
		{"referer", "https://shop.example/"},
		{"x-request-id", "1"},
		{"connection", "keep-alive"},
	}
	r, names := captured(lines...), sentAs(lines)
	b.ReportAllocs()
	for b.Loop() {
		r.KeepHeaderForm(names)
	}
}
