package exchange

import (
	"cmp"
	"net/http"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// Describe notes what recordings show of a request of HTTP.
func (x *Exchange) Describe(r *http.Request) {
	if !x.Captured {
		return
	}
	rec := x.rec
	rec.Scheme = "http"
	if r.TLS != nil || r.URL.Scheme == "https" {
		rec.Scheme = "https"
	}
	rec.Host, rec.HTTPVersion, rec.ClientIP = r.Host, r.Proto, Host(r.RemoteAddr)
	target := r.RequestURI
	if target == "" {
		target = r.URL.RequestURI() // of a request that is sent
	}
	rec.Target = recording.Target(recording.OriginForm(target))
	rec.QueryParams = rec.Target.Parameters()
	rec.Host = cmp.Or(rec.Host, r.URL.Host)
}
