package websocket

import (
	"encoding/binary"
	"math/bits"
)

// Mask is what a part of a payload is masked with (RFC 6455 section 5.3): Key, from the byte At of the payload on.
type Mask struct {
	Key [4]byte
	At  int64
}

// Apply masks p in place, or takes the mask off.
func (m Mask) Apply(p []byte) {
	key := binary.LittleEndian.Uint32(m.Key[:])
	if key == 0 {
		return
	}
	key = bits.RotateLeft32(key, -8*int(m.At%4))
	wide := uint64(key)<<32 | uint64(key)
	for len(p) >= 8 {
		binary.LittleEndian.PutUint64(p, binary.LittleEndian.Uint64(p)^wide)
		p = p[8:]
	}
	for i := range p {
		p[i] ^= byte(key)
		key = bits.RotateLeft32(key, -8)
	}
}
