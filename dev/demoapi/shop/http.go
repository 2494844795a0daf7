package shop

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	maxJSONBytes   = 1 << 20
	maxUploadBytes = 32 << 20
	// demoPassword is the password of every demo user. It protects nothing: it is here so that logins can fail.
	demoPassword = "demo"
)

// httpShop is the REST face of the shop.
type httpShop struct {
	catalog *catalog
	weather weather
}

func (s *httpShop) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, map[string]string{"status": "ok"}) })
	mux.HandleFunc("POST /auth/login", s.usual(20*time.Millisecond, 0.5, s.login))
	mux.HandleFunc("GET /users", s.usual(15*time.Millisecond, 1, s.listUsers))
	mux.HandleFunc("GET /users/{id}", s.usual(8*time.Millisecond, 1, s.getUser))
	mux.HandleFunc("GET /products", s.usual(12*time.Millisecond, 1, s.listProducts))
	mux.HandleFunc("GET /products/{id}", s.usual(6*time.Millisecond, 1, s.getProduct))
	mux.HandleFunc("GET /orders/{id}", s.usual(10*time.Millisecond, 1, s.getOrder))
	mux.HandleFunc("GET /orders/{id}/items", s.usual(14*time.Millisecond, 1, s.getItems))
	mux.HandleFunc("POST /orders", s.usual(35*time.Millisecond, 3, s.placeOrder))
	mux.HandleFunc("POST /payments", s.usual(60*time.Millisecond, 2, s.pay))
	mux.HandleFunc("GET /search", s.usual(40*time.Millisecond, 1, s.search))
	mux.HandleFunc("POST /uploads", s.usual(20*time.Millisecond, 1, s.upload))
	mux.HandleFunc("GET /reports/{name}", s.usual(700*time.Millisecond, 1, s.report))
	mux.HandleFunc("GET /events", s.events)
}

// usual gives an endpoint its latency and its share of organic failures.
func (s *httpShop) usual(median time.Duration, failures float64, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.weather.wait(r.Context(), median) != nil {
			return
		}
		if s.weather.fails(failures) {
			writeError(w, http.StatusInternalServerError, "the shop's storage did not answer")
			return
		}
		next(w, r)
	}
}

func (s *httpShop) login(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	if in.Username == "" || in.Password != demoPassword {
		writeError(w, http.StatusUnauthorized, "unknown user or wrong password")
		return
	}
	sum := sha256.Sum256([]byte("demo token of " + in.Username))
	token := hex.EncodeToString(sum[:])
	http.SetCookie(w, &http.Cookie{Name: "session", Value: token[:32], Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	writeJSON(w, http.StatusOK, map[string]string{"token": token, "user": in.Username})
}

func (s *httpShop) listUsers(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"users": s.catalog.users})
}

func (s *httpShop) getUser(w http.ResponseWriter, r *http.Request) {
	u, ok := s.catalog.user(r.PathValue("id"))
	if !ok {
		writeError(w, http.StatusNotFound, "no such user")
		return
	}
	writeJSON(w, http.StatusOK, u)
}

func (s *httpShop) listProducts(w http.ResponseWriter, r *http.Request) {
	limit := len(s.catalog.products)
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			writeError(w, http.StatusBadRequest, "limit must be a positive number")
			return
		}
		limit = min(n, limit)
	}
	writeJSON(w, http.StatusOK, map[string]any{"products": s.catalog.products[:limit]})
}

func (s *httpShop) getProduct(w http.ResponseWriter, r *http.Request) {
	p, ok := s.catalog.product(r.PathValue("id"))
	if !ok {
		writeError(w, http.StatusNotFound, "no such product")
		return
	}
	writeJSON(w, http.StatusOK, p)
}

func (s *httpShop) getOrder(w http.ResponseWriter, r *http.Request) {
	o, ok := s.catalog.order(r.PathValue("id"))
	if !ok {
		writeError(w, http.StatusNotFound, "no such order")
		return
	}
	writeJSON(w, http.StatusOK, o)
}

func (s *httpShop) getItems(w http.ResponseWriter, r *http.Request) {
	o, ok := s.catalog.order(r.PathValue("id"))
	if !ok {
		writeError(w, http.StatusNotFound, "no such order")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"items": o.Items})
}

func (s *httpShop) placeOrder(w http.ResponseWriter, r *http.Request) {
	var in struct {
		UserID string `json:"user_id"`
		Items  []item `json:"items"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	if _, ok := s.catalog.user(in.UserID); !ok || len(in.Items) == 0 || len(in.Items) > 100 {
		writeError(w, http.StatusUnprocessableEntity, "an order needs a known user_id and 1 to 100 items")
		return
	}
	o := s.catalog.place(in.UserID, in.Items)
	w.Header().Set("Location", "/orders/"+o.ID)
	writeJSON(w, http.StatusCreated, o)
}

// pay always fails for cards that end in 0: the demo's reason to retry in vain.
func (s *httpShop) pay(w http.ResponseWriter, r *http.Request) {
	var in struct {
		OrderID string `json:"order_id"`
		Card    string `json:"card"`
	}
	if !readJSON(w, r, &in) {
		return
	}
	switch {
	case in.Card == "":
		writeError(w, http.StatusUnprocessableEntity, "a payment needs a card")
	case strings.HasSuffix(in.Card, "0"):
		writeError(w, http.StatusBadGateway, "the card's bank did not answer")
	default:
		writeJSON(w, http.StatusCreated, map[string]string{"order_id": in.OrderID, "state": "paid"})
	}
}

func (s *httpShop) search(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query().Get("q")
	if q == "" || len(q) > 200 {
		writeError(w, http.StatusBadRequest, "q must have 1 to 200 characters")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"query": q, "products": s.catalog.search(q)})
}

func (s *httpShop) upload(w http.ResponseWriter, r *http.Request) {
	hash := sha256.New()
	n, err := io.Copy(hash, http.MaxBytesReader(w, r.Body, maxUploadBytes))
	if err != nil {
		writeError(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("an upload has at most %d bytes", maxUploadBytes))
		return
	}
	writeJSON(w, http.StatusCreated, map[string]any{"bytes": n, "sha256": hex.EncodeToString(hash.Sum(nil))})
}

// report is the slow endpoint. It streams CSV, one row at a time, and says in a trailer how many there were.
func (s *httpShop) report(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Trailer", "X-Row-Count")
	fmt.Fprintln(w, "product_id,name,stock")
	for _, p := range s.catalog.products {
		fmt.Fprintf(w, "%s,%s,%d\n", p.ID, p.Name, p.Stock)
		_ = http.NewResponseController(w).Flush()
		if s.weather.wait(r.Context(), 15*time.Millisecond) != nil {
			return
		}
	}
	w.Header().Set("X-Row-Count", strconv.Itoa(len(s.catalog.products)))
}

func readJSON(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxJSONBytes)).Decode(into); err != nil {
		writeError(w, http.StatusBadRequest, "the body is not the expected JSON")
		return false
	}
	return true
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"error": message})
}
