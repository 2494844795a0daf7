package shop

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// maxOrders bounds what callers can make the demo remember; the oldest orders go first.
const maxOrders = 10_000

type user struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

type product struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	PriceCents int64  `json:"price_cents"`
	Stock      int32  `json:"stock"`
}

type item struct {
	ProductID string `json:"product_id"`
	Quantity  int32  `json:"quantity"`
}

type order struct {
	ID         string `json:"id"`
	UserID     string `json:"user_id"`
	State      string `json:"state"`
	TotalCents int64  `json:"total_cents"`
	Items      []item `json:"items"`
}

// catalog is the shop's data, in memory: the same for every start.
type catalog struct {
	mu       sync.RWMutex
	users    []user
	products []product
	orders   map[string]order
	ids      []string
	next     int
}

func newCatalog() *catalog {
	c := &catalog{orders: map[string]order{}, next: 1001}
	for i, name := range []string{"Ada", "Grace", "Edsger", "Barbara", "Donald", "Margaret", "Alan", "Radia", "Leslie", "Frances"} {
		c.users = append(c.users, user{ID: fmt.Sprint(i + 1), Name: name, Email: strings.ToLower(name) + "@example.com"})
	}
	for i, name := range []string{"Anvil", "Hammer", "Tongs", "Bellows", "Chisel", "Rasp", "Apron", "Quench tank", "Swage block", "Vise"} {
		c.products = append(c.products, product{ID: fmt.Sprintf("p-%d", i+1), Name: name, PriceCents: int64(1200 + 850*i), Stock: int32(3 * i)})
	}
	for i := range 50 {
		c.place(c.users[i%len(c.users)].ID, []item{{ProductID: c.products[i%len(c.products)].ID, Quantity: int32(1 + i%3)}})
	}
	return c
}

func (c *catalog) user(id string) (user, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	i := slices.IndexFunc(c.users, func(u user) bool { return u.ID == id })
	if i < 0 {
		return user{}, false
	}
	return c.users[i], true
}

func (c *catalog) product(id string) (product, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	i := slices.IndexFunc(c.products, func(p product) bool { return p.ID == id })
	if i < 0 {
		return product{}, false
	}
	return c.products[i], true
}

func (c *catalog) search(text string) []product {
	c.mu.RLock()
	defer c.mu.RUnlock()
	found := []product{}
	for _, p := range c.products {
		if strings.Contains(strings.ToLower(p.Name), strings.ToLower(text)) {
			found = append(found, p)
		}
	}
	return found
}

func (c *catalog) order(id string) (order, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	o, ok := c.orders[id]
	return o, ok
}

// place stores an order of known products; unknown ones count nothing.
func (c *catalog) place(userID string, items []item) order {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := order{ID: fmt.Sprint(c.next), UserID: userID, State: "placed", Items: items}
	c.next++
	for _, it := range items {
		for _, p := range c.products {
			if p.ID == it.ProductID {
				o.TotalCents += p.PriceCents * int64(it.Quantity)
			}
		}
	}
	c.orders[o.ID] = o
	c.ids = append(c.ids, o.ID)
	if len(c.ids) > maxOrders {
		delete(c.orders, c.ids[0])
		c.ids = c.ids[1:]
	}
	return o
}
