package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/mockforge/mockforge-observability-app/dev/child"
)

// startPeer runs this program in one of its roles, and returns the address on which it listens. Kill ends it: there is
// nothing to lose, and toxiproxy would wait for clients that hold their connections.
func startPeer(role, upstream string) (*child.Child, string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	command := exec.Command(self, serveCommand, role, upstream)
	// Nothing is sent: its end tells the peer that this process is gone.
	if _, err := command.StdinPipe(); err != nil {
		return nil, "", err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	c, err := child.Start(command)
	if err != nil {
		return nil, "", err
	}
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		c.Kill()
		return nil, "", fmt.Errorf("%s did not start: %s", role, c.Log())
	}
	return c, strings.TrimSpace(address), nil
}
