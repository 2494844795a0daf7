package manifests

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// raised are the modules of the Collector that the extension wants in a higher version than the Collector does, each for a reason: all
// four are of goose, which the extension needs. What is needed only by bench/, dev/ and the side of Grafana raises none (ADR 14).
var raised = []string{
	"github.com/prometheus/procfs",
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",
	"golang.org/x/exp",
	"google.golang.org/genproto/googleapis/rpc",
}

// A distribution keeps the versions that it has when the extension is added to it.
func TestTheExtensionRaisesNoVersionsOfOthers(t *testing.T) {
	shipped, err := os.ReadFile(filepath.Join(distribution, "builder-config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	own := regexp.MustCompile(`(?m)^  - gomod: github\.com/mockforge/.*\n    import: .*\n    name: .*\n|^replaces:\n  - .*\n`)
	without := filepath.Join(t.TempDir(), "without.yaml")
	if err := os.WriteFile(without, own.ReplaceAll(shipped, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	before, after := linked(t, without), linked(t, "builder-config.yaml")
	if slices.ContainsFunc(slices.Collect(maps.Keys(before)), func(m string) bool { return strings.Contains(m, "mockforge/mockforge-observability-app") }) {
		t.Fatal("the distribution without the extension has it")
	}
	var got []string
	for _, module := range slices.Sorted(maps.Keys(before)) {
		if version := after[module]; version != before[module] {
			got = append(got, module)
			t.Logf("%s: %s without the extension, %s with it", module, before[module], version)
		}
	}
	if diff := cmp.Diff(raised, got); diff != "" {
		t.Errorf("modules in other versions (-known +got):\n%s", diff)
	}
}

// linked returns the versions of the modules that have a part in the binary of a manifest.
func linked(t *testing.T, manifest string) map[string]string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{end}}", ".")
	list.Dir = filepath.Dir(build(t, manifest, "not compiled", "--skip-compilation"))
	var problem bytes.Buffer
	list.Stderr = &problem
	output, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, problem.String())
	}
	versions := map[string]string{}
	for line := range strings.Lines(string(output)) {
		if module, version, found := strings.Cut(strings.TrimSpace(line), " "); found {
			versions[module] = version
		}
	}
	return versions
}
