package consumers

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
)

// requestTimeout is when a consumer gives up. It is below the 30 s for which chaos holds an exchange, so that both ends of a
// timeout are seen: the client that goes away, and the gateway that answers 504 to patient ones.
const requestTimeout = 8 * time.Second

// connections are shared by all consumers.
type connections struct {
	base string
	http *http.Client
	grpc *grpc.ClientConn
}

func dial(target string) (*connections, error) {
	conn, err := grpc.NewClient("passthrough:///"+target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second}
	return &connections{base: target, http: &http.Client{Transport: transport}, grpc: conn}, nil
}

func (c *connections) close() {
	c.http.CloseIdleConnections()
	_ = c.grpc.Close()
}

// session is one run of a habit: the requests of one trace.
type session struct {
	*connections
	consumer string
	traceID  string
	token    string
	health   *reachability
	sent     *atomic.Int64
}

func newSession(consumer string, c *connections, health *reachability, sent *atomic.Int64) *session {
	return &session{connections: c, consumer: consumer, traceID: randomHex(16), health: health, sent: sent}
}

// header returns what every request carries: who calls, and the W3C trace context with a span of its own.
func (s *session) header() http.Header {
	h := http.Header{}
	h.Set("X-Consumer", s.consumer)
	h.Set("User-Agent", "mockforge-demo/1.0 ("+s.consumer+")")
	h.Set("Traceparent", "00-"+s.traceID+"-"+randomHex(8)+"-01")
	if s.token != "" {
		h.Set("Authorization", "Bearer "+s.token)
	}
	return h
}

func (s *session) rpcContext(ctx context.Context) (context.Context, context.CancelFunc) {
	s.count()
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	for name, values := range s.header() {
		if name != "User-Agent" {
			ctx = metadata.AppendToOutgoingContext(ctx, strings.ToLower(name), values[0])
		}
	}
	return ctx, cancel
}

// do sends one request and reads the answer to its end; the status is 0 where there was none.
func (s *session) do(ctx context.Context, method, path, contentType string, body io.Reader) (int, []byte) {
	s.count()
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, "http://"+s.base+path, body)
	if err != nil {
		return 0, nil
	}
	request.Header = s.header()
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := s.http.Do(request)
	s.health.note(err)
	if err != nil {
		return 0, nil
	}
	defer response.Body.Close()
	content, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return response.StatusCode, content
}

func (s *session) get(ctx context.Context, path string) (int, []byte) {
	return s.do(ctx, http.MethodGet, path, "", nil)
}

func (s *session) postJSON(ctx context.Context, path, body string) (int, []byte) {
	return s.do(ctx, http.MethodPost, path, "application/json", strings.NewReader(body))
}

func (s *session) count() {
	if s.sent != nil {
		s.sent.Add(1)
	}
}

// reachability turns thousands of refused connections into two lines: away, and back.
type reachability struct {
	logger *slog.Logger
	target string
	failed atomic.Int64
}

const silentFailures = 20

func (r *reachability) note(err error) {
	if err == nil {
		if r.failed.Swap(0) >= silentFailures {
			r.logger.Info("the gateway answers again", "target", r.target)
		}
		return
	}
	if r.failed.Add(1) == silentFailures {
		r.logger.Warn("the gateway does not answer; the traffic goes on trying", "target", r.target, "error", err)
	}
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	_, _ = rand.Read(b) // never fails, by its documentation
	return hex.EncodeToString(b)
}
