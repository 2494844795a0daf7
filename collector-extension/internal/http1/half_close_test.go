package http1_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// A client that ends its own direction cannot be told from one that has left: who waits is told so. Answers reach it all the same.
func TestAClientThatEndsItsDirectionIsAnswered(t *testing.T) {
	inBoth(t, testAClientThatEndsItsDirectionIsAnswered)
}

func testAClientThatEndsItsDirectionIsAnswered(t *testing.T, serve serving) {
	for name, request := range map[string]string{
		"no body":          "GET /%s HTTP/1.1\r\nHost: x\r\n\r\n",
		"HTTP/1.0":         "GET /%s HTTP/1.0\r\n\r\n",
		"a body":           "POST /%s HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
		"a body in chunks": "POST /%s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	} {
		for _, waits := range []string{"", "waits"} {
			t.Run(name+" "+waits, func(t *testing.T) {
				ended := make(chan struct{})
				s := serve(t, func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/waits" {
						<-r.Context().Done()
						if err := r.Context().Err(); !errors.Is(err, context.Canceled) {
							t.Errorf("ended with %v", err)
						}
					} else {
						<-ended // The client has ended its direction already.
						_, _ = io.Copy(io.Discard, r.Body)
					}
					_, _ = io.WriteString(w, "answer")
				})
				c := s.dial(t)
				if _, err := io.WriteString(c, strings.Replace(request, "%s", waits, 1)); err != nil {
					t.Fatal(err)
				}
				if err := c.CloseWrite(); err != nil {
					t.Fatal(err)
				}
				close(ended)
				answer, err := io.ReadAll(c)
				if head, body, _ := strings.Cut(string(answer), "\r\n\r\n"); err != nil || len(head) < 16 || head[8:16] != " 200 OK\r" || body != "answer" {
					t.Errorf("answered %q (%v)", answer, err)
				}
			})
		}
	}
}
