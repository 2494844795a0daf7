package gateway

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/websocket"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

func FuzzGraphQLSocket(f *testing.F) {
	f.Add([]byte(`{"id":"a","type":"subscribe","payload":{"query":"subscription A { a }"}}`), []byte(`{"id":"a","type":"next","payload":{"data":{"a":1}}}`))
	f.Add([]byte(`{"id":"a","type":"complete"}`), []byte(`{"id":"a","type":"error","payload":[{}]}`))
	engine, err := scenario.Compile(scenario.Scenario{Definition: scenario.Definition{
		Behavior: scenario.Behavior{Mode: scenario.Healthy},
		Rules: []scenario.Rule{{
			Name: "all", Target: scenario.Target{Protocol: "graphql"}, Behavior: scenario.Behavior{Mode: scenario.Chaos, Faults: []scenario.Fault{
				{Kind: scenario.FaultPatch, NullPaths: []string{"a"}},
				{Kind: scenario.FaultDuplicate, Share: new(0.5)},
				{Kind: scenario.FaultError, AfterMessages: new(2)},
			}},
		}},
	}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(_ *testing.T, sent, answered []byte) {
		var in, out bytes.Buffer
		g := &Gateway{options: Options{Engine: func() *scenario.Engine { return engine }}, persisted: newPersistedOperations()}
		x := &exchange{gateway: g, response: &http.Response{Header: http.Header{"Sec-Websocket-Protocol": {"graphql-transport-ws"}}}}
		c := &webSocket{exchange: x}
		c.engine.Store(engine)
		c.relay = websocket.New(websocket.Options{Client: buffer{&out}, Upstream: buffer{&in}, Answer: x.response.Header})
		c.graphQL = newGraphQLSocket(c)
		client, server := graphQLClient{c.graphQL}, graphQLServer{c.graphQL}
		for range 3 {
			client.Read(sent)
			if _, ok := server.Wants(); ok {
				server.Read(answered)
			}
		}
		g.webSockets.running.Wait()
		c.graphQL.close()
	})
}

// buffer is a side of a relay that is written to.
type buffer struct{ *bytes.Buffer }

func (buffer) Close() error { return nil }
