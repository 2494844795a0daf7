package gateway_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mccutchen/go-httpbin/v2/httpbin"
)

// Each test here is one way in which the client must not notice the gateway.

// echoes are the paths whose answers name the time, or the headers that their request arrived with.
var echoes = regexp.MustCompile(`^/(sse|gzip|deflate|cache|trailers|etag)`)

func TestAnswersAreThoseOfTheUpstream(t *testing.T) {
	direct := httptest.NewServer(httpbin.New().Handler())
	defer direct.Close()
	g := serve(t, direct.URL)
	c := client(t, false)
	for _, path := range []string{
		"/status/204", "/status/304", "/status/404", "/status/418", "/status/503", "/bytes/100000?seed=1", "/gzip", "/deflate",
		"/stream-bytes/5000?seed=3", "/redirect-to?url=http%3A%2F%2Fexample.com%2Fa%2520b", "/response-headers?a=1&a=2&b=%2F",
		"/cookies/set?x=1", "/etag/abc", "/range/100", "/base64/aGVsbG8=", "/encoding/utf8", "/html", "/cache", "/image/png",
		"/trailers?X-Sum=1&X-Other=2", "/sse?count=3&delay=0s&duration=0s", "/drip?numbytes=20&duration=0&delay=0", "/basic-auth/u/p",
	} {
		t.Run(path, func(t *testing.T) {
			want := do(t, c, request(t, "GET", direct.URL+path, ""))
			got := do(t, c, request(t, "GET", g.URL+path, ""))
			for _, a := range []*answer{&want, &got} {
				a.Header.Del("Date")
				a.Header.Del("Server-Timing")
				if echoes.MatchString(path) {
					a.Body = nil
					for _, name := range []string{"Content-Length", "Etag", "Last-Modified"} {
						a.Header.Del(name)
					}
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("directly and through the gateway (-direct +gateway):\n%s", diff)
			}
		})
	}
}

func TestTheUpstreamSeesTheRequestOfTheClient(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%v", h2), func(t *testing.T) {
			var seen *http.Request
			var body []byte
			u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
				seen = r
				body, _ = io.ReadAll(r.Body)
			})
			g := serve(t, u.URL)
			r := request(t, "PROPFIND", g.URL+"/a%2Fb//c;d=1/%C3%BC?q=a+b&q=%zz&;x&empty=", "hello")
			r.Header = http.Header{"X-Twice": {"one", "two"}, "Accept-Language": {"de"}, "User-Agent": nil, "X-Empty": {""}, "Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}
			do(t, client(t, h2), r)
			if got, want := seen.RequestURI, "/a%2Fb//c;d=1/%C3%BC?q=a+b&q=%zz&;x&empty="; got != want {
				t.Errorf("request target is %q, want %q", got, want)
			}
			if seen.Method != "PROPFIND" || string(body) != "hello" || seen.ContentLength != 5 {
				t.Errorf("got %s, body %q of length %d", seen.Method, body, seen.ContentLength)
			}
			want := http.Header{
				"X-Twice": {"one", "two"}, "Accept-Language": {"de"}, "X-Empty": {""}, "Content-Length": {"5"},
				"Traceparent":     {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
				"X-Forwarded-For": {"127.0.0.1"}, "X-Forwarded-Host": {g.Addr}, "X-Forwarded-Proto": {"http"},
			}
			if diff := cmp.Diff(want, seen.Header); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
			if seen.Host != strings.TrimPrefix(u.URL, "http://") {
				t.Errorf("host is %q, want that of the upstream", seen.Host)
			}
		})
	}
}

func TestForwardedHeadersOfEarlierProxiesStay(t *testing.T) {
	var seen http.Header
	u := upstream(t, func(_ http.ResponseWriter, r *http.Request) { seen = r.Header })
	g := serve(t, u.URL)
	r := request(t, "GET", g.URL+"/", "")
	r.Header.Set("X-Forwarded-For", "203.0.113.7")
	r.Header.Set("X-Forwarded-Proto", "https")
	r.Header.Set("X-Forwarded-Host", "shop.example")
	r.Header.Set("Forwarded", "for=203.0.113.7;proto=https")
	do(t, client(t, false), r)
	want := map[string]string{
		"X-Forwarded-For": "203.0.113.7, 127.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "shop.example",
		"Forwarded": "for=203.0.113.7;proto=https",
	}
	for name, value := range want {
		if got := seen.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
}

func TestRepeatedResponseHeadersStay(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
		w.Header()["Vary"] = []string{"Accept", "Origin"}
	})
	got := do(t, client(t, false), request(t, "GET", serve(t, u.URL).URL, ""))
	if diff := cmp.Diff([]string{"a=1", "b=2"}, got.Header["Set-Cookie"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Accept", "Origin"}, got.Header["Vary"]); diff != "" {
		t.Error(diff)
	}
}

func TestTrailersArrive(t *testing.T) {
	for _, announced := range []bool{true, false} {
		for _, h2 := range []bool{false, true} {
			t.Run(fmt.Sprintf("announced=%v,http2=%v", announced, h2), func(t *testing.T) {
				u := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
					prefix := http.TrailerPrefix
					if announced {
						prefix = ""
						w.Header().Set("Trailer", "X-Sum")
					}
					_, _ = io.WriteString(w, "body")
					w.(http.Flusher).Flush()
					w.Header().Set(prefix+"X-Sum", "42")
				})
				g := serve(t, u.URL)
				got := do(t, client(t, h2), request(t, "GET", g.URL, ""))
				if got.Trailer.Get("X-Sum") != "42" {
					t.Errorf("trailers are %v, want X-Sum: 42", got.Trailer)
				}
				if r := g.next(t); r.ResponseTrailers["X-Sum"] == nil {
					t.Errorf("recorded trailers are %v, want X-Sum", r.ResponseTrailers)
				}
			})
		}
	}
}

func TestTrailersThatDoNotComeAreNotRecorded(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum, X-Other")
		_, _ = io.WriteString(w, "body")
		w.(http.Flusher).Flush()
		w.Header().Set("X-Sum", "42")
	})
	g := serve(t, u.URL)
	do(t, client(t, false), request(t, "GET", g.URL, ""))
	if r := g.next(t); len(r.ResponseTrailers) != 1 || r.ResponseTrailers["X-Sum"] == nil {
		t.Errorf("recorded trailers are %v, want X-Sum alone", r.ResponseTrailers)
	}
}

func TestRequestTrailersArrive(t *testing.T) {
	var seen http.Header
	u := upstream(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		seen = r.Trailer
	})
	g := serve(t, u.URL)
	r := request(t, "POST", g.URL, "")
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader("body")), -1
	r.Trailer = http.Header{"X-Sum": {"42"}}
	do(t, client(t, false), r)
	if seen.Get("X-Sum") != "42" {
		t.Errorf("trailers are %v, want X-Sum: 42", seen)
	}
}

func TestEarlyHintsArriveBeforeTheAnswer(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Del("Link")
		w.WriteHeader(http.StatusOK)
	})
	for name, changes := range map[string][]change{"healthy": nil, "with latency": {latency(1)}} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, u.URL, changes...)
			var hints []string
			r := request(t, "GET", g.URL, "")
			r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
				Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
					hints = append(hints, fmt.Sprint(code, " ", header.Get("Link"), header.Get("X-MockForge-Fault")))
					return nil
				},
			}))
			got := do(t, client(t, false), r)
			if diff := cmp.Diff([]string{"103 </style.css>; rel=preload"}, hints); diff != "" {
				t.Errorf("informational responses (-want +got):\n%s", diff)
			}
			if got.Header.Get("Link") != "" || got.Status != 200 {
				t.Errorf("answer is %d with Link %q", got.Status, got.Header.Get("Link"))
			}
		})
	}
}

func TestABodyIsNotSentUntilTheUpstreamAsksForIt(t *testing.T) {
	t.Run("the upstream refuses", func(t *testing.T) {
		u := upstream(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusExpectationFailed) })
		conn := dial(t, serve(t, u.URL).Addr)
		fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.Contains(line, "417") {
			t.Errorf("got %q (%v), want the refusal without 100 before it", line, err)
		}
	})
	t.Run("the upstream accepts", func(t *testing.T) {
		u := upstream(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
		r := request(t, "POST", serve(t, u.URL).URL, "hello")
		r.Header.Set("Expect", "100-continue")
		if got := do(t, client(t, false), r); string(got.Body) != "hello" {
			t.Errorf("body is %q, want hello", got.Body)
		}
	})
}

func TestEventsArriveWhenTheyAreSent(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%v", h2), func(t *testing.T) {
			received := make(chan struct{})
			u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				for i := range 3 {
					fmt.Fprintf(w, "data: %d\n\n", i)
					w.(http.Flusher).Flush()
					// Not sent before the client has the one before.
					select {
					case <-received:
					case <-r.Context().Done():
						return
					}
				}
			})
			response, err := client(t, h2).Do(request(t, "GET", serve(t, u.URL).URL, ""))
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			lines := bufio.NewScanner(response.Body)
			for i := 0; lines.Scan(); {
				if line := lines.Text(); line != "" {
					if want := fmt.Sprint("data: ", i); line != want {
						t.Errorf("event %q, want %q", line, want)
					}
					i++
					received <- struct{}{}
				}
			}
		})
	}
}

// TestPartsOfAnAnswerOfKnownLengthArriveWhenTheyAreSent has an upstream that goes on only when the client has what came
// before: the headers, and each part of the body.
func TestPartsOfAnAnswerOfKnownLengthArriveWhenTheyAreSent(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%v", h2), func(t *testing.T) {
			arrived := make(chan struct{})
			u := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "6")
				w.WriteHeader(http.StatusOK)
				for _, part := range []string{"", "ab", "cd", "ef"} {
					_, _ = io.WriteString(w, part)
					w.(http.Flusher).Flush()
					<-arrived
				}
			})
			response, err := client(t, h2).Do(request(t, "GET", serve(t, u.URL).URL, ""))
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			arrived <- struct{}{}
			for _, part := range []string{"ab", "cd", "ef"} {
				var got [2]byte
				if _, err := io.ReadFull(response.Body, got[:]); err != nil || string(got[:]) != part {
					t.Errorf("got %q (%v), want %q", got, err, part)
				}
				arrived <- struct{}{}
			}
		})
	}
}

func TestBothSidesStreamAtOnce(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%v", h2), func(t *testing.T) {
			u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
				_ = http.NewResponseController(w).EnableFullDuplex()
				if !h2 {
					w.Header().Set("Connection", "close")
				}
				w.WriteHeader(http.StatusOK)
				w.(http.Flusher).Flush()
				lines := bufio.NewScanner(r.Body)
				for lines.Scan() {
					fmt.Fprintln(w, "echo", lines.Text())
					w.(http.Flusher).Flush()
				}
			})
			body, writer := io.Pipe()
			r := request(t, "POST", serve(t, u.URL).URL, "")
			r.Body, r.ContentLength = body, -1
			response, err := client(t, h2).Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			reader := bufio.NewReader(response.Body)
			for i := range 3 {
				fmt.Fprintln(writer, i)
				line, err := reader.ReadString('\n')
				if want := fmt.Sprintf("echo %d\n", i); line != want {
					t.Fatalf("got %q (%v), want %q while the request is still being sent", line, err, want)
				}
			}
			writer.Close()
		})
	}
}

func TestAnAnswerArrivesBeforeTheUploadHasEnded(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	})
	for name, changes := range map[string][]change{"healthy": nil, "with latency": {latency(1)}, "with an error": {errorsWith(413)}} {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, serve(t, u.URL, changes...).Addr)
			fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nhello")
			line, err := bufio.NewReader(conn).ReadString('\n')
			if err != nil || !strings.Contains(line, "413") {
				t.Errorf("got %q (%v), want 413 while the rest is missing", line, err)
			}
		})
	}
}

func TestCompressedBodiesStayCompressed(t *testing.T) {
	gzipped := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1, 2, 3}
	var seen []byte
	var encoding string
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		seen, _ = io.ReadAll(r.Body)
		encoding = r.Header.Get("Content-Encoding")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(gzipped)
	})
	r := request(t, "POST", serve(t, u.URL).URL, string(gzipped))
	r.Header.Set("Content-Encoding", "gzip")
	got := do(t, client(t, false), r)
	if !bytes.Equal(seen, gzipped) || encoding != "gzip" {
		t.Errorf("the upstream got %x with encoding %q", seen, encoding)
	}
	if !bytes.Equal(got.Body, gzipped) || got.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("the client got %x with encoding %q", got.Body, got.Header.Get("Content-Encoding"))
	}
}

func TestAClientThatGoesAwayEndsTheUpstreamsRequest(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%v", h2), func(t *testing.T) {
			arrived, ended := make(chan struct{}), make(chan struct{})
			u := upstream(t, func(_ http.ResponseWriter, r *http.Request) {
				close(arrived)
				<-r.Context().Done()
				close(ended)
			})
			g := serve(t, u.URL)
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-arrived
				cancel()
			}()
			_, err := client(t, h2).Do(request(t, "GET", g.URL, "").WithContext(ctx))
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("error is %v", err)
			}
			select {
			case <-ended:
			case <-time.After(patience):
				t.Fatal("the upstream still works")
			}
			r := g.next(t)
			if r.ResponseStatus != 0 || r.Failure != "client aborted" {
				t.Errorf("recorded status %d, failure %q; want none, client aborted", r.ResponseStatus, r.Failure)
			}
		})
	}
}

func TestAnAnswerThatBreaksOffIsNotMadeWhole(t *testing.T) {
	u := upstream(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "part")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	g := serve(t, u.URL)
	response, err := client(t, false).Do(request(t, "GET", g.URL, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("got %q and no error", body)
	}
	if r := g.next(t); r.Failure != "upstream broke off" || r.ResponseStatus != 200 {
		t.Errorf("recorded status %d, failure %q", r.ResponseStatus, r.Failure)
	}
}

func TestLargeBodiesPassBothWays(t *testing.T) {
	const size = 30 << 20
	u := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	})
	g := serve(t, u.URL)
	r := request(t, "POST", g.URL, "")
	r.Body, r.ContentLength = io.NopCloser(io.LimitReader(zeros{}, size)), size
	response, err := client(t, true).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if n, err := io.Copy(io.Discard, response.Body); n != size || err != nil {
		t.Errorf("%d bytes came back (%v), want %d", n, err, size)
	}
	rec := g.next(t)
	if rec.Body.Size != size || rec.ResponseBody.Size != size || len(rec.Body.Content)+len(rec.ResponseBody.Content) != 1<<20 || !rec.Body.Truncated || !rec.ResponseBody.Truncated {
		t.Errorf("recorded sizes %d and %d, kept %d and %d, truncated %v %v", rec.Body.Size, rec.ResponseBody.Size, len(rec.Body.Content), len(rec.ResponseBody.Content), rec.Body.Truncated, rec.ResponseBody.Truncated)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
