package shop

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// events streams server-sent events, one a second: ?count ends it after so many, else the client does.
func (s *httpShop) events(w http.ResponseWriter, r *http.Request) {
	count := -1
	if text := r.URL.Query().Get("count"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			writeError(w, http.StatusBadRequest, "count must be a positive number")
			return
		}
		count = n
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	for i := 1; count < 0 || i <= count; i++ {
		p := s.catalog.products[i%len(s.catalog.products)]
		fmt.Fprintf(w, "id: %d\nevent: stock\ndata: {\"product_id\":%q,\"stock\":%d}\n\n", i, p.ID, p.Stock)
		if control.Flush() != nil {
			return
		}
		if i != count && s.weather.wait(r.Context(), time.Second) != nil {
			return
		}
		if r.Context().Err() != nil {
			return
		}
	}
}
