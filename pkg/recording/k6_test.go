package recording

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// k6Stubs are the parts of k6 that scripts use. They write down what they are asked for.
var k6Stubs = map[string]string{
	"package.json": `{"name":"k6","type":"module","exports":{".":"./k6.js","./http":"./http.js","./encoding":"./encoding.js"}}`,
	"k6.js": `export const calls = [];
export const sleep = (s) => calls.push({sleep: Math.round(s * 1000)});
export function group(name, f) { if (name.includes('::')) throw new Error(name); calls.push({group: name}); f(); }
export function check(answer, checks) { for (const name in checks) { if (name.includes('::') || !checks[name](answer)) throw new Error(name); } }`,
	"http.js": `import { calls } from 'k6';
export default {
  setResponseCallback() {}, expectedStatuses() {},
  request(method, url, body, params) {
    calls.push({method, url, body: body === null ? '' : Buffer.from(body).toString('base64'), headers: params.headers});
    return {status: globalThis.statuses.shift()};
  },
};`,
	"encoding.js": `export default { b64decode: (text) => Uint8Array.from(Buffer.from(text, 'base64')).buffer };`,
}

func TestTheK6ScriptSendsWhatWasRecorded(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	recordings := append(hostile(), Recording{Protocol: GRPC, Consumer: "last"}, Recording{
		Protocol: HTTP, Method: "GET", Path: "/", Consumer: "last", Failure: "client aborted",
		Timestamp: time.Date(2026, 11, 23, 12, 0, 11, 100e6, time.UTC),
	})
	recordings[len(recordings)-2].Timestamp = recordings[len(recordings)-1].Timestamp
	type call struct {
		Group, Method, URL string
		Sleep              int
		Body               []byte
		Headers            map[string]string
	}
	var want []call
	var statuses []int
	group := ""
	for i, r := range recordings {
		name := "trace trace'\n\"" + strings.TrimPrefix(r.TraceID, "trace'\n\"")
		if r.Consumer == "last" {
			name = "consumer last"
		}
		if name != group {
			want = append(want, call{Group: name})
			group = name
		}
		if i > 0 && i < len(hostile()) {
			want = append(want, call{Sleep: 900})
		}
		request, reason := outgoingOf(&r)
		if reason != "" {
			continue
		}
		headers := map[string]string{}
		if r.Headers != nil {
			headers = map[string]string{"X-Quote": r.Headers["X-Quote"][0], "X-Empty": "", "X-Twice": "1, 2"}
		}
		want = append(want, call{Method: r.Method, URL: request.origin + request.target, Body: append([]byte{}, r.Body.Content...), Headers: headers})
		statuses = append(statuses, r.ResponseStatus)
	}

	var script bytes.Buffer
	if err := WriteK6(&script, sequence(recordings...)); err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(directory, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, text := range k6Stubs {
		write("node_modules/k6/"+name, text)
	}
	if output, err := exec.CommandContext(t.Context(), node, "--check", write("script.mjs", script.String())).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, output, script.String())
	}
	list, _ := json.Marshal(statuses)
	runner := write("run.mjs", `globalThis.__ENV = {}; globalThis.statuses = `+string(list)+`;
const { calls } = await import('k6');
(await import('./script.mjs')).default();
console.log(JSON.stringify(calls));`)
	output, err := exec.CommandContext(t.Context(), node, runner).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s\n%s", err, output, script.String())
	}
	var got []call
	if err := json.Unmarshal(output, &got); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s\n%s", diff, script.String())
	}
}
