package api

import (
	_ "embed"
	"net/http"
)

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI returns the OpenAPI 3.0 document of the control API, in YAML.
func OpenAPI() []byte { return append([]byte(nil), openAPI...) }

func (h *handler) getOpenAPI(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/yaml") // RFC 9512
	_, _ = w.Write(openAPI)                            // a client that is gone needs no answer
	return nil
}
