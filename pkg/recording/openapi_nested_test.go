package recording

import (
	"bytes"
	"strings"
	"testing"
)

// Indented, a body that nests deeply takes the square of its size.
func TestDeepBodiesMakeNoLargeDescription(t *testing.T) {
	deep := strings.Repeat("[", 4000) + strings.Repeat("]", 4000)
	r := Recording{
		Protocol: HTTP, Gateway: "shop", Method: "GET", Scheme: "http", Host: "shop", Path: "/a", ResponseStatus: 200,
		ResponseHeaders: Values{"Content-Type": {"application/json"}}, ResponseBody: Body{Content: []byte(deep), Size: int64(len(deep))},
	}
	var b bytes.Buffer
	if err := WriteOpenAPI(&b, sequence(r)); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 16<<10 {
		t.Errorf("a body of %d bytes makes a description of %d", len(deep), b.Len())
	}
}
