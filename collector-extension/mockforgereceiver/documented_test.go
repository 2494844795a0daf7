package mockforgereceiver

import (
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/collector/pdata/plog"
)

// page has the names of the attributes that the documentation has in its tables, with <name> where any name may stand.
var page = sync.OnceValues(func() ([]*regexp.Regexp, error) {
	text, err := os.ReadFile("../../docs/observability/LOGS.md")
	if err != nil {
		return nil, err
	}
	var names []*regexp.Regexp
	for _, row := range regexp.MustCompile(`(?m)^\| (.*?) \|`).FindAllStringSubmatch(string(text), -1) {
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			pattern := strings.ReplaceAll(regexp.QuoteMeta(name[1]), "<name>", `[a-z0-9-]+`)
			names = append(names, regexp.MustCompile("^"+pattern+"$"))
		}
	}
	return names, nil
})

// documented holds the page of the documentation to the attributes of a record.
func documented(t *testing.T, record plog.LogRecord) {
	t.Helper()
	names, err := page()
	if err != nil {
		t.Fatal(err)
	}
	for name := range record.Attributes().All() {
		found := false
		for _, pattern := range names {
			found = found || pattern.MatchString(name)
		}
		if !found {
			t.Errorf("docs/observability/LOGS.md does not have %s", name)
		}
	}
}
