package manifests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// checkout is what the README calls the folder of this repository.
const checkout = "/src/mockforge-observability-app"

// The manifest of the README builds as it stands, and what comes out takes the configuration beside it: it wants a pipeline, as the
// README says.
func TestTheManifestOfTheReadmeBuilds(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[string]string{}
	for _, block := range regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		switch {
		case strings.HasPrefix(block[1], "dist:"):
			blocks["manifest"] = block[1]
		case strings.Contains(block[1], "\n  pipelines:") && strings.Contains(block[1], "[otlp]"):
			blocks["configuration"] = block[1]
		}
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(blocks["manifest"], checkout) || blocks["configuration"] == "" {
		t.Fatalf("the README has no manifest with %s, or no configuration with a pipeline", checkout)
	}
	folder := t.TempDir()
	manifest, whole, bare := filepath.Join(folder, "manifest.yaml"), filepath.Join(folder, "whole.yaml"), filepath.Join(folder, "bare.yaml")
	var configuration map[string]any
	if err := yaml.Unmarshal([]byte(blocks["configuration"]), &configuration); err != nil {
		t.Fatal(err)
	}
	delete(configuration, "receivers")
	delete(configuration, "exporters")
	delete(configuration["service"].(map[string]any), "pipelines")
	withoutPipelines, err := yaml.Marshal(configuration)
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string]string{
		manifest: strings.ReplaceAll(blocks["manifest"], checkout, root), whole: blocks["configuration"], bare: string(withoutPipelines),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	binary := build(t, manifest, "otelcol-with-mockforge")
	for _, c := range []struct {
		name      string
		arguments []string
		refusal   string
	}{
		{"with a pipeline", []string{"--config", whole}, ""},
		{"without one", []string{"--config", bare}, "no receiver configuration specified"},
		{"without one, where the gate is on", []string{"--feature-gates=service.AllowNoPipelines", "--config", bare}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			output, err := exec.CommandContext(t.Context(), binary, append([]string{"validate"}, c.arguments...)...).CombinedOutput()
			if (err != nil) != (c.refusal != "") || !strings.Contains(string(output), c.refusal) {
				t.Errorf("%v: %s", err, output)
			}
		})
	}
}
