package shop_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/mockforge/mockforge-observability-app/dev/demoapi/shop"
	"github.com/mockforge/mockforge-observability-app/dev/demoapi/shoppb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start serves the API without latencies of its own and with the given share of failures; it returns host:port.
func start(t *testing.T, errorRate float64) string {
	t.Helper()
	server, err := shop.Start(t.Context(), "127.0.0.1:0", shop.Options{ErrorRate: errorRate})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := server.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return server.Address()
}

func TestHTTPEndpoints(t *testing.T) {
	base := "http://" + start(t, 0)
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		contains                 string
	}{
		{"health", "GET", "/health", "", 200, `"ok"`},
		{"login", "POST", "/auth/login", `{"username":"ada","password":"demo"}`, 200, `"token"`},
		{"wrong password", "POST", "/auth/login", `{"username":"ada","password":"x"}`, 401, "wrong password"},
		{"users", "GET", "/users", "", 200, "Grace"},
		{"user", "GET", "/users/2", "", 200, "grace@example.com"},
		{"unknown user", "GET", "/users/99", "", 404, "no such user"},
		{"products", "GET", "/products?limit=1", "", 200, "Anvil"},
		{"bad limit", "GET", "/products?limit=no", "", 400, "limit"},
		{"order", "GET", "/orders/1001", "", 200, `"placed"`},
		{"items", "GET", "/orders/1001/items", "", 200, `"p-1"`},
		{"place an order", "POST", "/orders", `{"user_id":"1","items":[{"product_id":"p-1","quantity":2}]}`, 201, `"total_cents":2400`},
		{"empty order", "POST", "/orders", `{"user_id":"1"}`, 422, "items"},
		{"broken body", "POST", "/orders", `{`, 400, "JSON"},
		{"payment", "POST", "/payments", `{"order_id":"1001","card":"4111"}`, 201, "paid"},
		{"payment without a bank", "POST", "/payments", `{"order_id":"1001","card":"4110"}`, 502, "bank"},
		{"search", "GET", "/search?q=anv", "", 200, "Anvil"},
		{"search without text", "GET", "/search", "", 400, "q must"},
		{"upload", "POST", "/uploads", "12345", 201, `"bytes":5`},
		{"events", "GET", "/events?count=2", "", 200, "id: 2\nevent: stock"},
		{"nothing there", "GET", "/nothing", "", 404, "not found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), c.method, base+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != c.status || !strings.Contains(string(body), c.contains) {
				t.Errorf("%s %s: %d %s; want %d with %q", c.method, c.path, response.StatusCode, body, c.status, c.contains)
			}
		})
	}
}

func TestReportEndsWithATrailer(t *testing.T) {
	response, err := http.Get("http://" + start(t, 0) + "/reports/stock")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	n := 0
	for lines.Scan() {
		n++
	}
	if n != 11 || response.Trailer.Get("X-Row-Count") != "10" {
		t.Errorf("%d lines, trailer %v; want 11 lines and X-Row-Count 10", n, response.Trailer)
	}
}

func TestOrganicFailures(t *testing.T) {
	response, err := http.Get("http://" + start(t, 1) + "/users")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d; want 500 where every request fails", response.StatusCode)
	}
}

func TestGRPC(t *testing.T) {
	conn, err := grpc.NewClient(start(t, 0), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client := shoppb.NewShopClient(conn)

	t.Run("unary", func(t *testing.T) {
		p, err := client.GetProduct(t.Context(), &shoppb.GetProductRequest{Id: "p-1"})
		if err != nil || p.GetName() != "Anvil" {
			t.Errorf("%v, %v; want the anvil", p, err)
		}
	})
	t.Run("status", func(t *testing.T) {
		if _, err := client.GetProduct(t.Context(), &shoppb.GetProductRequest{Id: "none"}); status.Code(err) != codes.NotFound {
			t.Errorf("%v; want NOT_FOUND", err)
		}
		_, err := client.PlaceOrder(t.Context(), &shoppb.PlaceOrderRequest{UserId: "1", ProductId: "p-1", Quantity: 1})
		if status.Code(err) != codes.FailedPrecondition {
			t.Errorf("%v; want FAILED_PRECONDITION, anvils are out of stock", err)
		}
	})
	t.Run("server stream", func(t *testing.T) {
		stream, err := client.WatchOrder(t.Context(), &shoppb.WatchOrderRequest{OrderId: "1001"})
		if err != nil {
			t.Fatal(err)
		}
		last := ""
		for {
			state, err := stream.Recv()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			last = state.GetState()
		}
		if last != "delivered" {
			t.Errorf("last state %q; want delivered", last)
		}
	})
	t.Run("client stream", func(t *testing.T) {
		stream, err := client.ImportProducts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := stream.Send(&shoppb.Product{Name: "Nail"}); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := stream.CloseAndRecv(); err != nil || got.GetImported() != 3 {
			t.Errorf("%v, %v; want 3 imported", got, err)
		}
	})
	t.Run("both ways", func(t *testing.T) {
		stream, err := client.Chat(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.Send(&shoppb.ChatMessage{Text: "hello"}); err != nil {
			t.Fatal(err)
		}
		if got, err := stream.Recv(); err != nil || got.GetText() != "You said: hello" {
			t.Errorf("%v, %v", got, err)
		}
		_ = stream.CloseSend()
		if _, err := stream.Recv(); err != io.EOF {
			t.Errorf("%v; want the end", err)
		}
	})
	t.Run("health", func(t *testing.T) {
		got, err := healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{})
		if err != nil || got.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("%v, %v; want SERVING", got, err)
		}
	})
}

func TestWebSocketEchoes(t *testing.T) {
	conn, _, err := websocket.Dial(t.Context(), "ws://"+start(t, 0)+"/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	if err := conn.Write(t.Context(), websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	for {
		_, message, err := conn.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if string(message) == "hello" {
			break
		}
	}
	if err := conn.Write(t.Context(), websocket.MessageText, []byte("bye")); err != nil {
		t.Fatal(err)
	}
	for {
		if _, _, err := conn.Read(t.Context()); err != nil {
			if websocket.CloseStatus(err) != websocket.StatusNormalClosure {
				t.Errorf("%v; want a normal close", err)
			}
			return
		}
	}
}

func TestGraphQL(t *testing.T) {
	address := start(t, 0)
	for _, c := range []struct {
		name, query, want string
		fails             bool
	}{
		{"query", `{ product(id: "p-1") { name priceCents } }`, `"Anvil"`, false},
		{"unknown product is null", `{ product(id: "p-99") { name } }`, `{"product":null}`, false},
		{"nested", `{ order(id: "1001") { user { name } products { name } } }`, `"Ada"`, false},
		{"mutation", `mutation { placeOrder(userId: "1", productId: "p-2", quantity: 2) { totalCents } }`, `4100`, false},
		{"unknown order is an error", `{ order(id: "1") { id } }`, "", true},
		{"unknown field", `{ nothing }`, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			body, err := json.Marshal(map[string]string{"query": c.query})
			if err != nil {
				t.Fatal(err)
			}
			response, err := http.Post("http://"+address+"/graphql", "application/json", strings.NewReader(string(body)))
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			var out struct {
				Data   json.RawMessage
				Errors []struct{ Message string }
			}
			if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
				t.Fatal(err)
			}
			if (len(out.Errors) > 0) != c.fails || !strings.Contains(string(out.Data), c.want) {
				t.Errorf("data %s, errors %v; want data with %q, errors %v", out.Data, out.Errors, c.want, c.fails)
			}
		})
	}
}

func TestOptionsOutOfRange(t *testing.T) {
	for _, options := range []shop.Options{{ErrorRate: 1.1}, {ErrorRate: -0.1}, {LatencyScale: -1}} {
		if _, err := shop.NewHandler(options); err == nil {
			t.Errorf("%+v was accepted", options)
		}
	}
}
