package previewhost

import (
	"encoding/json"
	"net/http"
)

// plain returns the settings that are no secret.
func (s *settings) plain() json.RawMessage {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.json
}

// instance returns the settings of a nested data source as Grafana's API shows it: which secrets are set, and none of them.
func (p *plugin) instance() map[string]any {
	p.settings.mu.RLock()
	defer p.settings.mu.RUnlock()
	fields := map[string]bool{}
	for name, value := range p.settings.secure {
		fields[name] = value != ""
	}
	return map[string]any{
		"id": 1, "uid": p.ID, "orgId": orgID, "name": p.Name, "type": p.ID, "access": "proxy", "url": "", "basicAuth": false,
		"isDefault": true, "readOnly": false, "version": 1, "jsonData": p.settings.json, "secureJsonFields": fields,
	}
}

// dataSourceOf returns the nested data source of a call by an admin, or nil where that was refused.
func (h *Host) dataSourceOf(w http.ResponseWriter, r *http.Request) *plugin {
	p := h.plugin(r.PathValue("id"))
	switch {
	case p == nil || p.Type != "datasource":
		refuse(w, http.StatusNotFound, "Data source not found")
		return nil
	case h.roleOf(r) != Admin:
		refuse(w, http.StatusForbidden, "You'll need additional permissions to perform this action. Permissions needed: datasources:write")
		return nil
	}
	return p
}

// serveDataSource answers GET /api/datasources/uid/{id}.
func (h *Host) serveDataSource(w http.ResponseWriter, r *http.Request) {
	if p := h.dataSourceOf(w, r); p != nil {
		answer(w, p.instance())
	}
}

// saveDataSource answers PUT /api/datasources/uid/{id}.
func (h *Host) saveDataSource(w http.ResponseWriter, r *http.Request) {
	p := h.dataSourceOf(w, r)
	if p == nil {
		return
	}
	var body struct {
		JSONData       json.RawMessage   `json:"jsonData"`
		SecureJSONData map[string]string `json:"secureJsonData"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyLimit)).Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, "bad request data")
		return
	}
	if err := p.settings.save(nil, nil, body.JSONData, body.SecureJSONData); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	answer(w, map[string]any{"message": "Datasource updated", "datasource": p.instance()})
}
