package recording

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

const (
	// maxMocks and maxMockBytes bound what is held until it is known which answer of each request is the newest.
	maxMocks     = 1000
	maxMockBytes = 8 << 20
	// anyValue is what a mock matches any value of a query parameter with.
	anyValue = "*"
)

// learnedMock is the answer of one request so far.
type learnedMock struct {
	recording Recording
	rank      int
	size      int
}

// WriteMocks writes the answers of recordings as stub answers for the mocks of a gateway, in YAML: one for each method,
// path, operation and query, the newest success that nothing was injected into where there is one. At most 1000 are kept, and
// 8 MiB of bodies; what is over is counted in a comment.
func WriteMocks(w io.Writer, recordings iter.Seq2[Recording, error]) error {
	learned, left, err := learnMocks(recordings)
	if err != nil {
		return err
	}
	head := "# Answers that MockForge Observability recorded, for a gateway of the Collector extension.\n"
	if left > 0 {
		head += fmt.Sprintf("# Left out, since they cannot be mocked or are too many: %d\n", left)
	}
	if len(learned) == 0 {
		_, err := io.WriteString(w, head+"mocks: []\n")
		return err
	}
	buffer := bufio.NewWriter(w)
	if _, err := buffer.WriteString(head + "mocks:\n"); err != nil {
		return err
	}
	names := map[string]bool{}
	for _, m := range learned {
		text, err := mockYAML(&m.recording, names)
		if err != nil {
			return fmt.Errorf("recording %s: %w", m.recording.ID, err)
		}
		if _, err := buffer.Write(text); err != nil {
			return err
		}
	}
	return buffer.Flush()
}

// learnMocks returns the answers to write, those with more conditions first, since a gateway takes the first that matches;
// and how many recordings were left out.
func learnMocks(recordings iter.Seq2[Recording, error]) ([]*learnedMock, int, error) {
	byRequest := map[string]*learnedMock{}
	size, left := 0, 0
	for r, err := range recordings {
		if err != nil {
			return nil, 0, err
		}
		rank := mockRank(&r)
		if rank == 0 {
			left++
			continue
		}
		r.Path, _ = mockPath(r.EscapedPath())
		r.QueryParams = mockParameters(&r)
		if r.Protocol == GRPC {
			r.ResponseBody = Body{Content: GRPCFrames(r.Messages, "out")}
		}
		key := r.Method + " " + r.Path + " " + mockOperation(&r) + "?" + url.Values(r.QueryParams).Encode()
		known := byRequest[key]
		if known != nil && (rank < known.rank || rank == known.rank && r.Timestamp.Before(known.recording.Timestamp)) {
			continue
		}
		before := 0
		if known != nil {
			before = known.size
		}
		now := len(key) + len(r.ResponseBody.Content)
		if size-before+now > maxMockBytes || known == nil && len(byRequest) >= maxMocks {
			left++
			continue
		}
		size += now - before
		r.Body, r.Messages, r.Headers, r.HeaderForm, r.Target = Body{}, nil, nil, "", ""
		byRequest[key] = &learnedMock{recording: r, rank: rank, size: now}
	}
	learned := slices.Collect(maps.Values(byRequest))
	slices.SortFunc(learned, func(a, b *learnedMock) int {
		return cmp.Or(
			cmp.Compare(strings.Count(a.recording.Path, anySegment), strings.Count(b.recording.Path, anySegment)),
			cmp.Compare(a.recording.Path, b.recording.Path),
			-cmp.Compare(mockOperation(&a.recording), mockOperation(&b.recording)), // the empty one matches the others, too
			cmp.Compare(len(b.recording.QueryParams), len(a.recording.QueryParams)),
			cmp.Compare(anyValues(a.recording.QueryParams), anyValues(b.recording.QueryParams)),
			cmp.Compare(a.recording.Method, b.recording.Method),
			cmp.Compare(queryString(a.recording.QueryParams), queryString(b.recording.QueryParams)),
		)
	})
	return learned, left, nil
}

// mockRank returns how good an answer is as a stub: 0 is none at all.
func mockRank(r *Recording) int {
	if _, ok := mockPath(r.EscapedPath()); !ok {
		return 0
	}
	switch {
	case r.Protocol == WebSocket, r.Protocol == GRPC && !wholeGRPC(r), r.ResponseStatus < 200 || r.ResponseStatus > 599,
		!httpguts.ValidHeaderFieldName(r.Method):
		return 0
	case r.ResponseBody.Truncated && r.Protocol != GRPC: // whose messages are whole
		return 1
	case r.Injected():
		return 2
	case r.ResponseStatus >= 400 || r.GRPCStatus != nil && *r.GRPCStatus != 0:
		return 3
	}
	return 4
}

// mockOperation returns what tells the operations of one path apart: the name of a GraphQL operation, empty where it has none
// or is a batch. Those of gRPC have paths of their own.
func mockOperation(r *Recording) string {
	_, name, named := strings.Cut(r.Operation, " ")
	if r.Protocol != GraphQL || !named || strings.ContainsAny(name, " ,") {
		return ""
	}
	return name
}

// wholeGRPC reports whether the messages of an answer are recorded as they were sent, and all of them. Of a message in
// Protocol Buffers a part is no message.
func wholeGRPC(r *Recording) bool {
	if r.GRPCStatus == nil || len(r.Messages) >= MaxMessages {
		return false
	}
	var size int64
	for _, m := range r.Messages {
		if m.Direction != "out" {
			continue
		}
		if m.Body.Truncated || m.Body.Redacted || int64(len(m.Body.Content)) != m.Body.Size && !m.Body.Decoded {
			return false
		}
		size += GRPCPrefix + m.Body.Size
	}
	return size >= r.ResponseBody.Size
}

// grpcMessage returns what a call's end said for people: percent-encoded, in a trailer, or in a header where the answer had
// nothing else (gRPC over HTTP/2, section Responses).
func grpcMessage(r *Recording) string {
	for _, values := range []Values{r.ResponseTrailers, r.ResponseHeaders} {
		for name, list := range values {
			if strings.EqualFold(name, "grpc-message") && len(list) > 0 {
				if message, err := url.PathUnescape(list[0]); err == nil {
					return message
				}
				return list[0]
			}
		}
	}
	return ""
}
