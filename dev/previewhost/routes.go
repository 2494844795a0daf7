package previewhost

import (
	"encoding/json"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// bodyLimit bounds what a browser may send in one request, in bytes.
const bodyLimit = 16 << 20

// routes returns the parts of Grafana's HTTP API that a plugin uses, and the page.
func (h *Host) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/plugins/{id}/resources/{path...}", h.callResource)
	mux.HandleFunc("GET /api/plugins/{id}/health", h.checkHealth)
	mux.HandleFunc("GET /api/plugins/{id}/settings", h.serveSettings)
	mux.HandleFunc("POST /api/plugins/{id}/settings", h.saveSettings)
	mux.HandleFunc("/api/datasources/uid/{id}/resources/{path...}", h.callResource)
	mux.HandleFunc("GET /api/datasources/uid/{id}/health", h.checkHealth)
	mux.HandleFunc("POST /api/ds/query", h.queryData)
	mux.HandleFunc("GET /api/live/ws", h.serveLive)
	mux.HandleFunc("GET /api/search", h.serveSearch)
	mux.HandleFunc("GET /api/dashboards/uid/{uid}", h.serveDashboard)
	mux.HandleFunc("GET /api/datasources/uid/{id}", h.serveDataSource)
	mux.HandleFunc("PUT /api/datasources/uid/{id}", h.saveDataSource)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound, "Not found") })

	mux.HandleFunc("GET /public/plugins/{id}/{path...}", h.servePlugin)
	mux.HandleFunc("GET /public/build/img/icons/{kind}/{name}", h.serveIcon)
	mux.Handle("GET /public/build/", http.StripPrefix("/public/build/", files(h.web)))
	mux.HandleFunc("GET /public/", http.NotFound)
	mux.HandleFunc("GET /boot.js", h.serveBoot)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, h.app().asset(h.app().Info.Logos.Small), http.StatusFound)
	})
	mux.HandleFunc("/", servePage)
	return mux
}

// servePlugin serves the files of a built plugin, without its executables.
func (h *Host) servePlugin(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.PathValue("path"))
	if r.PathValue("id") != h.app().ID || strings.HasPrefix(name, "gpx_") || strings.HasPrefix(name, ".") {
		http.NotFound(w, r)
		return
	}
	http.StripPrefix("/public/plugins/"+h.app().ID+"/", files(h.app().folder)).ServeHTTP(w, r)
}

// serveIcon serves an icon of @grafana/ui, or a plain dot for one that Grafana has and npm does not.
func (h *Host) serveIcon(w http.ResponseWriter, r *http.Request) {
	icons := filepath.Join(h.web, "img", "icons")
	file := filepath.Join(icons, filepath.Base(r.PathValue("kind")), filepath.Base(r.PathValue("name")))
	if _, err := os.Stat(file); err != nil {
		file = filepath.Join(icons, "unicons", "fallback.svg")
	}
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeFile(w, r, file)
}

// files serves a folder without listings, and asks browsers to check for newer ones every time.
func files(folder string) http.Handler {
	server := http.FileServer(http.Dir(filepath.Clean(folder)))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "" || strings.HasSuffix(r.URL.Path, "/") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		server.ServeHTTP(w, r)
	})
}

// answer sends a JSON document.
func answer(w http.ResponseWriter, document any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(document)
}

// refuse sends an error in the form of Grafana's own.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
}
