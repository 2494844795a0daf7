package child

import (
	"os/exec"
	"strings"
	"testing"
)

func TestPeakMemoryIsThatOfTheSystem(t *testing.T) {
	got, err := peakOf("Name:\tx\nVmPeak:\t  900 kB\nVmHWM:\t    1024 kB\nVmRSS:\t 12 kB\n")
	if err != nil || got != 1<<20 {
		t.Errorf("got %d, %v, want %d", got, err, 1<<20)
	}
	if _, err := peakOf("Name:\tx\n"); err == nil {
		t.Error("a system that does not say gets no error")
	}
}

func TestLogKeepsTheEnd(t *testing.T) {
	var l log
	for range 3 {
		_, _ = l.Write([]byte(strings.Repeat("x", logLimit)))
	}
	_, _ = l.Write([]byte("the end"))
	if got := l.String(); len(got) != logLimit || !strings.HasSuffix(got, "the end") {
		t.Errorf("%d bytes that end with %q", len(got), got[len(got)-10:])
	}
}

func TestAChildIsStoppedAndKilled(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Skip("needs sleep")
	}
	for name, end := range map[string]func(*Child){
		"stop": func(c *Child) {
			if err := c.Stop(); err == nil {
				t.Error("an end by a signal is no error")
			}
		},
		"kill": (*Child).Kill,
	} {
		c, err := Start(exec.Command(sleep, "60"))
		if err != nil {
			t.Fatal(err)
		}
		end(c)
		end(c)
		select {
		case <-c.Exited():
		default:
			t.Errorf("%s: it still runs", name)
		}
	}
}
