package gateway

import (
	"net/http"
	"slices"
)

// copyHeader is Clone of http.Header, which goes through the header twice. Most names have one value.
func copyHeader(header http.Header) http.Header {
	if header == nil {
		return nil
	}
	out, values := make(http.Header, len(header)), make([]string, 0, len(header))
	for name, list := range header {
		switch begin := len(values); {
		case list == nil:
			out[name] = nil
		case len(list) <= cap(values)-begin:
			values = append(values, list...)
			out[name] = values[begin:len(values):len(values)]
		default:
			out[name] = slices.Clone(list)
		}
	}
	return out
}
