package grafanahttp

import (
	"context"
	"net/http"
	"strings"

	"github.com/grafana/grafana-plugin-sdk-go/backend/httpclient"

	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote"
)

// TokenKey is the name of the bearer token of a collector's control API among the secure settings.
const TokenKey = "token"

// settings are what an app and a data source are made with.
type settings interface {
	HTTPClientOptions(ctx context.Context) (httpclient.Options, error)
}

// Open makes a store of a collector from settings.
func Open(ctx context.Context, from settings, address, token string) (*remote.Store, error) {
	options, err := from.HTTPClientOptions(ctx)
	if err != nil {
		return nil, err
	}
	// Those that measure and bound answers would take a WebSocket for one.
	options.Middlewares = []httpclient.Middleware{httpclient.BasicAuthenticationMiddleware(), httpclient.CustomHeadersMiddleware()}
	client, err := httpclient.New(options)
	if err != nil {
		return nil, err
	}
	// A redirect would carry the token elsewhere.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return remote.Open(address, strings.TrimSpace(token), client)
}
