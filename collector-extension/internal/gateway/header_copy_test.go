package gateway

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestACopyOfAHeaderIsWhatCloneMakes(t *testing.T) {
	for _, header := range []http.Header{
		nil, {}, {"A": nil}, {"A": {}}, {"A": {"1"}}, {"A": {"1", "2"}, "B": {"3", "4", "5"}, "C": {"6"}, "D": nil, "E": {}},
	} {
		copied := copyHeader(header)
		if diff := cmp.Diff(header.Clone(), copied); diff != "" {
			t.Errorf("(-Clone +copyHeader):\n%s", diff)
		}
		for name, list := range copied {
			copied[name] = append(list, "more")
		}
		for name, list := range copied {
			list[0] = "changed"
			if got := copied[name]; len(got) != len(header[name])+1 || len(header[name]) > 0 && header[name][0] == "changed" {
				t.Errorf("%s of the copy is not its own: %q, %q", name, got, header[name])
			}
		}
		if diff := cmp.Diff(header.Clone(), copyHeader(header)); diff != "" {
			t.Errorf("what was made of it is changed by its copy (-Clone +copyHeader):\n%s", diff)
		}
	}
}
