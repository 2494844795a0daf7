package main

import (
	"os"
	"testing"
)

// TestMain serves the peers, too: startPeer runs the program that it is part of.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == serveCommand {
		exit(serve(os.Args[2:]))
		return
	}
	os.Exit(m.Run())
}
