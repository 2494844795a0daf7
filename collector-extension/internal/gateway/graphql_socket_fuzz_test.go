package gateway

import (
	"bytes"
	"net/http"
	"testing"

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
	f.Fuzz(func(_ *testing.T, client, server []byte) {
		var in, out bytes.Buffer
		g := &Gateway{options: Options{Engine: func() *scenario.Engine { return engine }}, persisted: newPersistedOperations()}
		x := &exchange{gateway: g, response: &http.Response{Header: http.Header{"Sec-Websocket-Protocol": {"graphql-transport-ws"}}}}
		c := &webSocketConn{ended: make(chan struct{}), closing: make(chan struct{}), exchange: x}
		c.engine.Store(engine)
		c.in = &webSocketSide{conn: c, to: &in, writing: make(chan struct{}, 1), sent: &frames{}}
		c.out = &webSocketSide{conn: c, to: &out, toClient: true, writing: make(chan struct{}, 1), sent: &frames{}}
		c.graphQL = newGraphQLSocket(c)
		for range 3 {
			c.in.reads.read(client)
			if _, ok := c.out.reads.wants(); ok {
				c.out.reads.read(server)
			}
		}
		g.webSockets.done.Wait()
		c.graphQL.close()
	})
}
