package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// tries is how often a request is sent at most that the collector has no time or no database for.
const tries = 8

// control is the control API of a collector.
type control struct {
	url, tokenFile string
}

func (c *control) token() (string, error) {
	if c.tokenFile == "" {
		return os.Getenv("MOCKFORGE_TOKEN"), nil
	}
	content, err := os.ReadFile(c.tokenFile)
	return strings.TrimSpace(string(content)), err
}

// address returns where path and query are.
func (c *control) address(path string, query url.Values) (string, error) {
	at, err := url.Parse(c.url)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return "", fmt.Errorf("--url must be like http://127.0.0.1:4600, is %q", c.url)
	}
	at = at.JoinPath(path)
	at.RawQuery = query.Encode()
	return at.String(), nil
}

// send sends a request, again where the answer is that it is too early, and gives an answer that is good.
func (c *control) send(ctx context.Context, method, path string, query url.Values, mediaType string, body []byte) (*http.Response, error) {
	address, err := c.address(path, query)
	if err != nil {
		return nil, err
	}
	token, err := c.token()
	if err != nil {
		return nil, fmt.Errorf("--token-file: %w", err)
	}
	return backoff.Retry(ctx, func() (*http.Response, error) {
		r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(string(body)))
		if err != nil {
			return nil, backoff.Permanent(err)
		}
		if body != nil {
			r.Header.Set("Content-Type", mediaType)
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			return nil, backoff.Permanent(err)
		}
		if response.StatusCode < 300 {
			return response, nil
		}
		defer response.Body.Close()
		refused := refusal(response)
		if response.StatusCode == http.StatusServiceUnavailable || response.StatusCode == http.StatusGatewayTimeout {
			return nil, refused
		}
		return nil, backoff.Permanent(refused)
	}, backoff.WithMaxTries(tries), backoff.WithBackOff(&backoff.ExponentialBackOff{
		InitialInterval: 500 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 15 * time.Second,
	}), backoff.WithMaxElapsedTime(0))
}

// refusal is what an answer says that is none. Field and problem are in its detail.
func refusal(response *http.Response) error {
	body, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	var p api.Problem
	if json.Unmarshal(body, &p) == nil && p.Detail != "" {
		return fmt.Errorf("the collector answers %d: %s", response.StatusCode, p.Detail)
	}
	return fmt.Errorf("the collector answers %s", response.Status)
}
