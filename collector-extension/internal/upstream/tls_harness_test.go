package upstream_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http/httptest"
	"sync"
	"testing"
)

// lent is the certificate of httptest, for 127.0.0.1 and example.com, and who trusts it.
var lent = sync.OnceValues(func() (tls.Certificate, *x509.CertPool) {
	lender := httptest.NewTLSServer(nil)
	defer lender.Close()
	trusted := x509.NewCertPool()
	trusted.AddCert(lender.Certificate())
	return lender.TLS.Certificates[0], trusted
})

// trusting is the configuration of a client that trusts the servers of these tests.
func trusting(testing.TB) *tls.Config {
	_, trusted := lent()
	return &tls.Config{RootCAs: trusted}
}

// serveTLS is serve with TLS, of which config says more; nil is the certificate alone.
func serveTLS(t *testing.T, config *tls.Config, talk func(n int, c net.Conn, r *bufio.Reader)) *server {
	t.Helper()
	if config == nil {
		config = &tls.Config{}
	}
	if config.Certificates == nil {
		certificate, _ := lent()
		config.Certificates = []tls.Certificate{certificate}
	}
	s := serveFrom(t, func(c net.Conn) net.Conn { return tls.Server(c, config) }, talk)
	s.scheme = "https://"
	return s
}

// tcp is the connection below TLS, where there is TLS.
func tcp(c net.Conn) *net.TCPConn {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	return c.(*net.TCPConn)
}
