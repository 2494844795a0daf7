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

// history is the end of what came before in one direction, to which compressed messages may refer.
type history []byte

// add remembers content.
func (h *history) add(content []byte) {
	if len(content) >= deflateWindow {
		*h = append((*h)[:0], content[len(content)-deflateWindow:]...)
		return
	}
	if over := len(*h) + len(content) - deflateWindow; over > 0 {
		*h = append((*h)[:0], (*h)[over:]...)
	}
	*h = append(*h, content...)
}

// inflater decompresses the messages of one direction (RFC 7692, permessage-deflate) for their recording. A nil one cannot.
type inflater struct {
	// alone is whether each message stands by itself; else it refers to those before it, the end of which is history.
	alone   bool
	history history
	lost    bool
	spent   allowance
}

// newInflater is for a direction ("client" or "server") of a connection whose handshake was answered with h.
func newInflater(h http.Header, from string) *inflater {
	for _, extension := range extensionsOf(h) {
		name, parameters, _ := strings.Cut(extension, ";")
		if strings.EqualFold(strings.TrimSpace(name), "permessage-deflate") {
			return &inflater{alone: strings.Contains(strings.ToLower(parameters), from+"_no_context_takeover")}
		}
	}
	return nil
}

// extensionsOf are those that a handshake was answered with (RFC 6455 section 9.1).
func extensionsOf(h http.Header) (extensions []string) {
	for _, extension := range strings.Split(strings.Join(h.Values("Sec-Websocket-Extensions"), ","), ",") {
		if strings.TrimSpace(extension) != "" {
			extensions = append(extensions, extension)
		}
	}
	return extensions
}

// lose is called for a message that was not kept whole: those that refer to it cannot be decompressed.
func (i *inflater) lose() {
	if i != nil && !i.alone {
		i.lost, i.history = true, nil
	}
}

// message decompresses a message. Of one that is larger than limit nothing is kept. It is then decompressed to its end only
// where later ones refer to it, there is room for these, and it is within the allowance.
func (i *inflater) message(packed []byte, limit int) ([]byte, error) {
	if i == nil || i.lost {
		return nil, errUnknownEncoding
	}
	if limit <= 0 {
		i.lose()
		return nil, errTooLong
	}
	reader := borrowFlate(io.MultiReader(bytes.NewReader(packed), strings.NewReader(deflateTail)), i.history)
	defer flates.Put(reader)
	buffer := pool.Get().(*[32 << 10]byte)
	defer pool.Put(buffer)
	i.spent.earn(len(packed))
	content, tooLong := []byte{}, false
	for {
		n, err := reader.Read(buffer[:])
		if !i.alone {
			i.history.add(buffer[:n]) // The reader has a copy.
		}
		within := i.spent.spend(n)
		if tooLong = tooLong || len(content)+n > limit; tooLong {
			content = nil
		} else {
			content = append(content, buffer[:n]...)
		}
		switch {
		case errors.Is(err, io.EOF):
			if tooLong {
				return nil, errTooLong
			}
			return content, nil
		case err != nil:
			i.lose()
			return nil, err
		case tooLong && (i.alone || !within):
			i.lose()
			return nil, errTooLong
		}
	}
}

// deflated is the compression of one direction, where messages are to be looked into as they pass. Each one that passes
// is decompressed, since others may refer to it, up to the allowance.
type deflated struct {
	// alone is whether each message stands by itself; else it refers to those before it, the end of which is history.
	alone   bool
	history history
	// known is whether history is: all messages from the first one on were seen.
	known bool
	// desynced is whether the receiver has missed a message that later ones refer to. From then on they are passed on
	// decompressed, which is allowed for each message (RFC 7692 section 6).
	desynced bool
	spent    allowance
}

// readable is whether the next message can be decompressed.
func (d *deflated) readable() bool { return d != nil && (d.alone || d.known) }

// note remembers content for the messages after it.
func (d *deflated) note(content []byte) {
	if !d.alone {
		d.history.add(content)
	}
}

// forget is called where messages are not followed any more: those to come pass as they are.
func (d *deflated) forget() { d.known, d.history = false, nil }

// peek decompresses a whole message to at most limit bytes, and remembers nothing.
func (d *deflated) peek(packed []byte, limit int) ([]byte, error) {
	reader := borrowFlate(io.MultiReader(bytes.NewReader(packed), strings.NewReader(deflateTail)), d.history)
	defer flates.Put(reader)
	return readAtMost(reader, limit)
}

var flates = sync.Pool{New: func() any { return flate.NewReader(nil) }}

func borrowFlate(from io.Reader, history history) io.ReadCloser {
	reader := flates.Get().(io.ReadCloser)
	_ = reader.(flate.Resetter).Reset(from, history) // Never fails.
	return reader
}

var (
	errEnded = errors.New("the connection has ended")
	// errAbandoned ends the decompression of a message that is never finished.
	errAbandoned = errors.New("the message is not finished")
	// errTooLong is for what is more than it may be once it is decompressed, errInvalid for what cannot be.
	errTooLong = errors.New("larger than the limit")
	errInvalid = errors.New("the compressed message cannot be read")
)

// unpacker decompresses one message as its pieces come. flate reads by itself, hence a goroutine, of which and of whose
// caller only one runs at a time: add and finish return when all was used that there is.
type unpacker struct {
	of     *deflated
	pieces chan []byte
	hungry chan struct{}
	done   chan struct{}
	ended  <-chan struct{}
	// abandoned is closed where the message is never finished.
	abandoned chan struct{}
	// rest is what is left of the present piece, fed whether there was one.
	rest []byte
	fed  bool
	err  error
}

// newUnpacker gives what is decompressed to take. ended is closed when the connection is, which ends the goroutine.
func newUnpacker(d *deflated, ended <-chan struct{}, take func([]byte) error) *unpacker {
	u := &unpacker{
		of: d, pieces: make(chan []byte), hungry: make(chan struct{}), done: make(chan struct{}), ended: ended, abandoned: make(chan struct{}),
	}
	go func() {
		defer close(u.done)
		reader := borrowFlate(u, d.history)
		defer flates.Put(reader)
		buffer := pool.Get().(*[32 << 10]byte)
		defer pool.Put(buffer)
		for {
			n, err := reader.Read(buffer[:])
			if !d.spent.spend(n) {
				u.err = errTooLong
				return
			}
			if n > 0 {
				if u.err = take(buffer[:n]); u.err != nil {
					return
				}
			}
			switch {
			case errors.Is(err, io.EOF):
				return
			case errors.Is(err, errEnded), errors.Is(err, errAbandoned):
				u.err = err
				return
			case err != nil:
				u.err = errInvalid
				return
			}
		}
	}()
	return u
}

// add decompresses the next piece.
func (u *unpacker) add(piece []byte) error {
	u.of.spent.earn(len(piece))
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

// abandon ends the goroutine of a message that is never finished.
func (u *unpacker) abandon() {
	close(u.abandoned)
	<-u.done
}

// early is for a goroutine that has ended before the message has.
func (u *unpacker) early() error {
	if u.err == nil {
		u.err = errInvalid // It goes on after its end.
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
			case <-u.abandoned:
				return errAbandoned
			}
			u.fed = false
		}
		var open bool
		select {
		case u.rest, open = <-u.pieces:
		case <-u.ended:
			return errEnded
		case <-u.abandoned:
			return errAbandoned
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
