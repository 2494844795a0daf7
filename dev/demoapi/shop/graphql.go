package shop

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/graph-gophers/graphql-go"
	"github.com/graph-gophers/graphql-go/relay"
)

const schema = `
type Query {
  "One product, or null."
  product(id: ID!): Product
  "The products whose name contains the text; all without one."
  products(name: String = ""): [Product!]!
  order(id: ID!): Order
}
type Mutation {
  "Stores an order of one product."
  placeOrder(userId: ID!, productId: ID!, quantity: Int!): Order!
}
type Product { id: ID! name: String! priceCents: Int! stock: Int! }
type Order { id: ID! state: String! totalCents: Int! user: User products: [Product!]! }
type User { id: ID! name: String! email: String! }
`

func newGraphQL(c *catalog, w weather) http.Handler {
	parsed := graphql.MustParseSchema(schema, &graphQLShop{catalog: c, weather: w}, graphql.UseFieldResolvers(), graphql.MaxDepth(10))
	handler := &relay.Handler{Schema: parsed}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxJSONBytes)
		handler.ServeHTTP(w, r)
	})
}

// graphQLShop is the GraphQL face of the shop: the root resolver.
type graphQLShop struct {
	catalog *catalog
	weather weather
}

type productNode struct {
	ID                graphql.ID
	Name              string
	PriceCents, Stock int32
}

type userNode struct {
	ID          graphql.ID
	Name, Email string
}

type orderNode struct {
	ID         graphql.ID
	State      string
	TotalCents int32
	User       *userNode
	Products   []productNode
}

var errStorage = errors.New("the shop's storage did not answer")

func (s *graphQLShop) usual(ctx context.Context, median time.Duration) error {
	if err := s.weather.wait(ctx, median); err != nil {
		return err
	}
	if s.weather.fails(1) {
		return errStorage
	}
	return nil
}

// Product resolves Query.product.
func (s *graphQLShop) Product(ctx context.Context, args struct{ ID graphql.ID }) (*productNode, error) {
	if err := s.usual(ctx, 10*time.Millisecond); err != nil {
		return nil, err
	}
	p, ok := s.catalog.product(string(args.ID))
	if !ok {
		return nil, nil
	}
	node := productOf(p)
	return &node, nil
}

// Products resolves Query.products.
func (s *graphQLShop) Products(ctx context.Context, args struct{ Name string }) ([]productNode, error) {
	if err := s.usual(ctx, 18*time.Millisecond); err != nil {
		return nil, err
	}
	nodes := []productNode{}
	for _, p := range s.catalog.search(args.Name) {
		nodes = append(nodes, productOf(p))
	}
	return nodes, nil
}

// Order resolves Query.order. An unknown one is an error, unlike an unknown product, so that both forms occur.
func (s *graphQLShop) Order(ctx context.Context, args struct{ ID graphql.ID }) (*orderNode, error) {
	if err := s.usual(ctx, 14*time.Millisecond); err != nil {
		return nil, err
	}
	o, ok := s.catalog.order(string(args.ID))
	if !ok {
		return nil, errors.New("no such order")
	}
	return s.orderOf(o), nil
}

// PlaceOrder resolves Mutation.placeOrder.
func (s *graphQLShop) PlaceOrder(ctx context.Context, args struct {
	UserID    graphql.ID
	ProductID graphql.ID
	Quantity  int32
},
) (*orderNode, error) {
	if err := s.usual(ctx, 35*time.Millisecond); err != nil {
		return nil, err
	}
	p, ok := s.catalog.product(string(args.ProductID))
	if !ok || args.Quantity < 1 || args.Quantity > 1000 {
		return nil, errors.New("an order needs a known product and a quantity of 1 to 1000")
	}
	return s.orderOf(s.catalog.place(string(args.UserID), []item{{ProductID: p.ID, Quantity: args.Quantity}})), nil
}

func productOf(p product) productNode {
	return productNode{ID: graphql.ID(p.ID), Name: p.Name, PriceCents: int32(p.PriceCents), Stock: p.Stock}
}

func (s *graphQLShop) orderOf(o order) *orderNode {
	node := &orderNode{ID: graphql.ID(o.ID), State: o.State, TotalCents: int32(o.TotalCents), Products: []productNode{}}
	if u, ok := s.catalog.user(o.UserID); ok {
		node.User = &userNode{ID: graphql.ID(u.ID), Name: u.Name, Email: u.Email}
	}
	for _, it := range o.Items {
		if p, ok := s.catalog.product(it.ProductID); ok {
			node.Products = append(node.Products, productOf(p))
		}
	}
	return node
}
