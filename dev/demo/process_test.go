//go:build unix

package main

import (
	"os"
	"strings"
	"testing"
)

func TestAProcessThatIsStoppedIsGone(t *testing.T) {
	p, err := startProcess(t.TempDir(), "sleeper", nil, "/bin/sh", "-c", "exec sleep 600")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // stopping again is nothing
		if err := p.stop(); err != nil {
			t.Fatal(err)
		}
	}
	if p.command.ProcessState == nil {
		t.Error("it still runs")
	}
}

func TestAProcessThatFailsSaysWhy(t *testing.T) {
	p, err := startProcess(t.TempDir(), "failing", []string{"REASON=no such port"}, "/bin/sh", "-c", `echo "cannot start: $REASON"; exit 3`)
	if err != nil {
		t.Fatal(err)
	}
	<-p.exited
	message := p.failure().Error()
	for _, want := range []string{"failing", "exit status 3", p.log, "cannot start: no such port"} {
		if !strings.Contains(message, want) {
			t.Errorf("%q is not in %q", want, message)
		}
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
}

func TestAProgramThatIsAbsent(t *testing.T) {
	directory := t.TempDir()
	if _, err := startProcess(directory, "grafana", nil, directory+"/absent"); err == nil || !strings.Contains(err.Error(), "grafana does not start") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(directory + "/grafana.log"); err != nil {
		t.Error(err)
	}
}
