// Package probe asks parts that run what they say, and waits for what is to happen.
package probe

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
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

// FreePort returns a port of loopback that nobody listens on now. It is below those that systems give to outgoing connections, so
// that none of these takes it before it is used, or while what listens there is started again.
func FreePort(ctx context.Context) (int, error) {
	const least, most, tries = 20_000, 32_000, 100
	var last error
	for range tries {
		port := least + rand.IntN(most-least)
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, l.Close()
		}
		last = err
	}
	return 0, last
}

// FreeAddress returns an address of loopback, with a port as FreePort has it.
func FreeAddress(ctx context.Context) (string, error) {
	port, err := FreePort(ctx)
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), err
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
