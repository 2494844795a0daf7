package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
)

// subscriptions returns gqlgen's server with a schema that counts to four, and then ends, or waits until it is ended.
func subscriptions(t *testing.T, ended chan<- struct{}) string {
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: `type Query { name: String } type Subscription { count: Int, forever: Int }`})
	server := handler.New(&graphql.ExecutableSchemaMock{
		SchemaFunc:     func() *ast.Schema { return schema },
		ComplexityFunc: func(context.Context, string, string, int, map[string]any) (int, bool) { return 0, false },
		ExecFunc: func(ctx context.Context) graphql.ResponseHandler {
			forever := strings.Contains(graphql.GetOperationContext(ctx).RawQuery, "forever")
			if forever {
				// What is cancelled early is not asked again.
				context.AfterFunc(ctx, func() { ended <- struct{}{} })
			}
			n := 0
			return func(ctx context.Context) *graphql.Response {
				if n++; forever && n > 4 {
					<-ctx.Done()
				}
				if n > 4 {
					return nil
				}
				return &graphql.Response{Data: fmt.Appendf(nil, `{"count":%d}`, n)}
			}
		},
	})
	server.AddTransport(transport.Websocket{})
	return upstream(t, server.ServeHTTP).URL
}

type socketMessage struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// graphQLClient speaks one of the protocols.
type graphQLClient struct {
	*websocket.Conn
	begin string
}

func dialGraphQL(t *testing.T, g *running, protocol string) graphQLClient {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), g.URL+"/graphql", &websocket.DialOptions{Subprotocols: []string{protocol}, CompressionMode: websocket.CompressionContextTakeover})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	c := graphQLClient{conn, map[string]string{"graphql-transport-ws": "subscribe", "graphql-ws": "start"}[protocol]}
	c.send(t, socketMessage{Type: "connection_init"})
	if got := c.next(t); got.Type != "connection_ack" {
		t.Fatalf("got %s", got.Type)
	}
	return c
}

func (c graphQLClient) send(t *testing.T, m socketMessage) {
	t.Helper()
	if err := wsjson.Write(t.Context(), c.Conn, m); err != nil {
		t.Fatal(err)
	}
}

func (c graphQLClient) subscribe(t *testing.T, id, query string) {
	t.Helper()
	c.send(t, socketMessage{ID: id, Type: c.begin, Payload: []byte(`{"query":"` + query + `"}`)})
}

// next returns the next message but those that keep connections alive.
func (c graphQLClient) next(t *testing.T) (m socketMessage) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		if err := wsjson.Read(ctx, c.Conn, &m); err != nil {
			t.Fatal(err)
		}
		if m.Type != "ka" && m.Type != "ping" {
			return m
		}
	}
}

// all returns the messages of an operation up to its end.
func (c graphQLClient) all(t *testing.T, id string) (list []string) {
	t.Helper()
	for {
		m := c.next(t)
		if m.ID != id {
			t.Fatalf("got %s of operation %s", m.Type, m.ID)
		}
		list = append(list, m.Type+" "+string(m.Payload))
		if m.Type == "complete" || m.Type == "error" {
			return list
		}
	}
}

// operationRule harms subscriptions of one name.
func operationRule(faults ...scenario.Fault) scenario.Definition {
	return scenario.Definition{
		Behavior: scenario.Behavior{Mode: scenario.Healthy},
		Rules:    []scenario.Rule{{Name: "prices", Target: scenario.Target{Operation: "Prices"}, Behavior: listed(faults...)}},
	}
}

func TestAnOperationOnAWebSocketIsHarmedByItself(t *testing.T) {
	for protocol, result := range map[string]string{"graphql-transport-ws": "next", "graphql-ws": "data"} {
		list := func(payload string) string {
			if protocol == "graphql-transport-ws" {
				return "error [" + payload + "]"
			}
			return "error " + payload
		}
		spared := []string{result + ` {"data":{"count":1}}`, result + ` {"data":{"count":2}}`, result + ` {"data":{"count":3}}`, result + ` {"data":{"count":4}}`, "complete "}
		nulled := result + ` {"data":{"count":null},"errors":[{"message":"This field was made null by MockForge.","path":["count"]}]}`
		for name, test := range map[string]struct {
			fault  scenario.Fault
			want   []string
			record string
		}{
			"error": {
				scenario.Fault{Kind: scenario.FaultError, StatusCodes: []int{503}, Message: "no prices"},
				[]string{list(`{"message":"no prices","path":["count"],"extensions":{"code":"SERVICE_UNAVAILABLE","status":503}}`)},
				"error 503 for subscription Prices",
			},
			"error after messages": {
				scenario.Fault{Kind: scenario.FaultError, StatusCodes: []int{500}, Message: "enough", AfterMessages: new(2)},
				[]string{spared[0], spared[1], list(`{"message":"enough","path":["count"],"extensions":{"code":"INTERNAL_SERVER_ERROR","status":500}}`)},
				"error 500 for subscription Prices",
			},
			"nulls":     {scenario.Fault{Kind: scenario.FaultPatch, NullPaths: []string{"count"}}, []string{nulled, nulled, nulled, nulled, "complete "}, "patch for subscription Prices"},
			"drop":      {scenario.Fault{Kind: scenario.FaultDrop}, []string{"complete "}, "drop 4 messages"},
			"latency":   {scenario.Fault{Kind: scenario.FaultLatency, DelayMS: new(30.0)}, spared, "latency 30ms for subscription Prices"},
			"timeout":   {scenario.Fault{Kind: scenario.FaultTimeout, TimeoutMS: new(30)}, []string{list(`{"message":"Gateway Timeout: This answer was injected by MockForge.","path":["count"],"extensions":{"code":"GATEWAY_TIMEOUT","status":504}}`)}, "timeout 504 for subscription Prices"},
			"duplicate": {scenario.Fault{Kind: scenario.FaultDuplicate, Share: new(1.0)}, []string{spared[0], spared[0], spared[1], spared[1], spared[2], spared[2], spared[3], spared[3], "complete "}, "duplicate 4 messages"},
		} {
			t.Run(protocol+","+name, func(t *testing.T) {
				g := serve(t, subscriptions(t, nil), inForce(operationRule(test.fault)))
				c := dialGraphQL(t, g, protocol)
				for id, want := range map[string][]string{"a": test.want, "b": spared} {
					query := map[string]string{"a": "subscription Prices { count }", "b": "subscription Stock { count }"}[id]
					c.subscribe(t, id, query)
					got := c.all(t, id)
					// gqlgen completes what has failed, too.
					if diff := cmp.Diff(normal(want), normal(got)); diff != "" {
						t.Errorf("operation %s (-want +got):\n%s", id, diff)
					}
				}
				_ = c.CloseNow()
				r := g.next(t)
				if r.Operation != "subscription Prices, subscription Stock" && r.Operation != "subscription Stock, subscription Prices" {
					t.Errorf("recorded operations %q", r.Operation)
				}
				if len(r.Faults) != 1 || strings.TrimSpace(r.Faults[0].Kind+" "+r.Faults[0].Detail) != test.record || r.Rule != "prices" {
					t.Errorf("recorded %v of rule %q, want %s", r.Faults, r.Rule, test.record)
				}
			})
		}
	}
}

// normal puts JSON in one order.
func normal(messages []string) (list []string) {
	for _, m := range messages {
		kind, payload, _ := strings.Cut(m, " ")
		var parsed any
		if json.Unmarshal([]byte(payload), &parsed) == nil {
			text, _ := json.Marshal(parsed)
			payload = string(text)
		}
		list = append(list, kind+" "+payload)
	}
	return list
}

// What is held does not hold up the operations beside it, and goes on when the scenario is another.
func TestAnOperationThatIsHeldHoldsUpNoOther(t *testing.T) {
	change, set := switchedTo(operationRule(scenario.Fault{Kind: scenario.FaultLatency, DelayMS: new(60_000.0)}))
	g := serve(t, subscriptions(t, nil), change)
	c := dialGraphQL(t, g, "graphql-transport-ws")
	c.subscribe(t, "a", "subscription Prices { count }")
	c.subscribe(t, "b", "subscription Stock { count }")
	if got := c.all(t, "b"); len(got) != 5 {
		t.Errorf("got %q", got)
	}
	time.AfterFunc(20*time.Millisecond, func() { set(scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}}) })
	if got := c.all(t, "a"); len(got) != 5 {
		t.Errorf("got %q", got)
	}
}

// A fault that ends an operation ends it for its server, too.
func TestTheServerOfAnEndedOperationIsTold(t *testing.T) {
	for _, protocol := range []string{"graphql-transport-ws", "graphql-ws"} {
		t.Run(protocol, func(t *testing.T) {
			ended := make(chan struct{}, 1)
			g := serve(t, subscriptions(t, ended), inForce(operationRule(scenario.Fault{Kind: scenario.FaultError, AfterMessages: new(1)})))
			c := dialGraphQL(t, g, protocol)
			c.subscribe(t, "a", "subscription Prices { forever }")
			if got := c.all(t, "a"); len(got) != 2 || !strings.HasPrefix(got[1], "error ") {
				t.Errorf("got %q", got)
			}
			<-ended
			c.subscribe(t, "b", "subscription Stock { count }")
			if got := c.all(t, "b"); len(got) != 5 {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestAnOperationThatIsEndedWhileItIsHeldNeverReachesItsServer(t *testing.T) {
	change, set := switchedTo(operationRule(scenario.Fault{Kind: scenario.FaultLatency, DelayMS: new(300_000.0)}))
	g := serve(t, subscriptions(t, nil), change)
	c := dialGraphQL(t, g, "graphql-transport-ws")
	c.subscribe(t, "a", "subscription Prices { count }")
	c.send(t, socketMessage{ID: "a", Type: "complete"})
	// All that is held would be released between these.
	for _, id := range []string{"b", "c"} {
		c.subscribe(t, id, "subscription Stock { count }")
		if got := c.all(t, id); len(got) != 5 {
			t.Errorf("got %q", got)
		}
		set(scenario.Definition{Behavior: scenario.Behavior{Mode: scenario.Healthy}})
	}
}

// What cannot be held, since its id is in use, passes: it is not recorded as held.
func TestAnOperationThatIsNotHeldIsNotRecordedAsHeld(t *testing.T) {
	for name, behavior := range map[string]scenario.Behavior{
		"latency":            listed(scenario.Fault{Kind: scenario.FaultLatency, DelayMS: new(300_000.0)}),
		"timeout":            listed(scenario.Fault{Kind: scenario.FaultTimeout, TimeoutMS: new(300_000)}),
		"error after a wait": listed(scenario.Fault{Kind: scenario.FaultLatency, DelayMS: new(300_000.0)}, scenario.Fault{Kind: scenario.FaultError, StatusCodes: []int{503}}),
	} {
		t.Run(name, func(t *testing.T) {
			g := serve(t, subscriptions(t, nil), inForce(scenario.Definition{
				Behavior: scenario.Behavior{Mode: scenario.Healthy},
				Rules: []scenario.Rule{
					{Name: "prices", Target: scenario.Target{Operation: "Prices"}, Behavior: behavior},
					{Name: "stock", Target: scenario.Target{Operation: "Stock"}, Behavior: behavior},
				},
			}))
			c := dialGraphQL(t, g, "graphql-transport-ws")
			c.subscribe(t, "a", "subscription Prices { count }")
			c.subscribe(t, "a", "subscription Stock { count }")
			if got := c.all(t, "a"); len(got) != 5 {
				t.Errorf("got %q", got)
			}
			_ = c.CloseNow()
			r := g.next(t)
			if len(r.Faults) != 1 || !strings.HasSuffix(r.Faults[0].Detail, " for subscription Prices") || r.Faults[0].Kind == "error" {
				t.Errorf("recorded %v", r.Faults)
			}
		})
	}
}
