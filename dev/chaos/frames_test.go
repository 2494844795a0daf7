package main

import (
	"bufio"
	"bytes"
	"strings"
	"testing"
)

func TestCloseCodesAreReadBehindOtherFrames(t *testing.T) {
	for _, c := range []struct {
		name, frames string
		want         int
	}{
		{"at once", "\x88\x02\x03\xea", 1002},
		{"masked", "\x88\x82\x01\x02\x03\x04\x02\xe8", 1002},
		{"behind text", "\x81\x02hi\x88\x02\x03\xe8", 1000},
		{"behind a masked message of 16 bits", "\x82\xfe\x00\x80\x01\x02\x03\x04" + strings.Repeat("x", 128) + "\x88\x02\x03\xea", 1002},
		{"behind a message of 64 bits", "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00" + strings.Repeat("x", 65536) + "\x88\x02\x03\xea", 1002},
		{"without a code", "\x88\x00", 0},
		{"never", "\x81\x02hi", 0},
		{"cut", "\x88", 0},
	} {
		if got := closeCode(bufio.NewReader(bytes.NewReader([]byte(c.frames)))); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestHandshakesAreAnsweredAsTheStandardSays(t *testing.T) {
	// The example of RFC 6455 section 1.3.
	if got := acceptKey("dGhlIHNhbXBsZSBub25jZQ=="); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Errorf("got %s", got)
	}
}
