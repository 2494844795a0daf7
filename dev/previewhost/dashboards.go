package previewhost

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
)

// dashboardsFolder has the provisioned dashboards, from the repository's root on.
const dashboardsFolder = "provisioning/grafana/dashboards"

// dashboard is a provisioned dashboard as the host lists it.
type dashboard struct {
	UID   string   `json:"uid"`
	Title string   `json:"title"`
	Tags  []string `json:"tags"`
	URL   string   `json:"url"`
	// document is the whole.
	document json.RawMessage
}

// dashboards reads the folder anew each time, so that an edited dashboard shows after a reload. Those that use none but
// the app's own data sources are listed: the host has no others.
func (h *Host) dashboards() []dashboard {
	files, err := filepath.Glob(filepath.Join(h.dashboardsFolder, "*.json"))
	if err != nil {
		return nil
	}
	var found []dashboard
	for _, file := range files {
		document, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		d := dashboard{document: document}
		if err := json.Unmarshal(document, &d); err != nil || d.UID == "" {
			h.logger.Warn("A dashboard cannot be read", "file", file, "error", err)
			continue
		}
		if h.canShow(document) {
			d.URL = "/d/" + d.UID
			found = append(found, d)
		}
	}
	return found
}

// canShow reports whether every data source that the panels of a dashboard name is one of the host's.
func (h *Host) canShow(document []byte) bool {
	var content struct {
		Panels []struct {
			DataSource *struct {
				UID string `json:"uid"`
			} `json:"datasource"`
		} `json:"panels"`
	}
	if err := json.Unmarshal(document, &content); err != nil {
		return false
	}
	for _, panel := range content.Panels {
		if panel.DataSource != nil && h.plugin(panel.DataSource.UID) == nil {
			return false
		}
	}
	return true
}

// serveSearch answers GET /api/search with the dashboards.
func (h *Host) serveSearch(w http.ResponseWriter, _ *http.Request) {
	found := h.dashboards()
	if found == nil {
		found = []dashboard{}
	}
	answer(w, found)
}

// serveDashboard answers GET /api/dashboards/uid/{uid}.
func (h *Host) serveDashboard(w http.ResponseWriter, r *http.Request) {
	for _, d := range h.dashboards() {
		if d.UID == r.PathValue("uid") {
			answer(w, map[string]any{"dashboard": d.document, "meta": map[string]any{"url": d.URL, "provisioned": true}})
			return
		}
	}
	refuse(w, http.StatusNotFound, "Dashboard not found")
}
