package recording

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// How every store has what may not be storable as it is, so that all of them answer alike.

// earliest and latest are what a time may be, in seconds of Unix time: the years 2000 to 2200.
const earliest, latest = 946_684_800, 7_289_654_400

// StoredTime returns the time of r as stores have it: microseconds of UTC. A time that cannot be right is taken from the id instead,
// so that no recording is refused and none is dated far off.
func (r *Recording) StoredTime() time.Time {
	at := r.Timestamp
	if seconds := at.Unix(); seconds < earliest || seconds >= latest {
		at = time.Unix(0, 0)
		if made, ok := MadeAt(r.ID); ok {
			at = made
		}
	}
	return at.UTC().Truncate(time.Microsecond)
}

// MadeAt returns when a UUIDv7 was made, to the millisecond (RFC 9562, section 5.7).
func MadeAt(id uuid.UUID) (time.Time, bool) {
	if id.Version() != 7 {
		return time.Time{}, false
	}
	seconds, nanoseconds := id.Time().UnixTime()
	return time.Unix(seconds, nanoseconds).UTC(), true
}

// Finite returns v, or 0 for what JSON has no word for.
func Finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

// FoldsAsASCII reports whether text is found in any case by the rules of ASCII, which take half the time of others and find the same:
// besides their capitals, only K has another letter that becomes it, the sign for kelvin, and I has others.
func FoldsAsASCII(text string) bool {
	for i := range len(text) {
		if b := text[i]; b >= utf8.RuneSelf || b|0x20 == 'i' || b|0x20 == 'k' {
			return false
		}
	}
	return true
}

// ContainsFold reports whether text has part in it, in any case: what Filter means by it.
func ContainsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}
