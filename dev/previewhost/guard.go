package previewhost

import (
	"net"
	"net/http"
	"net/url"
)

// guard lets in only what this machine's browser sends from the host's own page: a name in the Host header other than
// loopback's is a foreign page that has rebound its DNS, and a foreign Origin is one that calls across.
func (h *Host) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !h.isOwn(r.Host) {
			refuse(w, http.StatusForbidden, "The preview host answers under its loopback address only")
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" {
			from, err := url.Parse(origin)
			if err != nil || from.Scheme != "http" || from.Host != r.Host {
				refuse(w, http.StatusForbidden, "origin not allowed")
				return
			}
		} else if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" && r.Method != http.MethodGet {
			refuse(w, http.StatusForbidden, "origin not allowed")
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("X-Frame-Options", "deny")
		w.Header().Set("Referrer-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// isOwn reports whether host names this host: a loopback address or localhost, with the port it listens on.
func (h *Host) isOwn(host string) bool {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		return false
	}
	_, own, err := net.SplitHostPort(h.listener.Addr().String())
	if err != nil || port != own {
		return false
	}
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}
