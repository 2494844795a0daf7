package api_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// The document and the pages name every way of failing.
func TestFailuresAreNamedAlike(t *testing.T) {
	document, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := os.ReadFile("../../src/types/failureWords.ts")
	if err != nil {
		t.Fatal(err)
	}
	var by, kinds []string
	for _, one := range recording.FailedBys() {
		by = append(by, string(one))
	}
	for _, one := range recording.FailureKinds() {
		kinds = append(kinds, string(one))
	}
	for _, list := range [][]string{by, kinds} {
		if enum := "enum: [" + strings.Join(list, ", ") + "]"; !strings.Contains(string(document), enum) {
			t.Errorf("the OpenAPI document lacks %s", enum)
		}
		for _, one := range list {
			if !strings.Contains(string(pages), fmt.Sprintf("\n  %s: '", one)) {
				t.Errorf("the pages lack %s", one)
			}
		}
	}
}
