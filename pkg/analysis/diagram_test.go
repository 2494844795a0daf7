package analysis

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// session returns a login that works, an order that is slowed down while another is answered by a fault, and one given up.
func session() *tape {
	t := newTape()
	add := func(offset, took float64, upstream *float64, r recording.Recording) {
		r.Timestamp = t.now.Add(milliseconds(offset))
		r.Protocol, r.Gateway, r.Consumer, r.ResponseTimeMS, r.UpstreamTimeMS = recording.HTTP, "shop", "mobile-app", took, upstream
		r.ID[15] = byte(len(t.recordings) + 1)
		t.recordings = append(t.recordings, r)
	}
	add(0, 12, new(10.0), recording.Recording{Method: "POST", Path: "/auth/login", ResponseStatus: 200})
	add(20, 150, new(30.0), recording.Recording{
		Method: "GET", Path: "/orders/7", ResponseStatus: 200, InjectedDelayMS: 120,
		Faults: []recording.Fault{{Kind: "latency", Detail: "120ms"}},
	})
	add(40, 1, nil, recording.Recording{Method: "GET", Path: "/orders/8", ResponseStatus: 503, Faults: []recording.Fault{{Kind: "error", Detail: "503"}}})
	add(200, 2000, nil, recording.Recording{Method: "GET", Path: "/orders/9", Failure: "client aborted"})
	return t
}

func diagram(t *testing.T, tape *tape, options DiagramOptions) Diagram {
	t.Helper()
	d, err := NewDiagram(tape.all(), options)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDiagramIsWrittenAsMermaid(t *testing.T) {
	d := diagram(t, session(), DiagramOptions{Upstream: func(string) string { return "api:8000" }})
	var b strings.Builder
	if err := d.Mermaid(&b); err != nil {
		t.Fatal(err)
	}
	want := `sequenceDiagram
    autonumber
    actor p0 as mobile-app
    participant p1 as shop
    participant p2 as api#58;8000
    p0->>p1: POST /auth/login
    p1->>p2: POST /auth/login
    p2-->>p1: 200, 10 ms
    p1-->>p0: 200, 12 ms
    p0->>p1: GET /orders/7
    Note over p1: injected#58; latency 120ms
    p0->>p1: GET /orders/8
    Note over p1: injected#58; error 503
    p1-->>p0: 503, 1 ms
    p1->>p2: GET /orders/7
    p2-->>p1: 30 ms
    p1-->>p0: 200, 0.15 s
    p0->>p1: GET /orders/9
    p1--xp0: client aborted after 2 s
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestDiagramIsWrittenAsPlantUML(t *testing.T) {
	d := diagram(t, session(), DiagramOptions{Title: "session of mobile-app", MaxExchanges: 1})
	var b strings.Builder
	if err := d.PlantUML(&b); err != nil {
		t.Fatal(err)
	}
	want := `@startuml
title session of mobile-app
autonumber
actor "mobile-app" as p0
participant "shop" as p1
collections "upstream of shop" as p2
p0 -> p1 : POST /auth/login
p1 -> p2 : POST /auth/login
p2 --> p1 : 200, 10 ms
p1 --> p0 : 200, 12 ms
note over p0 : 1 exchange is shown, there are more
@enduml
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestDiagramEscapesWhatCallersSend(t *testing.T) {
	for _, tt := range []struct{ in, mermaid, plantUML string }{
		{"a;b#c", "a#59;b#35;c", "a<U+003B>b<U+0023>c"},
		{"x\nend", "x #101;nd", "x end"},
		{"<script>alert(1)</script>", "#60;script#62;alert(1)#60;/script#62;", "<U+003C>script<U+003E>alert(1)<U+003C>/script<U+003E>"},
		{"100%date() %% $x", "100#37;date() #37;#37; #36;x", "100<U+0025>date() <U+0025><U+0025> <U+0024>x"},
		{"//a**b--c__d", "//a#42;#42;b--c__d", "<U+002F><U+002F>a<U+002A><U+002A>b-<U+002D>c_<U+005F>d"},
		{`"q"\n`, "#34;q#34;#92;n", "<U+0022>q<U+0022><U+005C>n"},
		{"", "#8203;", ""},
		{"Zoë", "Zoë", "Zoë"},
	} {
		if got := mermaidText(tt.in); got != tt.mermaid {
			t.Errorf("Mermaid: %q is %q, want %q", tt.in, got, tt.mermaid)
		}
		if got := plantUMLText(tt.in); got != tt.plantUML {
			t.Errorf("PlantUML: %q is %q, want %q", tt.in, got, tt.plantUML)
		}
	}
}

func TestDiagramHasLimits(t *testing.T) {
	tape := newTape()
	for i := range 200 {
		tape.call("consumer "+itoa(i), "GET", "/"+strings.Repeat("long", 100), 200)
		tape.wait(time.Second)
	}
	d := diagram(t, tape, DiagramOptions{})
	if d.Exchanges != 100 || !d.Truncated || len(d.Participants) > maxParticipants+2 {
		t.Errorf("%d exchanges, truncated %v, %d participants", d.Exchanges, d.Truncated, len(d.Participants))
	}
	if n := len([]rune(d.Steps[0].Text)); n > 120 {
		t.Errorf("a text has %d characters", n)
	}
	if _, err := NewDiagram(tape.all(), DiagramOptions{MaxExchanges: 1001}); len(validation.All(err)) != 1 {
		t.Errorf("got %v", err)
	}
	broken := errors.New("connection lost")
	if _, err := NewDiagram(func(yield func(recording.Recording, error) bool) { yield(recording.Recording{}, broken) }, DiagramOptions{}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func FuzzDiagram(f *testing.F) {
	f.Add("mobile-app", "/users/1", "client aborted", 12.5)
	f.Add("a\";b\nend", "//%%<b>", "\xff\u2028", -1.0)
	plain := regexp.MustCompile(`^[^\x00-\x09\x0b-\x1f]*$`)
	f.Fuzz(func(t *testing.T, consumer, path, failure string, took float64) {
		tape := newTape()
		tape.call(consumer, "GET", path, 0, recording.Fault{Kind: failure})
		tape.recordings[0].Failure, tape.recordings[0].ResponseTimeMS, tape.recordings[0].UpstreamTimeMS = failure, took, &took
		d := diagram(t, tape, DiagramOptions{})
		var mermaid, plantUML strings.Builder
		if err := errors.Join(d.Mermaid(&mermaid), d.PlantUML(&plantUML)); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			text  string
			lines int
		}{{mermaid.String(), 2 + 3 + 5}, {plantUML.String(), 3 + 3 + 5}} {
			if n := strings.Count(tt.text, "\n"); n != tt.lines || !plain.MatchString(tt.text) {
				t.Fatalf("%d lines, want %d: %q", n, tt.lines, tt.text)
			}
		}
	})
}
