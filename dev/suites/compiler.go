package suites

import (
	"context"
	"errors"
	"io"
	"os/exec"
)

// needCompiler makes sure of a C compiler, which the race detector needs.
func needCompiler(ctx context.Context, out io.Writer) error {
	for _, name := range []string{"gcc", "clang", "cc"} {
		if _, err := exec.LookPath(name); err == nil {
			return nil
		}
	}
	if err := debianPackages(ctx, out, "gcc", "libc6-dev"); err != nil {
		return errors.Join(errors.New("there is no C compiler"), err)
	}
	return nil
}
