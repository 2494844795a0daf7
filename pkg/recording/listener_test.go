package recording

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// requestLines returns a server that tells the request lines it gets.
func requestLines(t *testing.T) (address string, lines <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 100)
	var open sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); open.Wait() })
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer func() { _ = conn.Close() }()
				r := bufio.NewReader(conn)
				line, err := r.ReadString('\n')
				for next := ""; err == nil && next != "\r\n"; {
					next, err = r.ReadString('\n')
				}
				got <- strings.TrimSuffix(line, "\r\n")
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			})
		}
	})
	return listener.Addr().String(), got
}
