package plugin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend"
	"github.com/grafana/grafana-plugin-sdk-go/backend/httpclient"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/scenario"
	"github.com/mockforge/mockforge-observability-app/pkg/storage/remote"
)

const (
	// collectorTokenKey is the name of the bearer token of the collectors' control APIs among the secure settings.
	collectorTokenKey = "collectorToken"
	// collectorPatience is how long one collector may take; it waits for its own database for 2 s.
	collectorPatience = 5 * time.Second
	// maxCollectorAnswer is far more than a scenario takes.
	maxCollectorAnswer = 4 << 20
	// maxCollectors bounds how many are asked, all at once.
	maxCollectors = 100
)

// collectorAPIs are the collectors that are asked themselves where the database does not answer.
type collectorAPIs struct {
	urls   []string
	token  string
	client *http.Client
}

// collectorsFrom reads the settings: collectorUrls, and the token among the secure ones. With an error there are none.
func collectorsFrom(settings backend.AppInstanceSettings) (collectorAPIs, error) {
	var c collectorAPIs
	var data struct {
		CollectorURLs []string `json:"collectorUrls"`
	}
	if len(settings.JSONData) > 0 {
		if err := json.Unmarshal(settings.JSONData, &data); err != nil {
			return c, errors.New("collectorUrls must be a list of addresses such as http://collector:4600")
		}
	}
	for _, text := range data.CollectorURLs {
		if text = strings.TrimRight(strings.TrimSpace(text), "/"); text != "" {
			c.urls = append(c.urls, text)
		}
	}
	if len(c.urls) > maxCollectors {
		return collectorAPIs{}, fmt.Errorf("collectorUrls must have at most %d addresses, has %d", maxCollectors, len(c.urls))
	}
	c.token = strings.TrimSpace(settings.DecryptedSecureJSONData[collectorTokenKey])
	var err error
	c.client, err = httpclient.New(httpclient.Options{
		Timeouts: &httpclient.TimeoutOptions{Timeout: collectorPatience, DialTimeout: collectorPatience, TLSHandshakeTimeout: collectorPatience},
		// Stops are rare: a connection that is kept would be left over when the settings change.
		ConfigureTransport: func(_ httpclient.Options, transport *http.Transport) { transport.DisableKeepAlives = true },
	})
	if err != nil {
		return c, err
	}
	// A redirect would carry the token elsewhere.
	c.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return c, nil
}

// stopAnswer is what a collector answers.
type stopAnswer struct {
	scenario.Scenario
	Reach api.Reach `json:"reach"`
}

// send asks all collectors at once. Of those that are not reached the answer is nil.
func (c collectorAPIs) send(ctx context.Context, call collectorCall) ([]*stopAnswer, []api.ReachedCollector) {
	answers, reached := make([]*stopAnswer, len(c.urls)), make([]api.ReachedCollector, len(c.urls))
	var group sync.WaitGroup
	for i, address := range c.urls {
		group.Go(func() {
			base, err := remote.ParseURL(address)
			if err != nil {
				reached[i] = api.ReachedCollector{URL: redacted(address), Detail: err.Error()}
				return
			}
			answer, err := c.ask(ctx, base, call)
			reached[i] = api.ReachedCollector{URL: base.Redacted(), Reached: err == nil}
			if err != nil {
				reached[i].Detail = err.Error()
				return
			}
			answers[i] = &answer
			reached[i].Detail = answer.Reach.Detail
		})
	}
	group.Wait()
	return answers, reached
}

// redacted returns what may be shown of an address that is not one.
func redacted(address string) string {
	if u, err := url.Parse(address); err == nil {
		u.RawQuery, u.Fragment = "", ""
		return u.Redacted()
	}
	return "an address that cannot be read"
}

// ask sends the call to one collector. Its errors carry nothing of the token.
func (c collectorAPIs) ask(ctx context.Context, base *url.URL, call collectorCall) (stopAnswer, error) {
	var answer stopAnswer
	request, err := http.NewRequestWithContext(ctx, call.method, base.JoinPath(call.path).String(), bytes.NewReader(call.body))
	if err != nil {
		return answer, err
	}
	request.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.client.Do(request)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err
		}
		return answer, err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxCollectorAnswer))
	if err != nil {
		return answer, fmt.Errorf("its answer could not be read: %w", err)
	}
	switch response.StatusCode {
	case http.StatusOK, http.StatusAccepted:
	case http.StatusUnauthorized, http.StatusForbidden:
		return answer, errors.New("it refuses the token of the settings")
	default:
		return answer, fmt.Errorf("it answered %s", response.Status)
	}
	if err := json.Unmarshal(content, &answer); err != nil || answer.Mode == "" {
		return answer, errors.New("its answer is not that of a collector's control API")
	}
	return answer, nil
}
