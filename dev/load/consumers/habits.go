package consumers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"github.com/mockforge/mockforge-observability-app/dev/demoapi/shoppb"
)

// browse is a person in the web shop: a list, a product, sometimes an order, now and then a picture sent up.
func browse(ctx context.Context, s *session) {
	switch n := rand.IntN(10); {
	case n < 6:
		s.get(ctx, "/products?limit=5")
		s.get(ctx, fmt.Sprintf("/products/p-%d", 1+rand.IntN(10)))
		s.get(ctx, fmt.Sprintf("/search?q=%s", []string{"anvil", "ham", "vise", "gold"}[rand.IntN(4)]))
	case n < 9:
		order := fmt.Sprint(1001 + rand.IntN(52)) // two of them may not exist yet: an organic 404
		s.get(ctx, "/orders/"+order)
		s.get(ctx, "/orders/"+order+"/items")
		s.postJSON(ctx, "/orders", fmt.Sprintf(`{"user_id":"%d","items":[{"product_id":"p-%d","quantity":1}]}`, 1+rand.IntN(10), 1+rand.IntN(10)))
	default:
		s.do(ctx, http.MethodPost, "/uploads", "application/octet-stream", bytes.NewReader(make([]byte, 1+rand.IntN(16<<10))))
	}
}

// graphQLScreen is the mobile app: one query per screen, at times a mutation, at times a query for what is not there.
func graphQLScreen(ctx context.Context, s *session) {
	graphQL(ctx, s, "ProductList", `query ProductList($name: String) { products(name: $name) { id name priceCents } }`, map[string]any{"name": ""})
	switch rand.IntN(5) {
	case 0:
		graphQL(ctx, s, "Buy", `mutation Buy($product: ID!) { placeOrder(userId: "3", productId: $product, quantity: 1) { id totalCents } }`,
			map[string]any{"product": fmt.Sprintf("p-%d", 1+rand.IntN(10))})
	case 1:
		graphQL(ctx, s, "OrderStatus", `query OrderStatus($id: ID!) { order(id: $id) { state user { name } } }`,
			map[string]any{"id": fmt.Sprint(1000 + rand.IntN(20))})
	default:
		graphQL(ctx, s, "ProductDetail", `query ProductDetail($id: ID!) { product(id: $id) { name stock } }`,
			map[string]any{"id": fmt.Sprintf("p-%d", 1+rand.IntN(10))})
	}
}

func graphQL(ctx context.Context, s *session, operation, query string, variables map[string]any) {
	body, err := json.Marshal(map[string]any{"operationName": operation, "query": query, "variables": variables})
	if err != nil {
		return
	}
	s.postJSON(ctx, "/graphql", string(body))
}

// grpcBatch is a partner that works through products by gRPC, with a stream now and then.
func grpcBatch(ctx context.Context, s *session) {
	client := shoppb.NewShopClient(s.grpc)
	for range 2 {
		call, cancel := s.rpcContext(ctx)
		_, _ = client.GetProduct(call, &shoppb.GetProductRequest{Id: fmt.Sprintf("p-%d", 1+rand.IntN(11))})
		cancel()
	}
	call, cancel := s.rpcContext(ctx)
	defer cancel()
	if rand.IntN(4) > 0 {
		_, _ = client.PlaceOrder(call, &shoppb.PlaceOrderRequest{UserId: "7", ProductId: fmt.Sprintf("p-%d", 1+rand.IntN(10)), Quantity: 2})
		return
	}
	stream, err := client.WatchOrder(call, &shoppb.WatchOrderRequest{OrderId: fmt.Sprint(1001 + rand.IntN(40))})
	if err != nil {
		return
	}
	for {
		if _, err := stream.Recv(); err != nil {
			return
		}
	}
}

// loginThenUsers always calls /auth/login before /users.
func loginThenUsers(ctx context.Context, s *session) {
	status, body := s.postJSON(ctx, "/auth/login", `{"username":"ada","password":"demo"}`)
	if status != http.StatusOK {
		return
	}
	var answer struct {
		Token string `json:"token"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return
	}
	s.token = answer.Token
	s.get(ctx, fmt.Sprintf("/users/%d", 1+rand.IntN(10)))
}

// payAndRetry tries a payment again, three times, after each failure; one card in six never works.
func payAndRetry(ctx context.Context, s *session) {
	card := "4111111111111111"
	if rand.IntN(6) == 0 {
		card = "4111111111111110"
	}
	body := fmt.Sprintf(`{"order_id":"%d","card":"%s"}`, 1001+rand.IntN(50), card)
	for attempt := range 4 {
		if attempt > 0 && !pause(ctx, time.Duration(attempt)*150*time.Millisecond) {
			return
		}
		if status, _ := s.postJSON(ctx, "/payments", body); status != 0 && status < 500 {
			return
		}
	}
}

// report is a job that wakes up every so often, asks the slow endpoint, and reads a few lists in a burst.
func report(ctx context.Context, s *session) {
	s.get(ctx, "/reports/stock")
	for id := 1; id <= 5; id++ {
		s.get(ctx, fmt.Sprintf("/orders/%d/items", 1000+id))
	}
}

// webSocketTicks listens to prices for a few messages, and says a word itself.
func webSocketTicks(ctx context.Context, s *session) {
	s.count()
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws://"+s.base+"/ws", &websocket.DialOptions{
		HTTPClient: s.http, HTTPHeader: s.header(), Subprotocols: []string{"shop.v1"},
	})
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	if conn.Write(ctx, websocket.MessageText, []byte(`{"subscribe":"prices"}`)) != nil {
		return
	}
	for range 4 {
		if _, _, err := conn.Read(ctx); err != nil {
			return
		}
	}
	if conn.Write(ctx, websocket.MessageText, []byte("bye")) == nil {
		for {
			if _, _, err := conn.Read(ctx); err != nil {
				return
			}
		}
	}
}

// watchEvents follows the server-sent events of the stock for a few seconds.
func watchEvents(ctx context.Context, s *session) {
	s.do(ctx, http.MethodGet, "/events?count=3", "", nil)
}
