package previewhost

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
)

// orgID is the one organisation of the host.
const orgID = 1

// settings are the app's settings, in memory. Secrets go in, and to the backend, and never out to a browser.
type settings struct {
	mu      sync.RWMutex
	enabled bool
	pinned  bool
	json    json.RawMessage
	secure  map[string]string
	updated time.Time
}

func newSettings(options Options) *settings {
	s := &settings{enabled: true, pinned: true, json: json.RawMessage(`{}`), secure: map[string]string{}, updated: time.Now()}
	for name, secret := range map[string]string{"dsn": options.DSN, "token": options.Token} {
		if secret != "" {
			s.secure[name] = secret
		}
	}
	if options.CollectorURL != "" {
		s.json, _ = json.Marshal(map[string]string{"collectorUrl": options.CollectorURL}) // A string has no errors.
	}
	return s
}

// forApp returns what the app's backend gets.
func (s *settings) forApp() *pluginv2.AppInstanceSettings {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &pluginv2.AppInstanceSettings{
		JsonData: s.json, DecryptedSecureJsonData: maps.Clone(s.secure), LastUpdatedMS: s.updated.UnixMilli(),
	}
}

// forDataSource returns what the backend of a nested data source gets.
func (s *settings) forDataSource(p *plugin) *pluginv2.DataSourceInstanceSettings {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return &pluginv2.DataSourceInstanceSettings{
		Id:  1, //nolint:staticcheck // a backend may still look at it
		Uid: p.ID, Name: p.Name, JsonData: s.json, DecryptedSecureJsonData: maps.Clone(s.secure),
		LastUpdatedMS: s.updated.UnixMilli(),
	}
}

// pluginContext returns what Grafana tells a backend with every call.
func (h *Host) pluginContext(p *plugin, role Role) *pluginv2.PluginContext {
	call := &pluginv2.PluginContext{
		OrgId:         orgID,
		PluginId:      p.ID,
		PluginVersion: p.Info.Version,
		User:          role.user(),
		UserAgent:     "Grafana/" + grafanaVersion,
		Namespace:     "default",
		GrafanaConfig: map[string]string{"GF_APP_URL": h.URL() + "/"},
	}
	if p.Type == "datasource" {
		call.DataSourceInstanceSettings = p.settings.forDataSource(p)
	} else {
		call.AppInstanceSettings = h.settings.forApp()
	}
	return call
}

// serveSettings answers GET /api/plugins/{id}/settings: which secrets are set, and none of them.
func (h *Host) serveSettings(w http.ResponseWriter, r *http.Request) {
	p := h.plugin(r.PathValue("id"))
	if p == nil {
		refuse(w, http.StatusNotFound, "Plugin not found")
		return
	}
	h.settings.mu.RLock()
	defer h.settings.mu.RUnlock()
	fields := map[string]bool{}
	for name, value := range h.settings.secure {
		fields[name] = value != ""
	}
	var document struct {
		Info         json.RawMessage `json:"info"`
		Includes     json.RawMessage `json:"includes"`
		Dependencies json.RawMessage `json:"dependencies"`
	}
	_ = json.Unmarshal(p.document, &document)
	answer(w, map[string]any{
		"name": p.Name, "type": p.Type, "id": p.ID,
		"enabled": h.settings.enabled, "pinned": h.settings.pinned,
		"module": "public/plugins/" + p.path + "/module.js", "baseUrl": "public/plugins/" + p.path,
		"info": document.Info, "includes": document.Includes, "dependencies": document.Dependencies,
		"jsonData": h.settings.json, "secureJsonFields": fields,
		"signature": "unsigned", "state": "", "hasUpdate": false,
	})
}

// saveSettings answers POST /api/plugins/{id}/settings, for admins as in Grafana.
func (h *Host) saveSettings(w http.ResponseWriter, r *http.Request) {
	switch {
	case h.plugin(r.PathValue("id")) != h.app():
		refuse(w, http.StatusNotFound, "Plugin not found")
		return
	case h.roleOf(r) != Admin:
		refuse(w, http.StatusForbidden, "You'll need additional permissions to perform this action. Permissions needed: plugins:write")
		return
	}
	var body struct {
		Enabled        *bool             `json:"enabled"`
		Pinned         *bool             `json:"pinned"`
		JSONData       json.RawMessage   `json:"jsonData"`
		SecureJSONData map[string]string `json:"secureJsonData"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, bodyLimit)).Decode(&body); err != nil {
		refuse(w, http.StatusBadRequest, "bad request data")
		return
	}
	if err := h.settings.save(body.Enabled, body.Pinned, body.JSONData, body.SecureJSONData); err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	answer(w, map[string]string{"message": "Plugin settings updated"})
}

func (s *settings) save(enabled, pinned *bool, plain json.RawMessage, secure map[string]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(plain) > 0 && string(plain) != "null" {
		var object map[string]any
		if json.Unmarshal(plain, &object) != nil {
			return errors.New("jsonData: must be an object")
		}
		s.json = plain
	}
	if enabled != nil {
		s.enabled = *enabled
	}
	if pinned != nil {
		s.pinned = *pinned
	}
	maps.Copy(s.secure, secure)
	// The SDK makes a new instance where this changed, by the millisecond.
	s.updated = time.UnixMilli(max(time.Now().UnixMilli(), s.updated.UnixMilli()+1))
	return nil
}
