package gateway_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/summerwind/h2spec/config"
	"github.com/summerwind/h2spec/generic"
	"github.com/summerwind/h2spec/hpack"
	"github.com/summerwind/h2spec/http2"
	"github.com/summerwind/h2spec/spec"
)

// conformance is the least number of h2spec's cases that the gateway passes.
const conformance = 140

// nonconformant are the cases of h2spec that fail, each with the reason. One that fails and is none of them fails the test.
var nonconformant = map[string]string{
	"http2/3.5/2":     "without TLS what is not the preface is HTTP/1, and is answered with 400 before the connection is closed",
	"http2/4.2/3":     "net/http allows frames of 1 MiB and says so in its SETTINGS; the case sends less",
	"http2/6.5.3/1":   "net/http takes a setting that comes twice in one frame for an attack, and closes the connection",
	"http2/8.1.2.2/1": "net/http answers a header of the connection with 400 instead of an error of the stream",
	"http2/8.1.2.2/2": "net/http answers a TE other than trailers with 400 instead of an error of the stream",
}

// frameWait is how long h2spec waits for a frame, its own default. Only cases that fail wait so long, and some that expect none.
const frameWait = 2 * time.Second

// h2spec (https://github.com/summerwind/h2spec) holds servers of HTTP/2 to RFC 7540 and RFC 7541.
func TestHTTP2ConformsToItsSpecification(t *testing.T) {
	for name, secure := range map[string]bool{"without TLS": false, "with TLS": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := upstream(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				_, _ = io.WriteString(w, "an answer with a body")
			})
			var changes []change
			if secure {
				changes = append(changes, overTLS(t))
			}
			host, port, err := net.SplitHostPort(serve(t, target.URL, changes...).Addr)
			if err != nil {
				t.Fatal(err)
			}
			c := &config.Config{Host: host, Path: "/", Timeout: frameWait, MaxHeaderLen: 4000, TLS: secure, Insecure: true}
			if c.Port, err = strconv.Atoi(port); err != nil {
				t.Fatal(err)
			}
			var total, passed atomic.Int64
			// A group waits for its subtests, which run side by side: each has a connection of its own.
			t.Run("cases", func(t *testing.T) {
				for _, group := range []*spec.TestGroup{generic.Spec(), http2.Spec(), hpack.Spec()} {
					conform(t, c, group, &total, &passed)
				}
			})
			t.Logf("h2spec: %d of %d", passed.Load(), total.Load())
			if total.Load() < 145 || passed.Load() < conformance {
				t.Errorf("%d of %d cases passed, want %d of 145", passed.Load(), total.Load(), conformance)
			}
		})
	}
}

// conform runs the cases of a group and of those in it.
func conform(t *testing.T, c *config.Config, group *spec.TestGroup, total, passed *atomic.Int64) {
	for i, test := range group.Tests {
		name := fmt.Sprintf("%s/%d", group.ID(), i+1)
		total.Add(1)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := spec.Dial(c)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			err = test.Run(c, conn)
			reason, known := nonconformant[name]
			switch {
			case err == nil, errors.Is(err, spec.ErrSkipped):
				passed.Add(1)
			case known:
				t.Logf("%s: %v: %s", test.Desc, err, reason)
			default:
				t.Errorf("%s: %s: %v", test.Desc, test.Requirement, err)
			}
		})
	}
	for _, inner := range group.Groups {
		conform(t, c, inner, total, passed)
	}
}
