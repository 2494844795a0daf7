// Package childtest runs programs for tests.
package childtest

import (
	"os/exec"
	"testing"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/child"
)

// stopPatience is how long a program may take to end when it is asked to.
const stopPatience = time.Minute

// Start runs a program until the end of the test, which asks it to end, and kills it where it does not. What it has written is logged
// where the test fails.
func Start(t testing.TB, command *exec.Cmd) *child.Child {
	t.Helper()
	c, err := child.Start(command)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Terminate()
		select {
		case <-c.Exited():
		case <-time.After(stopPatience):
			c.Kill()
		}
		if t.Failed() {
			t.Logf("log of %s:\n%s", command.Path, c.Log())
		}
	})
	return c
}
