package recording

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// kept are the fields of a recording that everybody may read who may read recordings at all.
var kept = []string{
	"ID", "Timestamp", "TraceID", "SpanID", "TraceFlags", "Protocol", "Gateway", "Instance", "Consumer", "ClientIP", "Method", "Scheme", "Host", "Path", "Target", "TargetRedacted", "Route",
	"Operation", "HTTPVersion", "ResponseStatus", "GRPCStatus", "WebSocketClose", "ResponseTimeMS", "UpstreamTimeMS", "FirstByteMS", "InjectedDelayMS",
	"ScenarioMode", "ScenarioVersion", "Rule", "Faults", "Failure", "FailedBy", "FailureKind", "MockMatched", "PluginExecuted", "Tags", "Withheld",
}

// A new field is either known not to have contents, or withheld.
func TestWhatIsNotKeptIsWithheld(t *testing.T) {
	content := Body{Content: []byte("a"), Size: 7, Truncated: true, Redacted: true, Decoded: true}
	values := Values{"A": {"b"}}
	r := Recording{
		QueryParams: values, Headers: values, HeaderForm: "a", Body: content, ResponseHeaders: values, ResponseHeaderForm: "a", ResponseTrailers: values, ResponseBody: content,
		Messages: []Message{{Body: content}},
	}
	shared := r
	r.Withhold()
	names := []string{}
	for field := range reflect.TypeFor[Recording]().Fields() {
		before, after := reflect.ValueOf(shared).FieldByIndex(field.Index), reflect.ValueOf(r).FieldByIndex(field.Index)
		switch {
		case slices.Contains(kept, field.Name):
		case before.IsZero():
			t.Errorf("%s has to be in this test: is it kept or withheld?", field.Name)
		case field.Type == reflect.TypeFor[Body]():
			if diff := cmp.Diff(Body{Size: 7, Truncated: true, Redacted: true, Decoded: true}, after.Interface()); diff != "" {
				t.Errorf("%s: %s", field.Name, diff)
			}
		case !after.IsZero():
			t.Errorf("%s is still there", field.Name)
		}
		if !slices.Contains(kept, field.Name) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			names = append(names, name)
		}
	}
	if diff := cmp.Diff(names, r.Withheld); diff != "" {
		t.Errorf("withheld (-fields +said):\n%s", diff)
	}
	asked := Recording{Target: "/users/a%2Fb?q=secret"}
	if asked.Withhold(); asked.Target != "/users/a%2Fb" || !slices.Equal(asked.Withheld, []string{"query_params"}) {
		t.Errorf("of the target is left %q, withheld %v", asked.Target, asked.Withheld)
	}
	if shared.Messages[0].Body.Content == nil || shared.Headers["A"] == nil {
		t.Error("what others hold was changed")
	}
	empty := Recording{Body: Body{}}
	if empty.Withhold(); empty.Withheld != nil {
		t.Errorf("%v were withheld of nothing", empty.Withheld)
	}
	page := Recording{Body: Body{Size: 3}}
	if page.Withhold(); !slices.Equal(page.Withheld, []string{"body"}) {
		t.Errorf("a body whose contents a page has not: %v", page.Withheld)
	}
}
