package gateway

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// deflateWindow is how much of what came before compressed messages may refer to (RFC 7692 section 7.2.2).
const deflateWindow = 32 << 10

// deflateTail is what senders leave out at the end of a compressed message, and an empty final block, which lets the
// reader end.
const deflateTail = "\x00\x00\xff\xff\x01\x00\x00\xff\xff"

// inflater decompresses the messages of one direction (RFC 7692, permessage-deflate). A nil one cannot.
type inflater struct {
	// alone is whether each message stands by itself; else it refers to those before it, the end of which is window.
	alone  bool
	window []byte
	lost   bool
}

// newInflater is for a direction ("client" or "server") of a connection whose handshake was answered with h.
func newInflater(h http.Header, from string) *inflater {
	for _, extension := range strings.Split(strings.Join(h.Values("Sec-Websocket-Extensions"), ","), ",") {
		name, parameters, _ := strings.Cut(extension, ";")
		if strings.EqualFold(strings.TrimSpace(name), "permessage-deflate") {
			return &inflater{alone: strings.Contains(strings.ToLower(parameters), from+"_no_context_takeover")}
		}
	}
	return nil
}

// lose is called for a message that was not kept whole: those that refer to it cannot be decompressed.
func (i *inflater) lose() {
	if i != nil && !i.alone {
		i.lost = true
	}
}

func (i *inflater) message(packed []byte, limit int) (content []byte, ok bool) {
	if i == nil || i.lost {
		return nil, false
	}
	input := append(bytes.Clone(packed), deflateTail...)
	content, err := readAtMost(flate.NewReaderDict(bytes.NewReader(input), i.window), limit)
	if err != nil {
		i.lose()
		return nil, false
	}
	if !i.alone {
		i.window = append(i.window, content...)
		i.window = bytes.Clone(i.window[max(0, len(i.window)-deflateWindow):])
	}
	if content == nil {
		content = []byte{}
	}
	return content, true
}

// deflated is the compression of one direction, where messages are to be looked into as they pass. Each one that passes
// is decompressed, since others may refer to it.
type deflated struct {
	// alone is whether each message stands by itself; else it refers to those before it, the end of which is window.
	alone  bool
	window []byte
	// known is whether window is: all messages from the first one on were seen.
	known bool
	// desynced is whether the receiver has missed a message that later ones refer to. From then on they are passed on
	// decompressed, which is allowed for each message (RFC 7692 section 6).
	desynced bool
}

// readable is whether the next message can be decompressed.
func (d *deflated) readable() bool { return d != nil && (d.alone || d.known) }

// note remembers content for the messages after it.
func (d *deflated) note(content []byte) {
	if d.alone {
		return
	}
	if len(content) >= deflateWindow {
		d.window = append(d.window[:0], content[len(content)-deflateWindow:]...)
		return
	}
	if over := len(d.window) + len(content) - deflateWindow; over > 0 {
		d.window = append(d.window[:0], d.window[over:]...)
	}
	d.window = append(d.window, content...)
}

// peek decompresses a whole message to at most limit bytes, and remembers nothing.
func (d *deflated) peek(packed []byte, limit int) ([]byte, error) {
	reader := borrowFlate(bytes.NewReader(append(bytes.Clone(packed), deflateTail...)), d.window)
	defer flates.Put(reader)
	return readAtMost(reader, limit)
}

var flates = sync.Pool{New: func() any { return flate.NewReader(nil) }}

func borrowFlate(from io.Reader, window []byte) io.ReadCloser {
	reader := flates.Get().(io.ReadCloser)
	_ = reader.(flate.Resetter).Reset(from, window) // Never fails.
	return reader
}

var errEnded = errors.New("the connection has ended")

// unpacker decompresses one message as its pieces come. flate reads by itself, hence a goroutine, of which and of whose
// caller only one runs at a time: add and finish return when all was used that there is.
type unpacker struct {
	pieces chan []byte
	hungry chan struct{}
	done   chan struct{}
	ended  <-chan struct{}
	// rest is what is left of the present piece, fed whether there was one.
	rest []byte
	fed  bool
	err  error
}

// newUnpacker gives what is decompressed to take. ended is closed when the connection is, which ends the goroutine.
func newUnpacker(d *deflated, ended <-chan struct{}, take func([]byte) error) *unpacker {
	u := &unpacker{pieces: make(chan []byte), hungry: make(chan struct{}), done: make(chan struct{}), ended: ended}
	go func() {
		defer close(u.done)
		reader := borrowFlate(u, bytes.Clone(d.window))
		defer flates.Put(reader)
		buffer := pool.Get().(*[32 << 10]byte)
		defer pool.Put(buffer)
		for {
			n, err := reader.Read(buffer[:])
			if n > 0 {
				if u.err = take(buffer[:n]); u.err != nil {
					return
				}
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				u.err = err
				return
			}
		}
	}()
	return u
}

// add decompresses the next piece.
func (u *unpacker) add(piece []byte) error {
	select {
	case u.pieces <- piece:
	case <-u.done:
		return u.early()
	}
	select {
	case <-u.hungry:
		return nil
	case <-u.done:
		return u.early()
	}
}

// finish decompresses the end.
func (u *unpacker) finish() error {
	select {
	case u.pieces <- []byte(deflateTail):
	case <-u.done:
		return u.early()
	}
	select {
	case <-u.hungry:
		close(u.pieces)
		<-u.done
	case <-u.done:
	}
	return u.err
}

// early is for a goroutine that has ended before the message has.
func (u *unpacker) early() error {
	if u.err == nil {
		u.err = errors.New("the compressed message goes on after its end")
	}
	return u.err
}

// fill waits for the next piece, once the one before was used.
func (u *unpacker) fill() error {
	for len(u.rest) == 0 {
		if u.fed {
			select {
			case u.hungry <- struct{}{}:
			case <-u.ended:
				return errEnded
			}
			u.fed = false
		}
		var open bool
		select {
		case u.rest, open = <-u.pieces:
		case <-u.ended:
			return errEnded
		}
		if !open {
			return io.ErrUnexpectedEOF
		}
		u.fed = true
	}
	return nil
}

// ReadByte is for flate, which would else read ahead.
func (u *unpacker) ReadByte() (byte, error) {
	if err := u.fill(); err != nil {
		return 0, err
	}
	c := u.rest[0]
	u.rest = u.rest[1:]
	return c, nil
}

func (u *unpacker) Read(p []byte) (int, error) {
	if err := u.fill(); err != nil {
		return 0, err
	}
	n := copy(p, u.rest)
	u.rest = u.rest[n:]
	return n, nil
}
