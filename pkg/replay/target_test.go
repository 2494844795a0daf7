package replay_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/replay"
)

// TestATargetIsSentAsFarAsNetHTTPCan is without a transport that knows targets: only one that begins with two slashes and is no path
// of a URL becomes absolute.
func TestATargetIsSentAsFarAsNetHTTPCan(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1)
	var open sync.WaitGroup
	defer func() { _ = listener.Close(); open.Wait() }()
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			r := bufio.NewReader(conn)
			line, err := r.ReadString('\n')
			for next := ""; err == nil && next != "\r\n"; {
				next, err = r.ReadString('\n')
			}
			lines <- strings.TrimSuffix(line, " HTTP/1.1\r\n")
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			_ = conn.Close()
		}
	})
	host := listener.Addr().String()
	for _, test := range []struct{ base, target, want string }{
		{"", "/?b=2&a=1&flag", "/?b=2&a=1&flag"},
		{"", "/?", "/?"},
		{"", "/users/auth0|a%2Fb//..?x=%FF;y=100%&q=\xff", "/users/auth0|a%2Fb//..?x=%FF;y=100%&q=\xff"},
		{"", "/a%zz", "/a%zz"},
		{"", "//double", "//double"},
		{"", "/[redacted]?token=[redacted]", "/[redacted]?token=[redacted]"},
		{"", "//double|bar?x", "http://" + host + "//double|bar?x"},
		{"", "*", "*"},
		{"/base/?key=1", "/a%2Fb?b", "/base/a%2Fb?key=1&b"},
		{"/base?key=1", "/a|b", "/base/a|b?key=1"},
		{"/base?key=1", "*", "*"},
	} {
		replayer, err := replay.New(replay.TargetsFunc(func(context.Context, string, string) (replay.Target, error) {
			return replay.Target{BaseURL: "http://" + host + test.base}, nil
		}), replay.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := recording.Recording{Protocol: recording.HTTP, Method: "OPTIONS", Path: "/other", Target: recording.Target(test.target)}
		if test.target == "*" {
			r.Path = "*"
		}
		left := r
		left.TargetRedacted = test.target == "/?"
		result, err := replayer.Replay(t.Context(), left, replay.Overrides{})
		if left.TargetRedacted && !slices.Equal(result.Dropped, []replay.Dropped{{Part: "target", Reason: "parts were left out when it was recorded"}}) {
			t.Errorf("what was left out is not said: %+v", result.Dropped)
		}
		if err != nil || result.Status != 200 {
			t.Errorf("%q: %v, %+v", test.target, err, result)
			continue
		}
		if got := <-lines; got != "OPTIONS "+test.want {
			t.Errorf("%q was sent as %q, want %q", test.target, got, test.want)
		}
	}
}

func TestATargetThatCannotBeSentAgainIsRefused(t *testing.T) {
	for target, method := range map[recording.Target]string{"/a/[redacted]/b": "GET", "/[hash:0011223344556677]": "GET", "*": "GET", "a": "GET"} {
		err := replay.Replayable(recording.Recording{Protocol: recording.HTTP, Method: method, Path: "/a", Target: target, TargetRedacted: true})
		if err == nil || !strings.Contains(err.Error(), "must") {
			t.Errorf("%q: %v", target, err)
		}
	}
	if err := replay.Replayable(recording.Recording{Protocol: recording.HTTP, Method: "GET", Path: "/a", Target: "/a?token=[redacted]", TargetRedacted: true}); err != nil {
		t.Error(err)
	}
}
