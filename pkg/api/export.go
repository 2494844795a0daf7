package api

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	defaultExport = 10_000
	maxExport     = 100_000
	// exportChunk is how many bytes are sent at once: what a plugin's response is cut into, and little to hold.
	exportChunk = 64 << 10
	// chunkTimeout is how long a client may take for one chunk before it is given up.
	chunkTimeout = 30 * time.Second
)

func (h *handler) exportRecordings(w http.ResponseWriter, r *http.Request) error {
	if h.Recordings == nil {
		return unavailable("recordings")
	}
	filter, rest, err := filterAnd(r.URL.RawQuery, "format", "limit")
	if err != nil {
		return err
	}
	format, err := exportFormat(rest.Get("format"))
	if err != nil {
		return err
	}
	limit, err := integer(rest, "limit", defaultExport, 1, maxExport)
	if err != nil {
		return err
	}
	if err := exportable(r, format); err != nil {
		return err
	}
	if err := searchable(r, &filter); err != nil {
		return err
	}
	if format.Organic && filter.Injected == nil {
		filter.Injected = new(bool)
	}
	recordings, stop, err := begun(h.Recordings.Scan(r.Context(), filter, int(limit)))
	if err != nil {
		return err
	}
	defer stop()
	h.sendExport(w, r, format, "recordings-"+h.Now().UTC().Format("20060102T150405Z"), recordings)
	return nil
}

// exportRecording gives one recording, with its messages, whatever was injected into it.
func (h *handler) exportRecording(w http.ResponseWriter, r *http.Request) error {
	if h.Recordings == nil {
		return unavailable("recordings")
	}
	id, err := recordingID(r)
	if err != nil {
		return err
	}
	query := r.URL.Query()
	if err := knownParameters(query, "format"); err != nil {
		return err
	}
	format, err := exportFormat(query.Get("format"))
	if err != nil {
		return err
	}
	if err := exportable(r, format); err != nil {
		return err
	}
	found, err := h.Recordings.Get(r.Context(), id)
	if err != nil {
		return err
	}
	h.sendExport(w, r, format, "recording-"+id.String(), func(yield func(recording.Recording, error) bool) { yield(found, nil) })
	return nil
}

// exportable refuses the formats that consist of what the actor may not read.
func exportable(r *http.Request, format recording.Format) error {
	if format.WithoutContents {
		return nil
	}
	if refusal := actorOf(r).refusal(readBodies); refusal != nil {
		return refusal
	}
	return nil
}

// sendExport answers with a file.
func (h *handler) sendExport(w http.ResponseWriter, r *http.Request, format recording.Format, name string, recordings iter.Seq2[recording.Recording, error]) {
	w.Header().Set("Content-Type", format.MediaType)
	w.Header().Set("Content-Disposition", `attachment; filename="mockforge-`+name+`.`+format.Extension+`"`)
	w.WriteHeader(http.StatusOK)
	out := bufio.NewWriterSize(&chunks{ResponseController: http.NewResponseController(w), w: w}, exportChunk)
	if err := format.Write(out, allowed(r, recordings)); err != nil {
		// The status is sent: all that is left is not to look complete.
		h.Logger.WarnContext(r.Context(), "an export ended early", "format", format.Name, "error", err)
		endEarly(out, format.Name)
	}
	_ = out.Flush() // a client that is gone needs no answer
}

// allowed returns what the actor may read of recordings.
func allowed(r *http.Request, recordings iter.Seq2[recording.Recording, error]) iter.Seq2[recording.Recording, error] {
	return func(yield func(recording.Recording, error) bool) {
		for one, err := range recordings {
			if !yield(readable(r, one), err) {
				return
			}
		}
	}
}

func exportFormat(name string) (recording.Format, error) {
	var names []string
	for _, f := range recording.Formats() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	if name == "" {
		return recording.Format{}, validation.Errorf("format", "is required: one of %s", strings.Join(names, ", "))
	}
	return recording.Format{}, validation.Errorf("format", "must be one of %s, is %q", strings.Join(names, ", "), clip(name))
}

// begun waits for the first recording, so that what fails at once, such as a database that is away, is answered as every
// failure is. The caller must call stop.
func begun(all iter.Seq2[recording.Recording, error]) (recordings iter.Seq2[recording.Recording, error], stop func(), err error) {
	next, stop := iter.Pull2(all)
	first, err, ok := next()
	if err != nil {
		stop()
		return nil, nil, err
	}
	return func(yield func(recording.Recording, error) bool) {
		for ; ok; first, err, ok = next() {
			if !yield(first, err) {
				return
			}
		}
	}, stop, nil
}

const endedEarly = "The export ended early: it is not complete."

// EndEarly makes an export in a format that was cut off by something in between known to its readers; of others it changes nothing.
func EndEarly(w io.Writer, format string) {
	out := bufio.NewWriter(w)
	endEarly(out, format)
	_ = out.Flush() // a client that is gone needs no answer
}

// endEarly makes an export that failed halfway known to its readers. HAR, OpenAPI and k6 files that end early are not
// valid anyway.
func endEarly(out *bufio.Writer, format string) {
	switch format {
	case "jsonl":
		_ = json.NewEncoder(out).Encode(map[string]string{"error": endedEarly})
	case "csv":
		lines := csv.NewWriter(out)
		lines.UseCRLF = true
		_ = lines.Write([]string{"error", endedEarly})
		lines.Flush()
	case "curl":
		_, _ = out.WriteString("\necho '" + endedEarly + "' >&2\nexit 1\n")
	case "mocks":
		_, _ = out.WriteString("# " + endedEarly + "\n")
	}
}

// chunks sends what is written at once, and gives the client time for each piece rather than for the whole.
type chunks struct {
	*http.ResponseController
	w http.ResponseWriter
}

func (c *chunks) Write(p []byte) (int, error) {
	written := 0
	for chunk := range slices.Chunk(p, exportChunk) {
		_ = c.SetWriteDeadline(time.Now().Add(chunkTimeout)) // not every server has one
		n, err := c.w.Write(chunk)
		written += n
		if err != nil {
			return written, err
		}
		_ = c.Flush() // not every server can
	}
	return written, nil
}

// filterAnd reads a filter and the parameters named others, which are each given once at most, from query parameters.
func filterAnd(rawQuery string, others ...string) (recording.Filter, url.Values, error) {
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return recording.Filter{}, nil, validation.Errorf("", "must be a valid query string")
	}
	rest := url.Values{}
	for name, values := range query {
		if !slices.Contains(others, name) {
			continue
		}
		if len(values) > 1 {
			return recording.Filter{}, nil, validation.Errorf(name, "must be given once, is given %d times", len(values))
		}
		rest[name] = values
		delete(query, name)
	}
	filter, err := parseFilter(query)
	if err != nil {
		return filter, nil, err
	}
	return filter, rest, filter.Validate()
}
