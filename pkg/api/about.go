package api

import "net/http"

// About says who answers, for those who want to know what they are connected to.
type About struct {
	// Name is that of the collector, Build its version; both are empty where Grafana answers.
	Name  string `json:"name,omitempty"`
	Build string `json:"build,omitempty"`
	// Storage is nil where nothing outlives the process.
	Storage *Storage `json:"storage,omitempty"`
}

// Storage is where recordings and scenarios are.
type Storage struct {
	// Type is the name of the product, such as PostgreSQL.
	Type string `json:"type"`
	// Version is the product's own; it and SchemaVersion are empty where Problem says why.
	Version       string `json:"version,omitempty"`
	SchemaVersion int64  `json:"schema_version,omitempty"`
	// Problem is a sentence without names of hosts and users; empty where the storage answers.
	Problem string `json:"problem,omitempty"`
}

// StorageOf describes a storage of which server asks; what a driver says is not passed on.
func StorageOf(product string, server func() (version string, schema int64, err error)) *Storage {
	version, schema, err := server()
	if err != nil {
		return &Storage{Type: product, Problem: problemOf(err).Detail}
	}
	return &Storage{Type: product, Version: version, SchemaVersion: schema}
}

func (h *handler) getAbout(w http.ResponseWriter, r *http.Request) error {
	if h.About == nil {
		return unavailable("descriptions")
	}
	return writeJSON(w, http.StatusOK, h.About(r.Context()))
}
