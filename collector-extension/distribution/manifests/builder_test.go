package manifests

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// distribution is where the manifests are, and where they say that the builder runs.
const distribution = ".."

// build runs the real builder on a manifest as it stands and returns the path of the binary. Only the folder for what comes out is
// another one, at the same depth, since the manifest's `replaces` leads from there.
func build(t *testing.T, manifest, name string, flags ...string) string {
	t.Helper()
	out, err := os.MkdirTemp(distribution, "_build-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(out) })
	command := exec.CommandContext(t.Context(), "go", "tool", "-modfile=../../dev/tools/go.mod", "builder", "--config", manifest)
	command.Args = append(command.Args, flags...)
	command.Dir = distribution
	// The builder takes keys of a manifest from the environment, too.
	command.Env = append(os.Environ(), "dist.output_path=./"+filepath.Base(out))
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		if os.Getenv("CI") == "" && strings.Contains(output.String(), "dial tcp") {
			t.Skipf("the builder needs modules from the network: %s", output.String())
		}
		t.Fatalf("the builder, of %s: %v: %s", manifest, err, output.String())
	}
	path, err := filepath.Abs(filepath.Join(out, name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}
