package mock_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/mock"
)

// mostAllocated is what the templates of one answer may allocate in all, in bytes, freed ones included.
const mostAllocated = 256 << 20

// rendered returns the answer of a mock with one template to a request with a body, and what making it has allocated.
func rendered(t testing.TB, ctx context.Context, source, body string) (string, uint64, error) {
	t.Helper()
	set := compiled(t, mock.Definition{Name: "one", Path: "/", Template: true, Response: mock.Response{Body: source}})
	r := sent(body)
	m := set.Match(asked(r), r)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	response, err := m.Answer(ctx, asked(r), r, nil)
	runtime.ReadMemStats(&after)
	if err != nil {
		return "", after.TotalAlloc - before.TotalAlloc, err
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), after.TotalAlloc - before.TotalAlloc, nil
}

func TestTemplatesAreBoundedWhileTheyRun(t *testing.T) {
	double := func(what string) string { return strings.Repeat(what, 24) }
	twice := `{{$l := list 1}}` + double(`{{$l = list $l $l}}`)
	body := `{"a":"` + strings.Repeat("x1", 30_000) + `"}`
	deep := `{"a":` + strings.Repeat("[", 90) + strings.Repeat("]", 90) + `}`
	const tooLarge, tooMuch = "makes more than 1048576 bytes", "does more than a template may"
	for name, test := range map[string]struct{ source, body, problem string }{
		"a list of lists, written":         {twice + `{{$l}}`, "", tooLarge},
		"as an element":                    {twice + `{{range list $l}}{{.}}{{end}}`, "", tooLarge},
		"as JSON":                          {twice + `{{toJson $l}}`, "", tooLarge},
		"as JSON for people":               {twice + `{{$l | toPrettyJson | len}}`, "", tooLarge},
		"as text":                          {twice + `{{toString $l | len}}`, "", tooLarge},
		"quoted":                           {twice + `{{quote $l | len}}`, "", tooLarge},
		"printed":                          {twice + `{{print $l | len}}`, "", tooLarge},
		"in a line":                        {twice + `{{println $l | len}}`, "", tooLarge},
		"by a verb":                        {twice + `{{printf "%v" $l | len}}`, "", tooLarge},
		"for HTML":                         {twice + `{{html $l | len}}`, "", tooLarge},
		"for JavaScript":                   {twice + `{{js $l | len}}`, "", tooLarge},
		"for URLs":                         {twice + `{{urlquery $l | len}}`, "", tooLarge},
		"as a key":                         {twice + `{{dict $l 1 | len}}`, "", tooLarge},
		"sorted":                           {twice + `{{sortAlpha $l | len}}`, "", tooLarge},
		"joined":                           {twice + `{{join "" $l | len}}`, "", tooLarge},
		"searched":                         {twice + `{{has $l $l}}`, "", tooLarge},
		"in a branch":                      {twice + `{{if has $l (list $l)}}{{end}}`, "", tooLarge},
		"maps of maps":                     {`{{$d := dict "a" 1}}` + double(`{{$d = dict "a" $d "b" $d}}`) + `{{$d}}`, "", tooLarge},
		"text":                             {`{{$s := .Body}}` + double(`{{$s = print $s $s}}`), body, tooLarge},
		"text by verbs":                    {`{{$s := .Body}}{{printf (join "" (list "%[1]s%[1]s%[1]s%[1]s%[1]s%[1]s" $s "%[1]s%[1]s%[1]s%[1]s%[1]s%[1]s%[1]s%[1]s%[1]s%[1]s%[1]s%[1]s")) $s | len}}`, body, tooLarge},
		"formats of the client":            {`{{printf .Body "x" | len}}`, strings.Repeat("%[1]999d", 7000), tooLarge},
		"text by quotes":                   {`{{$s := .Body}}` + double(`{{$s = squote $s $s}}`), body, tooLarge},
		"text by base64":                   {`{{$s := .Body}}` + double(`{{$s = b64enc $s}}`), body, tooLarge},
		"text by escapes":                  {`{{$s := "<<<<<<<<<<<<<<<<"}}` + double(`{{$s = html (js $s)}}`), "", tooLarge},
		"text of times":                    {`{{$s := "1"}}{{range 100}}{{$s = $.Now.Format $s}}{{$s = replace "5" "1" (printf "%s%s" $s $s)}}{{end}}`, "", tooLarge},
		"text of times in one pipeline":    {`{{$s := .Body}}{{$s ` + strings.Repeat(`| $.Now.Format `, 40) + `| len}}`, strings.Repeat("January", 9000), ""},
		"bytes of times":                   {`{{$b := .Now.MarshalText}}{{range 10000}}{{$b = $.Now.AppendFormat $b $.Body}}{{end}}`, body, tooLarge},
		"lists that grow":                  {`{{$l := splitList "" .Body}}{{range 10000}}{{$l = reverse $l}}{{end}}`, body, tooMuch},
		"lists of parts":                   {`{{range 10000}}{{$l := splitList "" $.Body}}{{end}}`, body, tooMuch},
		"searches in long text":            {`{{range 10000}}{{if contains "y" $.Body}}{{end}}{{end}}`, body, tooMuch},
		"hashes of long text":              {`{{range 10000}}{{$h := sha256sum $.Body}}{{end}}`, body, tooMuch},
		"many trimmed, by many":            {`{{trimAll .Body .Body}}`, strings.Repeat("äö", 16_000), tooMuch},
		"expressions of the client":        {`{{regexMatch .Body .Body}}`, "(" + strings.Repeat("a", 40) + "){900}", "at most 10000 instructions"},
		"expressions that are long":        {`{{regexMatch .Body "a"}}`, strings.Repeat("a?", 2000), "at most 2000 characters"},
		"expressions over long text":       {`{{regexMatch "^(a|x|1){900}b" .Body}}`, body, tooMuch},
		"many commands":                    {`{{range 9999}}` + strings.Repeat(`{{if $}}{{end}}`, 100) + `{{end}}`, "", tooMuch},
		"many commands in parentheses":     {`{{range 9999}}{{if ` + strings.Repeat("(not ", 90) + "1" + strings.Repeat(")", 90) + `}}{{end}}{{end}}`, "", tooMuch},
		"random text":                      {`{{range 9999}}` + strings.Repeat(`{{$t := $.RandomText 1000}}`, 10) + `{{end}}`, "", tooMuch},
		"the body, again and again":        {`{{range 9999}}` + strings.Repeat(`{{$t := $.Body}}`, 10) + `{{end}}`, body, tooMuch},
		"a deep list, for people":          {`{{$l := list 1}}{{range 2000}}{{$l = list $l 1}}{{end}}{{toPrettyJson $l}}`, "", tooLarge},
		"a deep body, for people":          {`{{toPrettyJson .JSON}}`, deep, ""},
		"nested loops over numbers":        {`{{range 1000}}{{range 1000}}{{range 1000}}{{end}}{{end}}{{end}}`, "", "passes through loops"},
		"a loop over a list of the client": {`{{range .JSON.a}}{{range $.JSON.a}}{{end}}{{end}}`, `{"a":[` + strings.Repeat("1,", 30_000) + `1]}`, "passes through loops"},
		"the root in another's place":      {`{{$ := 1}}{{range 1000000}}{{end}}`, "", "passes through loops"},
	} {
		t.Run(name, func(t *testing.T) {
			// Where no time passes, so that what a template does ends it on any machine, and not how long that takes.
			synctest.Test(t, func(t *testing.T) {
				answer, took, err := rendered(t, t.Context(), test.source, test.body)
				switch {
				case test.problem == "" && err != nil:
					t.Errorf("%v", err)
				case test.problem != "" && (err == nil || !strings.Contains(err.Error(), test.problem)):
					t.Errorf("answered %.40q: %v, want %s", answer, err, test.problem)
				}
				if took > mostAllocated {
					t.Errorf("allocated %d bytes", took)
				}
			})
		})
	}
}

// What counts must not change what is made.
func TestCountingChangesNothing(t *testing.T) {
	for source, want := range map[string]string{
		`{{.JSON.none}} {{.JSON.none | default "x"}}`:                                                "<no value> x",
		`{{"a" | printf "%s-%s" "b" | upper}}`:                                                       "B-A",
		`{{print 1 2 "a" "b" nil}} {{println "x"}}`:                                                  "1 2ab<nil> x\n",
		`{{html "<a>"}} {{js "'"}} {{urlquery "a b"}}`:                                               `&lt;a&gt; \' a+b`,
		`{{$x := 1}}{{$y := 2.5}}{{range 3}}{{$x = add $x .}}{{end}}{{$x}} {{$y}}`:                   "4 2.5",
		`{{range $k, $v := dict "a" 1 "b" (list 2 3)}}{{$k}}={{$v}};{{else}}none{{end}}`:             "a=1;b=[2 3];",
		`{{range $i, $c := splitList "," "x,y"}}{{if eq $c "y"}}{{break}}{{end}}{{$i}}{{$c}}{{end}}`: "0x",
		`{{with .JSON.user}}{{.name}}{{else}}nobody{{end}}`:                                          "Ann",
		`{{(index .JSON.user.tags 0) | len}} {{(.Now).Year}} {{.Now.Add 3600000000000 | unixEpoch}}`: "1 2026 1777867321",
		`{{if and .JSON.user (not .JSON.none) (or false true)}}yes{{end}}`:                           "yes",
		`{{/* nothing */}}{{- "x" -}}`:                                                               "x",
		`{{first (list "a" "b")}}{{last (list "a" "b")}}{{len (rest (list 1 2 3))}}`:                 "ab2",
		`{{has "a" (list "b" "a")}} {{sortAlpha (list "b" "a")}} {{keys (dict "k" 1)}}`:              "true [a b] [k]",
		`{{regexMatch "^[\\pL\\d]+$" "añ1"}} {{trimAll "$" "$5$"}} {{get (dict "a" "b") "a"}}`:       "true 5 b",
		`{{toPrettyJson (dict "a" (list 1))}}`:                                                       "{\n  \"a\": [\n    1\n  ]\n}",
		`{{.UUID | len}} {{.RandomText 3 | len}} {{len (.RandomItem "ab" "cd")}}`:                    "36 3 2",
		`{{true}} {{printf "%T %T %T" 1 "a" .JSON.count}}`:                                           "true int string float64",
	} {
		got, _, err := rendered(t, t.Context(), source, `{"user":{"name":"Ann","tags":["a","b"]},"count":3}`)
		if err != nil || got != want {
			t.Errorf("%s makes %q (%v), want %q", source, got, err, want)
		}
	}
}

func TestATemplateEndsWithItsRequest(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	leave()
	for _, source := range []string{`{{.Path}}`, `{{$x := 1}}`, `{{range 5}}{{end}}`, `{{if upper "x"}}{{end}}`} {
		if _, _, err := rendered(t, ctx, source, ""); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", source, err)
		}
	}
}

// A budget is of one answer, whatever was made before it.
func TestEveryAnswerHasItsOwnBudget(t *testing.T) {
	set := compiled(t, mock.Definition{Name: "one", Path: "/", Template: true, Response: mock.Response{Body: `{{range 6000}}{{end}}{{len (splitList "" .Body)}}`}})
	for range 20 {
		r := sent(strings.Repeat("x", 60_000))
		if _, err := set.Match(asked(r), r).Answer(t.Context(), asked(r), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	parts := mock.Response{Body: `{{range 6000}}{{end}}`, Headers: map[string]any{"X-A": `{{range 6000}}{{end}}`}}
	set = compiled(t, mock.Definition{Name: "one", Path: "/", Template: true, Response: parts})
	r := sent("")
	if _, err := set.Match(asked(r), r).Answer(t.Context(), asked(r), r, nil); err == nil || !strings.Contains(err.Error(), "passes through loops") {
		t.Errorf("body and headers together: %v", err)
	}
}

// Conditions look at bodies of clients; what nests without end is no document.
func TestBodiesThatNestTooDeepMatchNothing(t *testing.T) {
	set := compiled(t, mock.Definition{Name: "one", Path: "/", BodyJSON: map[string]any{"$..a..a": "*"}})
	for depth, matches := range map[int]bool{2: true, 90: true, 101: false, 9000: false} {
		r := sent(strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth))
		if got := set.Match(asked(r), r) != nil; got != matches {
			t.Errorf("a body that nests %d deep is matched: %v", depth, got)
		}
	}
}

// FuzzTemplates: whatever template there is, and whatever it is asked, it ends within its limits.
func FuzzTemplates(f *testing.F) {
	for _, source := range []string{
		`{{$l := list 1}}{{range 24}}{{$l = list $l $l}}{{end}}{{$l}}`, `{{printf .Body .Path}}`, `{{regexMatch .Body .Body}}`, `{{range .JSON}}{{.}}{{end}}`,
		`{{with $x := .JSON.a}}{{toPrettyJson $x}}{{else}}{{$.Now.Format $.Body}}{{end}}`, `{{(print .Path).Len}}{{.}}`, `{{$ = 1}}{{range 3}}{{end}}`, `{{slice .Body 1 2}}{{call .UUID}}`,
		`{{range $i, $e := until 3}}{{break}}{{continue}}{{end}}`, `{{sortAlpha (splitList "" .Body)}}{{dict .JSON .JSON}}{{has .JSON (list .JSON)}}`, `{{if}}`, `{{mockforgePass}}`,
	} {
		f.Add(source, `{"a":[1,{"b":"(x|y){9}"}]}`)
	}
	f.Fuzz(func(t *testing.T, source, body string) {
		d := mock.Definition{Name: "one", Path: "/", Template: true, Response: mock.Response{Body: source}}
		if d.Validate() != nil {
			return
		}
		answer, took, err := rendered(t, t.Context(), source, body)
		if took > mostAllocated || err == nil && len(answer) > mock.MaxBody && strings.Contains(source, "{{") {
			t.Errorf("answered %d bytes (%v), allocated %d", len(answer), err, took)
		}
	})
}
