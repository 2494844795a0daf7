package suites

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// needClickHouse installs ClickHouse's server where it is absent and can be. The tests that need it say where that failed. Debian's
// package starts none where no service manager runs, and tests start their own.
func needClickHouse(ctx context.Context, out io.Writer) {
	if _, err := exec.LookPath("clickhouse-server"); err == nil {
		return
	}
	if _, err := os.Stat("/usr/sbin/clickhouse-server"); err == nil { // Who is not root may not have it in PATH.
		return
	}
	if err := debianPackages(ctx, out, "clickhouse-server"); err != nil {
		fmt.Fprintf(out, "ClickHouse is absent, and cannot be had: %v\n", err)
	}
}
