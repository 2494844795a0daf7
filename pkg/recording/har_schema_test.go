package recording

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestHARKeepsToTheSpecification holds exports to a schema that was written from the text of HAR 1.2.
func TestHARKeepsToTheSpecification(t *testing.T) {
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile("testdata/har-1.2.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	odd := []Recording{
		{Method: "CONNECT", Path: "no slash", ResponseStatus: 0, Failure: "upstream refused the connection"},
		{
			Method: "GET", Path: "/%zz?#", Host: "[::1]:80", HTTPVersion: "HTTP/3", ResponseStatus: 999, Headers: Values{"Cookie": {"[REDACTED]"}},
			ResponseHeaders: Values{"Set-Cookie": {"=", "a=b; Expires=never"}}, ResponseBody: Body{Content: []byte{0}, Size: 1},
		},
	}
	odd = append(odd, Recording{
		Method: "POST", Path: "/form", Headers: Values{"Content-Type": {"multipart/form-data; boundary=B"}}, Body: Body{Content: []byte("--B\r\n\r\nx\r\n--B--")},
	})
	for name, recordings := range map[string][]Recording{"hostile": hostile(), "nothing": nil, "all protocols": exported(), "odd ones": odd} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := WriteHAR(&b, sequence(recordings...)); err != nil {
				t.Fatal(err)
			}
			har, err := jsonschema.UnmarshalJSON(&b)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(har); err != nil {
				t.Error(err)
			}
		})
	}
	// The schema is none that accepts anything.
	for _, bad := range []string{`{"log":{"version":"1.1","creator":{"name":"x","version":"1"},"entries":[]}}`, `{"log":{"version":"1.2","entries":[{}]}}`} {
		document, err := jsonschema.UnmarshalJSON(bytes.NewBufferString(bad))
		if err != nil {
			t.Fatal(err)
		}
		if schema.Validate(document) == nil {
			t.Errorf("accepted: %s", bad)
		}
	}
}
