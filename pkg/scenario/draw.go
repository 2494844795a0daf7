package scenario

import (
	"encoding/binary"
	"math/rand/v2"
	"time"
)

// draws gives the random numbers of one exchange: from the process's own source, or, with a seed, from a PCG whose start
// is a hash of (seed, trace id, rule). PCG is an algorithm that Go has fixed, so a seed gives the same faults everywhere.
type draws struct {
	seeded bool
	source rand.PCG
}

func (d *draws) seed(seed uint64, traceID [16]byte, rule uint64) {
	d.seeded = true
	high, low := binary.BigEndian.Uint64(traceID[:8]), binary.BigEndian.Uint64(traceID[8:])
	d.source.Seed(mix(seed^mix(high)^rule), mix(low^mix(seed+1)))
}

func (d *draws) uint64() uint64 {
	if d.seeded {
		return d.source.Uint64()
	}
	return rand.Uint64()
}

// share draws a number that is uniform in [0, 1).
func (d *draws) share() float64 { return unit(d.uint64()) }

// duration draws one that is uniform between low and high milliseconds. The conversion keeps compilers from fusing the
// operations, which would round differently from one processor to the next.
func (d *draws) duration(low, high float64) time.Duration {
	return time.Duration((low + float64((high-low)*d.share())) * float64(time.Millisecond))
}

// one draws one of codes, each as likely as the others; the bias of the remainder is below 2^-57 for 100 codes.
func (d *draws) one(codes []int) int { return codes[d.uint64()%uint64(len(codes))] }

// unit maps 64 bits to [0, 1) with the 53 that a float64 holds.
func unit(bits uint64) float64 { return float64(bits>>11) / (1 << 53) }

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood 2014): near inputs give far outputs.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hashString returns the FNV-1a hash of s with 64 bits.
func hashString(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
