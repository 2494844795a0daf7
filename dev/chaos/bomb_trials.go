package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/mockforge/mockforge-observability-app/dev/probe"
)

func bombTrials() []trial {
	return []trial{
		{
			group: "Bombs", name: "nested JSON", done: "eight POST /recordings/query at once, each 900 kB in `{\"not\":` 9,900 deep, beside a load; their clients leave after 10 s",
			promised: "refused; the Collector takes at most 2 s of processor time more than the load does, and memory stays bounded", run: nested,
		},
		{
			group: "Bombs", name: "YAML aliases", done: "POST /scenarios/presets/import with an anchor of 200 kB and 10,000 aliases",
			promised: "refused before anything is made of it", run: aliases,
		},
		{
			group: "Bombs", name: "a template of a mock", done: "eight requests for a mock whose template has `$l = list $l $l` 24 times",
			promised: "answered with 500 within bounds of time and size", run: template,
		},
		{
			group: "Bombs", name: "compressed bodies", done: fmt.Sprintf("eight requests and eight answers of %d MiB of zeros, compressed by gzip, at once", bombMebibytes),
			promised: "they pass as they were sent; recordings keep `max_body_size_kb`, and memory stays bounded", run: compressed,
		},
		{
			group: "Bombs", name: "huge headers", done: "a request with 10 MB in one header, one with 100,000 headers, and an answer with 4 MiB of them",
			promised: "431, 431 and 502; memory stays bounded", run: headers,
		},
		{
			group: "Bombs", name: "names without end", done: fmt.Sprintf("%d requests, each with a path, a consumer, a method and a header name that no other has", namesMost),
			promised: "`/metrics` has no more series than 501 routes of the gateway make", run: names, limit: 3 * time.Minute,
		},
	}
}

// controlWork is how much memory in MiB what a client asks of the control API may add: eight bodies of 1 MiB at once, what is made of
// them, and garbage.
const (
	controlWork    = 256
	whyControlWork = "eight bodies of 1 MiB at once, what is made of them, and garbage"
)

func nested(ctx context.Context, s *stage) {
	_, c := s.recording(ctx, options{})
	s.warm(ctx, c)
	l := s.load(ctx, c, loadOptions{name: "nested", rate: 200})
	s.more(ctx, l, 300)
	_, mark := l.p99(0)
	used := func() time.Duration {
		used, err := c.CPU(ctx)
		s.must(err)
		return used
	}
	const window = 10 * time.Second
	pause := func(long time.Duration) {
		select {
		case <-time.After(long):
		case <-ctx.Done():
		}
	}
	start := used()
	pause(window)
	alone := used() - start
	before, mark := l.p99(mark)

	const depth = 9900
	bomb := strings.Repeat(`{"not":`, depth) + `{"text":"` + strings.Repeat("x", 900_000-8*depth) + `"}` + strings.Repeat("}", depth)
	start = used()
	asking, leave := context.WithTimeout(ctx, window)
	defer leave()
	codes := make([]int, 8)
	var clients sync.WaitGroup
	for i := range codes {
		clients.Go(func() {
			codes[i], _, _ = probe.Fetch(asking, http.MethodPost, "http://"+c.control+"/recordings/query", bomb)
		})
	}
	clients.Wait()
	<-asking.Done()
	// What goes on after its client has left would be used now.
	pause(window / 2)
	with := used() - start - alone/2
	after, _ := l.p99(mark)
	l.end()
	s.promise(allRefused(codes), "answered with %v", codes)
	s.promise(with-alone <= 2*time.Second, "%.1f s of processor time for the load alone, %.1f s with them", alone.Seconds(), with.Seconds())
	s.saw("p99 of the load %d ms before, %d ms with them", before.Milliseconds(), after.Milliseconds())
	s.unharmed(l)
	s.memory(c, controlWork, whyControlWork)
}

// allRefused reports whether each was refused as the client's fault, or since too many were at work.
func allRefused(codes []int) bool {
	for _, code := range codes {
		if code/100 != 4 && code != http.StatusServiceUnavailable {
			return false
		}
	}
	return true
}

func aliases(ctx context.Context, s *stage) {
	c := s.collector(ctx, options{})
	s.warm(ctx, c)
	var document strings.Builder
	document.WriteString("presets:\n  - &a {name: first, mode: error, description: \"" + strings.Repeat("x", 200_000) + "\"}\n")
	document.WriteString(strings.Repeat("  - *a\n", 10_000))
	code, text := s.post(ctx, "http://"+c.control+"/scenarios/presets/import", "application/yaml", document.String())
	s.promise(code/100 == 4, "answered with %d%s", code, problem(200, text))
	code, _ = s.post(ctx, "http://"+c.control+"/scenarios/presets/import", "application/yaml", doubling())
	s.promise(code/100 == 4, "aliases of aliases (2^25) with %d", code)
	s.memory(c, controlWork, whyControlWork)
	s.alive(ctx, c)
}

// doubling returns a document of which each line has the one before twice.
func doubling() string {
	var b strings.Builder
	b.WriteString("a0: &a0 [x]\n")
	for i := 1; i <= 25; i++ {
		fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d]\n", i, i, i-1, i-1)
	}
	b.WriteString("presets: [{name: x, mode: error, description: *a25}]\n")
	return b.String()
}

// post makes a request of any type that is answered within the trial's time; 0 where it is not.
func (s *stage) post(ctx context.Context, url, kind, body string) (int, string) {
	ctx, cancel := context.WithTimeout(ctx, progressLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	s.must(err)
	request.Header.Set("Content-Type", kind)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
	return response.StatusCode, string(text)
}

func template(ctx context.Context, s *stage) {
	bomb := `{{ $l := list 1 }}` + strings.Repeat(`{{ $l = list $l $l }}`, 24) + `{{ $l }}`
	c := s.collector(ctx, options{gateway: `mocks: [{ name: bomb, path: /bomb, template: true, body: '` + bomb + `' }]`})
	s.warm(ctx, c)
	used, err := c.CPU(ctx)
	s.must(err)
	codes := make([]int, 8)
	var clients sync.WaitGroup
	for i := range codes {
		clients.Go(func() {
			codes[i], _, _ = probe.Fetch(ctx, http.MethodGet, "http://"+c.gateway+"/bomb", "")
		})
	}
	clients.Wait()
	ok := true
	for _, code := range codes {
		ok = ok && code == http.StatusInternalServerError
	}
	s.promise(ok, "answered with %v", codes)
	if after, err := c.CPU(ctx); err == nil {
		s.promise(after-used <= 16*time.Second, "%.1f s of processor time; bound: 2 for each", (after - used).Seconds())
	}
	s.memory(c, controlWork, "eight answers of 1 MiB at once, what they are made of, and garbage")
	s.alive(ctx, c)
}

func compressed(ctx context.Context, s *stage) {
	d, c := s.recording(ctx, options{})
	s.warm(ctx, c)
	const each = 8
	errs := make([]error, 2*each)
	var clients sync.WaitGroup
	for i := range errs {
		clients.Go(func() {
			path, want := "/load/gzip/up", len(greeting)
			if i < each {
				path, want = "/bombs/gzip", len(bombBody())
			}
			errs[i] = sendZipped(ctx, "http://"+c.gateway+path, want)
		})
	}
	clients.Wait()
	for _, err := range errs {
		if err != nil {
			s.promise(false, "%v", err)
		}
	}
	stored := int64(0)
	_ = probe.Until(ctx, settleLimit, func() bool {
		var err error
		stored, err = d.number(ctx, "SELECT count(*) FROM recorded_requests")
		return err == nil && stored >= 2*each
	})
	s.promise(stored == 2*each, "%d of %d recordings stored", stored, 2*each)
	largest, err := d.number(ctx, `SELECT coalesce(max(coalesce(octet_length(body), 0) + coalesce(octet_length(body_binary), 0) +
		coalesce(octet_length(response_body), 0) + coalesce(octet_length(response_body_binary), 0)), 0) FROM recorded_requests`)
	s.must(err)
	s.promise(largest <= 2*bodyLimit, "%d KiB of bodies in the largest recording", largest>>10)
	s.memory(c, controlWork, "sixteen recordings of 2 MiB at most, what is decompressed for them, and garbage")
}

// sendZipped sends a bomb, and expects so many bytes.
func sendZipped(ctx context.Context, url string, want int) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(bombBody()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Content-Encoding", "gzip")
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	size, err := io.Copy(io.Discard, response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || size != int64(want)) {
		err = fmt.Errorf("%s answered %d with %d bytes instead of %d", url, response.StatusCode, size, want)
	}
	return err
}

func headers(ctx context.Context, s *stage) {
	c := s.collector(ctx, options{})
	s.warm(ctx, c)
	first := func(request string) int {
		codes := exchangeRaw(ctx, c.gateway, request)
		if len(codes) == 0 {
			return 0
		}
		return codes[0]
	}
	long := first(get + "X-Long: " + strings.Repeat("x", 10_000_000) + "\r\n\r\n")
	s.promise(long == http.StatusRequestHeaderFieldsTooLarge, "10 MB in one header: %d", long)
	var many strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&many, "X-%d: x\r\n", i)
	}
	several := first(get + many.String() + "\r\n")
	s.promise(several == http.StatusRequestHeaderFieldsTooLarge, "100,000 headers: %d", several)
	answered, _, err := probe.Fetch(ctx, http.MethodGet, "http://"+c.gateway+"/bombs/headers", "")
	s.must(err)
	s.promise(answered == http.StatusBadGateway, "4 MiB of headers of the upstream: %d", answered)
	s.memory(c, oneStream, "64 KiB of headers of requests, 1 MiB of answers, and garbage")
	s.alive(ctx, c)
}

const (
	namesMost = 100_000
	// seriesMost is the number of series of 501 routes: a counter for each method that has a label of its own (there are two here, GET and
	// _OTHER), and a histogram of thirteen lines; and a thousand for all else.
	seriesMost = 501*(2+2*13) + 1000
)

func names(ctx context.Context, s *stage) {
	c := s.collector(ctx, options{})
	s.warm(ctx, c)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: loadWorkers}, Timeout: 20 * time.Second}
	defer client.CloseIdleConnections()
	var clients sync.WaitGroup
	var mu sync.Mutex
	failed := 0
	for worker := range loadWorkers {
		clients.Go(func() {
			for i := worker; i < namesMost && ctx.Err() == nil; i += loadWorkers {
				if err := named(ctx, client, c.gateway, i); err != nil {
					mu.Lock()
					failed++
					mu.Unlock()
				}
			}
		})
	}
	clients.Wait()
	s.must(ctx.Err())
	s.promise(failed == 0, "%d of %d requests failed", failed, namesMost)
	_, text, err := probe.Fetch(ctx, http.MethodGet, "http://"+c.metrics+"/metrics", "")
	s.must(err)
	series := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			series++
		}
	}
	s.promise(series <= seriesMost, "%d series; bound: %d", series, seriesMost)
	s.promise(!strings.Contains(text, "consumer-"), "no consumer among the labels")
	s.memory(c, controlWork, "what is learned of paths, series of 501 routes, and garbage")
}

// named makes a request with names that no other has: letters only, since numbers in paths are known to be variable.
func named(ctx context.Context, client *http.Client, address string, i int) error {
	name := word(i)
	method := http.MethodGet
	if i%2 == 0 {
		method = strings.ToUpper(name)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+address+"/"+name+"/"+word(i*7+1), nil)
	if err != nil {
		return err
	}
	request.Header.Set("X-Consumer", "consumer-"+name)
	request.Header.Set("X-"+name, "x")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("answered %d", response.StatusCode)
	}
	return err
}

// word returns a number in letters.
func word(n int) string {
	letters := []byte("word")
	for ; n > 0; n /= 26 {
		letters = append(letters, byte('a'+n%26))
	}
	return string(letters)
}
