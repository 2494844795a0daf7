package probe

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// manyPorts tells a second process of this test to take so many ports, to print them, and to live until its input ends.
const manyPorts = "PROBE_TEST_MANY_PORTS"

func TestMain(m *testing.M) {
	count, err := strconv.Atoi(os.Getenv(manyPorts))
	if err != nil {
		os.Exit(m.Run())
	}
	for range count {
		port, err := FreePort(context.Background())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(port)
	}
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// likeThisProcess is a pool of the same range, as another process has it; its claims end with the test.
func likeThisProcess(t *testing.T) *pool {
	t.Helper()
	p := &pool{least: machine.least, blocks: machine.blocks, size: machine.size, limit: machine.limit}
	t.Cleanup(func() {
		for _, c := range p.claims {
			c.listener.Close()
		}
	})
	return p
}

func TestNoPortIsGivenTwice(t *testing.T) {
	const callers, each = 10, 50
	pools := []*pool{&machine, likeThisProcess(t), likeThisProcess(t)}
	got := make(chan int, len(pools)*callers*each)
	var open sync.WaitGroup
	for _, p := range pools {
		for range callers {
			open.Go(func() {
				for range each {
					port, err := p.free(t.Context())
					if err != nil {
						t.Error(err)
						return
					}
					got <- port
				}
			})
		}
	}
	open.Wait()
	close(got)
	seen := map[int]bool{}
	for port := range got {
		if seen[port] {
			t.Errorf("%d is given twice", port)
		}
		if seen[port] = true; port < 20_000 || port >= 32_000 {
			t.Errorf("%d is not within 20000 and 32000", port)
		}
	}
}

func TestProcessesHavePortsOfTheirOwn(t *testing.T) {
	other := exec.CommandContext(t.Context(), os.Args[0])
	other.Env, other.Stderr = append(os.Environ(), manyPorts+"=150"), os.Stderr
	lives, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	theirs := map[int]bool{}
	var first int
	for lines := bufio.NewScanner(out); len(theirs) < 150 && lines.Scan(); {
		port, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		if theirs[port] = true; len(theirs) == 1 {
			first = port / machine.size * machine.size
		}
	}
	if len(theirs) != 150 {
		t.Fatalf("the other process has %d different ports, want 150", len(theirs))
	}
	for range machine.size {
		port, err := FreePort(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if theirs[port] {
			t.Errorf("%d is the other process's", port)
		}
	}
	only := &pool{least: first, blocks: 1, size: machine.size, limit: 1}
	if port, err := only.free(t.Context()); err == nil || !strings.Contains(err.Error(), "other processes hold all from "+strconv.Itoa(first)) {
		t.Errorf("got %d, %v of a block that a living process has; want an error that says so", port, err)
	}
	lives.Close()
	if err := other.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestAPortOnWhichSomethingListensIsLeftOut(t *testing.T) {
	p := likeThisProcess(t)
	if _, err := p.free(t.Context()); err != nil { // has a block now, of which four ports are enough
		t.Fatal(err)
	}
	p.size, p.limit, p.next = 5, 1, 0
	var ports []int
	for range 4 {
		port, err := p.free(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, port)
	}
	var taken []net.Listener
	take := func(port int) {
		listener, err := listen(t.Context(), port)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		taken = append(taken, listener)
	}
	take(ports[0])
	take(ports[2])
	for _, want := range []int{ports[1], ports[3], ports[1]} {
		if port, err := p.free(t.Context()); err != nil || port != want {
			t.Errorf("got %d, %v, want %d of %v", port, err, want, ports)
		}
	}
	take(ports[1])
	take(ports[3])
	if port, err := p.free(t.Context()); err == nil || !strings.Contains(err.Error(), "something listens on every port") {
		t.Errorf("got %d, %v although something listens on each", port, err)
	}
	taken[1].Close()
	if port, err := p.free(t.Context()); err != nil || port != ports[2] {
		t.Errorf("got %d, %v, want %d, on which nothing listens any more", port, err, ports[2])
	}
}

func TestANewPortCanBeListenedOn(t *testing.T) {
	address, err := FreeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
}
