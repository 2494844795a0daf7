package recording

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"

	"github.com/google/uuid"
)

// Cursor is the place of a recording in the order of pages: by time, then by id.
type Cursor struct {
	Timestamp time.Time
	ID        uuid.UUID
}

const cursorVersion = 1

var errCursor = errors.New("must be the next_cursor of an earlier page")

// String returns the opaque form that travels to clients and back.
func (c Cursor) String() string {
	raw := make([]byte, 0, 1+8+16+4)
	raw = append(raw, cursorVersion)
	raw = binary.BigEndian.AppendUint64(raw, uint64(c.Timestamp.UnixMicro()))
	raw = append(raw, c.ID[:]...)
	raw = binary.BigEndian.AppendUint32(raw, crc32.ChecksumIEEE(raw))
	return base64.RawURLEncoding.EncodeToString(raw)
}

// ParseCursor reads what String wrote, and notices if it was altered by accident.
func ParseCursor(text string) (Cursor, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != 29 || raw[0] != cursorVersion || binary.BigEndian.Uint32(raw[25:]) != crc32.ChecksumIEEE(raw[:25]) {
		return Cursor{}, errCursor
	}
	at := time.UnixMicro(int64(binary.BigEndian.Uint64(raw[1:]))).UTC()
	if at.Year() < 1 || at.Year() > 9999 {
		return Cursor{}, errCursor
	}
	return Cursor{Timestamp: at, ID: uuid.UUID(raw[9:25])}, nil
}
