package replay

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"testing"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func TestTheMessagesOfAnAnswerAreDecompressedToOneLimit(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(make([]byte, 300_000))
	_ = w.Close()
	one := append(binary.BigEndian.AppendUint32([]byte{1}, uint32(packed.Len())), packed.Bytes()...)
	messages := unframe(recording.Body{Content: bytes.Repeat(one, 100)}, "gzip", 1<<20)
	kept := 0
	for i, m := range messages {
		kept += len(m.Body.Content)
		if whole := i < 3; m.Body.Decoded != whole || m.Body.Truncated == whole {
			t.Errorf("message %d: decoded %t, truncated %t", i, m.Body.Decoded, m.Body.Truncated)
		}
	}
	if len(messages) != 100 || kept != 900_000 {
		t.Errorf("%d messages with %d bytes", len(messages), kept)
	}
}
