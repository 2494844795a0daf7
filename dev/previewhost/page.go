package previewhost

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
)

// page loads the boot data first, since Grafana's libraries read it while they load.
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>MockForge Observability</title>
<link rel="icon" href="/favicon.ico">
</head>
<body>
<div id="reactRoot"></div>
<script src="/boot.js"></script>
<script src="/public/build/main.js"></script>
</body>
</html>
`

// contentPolicy is near to what Grafana's documentation recommends; eval is for bundles built in development mode.
const contentPolicy = "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws:; worker-src 'self' blob:; frame-ancestors 'none'"

// servePage answers every address that is not of the API or of a file, since the page has its own routes.
func servePage(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "Method not allowed")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", contentPolicy)
	_, _ = w.Write([]byte(page))
}

// asset returns where the browser finds a file of a plugin.
func (p *plugin) asset(name string) string { return path.Join("/public/plugins", p.path, name) }

// bootPlugin is what the page needs to load a plugin.
type bootPlugin struct {
	Module  string          `json:"module"`
	BaseURL string          `json:"baseUrl"`
	JSON    json.RawMessage `json:"json"`
}

// serveBoot sends what Grafana's own page has in line: who the visitor is, the settings of the frontend, and what to load.
func (h *Host) serveBoot(w http.ResponseWriter, r *http.Request) {
	role := h.roleOf(r)
	h.settings.mu.RLock()
	jsonData := h.settings.json
	enabled, pinned := h.settings.enabled, h.settings.pinned
	h.settings.mu.RUnlock()

	plugins := make([]bootPlugin, 0, len(h.plugins))
	sources := map[string]any{}
	defaultSource := ""
	for i, p := range h.plugins {
		plugins = append(plugins, bootPlugin{Module: p.asset("module.js"), BaseURL: "public/plugins/" + p.path, JSON: p.document})
		if p.Type != "datasource" {
			continue
		}
		if defaultSource == "" {
			defaultSource = p.Name
		}
		sources[p.Name] = map[string]any{
			"id": i, "uid": p.ID, "type": p.ID, "name": p.Name, "access": "proxy", "readOnly": true,
			"isDefault": defaultSource == p.Name, "jsonData": p.settings.plain(), "url": "/api/datasources/proxy/uid/" + p.ID,
		}
	}
	boot := map[string]any{
		"settings": map[string]any{
			"buildInfo":         map[string]any{"version": grafanaVersion, "commit": "preview", "env": "production", "edition": "Open Source"},
			"datasources":       sources,
			"defaultDatasource": defaultSource,
			"panels":            map[string]any{},
			"apps":              map[string]any{h.app().ID: map[string]any{"id": h.app().ID, "path": h.app().asset("module.js"), "version": h.app().Info.Version, "preload": false}},
			"appUrl":            h.URL() + "/",
			"appSubUrl":         "",
			"namespace":         "default",
			"liveEnabled":       true,
			"featureToggles":    map[string]bool{},
		},
		"user": map[string]any{
			"isSignedIn": true, "id": 1, "login": role.login(), "name": string(role), "email": role.user().GetEmail(),
			"orgId": orgID, "orgName": "Preview", "orgRole": string(role), "isGrafanaAdmin": role == Admin, "orgCount": 1,
			"timezone": "browser", "weekStart": "browser", "regionalFormat": "en-US", "language": "en-US",
			"permissions": map[string]bool{}, "theme": "dark", "lightTheme": false,
		},
		"navTree": []any{},
		"assets":  map[string]string{},
	}
	host := map[string]any{
		"plugins": plugins, "role": role, "roles": []Role{Viewer, Editor, Admin}, "roleCookie": roleCookie,
		"app": map[string]any{"enabled": enabled, "pinned": pinned, "jsonData": jsonData},
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	encodedBoot, err := json.Marshal(boot)
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	encodedHost, err := json.Marshal(host)
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, "window.__grafana_public_path__ = '/public/';\nwindow.grafanaBootData = %s;\nwindow.previewHost = %s;\n", encodedBoot, encodedHost)
}
