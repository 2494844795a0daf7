package recording

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// arrived is a request as a server got it.
type arrived struct {
	Method, Path string
	Query        url.Values
	Header       http.Header
	Body         string
}

func TestTheCurlScriptSendsWhatWasRecorded(t *testing.T) {
	for _, program := range []string{"sh", "curl", "base64"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	var mu sync.Mutex
	var got []arrived
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Header.Del("Content-Length")
		mu.Lock()
		defer mu.Unlock()
		got = append(got, arrived{r.Method, r.URL.Path, r.URL.Query(), r.Header, string(body)})
	}))
	defer server.Close()
	recordings := hostile()
	large := recordings[0]
	large.Body.Content = []byte(strings.Repeat("it's large. ", 100_000))
	head := recordings[0]
	head.Method, head.Body = "HEAD", Body{}
	named := recordings[0]
	named.Headers = Values{"User-Agent": {"me/1"}, "Accept": {"text/plain"}, "Content-Type": {"text/x"}, "Accept-Encoding": {"gzip"}}
	recordings = append(recordings, large, head, named, Recording{Protocol: GRPC}, Recording{Protocol: WebSocket}, Recording{Method: "A B", Path: "/"})
	var want []arrived
	for i := range recordings {
		r := &recordings[i]
		r.Host = strings.TrimPrefix(server.URL, "http://")
		if r.Protocol != HTTP {
			continue
		}
		request := arrived{r.Method, r.Path, url.Values{}, http.Header{}, string(r.Body.Content)}
		for name, values := range r.QueryParams {
			if name != "token" {
				request.Query[name] = values
			}
		}
		for _, name := range []string{"X-Quote", "X-Empty", "X-Twice", "User-Agent", "Accept", "Content-Type", "Accept-Encoding"} {
			if values, ok := r.Headers[name]; ok {
				request.Header[name] = values
			}
		}
		want = append(want, request)
	}
	var script bytes.Buffer
	if err := WriteCurl(&script, sequence(recordings...)); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "sh", "-s")
	command.Dir = t.TempDir()
	command.Stdin = &script
	output, err := command.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, output)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("arrived (-want +got):\n%s", diff)
	}
	if made, _ := os.ReadDir(command.Dir); len(made) > 0 {
		t.Errorf("the script ran %v", made)
	}
}

func TestACurlCommandSaysWhatItLeavesOut(t *testing.T) {
	var script bytes.Buffer
	cut := hostile()[0]
	cut.Body.Truncated, cut.Body.Redacted, cut.Body.Size = true, true, 900
	if err := WriteCurl(&script, sequence(cut, Recording{Protocol: GRPC})); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"# left out, headers that were redacted: Authorization\n", "# left out, query parameters that were redacted: \"token\"\n",
		"# the body was cut: 14 bytes of it are here, 900 were sent\n", "# the body has redacted parts\n", "# gRPC calls are left out\n",
	} {
		if !strings.Contains(script.String(), want) {
			t.Errorf("%q is not in\n%s", want, script.String())
		}
	}
	if strings.Contains(script.String(), Mask) {
		t.Errorf("a mask is sent:\n%s", script.String())
	}
}
