package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// keptConn is a connection that one request after another goes over. The client is to cost little beside the proxies, with which it
// shares the cores: it uses the messages of fasthttp over a socket, without a pool, and without a second goroutine.
type keptConn struct {
	address  string
	reader   *bufio.Reader
	writer   *bufio.Writer
	request  fasthttp.Request
	response fasthttp.Response

	// mu guards socket, which is nil where it is yet to be opened.
	mu     sync.Mutex
	socket net.Conn
}

func newKeptConn(address string) *keptConn {
	c := &keptConn{address: address, reader: bufio.NewReader(nil), writer: bufio.NewWriter(nil)}
	c.request.SetRequestURI("http://" + address + pathSmall)
	c.request.Header.SetUserAgent("bench")
	return c
}

// breakOffAt has the end of ctx break off what is under way, up to the call of stop.
func (c *keptConn) breakOffAt(ctx context.Context) (stop func() bool) {
	c.setDeadline(time.Time{})
	return context.AfterFunc(ctx, func() { c.setDeadline(time.Unix(1, 0)) })
}

func (c *keptConn) setDeadline(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.socket != nil {
		_ = c.socket.SetDeadline(t)
	}
}

// get makes one request, and reads and checks all of its answer. After an error the next one opens another connection.
func (c *keptConn) get(ctx context.Context) error {
	if c.socket == nil {
		socket, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.address)
		if err != nil {
			return err
		}
		c.reader.Reset(socket)
		c.writer.Reset(socket)
		c.replace(socket)
	}
	err := c.exchange()
	if err != nil || c.response.ConnectionClose() {
		_ = c.socket.Close()
		c.replace(nil)
	}
	return err
}

func (c *keptConn) replace(socket net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.socket = socket
}

func (c *keptConn) exchange() error {
	if err := c.request.Write(c.writer); err != nil {
		return err
	}
	if err := c.writer.Flush(); err != nil {
		return err
	}
	if err := c.response.Read(c.reader); err != nil {
		return err
	}
	if status, body := c.response.StatusCode(), c.response.Body(); status != http.StatusOK || !bytes.Equal(body, smallAnswer) {
		return fmt.Errorf("%s answered %d with %d bytes, which are not those of the upstream", c.address, status, len(body))
	}
	return nil
}
