package capture

import (
	"bytes"
	"slices"
	"testing"
)

// Memory that waits for what does not come would be held for as long as the recording is.
func TestABodyHoldsAboutWhatHasCome(t *testing.T) {
	for name, test := range map[string]struct {
		room, expected, come, want int
	}{
		"as expected":             {room: 1 << 20, expected: 100_000, come: 100_000, want: 100_000},
		"more":                    {room: 1 << 20, expected: 30_000, come: 100_000, want: 100_000},
		"less":                    {room: 1 << 20, expected: 1 << 20, come: 10_000, want: 10_000},
		"nothing":                 {room: 1 << 20, expected: 1 << 20},
		"more than there is room": {room: 50_000, expected: 1 << 30, come: 100_000, want: 50_000 - 50_000/8},
	} {
		t.Run(name, func(t *testing.T) {
			var b Body
			b.Begin(ToClient, NewRoom(test.room))
			b.Expect(int64(test.expected))
			sent := bytes.Repeat([]byte("0123456789"), test.come/10)
			for part := range slices.Chunk(sent, 9_000) {
				b.Add(part)
			}
			got := b.Recorded()
			if !bytes.Equal(got.Content, sent[:test.want]) || got.Size != int64(test.come) || got.Truncated != (test.want < test.come) {
				t.Errorf("has %d of %d bytes, truncated %v", len(got.Content), got.Size, got.Truncated)
			}
			if cap(got.Content) > 2*test.want {
				t.Errorf("holds %d bytes for %d", cap(got.Content), test.want)
			}
		})
	}
}

// BenchmarkBody keeps an answer of 256 KiB that comes in pieces of 32 KiB.
func BenchmarkBody(b *testing.B) {
	piece := make([]byte, 32<<10)
	for name, expected := range map[string]int64{"expected": 256 << 10, "unknown": 0} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var room Room
				var body Body
				room.Begin(1 << 20)
				body.Begin(ToClient, &room)
				body.Expect(expected)
				for range 8 {
					body.Add(piece)
				}
				body.Recorded()
			}
		})
	}
}
