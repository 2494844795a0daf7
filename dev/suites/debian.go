package suites

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// debianPackages installs packages of Debian or a relative, which only root can.
func debianPackages(ctx context.Context, out io.Writer, names ...string) error {
	if _, err := exec.LookPath("apt-get"); err != nil {
		return errors.New("there is no apt-get to install " + strings.Join(names, " "))
	}
	if os.Geteuid() != 0 {
		return errors.New("install it: sudo apt-get install " + strings.Join(names, " "))
	}
	fmt.Fprintf(out, "Installing %s by apt-get ...\n", strings.Join(names, ", "))
	for _, arguments := range [][]string{{"update"}, append([]string{"install", "-y", "--no-install-recommends"}, names...)} {
		command := exec.CommandContext(ctx, "apt-get", arguments...)
		command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if output, err := command.CombinedOutput(); err != nil {
			lines := strings.Split(string(bytes.TrimSpace(output)), "\n")
			return fmt.Errorf("apt-get %s failed: %s", arguments[0], lines[len(lines)-1])
		}
	}
	return nil
}
