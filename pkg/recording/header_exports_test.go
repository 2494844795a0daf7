package recording

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func asItWasSent() Recording {
	return captured(HeaderLine{"x-b", "1"}, HeaderLine{"X-A", "Jos\xe9 100% \\n 'q'"}, HeaderLine{"host", "shop.example"}, HeaderLine{"X-b", "2"}, HeaderLine{"x-utf", "José"}, HeaderLine{"x-empty", ""})
}

func TestTheHARHasHeadersAsTheyWereSent(t *testing.T) {
	r := asItWasSent()
	entry := harEntryOf(&r)
	want := []harHeader{
		{"x-b", "1", nil}, {"X-A", "José 100% \\n 'q'", []byte("Jos\xe9 100% \\n 'q'")}, {"host", "shop.example", nil}, {"X-b", "2", nil}, {"x-utf", "José", nil}, {"x-empty", "", nil},
	}
	for _, headers := range [][]harHeader{entry.Request.Headers, entry.Response.Headers} {
		if diff := cmp.Diff(want, headers); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	text, err := json.Marshal(entry)
	if want := `{"name":"X-A","value":"José 100% \\n 'q'","_base64":"` + base64.StdEncoding.EncodeToString([]byte("Jos\xe9 100% \\n 'q'")) + `"}`; err != nil || !strings.Contains(string(text), want) {
		t.Errorf("no %s in %s (%v)", want, text, err)
	}
}

func TestJSONLinesHaveHeadersAsTheyWereSent(t *testing.T) {
	r := asItWasSent()
	var b bytes.Buffer
	if err := WriteJSONLines(&b, sequence(r)); err != nil {
		t.Fatal(err)
	}
	var read Recording
	if err := json.Unmarshal(b.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.HeaderLines(), read.HeaderLines()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(r.ResponseHeaderLines(), read.ResponseHeaderLines()); diff != "" {
		t.Error(diff)
	}
}

func TestScriptsAndMocksSayWhatTheyCannotHaveOfHeaders(t *testing.T) {
	r := asItWasSent()
	for format, wants := range map[string][]string{
		"k6": {
			`headers: {"x-b":"1, 2","X-A":"José 100% \\n 'q'","x-utf":"José","x-empty":""}`,
			"// k6 sends text only: bytes that are not UTF-8 are sent as characters in X-A\n",
		},
		"mocks": {"# Bytes of headers that are not UTF-8 are characters of ISO 8859-1 here.\n", "headers:\n    'x-b':\n      - '1'\n      - '2'\n    'X-A': \"José"},
		"csv":   {""},
	} {
		for _, f := range Formats() {
			if f.Name != format {
				continue
			}
			var b bytes.Buffer
			if err := f.Write(&b, sequence(r)); err != nil {
				t.Fatal(err)
			}
			for _, want := range wants {
				if !strings.Contains(b.String(), want) {
					t.Errorf("%s has no %q:\n%s", format, want, b.String())
				}
			}
		}
	}
}

// TestCurlSendsHeadersByteForByte runs scripts of curl against a listener that reads no HTTP.
func TestCurlSendsHeadersByteForByte(t *testing.T) {
	for _, program := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	heads := make(chan []string, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		var lines []string
		for r := bufio.NewReader(conn); ; {
			line, err := r.ReadString('\n')
			if line == "\r\n" || err != nil {
				break
			}
			lines = append(lines, strings.TrimSuffix(line, "\r\n"))
		}
		heads <- lines
		_, _ = io.WriteString(conn, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	}()
	r := asItWasSent()
	r.Host = listener.Addr().String()
	var script bytes.Buffer
	if err := WriteCurl(&script, sequence(r)); err != nil {
		t.Fatal(err)
	}
	for _, c := range script.Bytes() {
		if c >= 0x80 && c != "é"[0] && c != "é"[1] {
			t.Errorf("the script has the byte %#x, which editors may change:\n%s", c, script.String())
		}
	}
	command := exec.CommandContext(t.Context(), "sh", "-s")
	command.Stdin = bytes.NewReader(script.Bytes())
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, output, script.String())
	}
	got := (<-heads)[1:]
	// curl sends Host first.
	if diff := cmp.Diff([]string{"Host: " + r.Host, "x-b: 1", "X-A: Jos\xe9 100% \\n 'q'", "X-b: 2", "x-utf: José", "x-empty:"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s\n%s", diff, script.String())
	}
}

// FuzzCurlGetsHeadersAsTheyWereSent has a shell read scripts, with a curl that tells its arguments.
func FuzzCurlGetsHeadersAsTheyWereSent(f *testing.F) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		f.Skip(err)
	}
	f.Add("x-b: 1\nX-A: Jos\xe9 100% $(x) `y` \\n \\351 'q' \"q\"\nX-b: 2")
	f.Add("-:\xe90")
	f.Add("A: %s\xff%d\\\nB: '\xfe'\nc: !\xe9!")
	f.Fuzz(func(t *testing.T, text string) {
		lines := linesOf(text)
		r := captured(lines...)
		var script bytes.Buffer
		script.WriteString("curl() { printf '%s\\0' \"$@\"; }\n")
		if err := WriteCurl(&script, sequence(r)); err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), shell, "-s")
		command.Dir, command.Stdin = t.TempDir(), &script
		output, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, output)
		}
		var got, want []string
		arguments := strings.Split(string(output), "\x00")
		for i, argument := range arguments {
			if argument == "--header" && !slices.Contains([]string{"Accept:", "User-Agent:", "Content-Type:"}, arguments[i+1]) {
				got = append(got, arguments[i+1])
			}
		}
		for _, line := range lines {
			switch {
			case slices.Contains(notSent, strings.ToLower(line.Name)) || IsRedacted(line.Value):
			case line.Value == "":
				want = append(want, line.Name+";")
			default:
				want = append(want, line.Name+": "+line.Value)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-sent +got):\n%s", diff)
		}
	})
}
