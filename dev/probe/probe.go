// Package probe asks parts that run what they say, and waits for what is to happen.
package probe

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// answerLimit bounds what is read of an answer, in bytes.
const answerLimit = 64 << 20

// Fetch makes one request, of JSON where it has a body, and returns status and body of the answer.
func Fetch(ctx context.Context, method, url, body string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	return response.StatusCode, string(text), err
}

// Metric returns the sum of a metric's samples at address that have all of the labels, each as `name="value"`; 0 where there
// are none.
func Metric(ctx context.Context, address, name string, labels ...string) (float64, error) {
	status, text, err := Fetch(ctx, http.MethodGet, "http://"+address+"/metrics", "")
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("/metrics answered %d", status)
	}
	if err != nil {
		return 0, err
	}
	return sum(text, name, labels...)
}

func sum(text, name string, labels ...string) (float64, error) {
	total := 0.0
samples:
	for _, sample := range regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(name)+`(?:\{([^\n]*)\})? (\S+)$`).FindAllStringSubmatch(text, -1) {
		for _, label := range labels {
			if !strings.Contains(","+sample[1], ","+label) {
				continue samples
			}
		}
		value, err := strconv.ParseFloat(sample[2], 64)
		if err != nil {
			return 0, fmt.Errorf("metric %s: %w", name, err)
		}
		total += value
	}
	return total, nil
}

// Until waits for what must happen within so long.
func Until(ctx context.Context, long time.Duration, ok func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, long)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
