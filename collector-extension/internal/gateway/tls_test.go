package gateway_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/config/configtls"

	"github.com/mockforge/mockforge-observability-app/collector-extension/internal/gateway"
)

// overTLS makes the gateway listen with TLS, with the certificate of httptest.
func overTLS(t *testing.T) change {
	t.Helper()
	lender := httptest.NewTLSServer(nil)
	defer lender.Close()
	certificate := lender.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	write := func(name, kind string, bytes []byte) string {
		file := filepath.Join(directory, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	config := configtls.NewDefaultServerConfig()
	config.CertFile, config.KeyFile = write("cert.pem", "CERTIFICATE", certificate.Certificate[0]), write("key.pem", "PRIVATE KEY", key)
	return func(_ *gateway.Options, s *confighttp.ServerConfig) { s.TLS = configoptional.Some(config) }
}

// dialTLS sends a request of HTTP/1.1 over TLS.
func dialTLS(t *testing.T, address, request string) io.Reader {
	t.Helper()
	conn := tls.Client(dial(t, address), &tls.Config{InsecureSkipVerify: true})
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return conn
}

func isReset(err error) bool { return errors.Is(err, syscall.ECONNRESET) }
