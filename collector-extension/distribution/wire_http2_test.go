package main

import (
	"bytes"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/mockforge/mockforge-observability-app/dev/postgres/postgrestest"
)

// ask sends requests for paths on one connection of HTTP/2, one after the other, and gives the status of each; none where the stream
// was reset.
func ask(t *testing.T, conn net.Conn, paths []string) []string {
	t.Helper()
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	framer := http2.NewFramer(conn, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	all := make([]string, len(paths))
	for i, path := range paths {
		block.Reset()
		for _, f := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "shop.test"}, {":path", path}, {"x-name", "Jos\xe9"}, {"x-name", "2"}} {
			_ = encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
		}
		stream := uint32(2*i + 1)
		if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true}); err != nil {
			t.Fatal(err)
		}
		for ended := false; !ended; {
			frame, err := framer.ReadFrame()
			if err != nil {
				t.Fatalf("%q: %v", path, err)
			}
			switch f := frame.(type) {
			case *http2.SettingsFrame:
				if !f.IsAck() {
					_ = framer.WriteSettingsAck()
				}
			case *http2.MetaHeadersFrame:
				all[i] = f.PseudoValue("status")
				ended = f.StreamEnded()
			case *http2.DataFrame:
				ended = f.StreamEnded()
			case *http2.RSTStreamFrame:
				ended = true
			}
		}
	}
	return all
}

// A path of HTTP/2 is what is sent on, recorded and replayed, too.
func TestPathsOfHTTP2StayAsTheyWereSent(t *testing.T) {
	u := startUpstream(t, says(ok))
	w := startWire(t, postgrestest.DSN(t), "", targetGateways(u)[:2]...)
	for gateway, address := range w.gateways {
		conn := dial(t, address)
		var lines []string
		for i, status := range ask(t, conn, targets) {
			if status != "200" {
				t.Errorf("%s: %q gets %q", gateway, targets[i], status)
				continue
			}
			got := u.next(t)
			lines = append(lines, got.line)
			if got.line != "GET "+targets[i]+" HTTP/1.1" || got.field("Host") != "shop.test" || !slices.Contains(got.fields, "X-Name: Jos\xe9") {
				t.Errorf("%s: %q is forwarded as %q %q", gateway, targets[i], got.line, got.fields)
			}
		}
		conn.Close()
		var recorded []string
		for _, r := range w.recorded(t, `{"gateways":["`+gateway+`"]}`, len(lines)) {
			recorded = append(recorded, "GET "+string(r.Target)+" HTTP/1.1")
			if !strings.HasPrefix(r.HTTPVersion, "HTTP/2") && r.HTTPVersion != "2.0" && r.HTTPVersion != "2" {
				t.Errorf("recorded of HTTP %q", r.HTTPVersion)
			}
		}
		same(t, lines, recorded)
	}
}
