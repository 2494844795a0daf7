package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/mockforge/mockforge-observability-app/dev/child"
)

// startPeer runs this program in one of its roles, and returns the addresses on which it listens. Kill ends it: there is
// nothing to lose, and toxiproxy would wait for clients that hold their connections.
func startPeer(role string, targets ...string) (*child.Child, []string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	command := exec.Command(self, append([]string{serveCommand, role}, targets...)...)
	// Nothing is sent: its end tells the peer that this process is gone.
	if _, err := command.StdinPipe(); err != nil {
		return nil, nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	c, err := child.Start(command)
	if err != nil {
		return nil, nil, err
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		c.Kill()
		return nil, nil, fmt.Errorf("%s did not start: %s", role, c.Log())
	}
	return c, strings.Fields(line), nil
}
