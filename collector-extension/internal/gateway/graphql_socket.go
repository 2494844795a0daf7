package gateway

import (
	"encoding/json"
	"strings"
	"sync"
)

const (
	// maxResult is up to what size in bytes results of operations are read to be harmed; larger ones pass.
	maxResult = 1 << 20
	// maxRunning is how many operations of a connection are harmed at the same time, maxRunningBytes how much they are held
	// with together: their ids, and the texts of those that wait.
	maxRunning      = 1000
	maxRunningBytes = 2 << 20
)

// graphQLSocket are the GraphQL operations on a WebSocket, by the protocol graphql-transport-ws or the older graphql-ws.
// The connection is harmed by what matches it; an operation besides by a rule that matches the operation and not the
// connection. A nil one is for a WebSocket of another kind.
type graphQLSocket struct {
	conn *webSocket
	// names are what the protocol calls its messages.
	names graphQLNames

	mu         sync.Mutex
	operations []string
	running    map[string]*graphQLRun
	bytes      int
	closed     bool
}

// graphQLNames are the types of messages of a protocol: begin and stop come from the client, the others from the server.
type graphQLNames struct{ begin, stop, result, failed, done string }

var graphQLProtocols = map[string]graphQLNames{
	"graphql-transport-ws": {"subscribe", "complete", "next", "error", "complete"},
	"graphql-ws":           {"start", "stop", "data", "error", "complete"},
}

// graphQLMessage is a message of either protocol.
type graphQLMessage struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

func newGraphQLSocket(c *webSocket) *graphQLSocket {
	x := c.exchange
	protocol := x.response.Header.Get("Sec-Websocket-Protocol")
	names, ok := graphQLProtocols[strings.TrimSpace(protocol)]
	if !ok {
		return nil
	}
	return &graphQLSocket{conn: c, names: names, running: map[string]*graphQLRun{}}
}

// graphQLClient reads the messages of the client.
type graphQLClient struct{ *graphQLSocket }

// Wants reports that each message is to be read, to learn of operations.
func (graphQLClient) Wants() (int, bool) { return maxOperationBody, true }

// Read decides about a message of the client.
func (g graphQLClient) Read(text []byte) (instead [][]byte, changed bool) {
	var m graphQLMessage
	if json.Unmarshal(text, &m) != nil || m.ID == "" {
		return nil, false
	}
	switch m.Type {
	case g.names.begin:
		return nil, g.begin(m, text)
	case g.names.stop:
		// An operation that is held has not reached the server, which need not hear of its end.
		run := g.take(m.ID)
		return nil, run != nil && run.held != nil && run.held.Stop()
	}
	return nil, false
}

// graphQLServer reads the messages of the server.
type graphQLServer struct{ *graphQLSocket }

// Wants reports whether there are operations that are harmed.
func (g graphQLServer) Wants() (int, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return maxResult, len(g.running) > 0
}

// Read decides about a message of the server.
func (g graphQLServer) Read(text []byte) (instead [][]byte, changed bool) {
	var m graphQLMessage
	if json.Unmarshal(text, &m) != nil {
		return nil, false
	}
	run := g.find(m.ID)
	switch {
	case run == nil:
		return nil, false
	case m.Type == g.names.done || m.Type == g.names.failed:
		g.take(m.ID)
		return nil, run.stopped
	case run.stopped:
		return nil, true
	case m.Type == g.names.result:
		return g.result(m, run, text)
	}
	return nil, false
}
