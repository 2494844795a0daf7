package fault_test

import (
	"encoding/json"
	"testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/fault"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func TestFieldsOfGraphQLAnswersBecomeNullWithAnErrorEach(t *testing.T) {
	const message = `"message":"This field was made null by MockForge."`
	for name, test := range map[string]struct {
		paths          []string
		document, want string
	}{
		"a field": {
			[]string{"user.email"},
			`{"data":{"user":{"name":"Zoë <z>","email":"z@x","id":12345678901234567890}},"extensions":{"z":1,"a":2}}`,
			`{"data":{"user":{"name":"Zoë <z>","email":null,"id":12345678901234567890}},"extensions":{"z":1,"a":2},"errors":[{` + message + `,"path":["user","email"]}]}`,
		},
		"of each of a list": {
			[]string{"orders[*].total"},
			`{"data":{"orders":[{"total":1},{"total":null},{"total":3}]}}`,
			`{"data":{"orders":[{"total":null},{"total":null},{"total":null}]},"errors":[{` + message + `,"path":["orders",0,"total"]},{` + message + `,"path":["orders",2,"total"]}]}`,
		},
		"of one of a list, and all of it": {
			[]string{"orders[1]", "orders"},
			`{"data":{"orders":[1,2]}}`,
			`{"data":{"orders":null},"errors":[{` + message + `,"path":["orders",1]},{` + message + `,"path":["orders"]}]}`,
		},
		"below what is null": {[]string{"user", "user.email"}, `{"data":{"user":{"email":"x"}}}`, `{"data":{"user":null},"errors":[{` + message + `,"path":["user"]}]}`},
		"with errors": {
			[]string{"a"},
			`{"errors":[{"message":"b failed"}],"data":{"a":1}}`,
			`{"errors":[{"message":"b failed"},{` + message + `,"path":["a"]}],"data":{"a":null}}`,
		},
		"a batch": {[]string{"a"}, `[{"data":{"b":1}},{"data":{"a":1}}]`, `[{"data":{"b":1}},{"data":{"a":null},"errors":[{` + message + `,"path":["a"]}]}]`},
		"at any depth": {
			[]string{"$..email"},
			`{"data":{"user":{"email":"x","a/b~":{"email":"y"}}}}`,
			`{"data":{"user":{"email":null,"a/b~":{"email":null}}},"errors":[{` + message + `,"path":["user","a/b~","email"]},{` + message + `,"path":["user","email"]}]}`,
		},
		"the last of a list": {
			[]string{"$.orders[-1].total"},
			`{"data":{"orders":[{"total":1},{"total":2}]}}`,
			`{"data":{"orders":[{"total":1},{"total":null}]},"errors":[{` + message + `,"path":["orders",1,"total"]}]}`,
		},
		"no such field":      {[]string{"user.email"}, `{"data":{"user":{}}}`, ""},
		"no data":            {[]string{"user"}, `{"data":null,"errors":[]}`, ""},
		"no GraphQL":         {[]string{"user"}, `{"user":1}`, ""},
		"no JSON":            {[]string{"user"}, `{"data":`, ""},
		"a path into a leaf": {[]string{"a.b"}, `{"data":{"a":1}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(fault.NullFields([]byte(test.document), &scenario.Fault{NullPaths: test.paths})); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestErrorsOfNulledFieldsHaveTheirExtensions(t *testing.T) {
	got := fault.NullFields([]byte(`{"data":{"a":1}}`), &scenario.Fault{NullPaths: []string{"a"}, Extensions: map[string]any{"code": "LOST"}})
	var response struct {
		Errors []struct{ Extensions map[string]any }
	}
	if err := json.Unmarshal(got, &response); err != nil || len(response.Errors) != 1 || response.Errors[0].Extensions["code"] != "LOST" {
		t.Errorf("got %s (%v)", got, err)
	}
}

func FuzzNullFields(f *testing.F) {
	f.Add([]byte(`{"data":{"a":[{"b":1}]}}`), "a[*].b")
	f.Add([]byte(`[{"data":{"a":1},"errors":null}]`), "a")
	f.Fuzz(func(t *testing.T, document []byte, path string) {
		if got := fault.NullFields(document, &scenario.Fault{NullPaths: []string{path}}); got != nil && !json.Valid(got) {
			t.Errorf("%q at %q became %q", document, path, got)
		}
	})
}
