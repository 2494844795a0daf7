package replay

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// maxMessages is how many messages of one direction are sent or kept.
	maxMessages = recording.MaxMessages
	grpcPrefix  = recording.GRPCPrefix

	fromClient, toClient = "in", "out"
)

// grpcStatusHeaders are where a call says how it ended; a call without messages has them in its headers.
var grpcStatusHeaders = []string{"Grpc-Status", "Grpc-Message", "Grpc-Status-Details-Bin"}

// messagesOf returns the messages of one direction.
func messagesOf(all []recording.Message, direction string, kinds ...string) []recording.Message {
	var messages []recording.Message
	for _, m := range all {
		for _, kind := range kinds {
			if m.Direction == direction && m.Kind == kind {
				messages = append(messages, m)
			}
		}
	}
	return messages
}

// wholeGRPC says why the messages of a call cannot be sent again, nil where they can.
func wholeGRPC(r recording.Recording) error {
	var size int64
	for i, m := range messagesOf(r.Messages, fromClient, "grpc") {
		if m.Body.Truncated || m.Body.Redacted {
			return validation.Errorf("messages", "must be recorded whole and without redacted parts to be sent again, number %d of the client's is not", i+1)
		}
		size += grpcPrefix + m.Body.Size
	}
	if size < r.Body.Size {
		return validation.Errorf("messages", "must be recorded whole to be sent again; %d of %d bytes were", size, r.Body.Size)
	}
	return nil
}

// asGRPC makes a request that of a call: HTTP/2, uncompressed.
func asGRPC(request *http.Request, r recording.Recording) {
	body := recording.GRPCFrames(r.Messages, fromClient)
	request.Proto, request.ProtoMajor, request.ProtoMinor = "HTTP/2.0", 2, 0
	request.Body, request.GetBody = io.NopCloser(bytes.NewReader(body)), nil
	request.ContentLength = -1 // as clients of gRPC send it
	request.Header.Set("Te", "trailers")
	for _, name := range []string{"Grpc-Encoding", "Grpc-Accept-Encoding"} {
		request.Header.Del(name)
	}
}

// unframe splits the body of an answer into its messages, decompressed to at most room bytes together.
func unframe(body recording.Body, encoding string, room int64) []recording.Message {
	var messages []recording.Message
	content := body.Content
	for len(content) >= grpcPrefix && len(messages) < maxMessages {
		size := int64(binary.BigEndian.Uint32(content[1:grpcPrefix]))
		compressed := content[0]&1 == 1
		content = content[grpcPrefix:]
		have := content[:min(size, int64(len(content)))]
		content = content[len(have):]
		m := recording.Message{Direction: toClient, Kind: "grpc", Body: recording.Body{Content: bytes.Clone(have), Size: size, Truncated: int64(len(have)) < size}}
		if compressed && !m.Body.Truncated {
			switch unpacked, err := gunzip(encoding, have, room); {
			case err == nil && int64(len(unpacked)) > room:
				m.Body.Content, m.Body.Truncated = nil, true
			case err == nil:
				room -= int64(len(unpacked))
				m.Body.Content, m.Body.Decoded = unpacked, true
			}
		}
		messages = append(messages, m)
	}
	return messages
}

// gunzip reads no more than one byte beyond limit.
func gunzip(encoding string, content []byte, limit int64) ([]byte, error) {
	if encoding != "gzip" {
		return nil, errSwitched
	}
	reader, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(reader, limit+1))
}

// grpcEnd returns the status and message of a call's end, nil where it has none. The message is decoded (gRPC over HTTP/2,
// Percent-Encoded).
func grpcEnd(sources ...http.Header) (status *int, message string) {
	for _, source := range sources {
		if code, err := strconv.Atoi(source.Get("Grpc-Status")); err == nil {
			message := source.Get("Grpc-Message")
			if decoded, err := url.PathUnescape(message); err == nil {
				message = decoded
			}
			return &code, message
		}
	}
	return nil, ""
}
