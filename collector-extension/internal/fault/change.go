package fault

import (
	"math/rand/v2"
	"slices"
)

// maxChanges bounds how many bytes of a part of a message are changed at places that are drawn; from there on all are.
const maxChanges = 1 << 16

// Change changes bytes of a payload that comes in parts whose lengths are known beforehand, such as frames. Text stays
// valid UTF-8, since its receiver would else refuse it before anyone saw that it was changed.
type Change struct {
	// Bytes is how many are still to be changed.
	Bytes int
	// Text reports whether the payload is UTF-8.
	Text   bool
	Random *rand.Rand

	// places are those of the present part, in order; at is how much of it has passed, and due how many changes wait for
	// a byte that may be changed.
	places []int64
	at     int64
	due    int
}

// Part draws the places in a part of length bytes. What found no place in the part before is made up for in this one.
func (c *Change) Part(length int64) {
	c.Bytes += len(c.places) + c.due
	c.places, c.at, c.due = nil, 0, 0
	n := int64(min(c.Bytes, maxChanges))
	n = min(n, length)
	if n == 0 {
		return
	}
	c.Bytes -= int(n)
	// Floyd's algorithm: n of length, each set as likely as the others.
	drawn := make(map[int64]struct{}, n)
	for i := length - n; i < length; i++ {
		place := c.Random.Int64N(i + 1)
		if _, taken := drawn[place]; taken {
			place = i
		}
		drawn[place] = struct{}{}
		c.places = append(c.places, place)
	}
	slices.Sort(c.places)
}

// Apply changes the next bytes of the part in place. key masks them as in WebSockets, from its start at the beginning of
// the part; all zero is no mask.
func (c *Change) Apply(p []byte, key [4]byte) {
	for i := range p {
		at := c.at + int64(i)
		for len(c.places) > 0 && c.places[0] <= at {
			c.places = c.places[1:]
			c.due++
		}
		if c.due == 0 {
			if len(c.places) == 0 {
				break
			}
			continue
		}
		by := c.by(p[i] ^ key[at%4])
		if by == 0 {
			continue
		}
		p[i] ^= by
		c.due--
	}
	c.at += int64(len(p))
}

// by returns what a byte is changed by (exclusive or), 0 where it must stay.
func (c *Change) by(plain byte) byte {
	switch {
	case !c.Text:
		return byte(1 + c.Random.IntN(255))
	case plain < 0x80:
		// Another printable character, which breaks no line.
		other := byte(' ' + c.Random.IntN('~'-' '))
		if other >= plain {
			other++
		}
		return plain ^ other
	case plain < 0xc0:
		// The lowest bit of a continuation byte makes another character of the same length, whatever stands before it.
		return 1
	}
	return 0
}
