package plugin

import (
	"encoding/json"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// unconfigured answers every call of a reader with 503 and a problem document that says what is wrong with the settings.
func unconfigured(reason error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := (access{}).actor(r); err != nil {
			refuse(w, http.StatusForbidden, err.Error(), "")
			return
		}
		refuse(w, http.StatusServiceUnavailable, reason.Error(), "not_configured")
	})
}

// refuse writes a problem document as the control API does; code tells apart what has the same status.
func refuse(w http.ResponseWriter, status int, detail, code string) {
	body, err := json.Marshal(struct {
		api.Problem
		Code string `json:"code,omitempty"`
	}{api.Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}, code})
	if err != nil {
		http.Error(w, detail, status)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone needs no answer
}
