package postgres

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

func FuzzWhatIsPlainHasNothingToEscape(f *testing.F) {
	for _, text := range []string{"", "a", "abc", "abcdefg", "abcdefgh", strings.Repeat("x", 40), "\x7f ~!", "1234567\\", "\x00", "é", "\"", strings.Repeat("x", 35) + "\n1234"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plain := strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > 0x7f || r == '\\' }) < 0
		if got := isPlain([]byte(text)); got != plain {
			t.Errorf("%q: %t, want %t", text, got, plain)
		}
		if got, want := isPlainQuoted([]byte(text)), plain && !strings.Contains(text, `"`); got != want {
			t.Errorf("%q in quotes: %t, want %t", text, got, want)
		}
	})
}

// Every byte is told at every place, whatever is beside it.
func TestEveryByteIsSeen(t *testing.T) {
	for length := 1; length <= 40; length++ {
		for at := range length {
			for c := range 256 {
				text := []byte(strings.Repeat("~", length))
				text[at] = byte(c)
				want := c >= ' ' && c < 0x80 && c != '\\'
				if got := isPlain(text); got != want {
					t.Fatalf("%q: %t", text, got)
				}
				if got := isPlainQuoted(text); got != (want && c != '"') {
					t.Fatalf("%q in quotes: %t", text, got)
				}
			}
		}
	}
}

func FuzzNumbersAndTimesAreReadAsTheyWere(f *testing.F) {
	for _, number := range []float64{0, 5.753421, 0.000001, 1e-7, 0.1 + 0.2, 1e10, 1e300, -3.25, math.NaN(), math.Inf(1), 9007199254.740991} {
		f.Add(number, int64(1_900_000_000_123_456_789))
	}
	f.Add(float64(123456789)/1e6, int64(946_684_800_000_000_000))
	f.Add(1.5, int64(1_900_000_059_999_999_999))
	f.Fuzz(func(t *testing.T, number float64, nanoseconds int64) {
		text := new(copyText)
		text.float(number)
		if got, err := strconv.ParseFloat(strings.TrimSuffix(string(text.rows), "\t"), 64); err != nil || got != recording.Finite(number) {
			t.Errorf("%g became %q, which is read as %g (%v)", number, text.rows, got, err)
		}
		for range 2 { // The second time it has the minute already.
			at := time.Unix(0, nanoseconds).UTC().Truncate(time.Microsecond)
			text.rows = text.rows[:0]
			text.time(at)
			if got, err := time.Parse("2006-01-02 15:04:05.999999-07\t", string(text.rows)); err != nil || !got.Equal(at) {
				t.Errorf("%v became %q, which is read as %v (%v)", at, text.rows, got, err)
			}
		}
	})
}

func TestIDsAreWrittenAsTheyAreRead(t *testing.T) {
	for range 100 {
		id, text := uuid.New(), new(copyText)
		if text.uuid(id); string(text.rows) != id.String()+"\t" {
			t.Errorf("%s became %q", id, text.rows)
		}
	}
}
