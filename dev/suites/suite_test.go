package suites

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadGoTest(t *testing.T) {
	const events = `{"Action":"start","Package":"a"}
{"Action":"output","Package":"a","Test":"TestGood","Output":"noise\n"}
{"Action":"pass","Package":"a","Test":"TestGood"}
{"Action":"output","Package":"a","Test":"TestAbsent","Output":"no database\n"}
{"Action":"skip","Package":"a","Test":"TestAbsent"}
{"Action":"output","Package":"a","Test":"TestBad/one","Output":"want 1\n"}
{"Action":"fail","Package":"a","Test":"TestBad/one"}
{"Action":"fail","Package":"a","Test":"TestBad"}
{"Action":"fail","Package":"a"}
go: a message that is no JSON
{"Action":"build-output","ImportPath":"b","Output":"b.go:1: syntax error\n"}
{"Action":"build-fail","ImportPath":"b"}
{"Action":"fail","Package":"b"}
{"Action":"skip","Package":"without/tests"}`
	var out bytes.Buffer
	got, err := readGoTest(strings.NewReader(events), &out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Result{Passed: 1, Failed: 3, Skipped: 1}, got); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{"no database", "want 1", "syntax error", "a message that is no JSON"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the output:\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "noise") {
		t.Error("the output of a test that passed is printed")
	}
}

func TestRunSumsUp(t *testing.T) {
	fixed := func(result Result, err error) Suite {
		return Suite{"fixed", func(context.Context, io.Writer) (Result, error) { return result, err }}
	}
	for _, c := range []struct {
		name   string
		ci     string
		suites []Suite
		last   string
		fails  bool
	}{
		{"all well", "", []Suite{fixed(Result{Passed: 2}, nil), fixed(Result{Passed: 1, Skipped: 1}, nil)}, "3 passed, 0 failed, 1 skipped", false},
		{"a failure does not stop the rest", "", []Suite{fixed(Result{Failed: 1}, nil), fixed(Result{Passed: 1}, nil)}, "1 passed, 1 failed, 0 skipped", true},
		{"an error counts once", "", []Suite{fixed(Result{}, errors.New("broken"))}, "0 passed, 1 failed, 0 skipped", true},
		{"what is missing is skipped", "", []Suite{fixed(Result{}, unavailable{"no browser"})}, "0 passed, 0 failed, 1 skipped", false},
		{"what is missing fails in CI", "true", []Suite{fixed(Result{}, unavailable{"no browser"})}, "0 passed, 1 failed, 0 skipped", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("CI", c.ci)
			var out bytes.Buffer
			err := Run(t.Context(), &out, c.suites...)
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if last := lines[len(lines)-1]; last != c.last || (err != nil) != c.fails {
				t.Errorf("last line %q, error %v; want %q, fails %v", last, err, c.last, c.fails)
			}
		})
	}
}

func TestBrowsersAreOverEachStorage(t *testing.T) {
	for _, test := range []struct {
		storage, endpoints string
		want               []string
	}{
		{"", "", []string{"Browser tests over PostgreSQL", "Browser tests over a file"}},
		{"sqlite", "", []string{"Browser tests"}},
		{"", "/running/endpoints.json", []string{"Browser tests"}},
	} {
		t.Setenv(storageVariable, test.storage)
		t.Setenv("MOCKFORGE_ENDPOINTS", test.endpoints)
		var got []string
		for _, suite := range Browser() {
			got = append(got, suite.Name)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%+v: %s", test, diff)
		}
	}
}
