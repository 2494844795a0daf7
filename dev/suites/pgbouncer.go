package suites

import (
	"context"
	"fmt"
	"io"
	"os/exec"
)

// needPgBouncer installs PgBouncer where it is absent and can be. The tests that need it say where that failed.
func needPgBouncer(ctx context.Context, out io.Writer) {
	if _, err := exec.LookPath("pgbouncer"); err == nil {
		return
	}
	if err := debianPackages(ctx, out, "pgbouncer"); err != nil {
		fmt.Fprintf(out, "PgBouncer is absent, and cannot be had: %v\n", err)
	}
}
