package suites

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"strings"
)

// GolangCI returns the linter of Go, at the version that dev/tools/go.mod pins.
func GolangCI() Suite {
	return Suite{"golangci-lint", func(ctx context.Context, out io.Writer) (Result, error) {
		// -n builds the tool and says where it is: what fails here is a download, not the code.
		locate := exec.CommandContext(ctx, "go", "tool", "-modfile=dev/tools/go.mod", "-n", "golangci-lint")
		var problem bytes.Buffer
		locate.Stderr = &problem
		path, err := locate.Output()
		if err != nil {
			return Result{}, unavailable{"golangci-lint cannot be built: " + strings.TrimSpace(problem.String())}
		}
		return command("golangci-lint", strings.TrimSpace(string(path)), "run", "--timeout", "15m").Run(ctx, out)
	}}
}
