package main

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// acceptKey answers the key of a WebSocket's handshake (RFC 6455 section 4.2.2).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// closeCode reads frames until there is one that closes, and returns its code (RFC 6455 section 5.2); 0 where the connection
// ends without, or the close has no code.
func closeCode(r *bufio.Reader) int {
	for {
		head := make([]byte, 2)
		if _, err := io.ReadFull(r, head); err != nil {
			return 0
		}
		length := uint64(head[1] & 0x7f)
		extended := map[uint64]int{126: 2, 127: 8}[length]
		if head[1]&0x80 != 0 {
			extended += 4
		}
		rest := make([]byte, extended)
		if _, err := io.ReadFull(r, rest); err != nil {
			return 0
		}
		switch length {
		case 126:
			length = uint64(binary.BigEndian.Uint16(rest))
		case 127:
			length = binary.BigEndian.Uint64(rest)
		}
		if head[0]&0x0f != 8 {
			if _, err := io.CopyN(io.Discard, r, int64(length)); err != nil {
				return 0
			}
			continue
		}
		if length < 2 {
			return 0
		}
		code := make([]byte, 2)
		if _, err := io.ReadFull(r, code); err != nil {
			return 0
		}
		if head[1]&0x80 != 0 {
			mask := rest[len(rest)-4:]
			code[0] ^= mask[0]
			code[1] ^= mask[1]
		}
		return int(binary.BigEndian.Uint16(code))
	}
}

// openFrames opens a WebSocket with compression to /frames, of which the frames can be written by hand.
func openFrames(ctx context.Context, address string) (net.Conn, *bufio.Reader, error) {
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, nil, err
	}
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "GET /frames HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n", address)
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil) //nolint:bodyclose // what follows are frames
	if err == nil && response.StatusCode != http.StatusSwitchingProtocols {
		err = fmt.Errorf("the upgrade was answered with %d", response.StatusCode)
	}
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, reader, nil
}
